#include "services/base/feed_follower.h"

#include <utility>

#include "absl/time/clock.h"
#include "services/base/log.h"
#include "services/base/status.h"

namespace lucid {
namespace {

constexpr auto kPause = std::chrono::milliseconds(500);
constexpr int kPage = 100;

}  // namespace

FeedFollower::FeedFollower(Db& db, EventFeed& feed, std::string name, Handle handle, Work work,
                           std::function<Call()> make_call)
    : db_(db),
      feed_(feed),
      name_(std::move(name)),
      handle_(std::move(handle)),
      work_(std::move(work)),
      make_call_(std::move(make_call)),
      lease_(name_),
      failures_("follow", "follower", name_),
      thread_([this] { Run(); }) {}

FeedFollower::~FeedFollower() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_all();
  thread_.join();
  // Another replica, or this one started anew, takes over at once instead of after the expiry.
  (void)db_.Write([this](Tx& tx) { return lease_.Release(tx); });
}

void FeedFollower::Run() {
  while (true) {
    absl::StatusOr<bool> more = Turn();
    failures_.Note(more.status());
    // While another replica follows, or after a failure, a new event is no reason to hurry.
    int64_t wait = 0;
    if (more.ok() && !*more && held_ && position_) {
      wait = feed_.WhenBeyond(*position_, [this] {
        std::lock_guard<std::mutex> lock(mutex_);
        wake_ = true;
        woken_.notify_all();
      });
    }
    bool stop = false;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      if (!more.ok() || !*more) {
        woken_.wait_for(lock, kPause, [this] { return stopping_ || wake_; });
      }
      wake_ = false;
      stop = stopping_;
    }
    feed_.Forget(wait);
    if (stop) return;
  }
}

absl::StatusOr<bool> FeedFollower::Turn() {
  if (!position_) RETURN_IF_ERROR(ReadCursor());
  const Call call = make_call_();
  bool more = false;
  if (feed_.head() > *position_) {
    Follower::Request request;
    request.set_after(*position_);
    request.set_page_size(kPage);
    ASSIGN_OR_RETURN(Follower::Batch batch, feed_.List(call, request));
    RETURN_IF_ERROR(Apply(call, batch));
    more = position_ && feed_.head() > *position_;
  } else if (absl::Now() >= asked_ + kRenewTime) {
    RETURN_IF_ERROR(HoldLease());
  }
  if (!held_ || !work_) return held_ && more;
  ASSIGN_OR_RETURN(bool left, work_(call));
  return more || left;
}

absl::Status FeedFollower::ReadCursor() {
  return db_.Read([this](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT pos FROM cursors WHERE name = $1", {name_}));
    position_ = rows.empty() ? 0 : rows.Int(0, 0);
    return absl::OkStatus();
  });
}

absl::Status FeedFollower::HoldLease() {
  RETURN_IF_ERROR(db_.Write([this](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(held_, lease_.Hold(tx, absl::Now()));
    return absl::OkStatus();
  }));
  asked_ = absl::Now();
  return absl::OkStatus();
}

absl::Status FeedFollower::Apply(const Call& call, const Follower::Batch& batch) {
  asked_ = absl::Now();
  bool moved = false;
  absl::Status applied = db_.Write([&](Tx& tx) -> absl::Status {
    moved = false;
    ASSIGN_OR_RETURN(held_, lease_.Hold(tx, absl::Now()));
    if (!held_) return absl::OkStatus();
    // Moving the cursor from where it was read keeps an overtaken replica from doing it twice.
    ASSIGN_OR_RETURN(Rows rows, tx.Run("INSERT INTO cursors (name, epoch, pos) VALUES ($1, $2, $3)"
                                       " ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch,"
                                       " pos = excluded.pos WHERE cursors.pos = $4 RETURNING name",
                                       {name_, batch.epoch(), batch.position(), *position_}));
    if (rows.empty()) return absl::OkStatus();
    moved = true;
    for (const events::v1::Event& event : batch.events()) {
      RETURN_IF_ERROR(handle_(tx, call, event));
    }
    return absl::OkStatus();
  });
  RETURN_IF_ERROR(applied);
  if (moved) {
    position_ = batch.position();
  } else {
    position_.reset();  // another replica was there; where, is read anew
  }
  return absl::OkStatus();
}

}  // namespace lucid
