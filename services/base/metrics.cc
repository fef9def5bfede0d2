#include "services/base/metrics.h"

#include "prometheus/text_serializer.h"

namespace lucid {

prometheus::Registry& Metrics() {
  static auto& registry = *new prometheus::Registry;
  return registry;
}

std::string MetricsText() { return prometheus::TextSerializer().Serialize(Metrics().Collect()); }

}  // namespace lucid
