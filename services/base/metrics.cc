#include "services/base/metrics.h"

#include "absl/strings/str_cat.h"
#include "prometheus/exposer.h"
#include "prometheus/text_serializer.h"

namespace lucid {

namespace {

const std::shared_ptr<prometheus::Registry>& SharedRegistry() {
  static const auto& registry =
      *new std::shared_ptr<prometheus::Registry>(std::make_shared<prometheus::Registry>());
  return registry;
}

}  // namespace

prometheus::Registry& Metrics() { return *SharedRegistry(); }

std::string MetricsText() { return prometheus::TextSerializer().Serialize(Metrics().Collect()); }

absl::StatusOr<std::shared_ptr<void>> ServeMetrics(const std::string& address) {
  try {
    auto exposer = std::make_shared<prometheus::Exposer>(address, 1);
    exposer->RegisterCollectable(SharedRegistry());  // which it holds weakly
    return exposer;
  } catch (const std::exception& error) {
    return absl::UnavailableError(
        absl::StrCat("cannot serve metrics on ", address, ": ", error.what()));
  }
}

}  // namespace lucid
