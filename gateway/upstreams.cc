#include "gateway/upstreams.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/security/credentials.h"
#include "services/base/rpc.h"
#include "services/base/status.h"

namespace lucid::gateway {
namespace {

constexpr int kLargestMessage = 64 << 20;

// "/lucid.tasks.v1.TasksService/GetTask" or "lucid.tasks.v1.TasksService" → the service's name.
absl::string_view ServiceOf(absl::string_view path) {
  if (!path.empty() && path[0] == '/') path.remove_prefix(1);
  return path.substr(0, path.find('/'));
}

// "lucid.tasks.v1.TasksService" → "lucid.tasks".
absl::string_view PackageOf(absl::string_view service) {
  const size_t first = service.find('.');
  if (first == absl::string_view::npos) return service;
  return service.substr(0, service.find('.', first + 1));
}

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetLoadBalancingPolicyName("round_robin");
  arguments.SetMaxReceiveMessageSize(kLargestMessage);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

void CallFrame::ApplyTo(grpc::ClientContext& context) const {
  if (!authorization.empty()) context.AddMetadata("authorization", authorization);
  if (!traceparent.empty()) context.AddMetadata("traceparent", traceparent);
  if (deadline != absl::InfiniteFuture()) context.set_deadline(absl::ToChronoTime(deadline));
}

absl::Status Draining() {
  return Fail(absl::StatusCode::kUnavailable, "DRAINING", "the gateway is stopping; try again");
}

absl::Status Explained(const absl::Status& status, absl::string_view path) {
  if (!Reason(status).empty()) return status;
  const absl::string_view service = ServiceOf(path);
  if (status.code() == absl::StatusCode::kUnavailable) {
    return Fail(status.code(), "SERVICE_AWAY",
                absl::StrCat(service, " cannot be reached; try again"));
  }
  if (status.code() == absl::StatusCode::kDeadlineExceeded) {
    return Fail(status.code(), "DEADLINE", absl::StrCat(service, " did not answer in time"));
  }
  if (status.code() == absl::StatusCode::kCancelled) return Draining();
  return status;
}

struct Upstreams::UnaryCall {
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
  Done done;
};

Upstreams::Upstreams(const std::map<std::string, std::string>& addresses) {
  for (const auto& [package, address] : addresses) {
    if (!address.empty()) channels_[package] = Connect(address);
  }
}

Upstreams::~Upstreams() { Abandon(); }

void Upstreams::Serve(const std::string& service, Local local) {
  locals_[service] = std::move(local);
}

bool Upstreams::IsLocal(absl::string_view path) const { return locals_.contains(ServiceOf(path)); }

std::shared_ptr<grpc::Channel> Upstreams::ChannelOf(absl::string_view path) const {
  auto it = channels_.find(PackageOf(ServiceOf(path)));
  return it == channels_.end() ? nullptr : it->second;
}

void Upstreams::Call(const std::string& path, CallFrame frame, grpc::ByteBuffer request,
                     Done done) {
  const auto local = locals_.find(ServiceOf(path));
  if (local != locals_.end()) {
    return local->second(path.substr(path.rfind('/') + 1), std::move(frame), request,
                         std::move(done));
  }
  const auto channel = ChannelOf(path);
  if (channel == nullptr) {
    return done(Fail(absl::StatusCode::kUnimplemented, "NO_SERVICE",
                     absl::StrCat(ServiceOf(path), " is not behind this gateway")));
  }
  Start(*channel, path, std::move(frame), std::move(request), std::move(done));
}

void Upstreams::Start(grpc::Channel& channel, const std::string& path, CallFrame frame,
                      grpc::ByteBuffer request, Done done) {
  auto call = std::make_unique<UnaryCall>();
  frame.ApplyTo(call->context);
  call->request = std::move(request);
  call->done = std::move(done);
  if (!Begin(&call->context)) return call->done(Draining());
  UnaryCall* running = call.release();
  // The stub may go at once: the call holds its channel.
  grpc::GenericStub stub(std::shared_ptr<grpc::ChannelInterface>(&channel, [](auto*) {}));
  stub.UnaryCall(&running->context, path, {}, &running->request, &running->response,
                 [this, running, path](const grpc::Status& status) {
                   std::unique_ptr<UnaryCall> owned(running);
                   if (status.ok()) {
                     owned->done(std::move(owned->response));
                   } else {
                     owned->done(Explained(FromGrpc(status), path));
                   }
                   owned->done = nullptr;
                   End(&owned->context);
                 });
}

bool Upstreams::Begin(grpc::ClientContext* context) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!abandoned_) calls_.insert(context);
  return !abandoned_;
}

void Upstreams::End(grpc::ClientContext* context) {
  std::lock_guard<std::mutex> lock(mutex_);
  calls_.erase(context);
  if (calls_.empty()) idle_.notify_all();
}

void Upstreams::CheckHealth(absl::Duration timeout,
                            std::function<void(std::vector<std::string>)> done) {
  // grpc.health.v1: an empty request asks for the whole server; field 1 of the answer is SERVING.
  struct Round {
    std::mutex mutex;
    size_t left = 0;
    std::vector<std::string> failing;
    std::function<void(std::vector<std::string>)> done;
  };
  auto round = std::make_shared<Round>();
  round->left = channels_.size();
  round->done = std::move(done);
  if (channels_.empty()) return round->done({});
  for (const auto& [package, channel] : channels_) {
    CallFrame frame;
    frame.deadline = absl::Now() + timeout;
    Start(*channel, "/grpc.health.v1.Health/Check", std::move(frame), ToBytes(absl::string_view()),
          [round, package = package](const absl::StatusOr<grpc::ByteBuffer>& answer) {
            const bool serving = answer.ok() && ToString(*answer) == "\x08\x01";
            std::unique_lock<std::mutex> lock(round->mutex);
            if (!serving) round->failing.push_back(package);
            if (--round->left > 0) return;
            lock.unlock();
            round->done(std::move(round->failing));
          });
  }
}

void Upstreams::Abandon() {
  std::unique_lock<std::mutex> lock(mutex_);
  abandoned_ = true;
  for (grpc::ClientContext* context : calls_) context->TryCancel();
  idle_.wait(lock, [this] { return calls_.empty(); });
}

grpc::ByteBuffer ToBytes(const google::protobuf::Message& message) {
  grpc::Slice slice(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  return grpc::ByteBuffer(&slice, 1);
}

absl::Status FromBytes(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  grpc::Slice slice;
  const bool whole = bytes.TrySingleSlice(&slice).ok() || bytes.DumpToSingleSlice(&slice).ok();
  if (!whole || !message.ParseFromArray(slice.begin(), static_cast<int>(slice.size()))) {
    return absl::InternalError(
        absl::StrCat("the bytes are no ", message.GetDescriptor()->full_name()));
  }
  return absl::OkStatus();
}

grpc::ByteBuffer ToBytes(absl::string_view bytes) {
  grpc::Slice slice(bytes.data(), bytes.size());
  return grpc::ByteBuffer(&slice, 1);
}

std::string ToString(const grpc::ByteBuffer& bytes) {
  grpc::Slice slice;
  if (!bytes.DumpToSingleSlice(&slice).ok()) return "";
  return std::string(reinterpret_cast<const char*>(slice.begin()), slice.size());
}

}  // namespace lucid::gateway
