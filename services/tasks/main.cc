// lucid-tasks: the tasks service as a program.
#include "lucid/publications/v1/publications_service.grpc.pb.h"
#include "services/base/server.h"
#include "services/tasks/tasks_service.h"
#include "services/tasks/tasks_store.h"

int main(int argc, char** argv) {
  using lucid::tasks::TasksService;
  lucid::ServiceSpec spec;
  spec.name = "tasks";
  spec.descriptor = lucid::tasks::v1::Task::descriptor()->file()->pool()->FindServiceByName(
      TasksService::Service::service_full_name());
  spec.migrations = {lucid::tasks::Migrations().begin(), lucid::tasks::Migrations().end()};
  spec.records = lucid::tasks::Records();
  spec.make = [](lucid::Server& server) -> absl::StatusOr<std::unique_ptr<grpc::Service>> {
    ASSIGN_OR_RETURN(auto indicators, server.Peer("indicators"));
    ASSIGN_OR_RETURN(auto publications, server.Peer("publications"));
    using lucid::publications::v1::PublicationsService;
    std::shared_ptr<PublicationsService::Stub> stub = PublicationsService::NewStub(publications);
    server.Follow(
        "tasks-follow-publications",
        [stub](grpc::ClientContext* context, const lucid::Follower::Request& request) {
          return stub->WatchEvents(context, request);
        },
        lucid::tasks::OnPublicationEvent);
    return std::make_unique<TasksService>(server.door(), server.db(), server.feed(), indicators);
  };
  return lucid::RunService(argc, argv, spec);
}
