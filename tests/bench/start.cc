// How long a service takes from its start until its health check answers SERVING.
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <future>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "tests/bench/bench.h"

ABSL_DECLARE_FLAG(std::string, target);

namespace lucid::bench {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);

// Asks grpc.health.v1.Health, whose answer SERVING is these two bytes.
bool Healthy(const std::string& target) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  grpc::GenericStub stub(
      grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments));
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(1)));
  grpc::Slice nothing;
  grpc::ByteBuffer request(&nothing, 1), response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", {}, &request, &response,
                 [&](grpc::Status status) { done.set_value(std::move(status)); });
  if (!done.get_future().get().ok()) return false;
  grpc::Slice slice;
  return response.TrySingleSlice(&slice).ok() &&
         std::string(reinterpret_cast<const char*>(slice.begin()), slice.size()) == "\x08\x01";
}

}  // namespace

absl::Status Start(const std::vector<std::string>& command) {
  if (command.empty()) return absl::InvalidArgumentError("start wants a command after --");
  const std::string target = absl::GetFlag(FLAGS_target);
  if (Healthy(target)) return absl::AlreadyExistsError("something is healthy there already");
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const absl::Time begin = absl::Now();
  const int failed = posix_spawn(&pid, arguments[0], nullptr, nullptr, arguments.data(), environ);
  if (failed != 0) return absl::NotFoundError(absl::StrCat(command[0], ": ", strerror(failed)));
  bool healthy = false;
  while (!healthy && absl::Now() < begin + kPatience) {
    healthy = Healthy(target);
    if (!healthy) absl::SleepFor(absl::Milliseconds(1));
  }
  const absl::Duration took = absl::Now() - begin;
  kill(pid, SIGTERM);
  waitpid(pid, nullptr, 0);
  if (!healthy) return absl::DeadlineExceededError("it does not become healthy");
  printf("{\"ms\":%.1f}\n", absl::ToDoubleMilliseconds(took));
  return absl::OkStatus();
}

}  // namespace lucid::bench
