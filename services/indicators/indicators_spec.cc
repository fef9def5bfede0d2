#include "services/indicators/indicators_spec.h"

#include "services/indicators/indicators_seed.h"
#include "services/indicators/indicators_service.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {

ServiceSpec IndicatorsSpec() {
  ServiceSpec spec;
  spec.name = "indicators";
  spec.descriptor = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      v1::IndicatorsService::service_full_name());
  spec.migrations = {Migrations().begin(), Migrations().end()};
  spec.records = Records();
  spec.make = [](Server& server) -> absl::StatusOr<std::unique_ptr<grpc::Service>> {
    RETURN_IF_ERROR(Seed(server.db(), server.now()));
    return std::make_unique<IndicatorsService>(server.door(), server.db(), server.feed());
  };
  return spec;
}

}  // namespace lucid::indicators
