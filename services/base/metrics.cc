#include "services/base/metrics.h"

#include "absl/strings/str_cat.h"
#include "prometheus/exposer.h"
#include "prometheus/text_serializer.h"

namespace lucid {

prometheus::Registry& Metrics() {
  static auto& registry = *new prometheus::Registry;
  return registry;
}

std::string MetricsText() { return prometheus::TextSerializer().Serialize(Metrics().Collect()); }

absl::StatusOr<std::shared_ptr<void>> ServeMetrics(const std::string& address) {
  try {
    auto exposer = std::make_shared<prometheus::Exposer>(address, 1);
    exposer->RegisterCollectable(std::shared_ptr<prometheus::Registry>(&Metrics(), [](auto*) {}));
    return exposer;
  } catch (const std::exception& error) {
    return absl::UnavailableError(
        absl::StrCat("cannot serve metrics on ", address, ": ", error.what()));
  }
}

}  // namespace lucid
