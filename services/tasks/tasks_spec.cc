#include "services/tasks/tasks_spec.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lucid/indicators/v1/indicators_service.grpc.pb.h"
#include "lucid/publications/v1/publications_service.grpc.pb.h"
#include "services/tasks/tasks_rebound.h"
#include "services/tasks/tasks_service.h"
#include "services/tasks/tasks_store.h"

namespace lucid::tasks {
namespace {

using indicators::v1::Evaluation;
using indicators::v1::IndicatorsService;

constexpr absl::Duration kAsk = absl::Seconds(10);

// Asks as the service itself.
absl::StatusOr<Evaluation> Ask(Server& server, IndicatorsService::Stub& stub,
                               const indicators::v1::EvaluateIndicatorRequest& question) {
  if (server.options().signer == nullptr) {
    return absl::UnavailableError("--service_key is required to ask the indicators service");
  }
  ASSIGN_OR_RETURN(std::string token, server.options().signer->Token(server.now()));
  grpc::ClientContext context;
  context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
  context.set_deadline(absl::ToChronoTime(absl::Now() + kAsk));
  Evaluation evaluation;
  RETURN_IF_ERROR(FromGrpc(stub.EvaluateIndicator(&context, question, &evaluation)));
  return evaluation;
}

// What speaks against closed tasks: indicators' events, and what is asked of indicators since.
void FollowForRebounds(Server& server, const std::shared_ptr<grpc::Channel>& indicators) {
  std::shared_ptr<IndicatorsService::Stub> stub = IndicatorsService::NewStub(indicators);
  server.Follow(
      "tasks-follow-indicators",
      [stub](grpc::ClientContext* context, Follower::Request request) {
        request.add_kinds("indicator_verdicts.*");
        request.add_kinds("alarms.*");
        return stub->WatchEvents(context, request);
      },
      OnIndicatorsEvent);
  server.FollowOwn("tasks-follow-tasks", WatchClosedTasks, [stub, &server](const Call& call) {
    return AskWatched(server.db(), call,
                      [&](const auto& question) { return Ask(server, *stub, question); });
  });
}

}  // namespace

ServiceSpec TasksSpec() {
  ServiceSpec spec;
  spec.name = "tasks";
  spec.descriptor = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      v1::TasksService::service_full_name());
  spec.migrations = {Migrations().begin(), Migrations().end()};
  spec.records = Records();
  spec.make = [](Server& server) -> absl::StatusOr<std::unique_ptr<grpc::Service>> {
    RETURN_IF_ERROR(NoteOlderTargets(server.db()));
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
    FollowForRebounds(server, indicators);
    return std::make_unique<TasksService>(server.door(), server.db(), server.feed(), indicators);
  };
  return spec;
}

}  // namespace lucid::tasks
