// The services behind the gateway: unary calls by method name with bytes in and bytes out, streams,
// and their health.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gateway/breaker.h"
#include "google/protobuf/message.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "services/base/transport.h"

namespace lucid::gateway {

// What goes along with a call on a caller's behalf.
struct CallFrame {
  std::string authorization;  // the header as it came, or ""
  std::string traceparent;
  absl::Time deadline = absl::InfiniteFuture();
  // Calling twice does no harm: when no answer comes from a service, it is called again.
  bool repeatable = false;

  void ApplyTo(grpc::ClientContext& context) const;
};

// What calls get while the gateway stops.
absl::Status Draining();

// What gRPC itself says when a service is away or slow names addresses and helps nobody: said in
// our words, with a reason. What a service said stays as it is.
absl::Status Explained(const absl::Status& status, absl::string_view path);

using Done = std::function<void(absl::StatusOr<grpc::ByteBuffer>)>;

class Upstreams {
 public:
  // `addresses` by package: "lucid.tasks" → "127.0.0.1:9101".
  explicit Upstreams(const std::map<std::string, std::string>& addresses,
                     const Transport& transport = Transport());
  // Abandons.
  ~Upstreams();

  // Serves the methods of a service in this process, under its full name.
  using Local = std::function<void(absl::string_view method, CallFrame frame,
                                   const grpc::ByteBuffer& request, Done done)>;
  void Serve(const std::string& service, Local local);

  // Calls "/lucid.tasks.v1.TasksService/GetTask". `done` is called once, perhaps at once.
  // UNIMPLEMENTED where no service of that name is behind the gateway; UNAVAILABLE at once, reason
  // SERVICE_SILENT, where it has left many calls without an answer; see Breaker.
  void Call(const std::string& path, CallFrame frame, const grpc::ByteBuffer& request, Done done);

  bool IsLocal(absl::string_view path) const;
  // The channel of the service that a path or a full name belongs to, or nullptr.
  std::shared_ptr<grpc::Channel> ChannelOf(absl::string_view path) const;

  // Asks every service for its health; calls `done` with the packages that do not serve.
  void CheckHealth(absl::Duration timeout, std::function<void(std::vector<std::string>)> done);

  // Calls that are made elsewhere register here to be abandoned with the others: false while
  // stopping, and then the call must not start. End comes last.
  bool Begin(grpc::ClientContext* context);
  void End(grpc::ClientContext* context);

  // Cancels what is under way and waits for it; later calls are refused.
  void Abandon();

 private:
  // A service behind the gateway.
  struct Peer {
    std::shared_ptr<grpc::Channel> channel;
    Breaker breaker;
  };
  struct UnaryCall;
  Peer* PeerOf(absl::string_view path) const;
  // Without a breaker, the call goes out and says nothing to it.
  void Start(const std::shared_ptr<grpc::Channel>& channel, Breaker* breaker,
             const std::string& path, CallFrame frame, const grpc::ByteBuffer& request, Done done);
  // One try of a call, whose context is registered.
  void Try(std::unique_ptr<UnaryCall> call);
  void Finish(UnaryCall& call, const grpc::Status& status);
  void TryAgain(std::unique_ptr<UnaryCall> call);
  // The halves of End: the call is cancelled no more; and nobody waits for it any more.
  void Forget(grpc::ClientContext* context);
  void Ended();

  absl::flat_hash_map<std::string, std::unique_ptr<Peer>> peers_;
  absl::flat_hash_map<std::string, Local> locals_;
  std::mutex mutex_;
  std::condition_variable idle_;
  std::unordered_set<grpc::ClientContext*> calls_;  // guarded by mutex_: to be cancelled
  int running_ = 0;                                 // guarded by mutex_
  bool abandoned_ = false;                          // guarded by mutex_
};

// A message as one slice of bytes, and back. INTERNAL when the bytes are no such message.
grpc::ByteBuffer ToBytes(const google::protobuf::Message& message);
absl::Status FromBytes(const grpc::ByteBuffer& bytes, google::protobuf::Message& message);
grpc::ByteBuffer ToBytes(absl::string_view bytes);
std::string ToString(const grpc::ByteBuffer& bytes);

}  // namespace lucid::gateway
