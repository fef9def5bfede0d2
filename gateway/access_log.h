// One JSON line per HTTP request, collected per thread and written in batches: a write(2) per
// request would cost more than a cached answer does.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gateway/http.h"

namespace lucid::gateway {

// The date of now, as HTTP writes it; made once per second and thread.
absl::string_view HttpDate(absl::Time now);

// Used by one thread.
class AccessLog {
 public:
  ~AccessLog() { Flush(); }
  // Of a response to a request of this method that arrived at `time`.
  void Add(absl::Time time, absl::string_view method, const HttpResponse& response,
           absl::Duration took);
  void Flush();

 private:
  std::string lines_;
  int64_t second_ = 0;
  std::string second_text_;
};

}  // namespace lucid::gateway
