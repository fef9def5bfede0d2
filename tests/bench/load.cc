// The load: a fixed number of unary calls in flight, answers counted and not looked into, so that
// the client costs the same whatever the method.
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/support/proto_buffer_writer.h"
#include "lucid/tasks/v1/tasks_service.pb.h"
#include "services/base/id.h"
#include "tests/bench/bench.h"

ABSL_DECLARE_FLAG(std::string, ids);
ABSL_DECLARE_FLAG(std::string, tokens);
ABSL_FLAG(std::string, method, "get", "get, create or empty");
ABSL_FLAG(std::string, target, "127.0.0.1:9091", "address of the server");
ABSL_FLAG(double, seconds, 3, "how long to measure");
ABSL_FLAG(int, in_flight, 64, "how many calls wait for their answer at once");

namespace lucid::bench {
namespace {

constexpr int kChannels = 2;

class Generator {
 public:
  Generator();
  absl::Status Run();

 private:
  struct Slot {
    std::unique_ptr<grpc::ClientContext> context;
    grpc::ByteBuffer request, response;
    absl::Time begun;
    std::vector<int64_t> microseconds;
  };

  void Begin(Slot& slot);
  void End(Slot& slot, const grpc::Status& status);
  grpc::ByteBuffer Request(int64_t number);

  const bool creates_ = absl::GetFlag(FLAGS_method) == "create";
  const std::string stem_ = NewId(absl::Now());
  std::string path_ = "/lucid.tasks.v1.TasksService/GetTask";
  std::vector<std::string> ids_ = Lines(absl::GetFlag(FLAGS_ids));
  std::vector<std::string> tokens_ = Lines(absl::GetFlag(FLAGS_tokens));
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs_;
  std::vector<Slot> slots_{static_cast<size_t>(absl::GetFlag(FLAGS_in_flight))};
  std::atomic<int64_t> begun_ = 0, errors_ = 0;
  absl::Time end_;
  std::mutex mutex_;
  std::condition_variable idle_;
  size_t running_ = 0;
  std::string first_error_;
};

Generator::Generator() {
  if (creates_) path_ = "/lucid.tasks.v1.TasksService/CreateTask";
  for (int i = 0; i < kChannels; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stubs_.push_back(std::make_unique<grpc::GenericStub>(grpc::CreateCustomChannel(
        absl::GetFlag(FLAGS_target), grpc::InsecureChannelCredentials(), arguments)));
  }
}

grpc::ByteBuffer Generator::Request(int64_t number) {
  std::string bytes;
  if (creates_) {
    tasks::v1::CreateTaskRequest request;
    *request.mutable_task() = SampleTask(absl::StrCat(stem_, "-", number));
    request.set_request_id(absl::StrCat(stem_, "-", number));
    bytes = request.SerializeAsString();
  } else {
    tasks::v1::GetTaskRequest request;
    // A stride that is prime to the number of ids visits all of them, far from one another.
    request.set_id(ids_[number * 7919 % ids_.size()]);
    bytes = request.SerializeAsString();
  }
  grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

void Generator::Begin(Slot& slot) {
  const int64_t number = begun_++;
  slot.context = std::make_unique<grpc::ClientContext>();
  slot.context->AddMetadata("authorization",
                            absl::StrCat("Bearer ", tokens_[number % tokens_.size()]));
  slot.context->set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
  slot.request = Request(number);
  slot.begun = absl::Now();
  stubs_[number % kChannels]->UnaryCall(slot.context.get(), path_, {}, &slot.request,
                                        &slot.response,
                                        [this, &slot](grpc::Status status) { End(slot, status); });
}

void Generator::End(Slot& slot, const grpc::Status& status) {
  const absl::Time now = absl::Now();
  slot.microseconds.push_back(absl::ToInt64Microseconds(now - slot.begun));
  if (!status.ok() && errors_++ == 0) {
    std::lock_guard lock(mutex_);
    first_error_ = status.error_message();
  }
  if (now < end_) return Begin(slot);
  std::lock_guard lock(mutex_);
  if (--running_ == 0) idle_.notify_one();
}

absl::Status Generator::Run() {
  if (tokens_.empty()) return absl::InvalidArgumentError("--tokens has none");
  if (!creates_ && ids_.empty()) return absl::InvalidArgumentError("--ids has none");
  const absl::Time begin = absl::Now();
  end_ = begin + absl::Seconds(absl::GetFlag(FLAGS_seconds));
  running_ = slots_.size();
  for (Slot& slot : slots_) Begin(slot);
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return running_ == 0; });
  std::vector<int64_t> all;
  for (Slot& slot : slots_) {
    all.insert(all.end(), slot.microseconds.begin(), slot.microseconds.end());
  }
  Report(all.size() - errors_, errors_, absl::ToDoubleSeconds(absl::Now() - begin), all);
  return errors_ == 0 ? absl::OkStatus() : absl::UnavailableError(first_error_);
}

}  // namespace

absl::Status Load() { return Generator().Run(); }

}  // namespace lucid::bench
