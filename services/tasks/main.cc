// lucid-tasks: the tasks service as a program.
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
    return std::make_unique<TasksService>(server.door(), server.db(), server.feed());
  };
  return lucid::RunService(argc, argv, spec);
}
