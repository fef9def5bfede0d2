// One JSON object per line on stderr. Never personal data: callers log names of things, not texts.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace lucid {

// Builds one log line and writes it, in a single write(2), when it goes out of scope.
//   LogLine("call").Add("method", name).Add("ms", 12);
class LogLine {
 public:
  // `what` names the kind of line: "call", "start", "settle" …
  explicit LogLine(absl::string_view what, absl::string_view severity = "INFO");
  LogLine(const LogLine&) = delete;
  LogLine& operator=(const LogLine&) = delete;
  ~LogLine();

  // Empty texts are left out.
  LogLine& Add(absl::string_view key, absl::string_view text);
  LogLine& Add(absl::string_view key, int64_t number);

 private:
  std::string line_;
};

// The name of this program in every line; set once at start.
void SetLogProgram(absl::string_view name);

}  // namespace lucid
