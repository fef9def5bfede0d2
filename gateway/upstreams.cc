#include "gateway/upstreams.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "grpcpp/alarm.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "services/base/rpc.h"
#include "services/base/status.h"

namespace lucid::gateway {
namespace {

// Another replica answers at once, one that starts anew within the 3.6 s that all pauses take: as
// long as new replicas need to be found while all old ones go.
constexpr int kMostTries = 7;
constexpr absl::Duration kFirstPause = absl::Milliseconds(10);
constexpr int kPauseGrowth = 3;

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

// A service that was reached says why it refuses; without a word, it was not.
bool Unreached(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE && status.error_details().empty();
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
  std::shared_ptr<grpc::Channel> channel;
  Breaker* breaker;  // of the service, or null
  absl::Time begin;
  std::string path;
  CallFrame frame;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
  Done done;
  std::unique_ptr<grpc::ClientContext> context;  // of this try
  int tries = 0;
  absl::Duration pause = kFirstPause;
  grpc::Alarm alarm;
};

Upstreams::Upstreams(const std::map<std::string, std::string>& addresses,
                     const Transport& transport) {
  for (const auto& [package, address] : addresses) {
    if (address.empty()) continue;
    peers_[package] = std::make_unique<Peer>();
    peers_[package]->channel = transport.To(address);
  }
}

Upstreams::~Upstreams() { Abandon(); }

void Upstreams::Serve(const std::string& service, Local local) {
  locals_[service] = std::move(local);
}

bool Upstreams::IsLocal(absl::string_view path) const { return locals_.contains(ServiceOf(path)); }

Upstreams::Peer* Upstreams::PeerOf(absl::string_view path) const {
  auto it = peers_.find(PackageOf(ServiceOf(path)));
  return it == peers_.end() ? nullptr : it->second.get();
}

std::shared_ptr<grpc::Channel> Upstreams::ChannelOf(absl::string_view path) const {
  const Peer* peer = PeerOf(path);
  return peer == nullptr ? nullptr : peer->channel;
}

void Upstreams::Call(const std::string& path, CallFrame frame, const grpc::ByteBuffer& request,
                     Done done) {
  const auto local = locals_.find(ServiceOf(path));
  if (local != locals_.end()) {
    return local->second(path.substr(path.rfind('/') + 1), std::move(frame), request,
                         std::move(done));
  }
  Peer* peer = PeerOf(path);
  if (peer == nullptr) {
    return done(Fail(absl::StatusCode::kUnimplemented, "NO_SERVICE",
                     absl::StrCat(ServiceOf(path), " is not behind this gateway")));
  }
  if (!peer->breaker.Admits(absl::Now())) {
    return done(Fail(absl::StatusCode::kUnavailable, "SERVICE_SILENT",
                     absl::StrCat(ServiceOf(path), " does not answer at present; try again")));
  }
  Start(peer->channel, &peer->breaker, path, std::move(frame), request, std::move(done));
}

void Upstreams::Start(const std::shared_ptr<grpc::Channel>& channel, Breaker* breaker,
                      const std::string& path, CallFrame frame, const grpc::ByteBuffer& request,
                      Done done) {
  auto call = std::make_unique<UnaryCall>();
  call->channel = channel;
  call->breaker = breaker;
  call->begin = absl::Now();
  call->path = path;
  call->frame = std::move(frame);
  call->request = request;
  call->done = std::move(done);
  call->context = std::make_unique<grpc::ClientContext>();
  if (!Begin(call->context.get())) return call->done(Draining());
  Try(std::move(call));
}

void Upstreams::Try(std::unique_ptr<UnaryCall> call) {
  call->frame.ApplyTo(*call->context);
  ++call->tries;
  UnaryCall* running = call.release();
  grpc::GenericStub stub(running->channel);
  stub.UnaryCall(running->context.get(), running->path, {}, &running->request, &running->response,
                 [this, running](const grpc::Status& status) {
                   std::unique_ptr<UnaryCall> owned(running);
                   const bool again = Unreached(status) && owned->frame.repeatable &&
                                      owned->tries < kMostTries &&
                                      absl::Now() + owned->pause < owned->frame.deadline;
                   if (again) return TryAgain(std::move(owned));
                   Finish(*owned, status);
                 });
}

void Upstreams::Finish(UnaryCall& call, const grpc::Status& status) {
  if (call.breaker != nullptr) {
    if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
      call.breaker->Unanswered(absl::Now() - call.begin);
    } else if (status.error_code() != grpc::StatusCode::CANCELLED) {
      call.breaker->Answered();
    }
  }
  if (status.ok()) {
    call.done(std::move(call.response));
  } else {
    call.done(Explained(FromGrpc(status), call.path));
  }
  call.done = nullptr;
  // Whoever waits for the end may then let the channel go. The last to do so must not be a thread
  // of gRPC's own, as this one is: it would wait for itself, and abort.
  Forget(call.context.get());
  call.context.reset();
  call.channel.reset();
  Ended();
}

void Upstreams::TryAgain(std::unique_ptr<UnaryCall> call) {
  UnaryCall* pausing = call.release();
  pausing->alarm.Set(absl::ToChronoTime(absl::Now() + pausing->pause), [this, pausing](bool) {
    std::unique_ptr<UnaryCall> owned(pausing);
    owned->pause *= kPauseGrowth;
    owned->response.Clear();
    // The old context stays registered until the new one is, so that Abandon waits.
    auto context = std::make_unique<grpc::ClientContext>();
    if (!Begin(context.get())) return Finish(*owned, grpc::Status::CANCELLED);
    End(owned->context.get());
    owned->context = std::move(context);
    Try(std::move(owned));
  });
}

bool Upstreams::Begin(grpc::ClientContext* context) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (abandoned_) return false;
  calls_.insert(context);
  ++running_;
  return true;
}

void Upstreams::End(grpc::ClientContext* context) {
  Forget(context);
  Ended();
}

void Upstreams::Forget(grpc::ClientContext* context) {
  std::lock_guard<std::mutex> lock(mutex_);
  calls_.erase(context);
}

void Upstreams::Ended() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (--running_ == 0) idle_.notify_all();
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
  round->left = peers_.size();
  round->done = std::move(done);
  if (peers_.empty()) return round->done({});
  for (const auto& [package, peer] : peers_) {
    CallFrame frame;
    frame.deadline = absl::Now() + timeout;
    Start(peer->channel, nullptr, "/grpc.health.v1.Health/Check", std::move(frame),
          ToBytes(absl::string_view()),
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
  idle_.wait(lock, [this] { return running_ == 0; });
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
