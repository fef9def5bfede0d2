// Streams through the door: reactors whose steps are short jobs on the worker pool, so that an idle
// stream holds no worker.
#pragma once

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

// The handler of one client stream. Its steps run one at a time, on any worker.
template <class Request, class Response>
class Sink {
 public:
  virtual ~Sink() = default;
  virtual absl::Status Take(const Request& request) = 0;
  // The client has sent everything.
  virtual absl::StatusOr<Response> Finish() = 0;
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
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (cancelled_) return EndLocked();
      woken_ = false;
      waiting_ = false;
    }
    std::weak_ptr<SourceReactor> weak = self_;
    response_.Clear();
    absl::StatusOr<Step> step = source_->Next(response_, [weak] {
      if (auto self = weak.lock()) self->Wake();
    });
    if (!step.ok()) return End(step.status());
    if (*step == Step::kEnd) return End(absl::OkStatus());
    if (*step == Step::kSend) {
      ClearUnreadable(begun_.call.actor, response_);
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

// Runs a Sink.
template <class Request, class Response>
class SinkReactor final : public grpc::ServerReadReactor<Request> {
 public:
  using Open = std::function<absl::StatusOr<std::unique_ptr<Sink<Request, Response>>>(const Call&)>;

  SinkReactor(Door& door, grpc::CallbackServerContext* context, absl::string_view method,
              Response* response, Open open)
      : door_(door), context_(context), response_(response) {
    absl::Time arrived = absl::Now();
    bool queued = door_.workers().Post([=, this, open = std::move(open)] {
      begun_ = door_.Begin(*context_, method, Request::default_instance(), arrived);
      if (begun_.status.ok()) {
        auto sink = open(begun_.call);
        begun_.status = sink.status();
        if (sink.ok()) sink_ = *std::move(sink);
      }
      if (!begun_.status.ok()) return End();
      this->StartRead(&request_);
    });
    if (!queued) this->Finish(ToGrpc(door_.Overloaded(method)));
  }

  void OnReadDone(bool ok) override {
    door_.workers().PostAlways([this, ok] {
      if (context_->IsCancelled()) {
        begun_.status = absl::CancelledError("the caller went away");
        return End();
      }
      if (ok) {
        begun_.status = sink_->Take(request_);
        if (!begun_.status.ok()) return End();
        request_.Clear();
        return this->StartRead(&request_);
      }
      absl::StatusOr<Response> answer = sink_->Finish();
      begun_.status = answer.status();
      if (answer.ok()) *response_ = *std::move(answer);
      End();
    });
  }

  void OnDone() override { delete this; }

 private:
  void End() {
    sink_.reset();
    door_.End(*context_, begun_);
    this->Finish(ToGrpc(begun_.status));
  }

  Door& door_;
  grpc::CallbackServerContext* context_;
  Response* response_;
  Door::Begun begun_;
  std::unique_ptr<Sink<Request, Response>> sink_;
  Request request_;
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

// Declares a client-streaming method: the handler makes the Sink of one stream.
#define RPC_CLIENT_STREAM(Name, Request, Response)                                                 \
  absl::StatusOr<std::unique_ptr<::lucid::Sink<Request, Response>>> Name(                          \
      const ::lucid::Call& call);                                                                  \
  grpc::ServerReadReactor<Request>* Name(grpc::CallbackServerContext* context, Response* response) \
      override {                                                                                   \
    static const auto& method =                                                                    \
        *new std::string(std::string(Service::service_full_name()) + "." #Name);                   \
    return new ::lucid::SinkReactor<Request, Response>(                                            \
        door_, context, method, response,                                                          \
        [this](const ::lucid::Call& call) { return Name(call); });                                 \
  }
