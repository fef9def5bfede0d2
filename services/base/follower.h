// Followers and periodic jobs: work of a service that no caller waits for.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/support/sync_stream.h"
#include "lucid/events/v1/events.pb.h"
#include "services/base/call.h"
#include "services/base/db.h"
#include "services/base/leases.h"
#include "services/base/log.h"

namespace lucid {

// Runs `job` about every `period` on a thread of its own until destroyed.
class Periodic {
 public:
  Periodic(absl::Duration period, std::function<void()> job);
  ~Periodic();

 private:
  void Run();

  const absl::Duration period_;
  const std::function<void()> job_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::thread thread_;
};

// Follows the events of a peer service, each taking effect exactly once through any crash of either
// side: the cursor lives in the follower's own database and moves in the same Write as the effects.
class Follower {
 public:
  using Request = events::v1::ListEventsRequest;
  using Batch = events::v1::ListEventsResponse;
  // Opens the peer's WatchEvents.
  using Open = std::function<std::unique_ptr<grpc::ClientReader<Batch>>(grpc::ClientContext*,
                                                                        const Request&)>;
  // Makes the effect of one event. After a restore of the peer the events of its new epoch are
  // read from the beginning, so an effect must find out whether it already happened.
  using Handle = std::function<absl::Status(Tx&, const Call&, const events::v1::Event&)>;

  // `name` is the cursor's and the lease's ("publications follows tasks"). `make_call` makes the
  // Call under which effects are recorded; `token` the bearer token shown to the peer.
  Follower(Db& db, std::string name, Open open, Handle handle, std::function<Call()> make_call,
           std::function<absl::StatusOr<std::string>()> token);
  ~Follower();

 private:
  void Turn();
  absl::Status FollowFor(absl::Duration time);
  absl::Status Apply(Request& cursor, const Batch& batch);

  Db& db_;
  const std::string name_;
  const Open open_;
  const Handle handle_;
  const std::function<Call()> make_call_;
  const std::function<absl::StatusOr<std::string>()> token_;
  Lease lease_;
  FailureLog failures_;
  std::mutex mutex_;
  grpc::ClientContext* context_ = nullptr;  // of the stream under way
  bool stopping_ = false;
  std::unique_ptr<Periodic> thread_;
};

}  // namespace lucid
