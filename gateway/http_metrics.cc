#include "gateway/http_metrics.h"

#include "absl/strings/str_cat.h"
#include "services/base/metrics.h"

namespace lucid::gateway {
namespace {

prometheus::Family<prometheus::Counter>& Requests() {
  static auto& family = prometheus::BuildCounter()
                            .Name("lucid_http_requests_total")
                            .Help("HTTP requests answered, by route and status.")
                            .Register(Metrics());
  return family;
}

prometheus::Family<prometheus::Histogram>& Seconds() {
  static auto& family = prometheus::BuildHistogram()
                            .Name("lucid_http_seconds")
                            .Help("Time from a request's header to its answer, by route.")
                            .Register(Metrics());
  return family;
}

}  // namespace

void HttpMetrics::Observe(absl::string_view route, int status, absl::Duration took) {
  auto found = routes_.find(route);
  if (found == routes_.end()) {
    auto& seconds = Seconds().Add(
        {{"route", std::string(route)}},
        prometheus::Histogram::BucketBoundaries{0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                0.05, 0.1, 0.25, 0.5, 1, 2.5, 10});
    found = routes_.emplace(std::string(route), Series{&seconds, {}}).first;
  }
  Series& series = found->second;
  series.seconds->Observe(absl::ToDoubleSeconds(took));
  prometheus::Counter*& count = series.by_status[status];
  if (count == nullptr) {
    count = &Requests().Add({{"route", std::string(route)}, {"status", absl::StrCat(status)}});
  }
  count->Increment();
}

}  // namespace lucid::gateway
