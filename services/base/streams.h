// Streams through the door: reactors whose steps are short jobs on the worker pool, so that an idle
// stream holds no worker.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "services/base/rpc.h"

namespace lucid {

// What a server stream does next.
enum class Step { kSend, kWait, kEnd };

// The handler of one server stream. Its steps run one at a time, on any worker.
template <class Response>
class Source {
 public:
  virtual ~Source() = default;
  // Fills `response` and answers kSend; or answers kWait, having arranged that `wake` is called
  // once, from any thread, when there may be more; or kEnd.
  virtual absl::StatusOr<Step> Next(Response& response, std::function<void()> wake) = 0;
};

// The handler of one stream in both directions. Its steps run one at a time, on any worker.
template <class Request, class Response>
class Exchange {
 public:
  virtual ~Exchange() = default;
  // Takes everything that has arrived since the step before, at least one message, in order, and
  // fills the answer that is then sent. May leave the last ones in `arrived` for the next step.
  // `call` has the time of this step, and its caller's token is still good.
  virtual absl::Status Take(const Call& call, std::deque<Request>& arrived, Response& response) = 0;
};

// Runs a Source. Owns itself until gRPC is done with it and no wake can come.
template <class Request, class Response>
class SourceReactor final : public grpc::ServerWriteReactor<Response> {
 public:
  using Open =
      std::function<absl::StatusOr<std::unique_ptr<Source<Response>>>(const Call&, const Request&)>;

  static SourceReactor* Start(Door& door, grpc::CallbackServerContext* context,
                              absl::string_view method, const Request* request, Open open) {
    auto* reactor = new SourceReactor(door, context);
    reactor->self_.reset(reactor);
    absl::Time arrived = absl::Now();
    bool queued = door.workers().Post([=, keep = reactor->self_, open = std::move(open)] {
      reactor->begun_ = door_of(reactor).Begin(*context, method, *request, arrived);
      if (reactor->begun_.status.ok()) {
        auto source = open(reactor->begun_.call, *request);
        reactor->begun_.status = source.status();
        if (source.ok()) reactor->source_ = *std::move(source);
      }
      if (!reactor->begun_.status.ok()) return reactor->End(reactor->begun_.status);
      reactor->Advance();
    });
    if (!queued) {
      reactor->begun_.status = door.Overloaded(method);
      reactor->Finish(ToGrpc(reactor->begun_.status));
    }
    return reactor;
  }

  void OnWriteDone(bool ok) override {
    if (ok) return Post();
    End(absl::CancelledError("the caller went away"));
  }

  void OnCancel() override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      cancelled_ = true;
      if (!waiting_) return;
      waiting_ = false;
    }
    End(absl::CancelledError("the caller went away"));
  }

  void OnDone() override { self_.reset(); }

 private:
  SourceReactor(Door& door, grpc::CallbackServerContext* context)
      : door_(door), context_(context) {}

  static Door& door_of(SourceReactor* reactor) { return reactor->door_; }

  void Post() {
    door_.workers().PostAlways([this, keep = self_] { Advance(); });
  }

  void Advance() {
    absl::Status renewed;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (cancelled_) return EndLocked();
      woken_ = false;
      waiting_ = false;
      renewed = door_.Renew(begun_.call);
    }
    if (!renewed.ok()) return End(renewed);
    std::weak_ptr<SourceReactor> weak = self_;
    response_.Clear();
    absl::StatusOr<Step> step = source_->Next(response_, [weak] {
      if (auto self = weak.lock()) self->Wake();
    });
    if (!step.ok()) return End(step.status());
    if (*step == Step::kEnd) return End(absl::OkStatus());
    if (*step == Step::kSend) {
      ClearUnreadable(begun_.call.actor, response_);
      // gRPC hands over to the next step; by the lock ThreadSanitizer sees that it does.
      { std::lock_guard<std::mutex> lock(mutex_); }
      return this->StartWrite(&response_);
    }
    std::lock_guard<std::mutex> lock(mutex_);
    if (cancelled_) return EndLocked();
    if (woken_) return Post();
    waiting_ = true;
  }

  void Wake() {
    std::lock_guard<std::mutex> lock(mutex_);
    woken_ = true;
    if (std::exchange(waiting_, false)) Post();
  }

  // On a worker, so that what gRPC calls back does not find the lock held.
  void EndLocked() {
    door_.workers().PostAlways(
        [this, keep = self_] { End(absl::CancelledError("the caller went away")); });
  }

  void End(absl::Status status) {
    begun_.status = std::move(status);
    // That a listener went away is no news.
    if (begun_.status.code() != absl::StatusCode::kCancelled) door_.End(*context_, begun_);
    source_.reset();
    this->Finish(ToGrpc(begun_.status));
  }

  Door& door_;
  grpc::CallbackServerContext* context_;
  std::shared_ptr<SourceReactor> self_;
  Door::Begun begun_;
  std::unique_ptr<Source<Response>> source_;
  Response response_;
  std::mutex mutex_;
  bool cancelled_ = false;
  bool waiting_ = false;
  bool woken_ = false;
};

// Runs an Exchange. While a step is under way, messages are read ahead up to kReadAhead bytes of
// memory, so that a slow store takes more of them at once.
template <class Request, class Response>
class ExchangeReactor final : public grpc::ServerBidiReactor<Request, Response> {
 public:
  using Open =
      std::function<absl::StatusOr<std::unique_ptr<Exchange<Request, Response>>>(const Call&)>;

