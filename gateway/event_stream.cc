#include "gateway/event_stream.h"

#include <limits>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gateway/json.h"
#include "gateway/text.h"
#include "grpcpp/alarm.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "services/base/rpc.h"
#include "services/base/status.h"
#include "services/base/utf8.h"

namespace lucid::gateway {
namespace {

constexpr absl::Duration kOpening = absl::Milliseconds(500);
constexpr absl::Duration kPing = absl::Seconds(15);

using Opened = std::function<void(absl::StatusOr<std::shared_ptr<BodyStream>>)>;

// One call of the service. Keeps itself until gRPC is done with it. The functions that it calls
// under its lock only pass something on.
class Feed : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
             public std::enable_shared_from_this<Feed> {
 public:
  Feed(Upstreams& upstreams, const grpc::ByteBuffer& request, Opened opened)
      : upstreams_(upstreams), request_(request), opened_(std::move(opened)) {}

  void Start(const std::shared_ptr<grpc::Channel>& channel, const std::string& path) {
    self_ = shared_from_this();
    source_ = path.substr(0, path.rfind('/'));
    grpc::GenericStub(channel).PrepareBidiStreamingCall(&context_, path, {}, this);
    StartWriteLast(&request_, {});
    StartRead(&response_);
    Tick(kOpening);
    StartCall();
  }

  void Next(std::function<void(std::optional<std::string>)> next) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (done_) return next(std::nullopt);
    if (!ready_.empty()) {
      next(std::exchange(ready_, {}));
      return StartRead(&response_);
    }
    next_ = std::move(next);
  }

  grpc::ClientContext& context() { return context_; }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    std::string text = TextOf(response_);
    std::lock_guard<std::mutex> lock(mutex_);
    CallOpened();
    if (text.empty()) return StartRead(&response_);
    if (next_ == nullptr) {
      ready_ = std::move(text);  // the next read waits until this is taken
      return;
    }
    std::exchange(next_, nullptr)(std::move(text));
    StartRead(&response_);
  }

  void OnDone(const grpc::Status& status) override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      done_ = true;
      if (opened_ != nullptr) {
        std::exchange(opened_, nullptr)(
            status.ok() ? Fail(absl::StatusCode::kUnavailable, "FEED_ENDED", "the feed has ended")
                        : FromGrpc(status));
      }
      if (next_ != nullptr) std::exchange(next_, nullptr)(std::nullopt);
    }
    alarm_.Cancel();
    upstreams_.End(&context_);
    self_.reset();
  }

 private:
  // The feed as a body; when the body goes, the call ends.
  class Body : public BodyStream {
   public:
    explicit Body(std::shared_ptr<Feed> feed) : feed_(std::move(feed)) {}
    ~Body() override { feed_->context_.TryCancel(); }
    void Next(std::function<void(std::optional<std::string>)> next) override {
      feed_->Next(std::move(next));
    }

   private:
    std::shared_ptr<Feed> feed_;
  };

  void CallOpened() {
    if (opened_ != nullptr) {
      std::exchange(opened_, nullptr)(std::make_shared<Body>(shared_from_this()));
    }
  }

  // An alarm keeps its function when it has called it, so the function does not keep the feed.
  void Tick(absl::Duration after) {
    ticking_ = shared_from_this();
    alarm_.Set(absl::ToChronoTime(absl::Now() + after), [this](bool ok) { Ticked(ok); });
  }

  void Ticked(bool ok) {
    const std::shared_ptr<Feed> self = std::move(ticking_);
    std::lock_guard<std::mutex> lock(mutex_);
    if (!ok || done_) return;
    CallOpened();
    if (next_ != nullptr) std::exchange(next_, nullptr)(": still here\n\n");
    Tick(kPing);
  }

  std::string TextOf(const grpc::ByteBuffer& bytes) const {
    events::v1::ListEventsResponse response;
    std::string text;
    if (!FromBytes(bytes, response).ok()) return text;
    for (const auto& event : response.events()) text += ToServerSentEvent(event, source_);
    return text;
  }

  Upstreams& upstreams_;
  grpc::ByteBuffer request_, response_;
  std::string source_;
  grpc::ClientContext context_;
  grpc::Alarm alarm_;
  std::shared_ptr<Feed> self_;     // until gRPC is done
  std::shared_ptr<Feed> ticking_;  // until the alarm has gone off
  std::mutex mutex_;
  Opened opened_;
  std::function<void(std::optional<std::string>)> next_;
  std::string ready_;
  bool done_ = false;
};

}  // namespace

std::string ToServerSentEvent(const events::v1::Event& event, absl::string_view source) {
  std::string out = absl::StrCat("id: ", event.epoch(), "/", event.position(), "\ndata: ");
  absl::StrAppend(&out, "{\"specversion\":\"1.0\",\"id\":\"", event.epoch(), "/", event.position(),
                  "\",\"source\":\"", source, "\",\"type\":\"lucid.", event.kind(),
                  "\",\"subject\":");
  AppendJsonString(out, absl::StrCat(event.collection(), "/", event.record_id()));
  const auto time = ToJson(event.time());
  if (time.ok()) absl::StrAppend(&out, ",\"time\":", *time);
  if (!event.region().empty()) {
    out += ",\"region\":";
    AppendJsonString(out, event.region());
  }
  absl::StrAppend(&out, ",\"recordversion\":", event.record_version(),
                  ",\"datacontenttype\":\"application/json\"");
  const auto record = ToJson(event.record());
  if (record.ok()) absl::StrAppend(&out, ",\"data\":", *record);
  out += "}\n\n";
  return out;
}

absl::Status ResumeAfter(absl::string_view last_event_id, events::v1::ListEventsRequest& request) {
  if (last_event_id.empty()) return absl::OkStatus();
  const size_t slash = last_event_id.rfind('/');
  const auto position =
      slash == last_event_id.npos
          ? std::nullopt
          : ParseInteger(last_event_id.substr(slash + 1), 0, std::numeric_limits<int64_t>::max());
  if (!position.has_value() || !IsUtf8(last_event_id)) {
    return InvalidField("last-event-id", "must be an id that this stream gave");
  }
  request.set_epoch(std::string(last_event_id.substr(0, slash)));
  request.set_after(*position);
  return absl::OkStatus();
}

void OpenEventStream(Upstreams& upstreams, const std::string& path, const CallFrame& frame,
                     const grpc::ByteBuffer& request, const Opened& opened) {
  const auto channel = upstreams.ChannelOf(path);
  if (channel == nullptr) {
    return opened(Fail(absl::StatusCode::kUnimplemented, "NO_SERVICE",
                       "this service is not behind this gateway"));
  }
  auto feed = std::make_shared<Feed>(upstreams, request, opened);
  frame.ApplyTo(feed->context());
  if (!upstreams.Begin(&feed->context())) return opened(Draining());
  feed->Start(channel, path);
}

}  // namespace lucid::gateway
