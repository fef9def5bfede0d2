// Counts and times of HTTP requests for Prometheus, by route.
#pragma once

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "prometheus/counter.h"
#include "prometheus/histogram.h"

namespace lucid::gateway {

// Used by one thread, which looks each series up once.
class HttpMetrics {
 public:
  void Observe(absl::string_view route, int status, absl::Duration took);

 private:
  struct Series {
    prometheus::Histogram* seconds;
    absl::flat_hash_map<int, prometheus::Counter*> by_status;
  };
  absl::flat_hash_map<std::string, Series> routes_;
};

}  // namespace lucid::gateway
