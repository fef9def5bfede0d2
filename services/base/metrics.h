// Prometheus metrics of this process: one registry, served as text.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "prometheus/registry.h"

namespace lucid {

// The registry of this process.
prometheus::Registry& Metrics();

// Everything in the registry, in Prometheus' text format.
std::string MetricsText();

// Serves them as /metrics on "ADDRESS:PORT" for as long as the answer lives. UNAVAILABLE naming the
// address when it is taken.
absl::StatusOr<std::shared_ptr<void>> ServeMetrics(const std::string& address);

}  // namespace lucid
