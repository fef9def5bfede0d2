#include "gateway/feeds.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/base/log.h"
#include "services/base/rpc.h"
#include "services/base/status.h"

namespace lucid::gateway {
namespace {

constexpr absl::Duration kRetry = absl::Seconds(1);
constexpr absl::Duration kListTime = absl::Seconds(5);
// A stream is opened anew now and then, so that one that broke without a sign is noticed.
constexpr absl::Duration kWatchTime = absl::Seconds(20);

}  // namespace

Feeds::Feeds(std::vector<Source> sources, std::function<absl::StatusOr<std::string>()> token)
    : token_(std::move(token)), sources_(std::move(sources)) {
  for (const Source& source : sources_) {
    threads_.emplace_back([this, &source] { Follow(source); });
  }
}

Feeds::~Feeds() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    for (grpc::ClientContext* context : contexts_) context->TryCancel();
  }
  stop_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

std::optional<FeedPoint> Feeds::Find(absl::string_view name) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto it = points_.find(name);
  if (it == points_.end()) return {};
  return it->second;
}

void Feeds::Set(const std::string& name, const std::optional<FeedPoint>& point) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (point.has_value()) {
      FeedPoint& known = points_[name];
      if (known.epoch == point->epoch && known.position == point->position) return;
      known = *point;
    } else if (points_.erase(name) == 0) {
      return;
    }
  }
  // After the change: who sees the new generation sees the new point.
  generation_.fetch_add(1, std::memory_order_release);
}

bool Feeds::Begin(grpc::ClientContext* context) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!stopping_) contexts_.push_back(context);
  return !stopping_;
}

void Feeds::End(grpc::ClientContext* context) {
  std::lock_guard<std::mutex> lock(mutex_);
  contexts_.erase(absl::c_find(contexts_, context));
}

void Feeds::Follow(const Source& source) {
  bool followed = true;
  for (;;) {
    const absl::Status status = FollowOnce(source);
    if (status.ok()) {
      followed = true;
      continue;
    }
    Set(source.name, std::nullopt);
    std::unique_lock<std::mutex> lock(mutex_);
    if (stopping_) return;
    // One line when it is lost, not one per attempt.
    if (std::exchange(followed, false)) {
      LogLine("feed", "WARNING")
          .Add("service", source.name)
          .Add("code", absl::StatusCodeToString(status.code()))
          .Add("reason", Reason(status));
    }
    stop_.wait_for(lock, absl::ToChronoNanoseconds(kRetry), [this] { return stopping_; });
    if (stopping_) return;
  }
}

absl::Status Feeds::FollowOnce(const Source& source) {
  ASSIGN_OR_RETURN(const std::string token, token_());
  grpc::ClientContext list, watch;
  for (grpc::ClientContext* context : {&list, &watch}) {
    context->AddMetadata("authorization", absl::StrCat("Bearer ", token));
  }
  Request request;
  request.set_page_size(1);
  Batch batch;
  list.set_deadline(absl::ToChronoTime(absl::Now() + kListTime));
  if (!Begin(&list)) return absl::CancelledError("stopping");
  const grpc::Status listed = source.list(&list, request, &batch);
  End(&list);
  if (!listed.ok()) return FromGrpc(listed);
  Set(source.name, FeedPoint{batch.epoch(), batch.last_position()});

  request.set_epoch(batch.epoch());
  request.set_after(batch.last_position());
  request.set_page_size(1000);
  watch.set_deadline(absl::ToChronoTime(absl::Now() + kWatchTime));
  if (!Begin(&watch)) return absl::CancelledError("stopping");
  auto reader = source.watch(&watch, request);
  while (reader->Read(&batch)) Set(source.name, FeedPoint{batch.epoch(), batch.position()});
  const grpc::Status watched = reader->Finish();
  End(&watch);
  if (watched.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) return absl::OkStatus();
  if (Reason(FromGrpc(watched)) == "DRAINING") return absl::OkStatus();  // on to another replica
  return watched.ok() ? absl::UnavailableError("the feed ended") : FromGrpc(watched);
}

}  // namespace lucid::gateway
