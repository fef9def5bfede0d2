#include "services/indicators/indicators_spec.h"

#include "services/indicators/indicators_alarms.h"
#include "services/indicators/indicators_days_store.h"
#include "services/indicators/indicators_quality.h"
#include "services/indicators/indicators_seed.h"
#include "services/indicators/indicators_service.h"
#include "services/indicators/indicators_standards_store.h"
#include "services/indicators/indicators_store.h"
#include "services/indicators/indicators_verdicts.h"

namespace lucid::indicators {

absl::Status OnOwnEvent(Tx& tx, const Call& call, const events::v1::Event& event) {
  RETURN_IF_ERROR(RaiseAlarms(tx, call, event));
  RETURN_IF_ERROR(MarkTouched(tx, call, event));
  return MarkArrivals(tx, call, event);
}

absl::StatusOr<bool> DoWhatIsDue(Db& db, const Call& call) {
  ASSIGN_OR_RETURN(bool verdict, EvaluateDue(db, call));
  ASSIGN_OR_RETURN(bool arrival, CheckArrived(db, call));
  return verdict || arrival;
}

// What a mean asks, of a site that is not there.
absl::Status AskAsMean(Tx& tx) {
  RETURN_IF_ERROR(LoadEditions(tx).status());
  RETURN_IF_ERROR(SelectSites(tx, "000000", {}).status());
  return Years::Find(tx, {{SiteSubject(""), "PM2_5", absl::CivilYear()}}).status();
}

ServiceSpec IndicatorsSpec() {
  ServiceSpec spec;
  spec.name = "indicators";
  spec.descriptor = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      v1::IndicatorsService::service_full_name());
  spec.migrations = {Migrations().begin(), Migrations().end()};
  spec.records = Records();
  spec.check = CheckYears;
  spec.rehearse = AskAsMean;
  spec.make = [](Server& server) -> absl::StatusOr<std::unique_ptr<grpc::Service>> {
    RETURN_IF_ERROR(Seed(server.db(), server.now()));
    ASSIGN_OR_RETURN(auto registry, registry::Registry::Start(server));
    server.FollowOwn("indicators-follow-indicators", OnOwnEvent,
                     [&server](const Call& call) { return DoWhatIsDue(server.db(), call); });
    return std::make_unique<IndicatorsService>(server.door(), server.db(), server.feed(),
                                               server.jobs(), std::move(registry));
  };
  return spec;
}

}  // namespace lucid::indicators
