#include "services/tasks/tasks_spec.h"

#include "lucid/publications/v1/publications_service.grpc.pb.h"
#include "services/tasks/tasks_service.h"
#include "services/tasks/tasks_store.h"

namespace lucid::tasks {

ServiceSpec TasksSpec() {
  ServiceSpec spec;
  spec.name = "tasks";
  spec.descriptor = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      v1::TasksService::service_full_name());
  spec.migrations = {Migrations().begin(), Migrations().end()};
  spec.records = Records();
  spec.make = [](Server& server) -> absl::StatusOr<std::unique_ptr<grpc::Service>> {
    ASSIGN_OR_RETURN(auto indicators, server.Peer("indicators"));
    ASSIGN_OR_RETURN(auto publications_channel, server.Peer("publications"));
    using publications::v1::PublicationsService;
    std::shared_ptr<PublicationsService::Stub> stub =
        PublicationsService::NewStub(publications_channel);
    server.Follow(
        "tasks-follow-publications",
        [stub](grpc::ClientContext* context, const Follower::Request& request) {
          return stub->WatchEvents(context, request);
        },
        OnPublicationEvent);
    return std::make_unique<TasksService>(server.door(), server.db(), server.feed(), indicators);
  };
  return spec;
}

}  // namespace lucid::tasks
