// Prometheus metrics of this process: one registry, served as text.
#pragma once

#include <string>

#include "prometheus/registry.h"

namespace lucid {

// The registry of this process.
prometheus::Registry& Metrics();

// Everything in the registry, in Prometheus' text format.
std::string MetricsText();

}  // namespace lucid