  ExchangeReactor(Door& door, grpc::CallbackServerContext* context, absl::string_view method,
                  Open open)
      : door_(door), context_(context) {
    absl::Time arrived = absl::Now();
    bool queued = door_.workers().Post([=, this, open = std::move(open)] {
      begun_ = door_.Begin(*context_, method, Request::default_instance(), arrived);
      if (begun_.status.ok()) {
        auto exchange = open(begun_.call);
        begun_.status = exchange.status();
        if (exchange.ok()) exchange_ = *std::move(exchange);
      }
      if (!begun_.status.ok()) return End(begun_.status);
      this->StartRead(&incoming_);
      Rest();
    });
    if (queued) return;
    finished_ = true;
    this->Finish(ToGrpc(door_.Overloaded(method)));
  }

  void OnReadDone(bool ok) override {
    bool read = false;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      reading_ = false;
      complete_ = !ok;
      if (ok) {
        sizes_.push_back(incoming_.SpaceUsedLong());
        bytes_ += sizes_.back();
        waiting_.push_back(std::move(incoming_));
        incoming_ = Request();
        read = MayRead();
      }
    }
    if (read) this->StartRead(&incoming_);
    Wake();
  }

  void OnWriteDone(bool ok) override {
    if (!ok) OnCancel();
    Rest();
  }

  void OnCancel() override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      cancelled_ = true;
    }
    Wake();
  }

  void OnDone() override { delete this; }

 private:
  static constexpr size_t kReadAhead = 16 << 20;

  // With the lock held; gRPC is asked without it, because it may call back at once.
  bool MayRead() {
    if (reading_ || complete_ || bytes_ >= kReadAhead) return false;
    reading_ = true;
    return true;
  }

  // Begins a step where none is under way and there is something to do.
  void Wake() {
    std::lock_guard<std::mutex> lock(mutex_);
    WakeLocked();
  }
  // Ends a step.
  void Rest() {
    std::lock_guard<std::mutex> lock(mutex_);
    stepping_ = false;
    WakeLocked();
  }
  void WakeLocked() {
    if (stepping_ || finished_) return;
    if (waiting_.empty() && taken_.empty() && !complete_ && !cancelled_) return;
    stepping_ = true;
    door_.workers().PostAlways([this] { Advance(); });
  }

  void Advance() {
    bool cancelled = false;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      for (Request& request : waiting_) taken_.push_back(std::move(request));
      waiting_.clear();
      cancelled = cancelled_;
    }
    if (cancelled) return End(absl::CancelledError("the caller went away"));
    if (taken_.empty()) return End(absl::OkStatus());
    const size_t before = taken_.size();
    absl::Status status = door_.Renew(begun_.call);
    response_.Clear();
    if (status.ok()) status = exchange_->Take(begun_.call, taken_, response_);
    if (!status.ok()) return End(std::move(status));
    bool read = false;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      for (size_t i = taken_.size(); i < before; ++i) {
        bytes_ -= sizes_.front();
        sizes_.pop_front();
      }
      read = MayRead();
    }
    if (read) this->StartRead(&incoming_);
    ClearUnreadable(begun_.call.actor, response_);
    this->StartWrite(&response_);
  }

  void End(absl::Status status) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      finished_ = true;
    }
    begun_.status = std::move(status);
    exchange_.reset();
    door_.End(*context_, begun_);
    this->Finish(ToGrpc(begun_.status));
  }

  Door& door_;
  grpc::CallbackServerContext* context_;
  Door::Begun begun_;
  std::unique_ptr<Exchange<Request, Response>> exchange_;
  Request incoming_;
  Response response_;
  std::deque<Request> taken_;  // of the step under way
  std::mutex mutex_;           // guards what follows
  std::deque<Request> waiting_;
  std::deque<size_t> sizes_;  // of what is taken or waits
  size_t bytes_ = 0;          // their sum
  bool reading_ = true;
  bool stepping_ = true;
  bool complete_ = false;
  bool cancelled_ = false;
  bool finished_ = false;
};

}  // namespace lucid

// Declares a server-streaming method: the handler makes the Source of one stream.
#define RPC_SERVER_STREAM(Name, Request, Response)                                              \
  absl::StatusOr<std::unique_ptr<::lucid::Source<Response>>> Name(const ::lucid::Call& call,    \
                                                                  const Request& request);      \
  grpc::ServerWriteReactor<Response>* Name(grpc::CallbackServerContext* context,                \
                                           const Request* request) override {                   \
    static const auto& method =                                                                 \
        *new std::string(std::string(Service::service_full_name()) + "." #Name);                \
    return ::lucid::SourceReactor<Request, Response>::Start(                                    \
        door_, context, method, request,                                                        \
        [this](const ::lucid::Call& call, const Request& asked) { return Name(call, asked); }); \
  }

// Declares a method that streams both ways: the handler makes the Exchange of one stream.
#define RPC_STREAM(Name, Request, Response)                                                \
  absl::StatusOr<std::unique_ptr<::lucid::Exchange<Request, Response>>> Name(              \
      const ::lucid::Call& call);                                                          \
  grpc::ServerBidiReactor<Request, Response>* Name(grpc::CallbackServerContext* context)   \
      override {                                                                           \
    static const auto& method =                                                            \
        *new std::string(std::string(Service::service_full_name()) + "." #Name);           \
    return new ::lucid::ExchangeReactor<Request, Response>(                                \
        door_, context, method, [this](const ::lucid::Call& call) { return Name(call); }); \
  }
