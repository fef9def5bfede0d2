#include "services/base/follower.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/base/log.h"
#include "services/base/rpc.h"
#include "services/base/status.h"

namespace lucid {
namespace {

constexpr absl::Duration kPause = absl::Milliseconds(200);

}  // namespace

Periodic::Periodic(absl::Duration period, std::function<void()> job)
    : period_(period), job_(std::move(job)), thread_([this] { Run(); }) {}

Periodic::~Periodic() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

void Periodic::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    job_();
    lock.lock();
    stop_.wait_for(lock, absl::ToChronoMilliseconds(period_), [this] { return stopping_; });
  }
}

Follower::Follower(Db& db, std::string name, Open open, Handle handle,
                   std::function<Call()> make_call,
                   std::function<absl::StatusOr<std::string>()> token)
    : db_(db),
      name_(std::move(name)),
      open_(std::move(open)),
      handle_(std::move(handle)),
      make_call_(std::move(make_call)),
      token_(std::move(token)),
      lease_(name_),
      failures_("follow", "follower", name_),
      thread_(std::make_unique<Periodic>(kPause, [this] { Turn(); })) {}

Follower::~Follower() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    if (context_ != nullptr) context_->TryCancel();
  }
  thread_.reset();
  // Another replica, or this one started anew, takes over at once instead of after the expiry.
  (void)db_.Write([this](Tx& tx) { return lease_.Release(tx); });
}

void Follower::Turn() {
  // A stream is opened anew so often that the lease is renewed well before it ends.
  absl::Status status = FollowFor(kRenewTime);
  if (status.code() != absl::StatusCode::kCancelled) failures_.Note(status);
}

absl::Status Follower::FollowFor(absl::Duration time) {
  Request cursor;
  bool held = false;
  RETURN_IF_ERROR(db_.Write([&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(held, lease_.Hold(tx, absl::Now()));
    if (!held) return absl::OkStatus();
    ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT epoch, pos FROM cursors WHERE name = $1", {name_}));
    cursor.Clear();
    if (rows.empty()) return absl::OkStatus();
    cursor.set_epoch(rows.Text(0, 0));
    cursor.set_after(rows.Int(0, 1));
    return absl::OkStatus();
  }));
  if (!held) return absl::OkStatus();
  cursor.set_page_size(100);
  ASSIGN_OR_RETURN(std::string token, token_());
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + time));
  context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_) return absl::OkStatus();
    context_ = &context;
  }
  auto reader = open_(&context, cursor);
  Batch batch;
  absl::Status applied;
  while (applied.ok() && reader->Read(&batch)) applied = Apply(cursor, batch);
  if (!applied.ok()) context.TryCancel();
  absl::Status finished = FromGrpc(reader->Finish());
  {
    std::lock_guard<std::mutex> lock(mutex_);
    context_ = nullptr;
  }
  RETURN_IF_ERROR(applied);
  if (Reason(finished) == "EPOCH_CHANGED") {
    // The peer was restored from a backup: its history is another one now.
    return db_.Write([&](Tx& tx) {
      return tx
          .Run("UPDATE cursors SET epoch = $2, pos = 0 WHERE name = $1",
               {name_, ErrorMetadata(finished, "epoch")})
          .status();
    });
  }
  if (finished.code() == absl::StatusCode::kDeadlineExceeded) return absl::OkStatus();
  return finished;
}

absl::Status Follower::Apply(Request& cursor, const Batch& batch) {
  Call call = make_call_();
  RETURN_IF_ERROR(db_.Write([&](Tx& tx) -> absl::Status {
    // Moving the cursor from where it was read keeps an overtaken replica from doing it twice.
    ASSIGN_OR_RETURN(
        Rows moved,
        tx.Run("INSERT INTO cursors (name, epoch, pos) VALUES ($1, $2, $3)"
               " ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch, pos = excluded.pos"
               " WHERE cursors.epoch = $4 AND cursors.pos = $5 RETURNING name",
               {name_, batch.epoch(), batch.position(), cursor.epoch(), cursor.after()}));
    if (moved.empty()) return absl::CancelledError("another replica follows");
    for (const events::v1::Event& event : batch.events()) {
      RETURN_IF_ERROR(handle_(tx, call, event));
    }
    return absl::OkStatus();
  }));
  cursor.set_epoch(batch.epoch());
  cursor.set_after(batch.position());
  return absl::OkStatus();
}

}  // namespace lucid
