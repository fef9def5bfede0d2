// Follows a service's own events: what a change brings about after it was acknowledged.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/base/db.h"
#include "services/base/events.h"
#include "services/base/follower.h"
#include "services/base/leases.h"
#include "services/base/log.h"

namespace lucid {

// Like Follower, but of the feed in its own database: each event takes effect exactly once through
// any crash and with any number of replicas, because the cursor moves in the Write of the effects.
// An own restore brings the cursor back together with the events, so nothing is read twice.
class FeedFollower {
 public:
  using Handle = Follower::Handle;
  // A bounded piece of what the handled events left to be done outside of their Write; answers
  // whether there may be more. Called between pages, and every half second on the replica that
  // follows. It must find out itself when another replica was faster.
  using Work = std::function<absl::StatusOr<bool>(const Call&)>;

  // `name` is the cursor's and the lease's. `work` may be null.
  FeedFollower(Db& db, EventFeed& feed, std::string name, Handle handle, Work work,
               std::function<Call()> make_call);
  ~FeedFollower();

 private:
  void Run();
  // One page of events and one piece of work; answers whether there is more to do at once.
  absl::StatusOr<bool> Turn();
  absl::Status ReadCursor();
  absl::Status Apply(const Call& call, const Follower::Batch& batch);
  absl::Status HoldLease();

  Db& db_;
  EventFeed& feed_;
  const std::string name_;
  const Handle handle_;
  const Work work_;
  const std::function<Call()> make_call_;
  Lease lease_;
  FailureLog failures_;
  bool held_ = false;
  absl::Time asked_ = absl::InfinitePast();  // when the lease was last asked for
  std::optional<int64_t> position_;          // of the cursor, as far as it is known
  std::mutex mutex_;
  std::condition_variable woken_;
  bool wake_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace lucid
