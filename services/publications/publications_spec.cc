#include "services/publications/publications_spec.h"

#include <memory>
#include <utility>
#include <vector>

#include "lucid/cases/v1/cases_service.grpc.pb.h"
#include "lucid/indicators/v1/indicators_service.grpc.pb.h"
#include "lucid/tasks/v1/tasks_service.grpc.pb.h"
#include "services/base/status.h"
#include "services/publications/figure_owners.h"
#include "services/publications/publications_service.h"
#include "services/publications/publications_store.h"
#include "services/publications/task_closures.h"

namespace lucid::publications {
namespace {

constexpr absl::Duration kNoticePeriod = absl::Seconds(5);

absl::StatusOr<std::unique_ptr<grpc::Service>> Make(Server& server) {
  ASSIGN_OR_RETURN(auto tasks, server.Peer("tasks"));
  ASSIGN_OR_RETURN(auto indicators, server.Peer("indicators"));
  ASSIGN_OR_RETURN(auto cases, server.Peer("cases"));
  std::vector<FigureOwner> owners = {
      FigureOwnerOf<tasks::v1::TasksService>("tasks", tasks),
      FigureOwnerOf<indicators::v1::IndicatorsService>("indicators", indicators),
      FigureOwnerOf<cases::v1::CasesService>("cases", cases),
  };
  std::shared_ptr<tasks::v1::TasksService::Stub> stub = tasks::v1::TasksService::NewStub(tasks);
  server.Follow(
      "publications follows tasks",
      [stub](grpc::ClientContext* context, const Follower::Request& request) {
        return stub->WatchEvents(context, request);
      },
      OnTaskEvent);
  server.Every("release ended notices", kNoticePeriod,
               [&server](const Call& call) { return ReleaseEndedNotices(server.db(), call); });
  ASSIGN_OR_RETURN(auto registry, registry::Registry::Start(server));
  return std::make_unique<PublicationsService>(server.door(), server.db(), server.feed(),
                                               server.jobs(), std::move(registry),
                                               std::move(owners));
}

}  // namespace

ServiceSpec PublicationsSpec() {
  ServiceSpec spec;
  spec.name = "publications";
  spec.descriptor = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      PublicationsService::Service::service_full_name());
  spec.migrations = {Migrations().begin(), Migrations().end()};
  spec.records = {RecordTypeOf<v1::Publication>()};
  spec.make = Make;
  return spec;
}

}  // namespace lucid::publications
