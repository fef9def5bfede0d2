// The reference of gRPC itself: a callback method that does nothing, with messages of equal sizes.
#include <signal.h>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "grpcpp/grpcpp.h"
#include "lucid/tasks/v1/tasks_service.grpc.pb.h"
#include "tests/bench/bench.h"

ABSL_DECLARE_FLAG(std::string, target);
ABSL_FLAG(int, bytes, 1000, "how many bytes an answer has");

namespace lucid::bench {
namespace {

class EmptyService final : public tasks::v1::TasksService::CallbackService {
  grpc::ServerUnaryReactor* GetTask(grpc::CallbackServerContext* context,
                                    const tasks::v1::GetTaskRequest*,
                                    tasks::v1::Task* response) override {
    response->mutable_title()->assign(absl::GetFlag(FLAGS_bytes), 'x');
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

}  // namespace

absl::Status ServeEmpty() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  EmptyService service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(absl::GetFlag(FLAGS_target), grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return absl::UnavailableError("cannot listen");
  int signal_number = 0;
  sigwait(&signals, &signal_number);
  return absl::OkStatus();
}

}  // namespace lucid::bench
