#include "gateway/proxy.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "gateway/caller.h"
#include "gateway/reflection.h"
#include "gateway/relay.h"
#include "gateway/weight.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"
#include "services/base/rpc.h"
#include "services/base/status.h"
#include "services/base/trace.h"
#include "services/base/transport.h"

namespace lucid::gateway {
namespace {

constexpr int kLargestMessage = 64 << 20;
constexpr size_t kLargestQuestion = 64 << 10;  // of reflection, which anybody may ask
constexpr int kMostStreams = 1000;             // of one connection; more wait for those to end

std::string Metadatum(const grpc::CallbackServerContext& context, const char* key) {
  const auto it = context.client_metadata().find(key);
  return it == context.client_metadata().end() ? std::string()
                                               : std::string(it->second.data(), it->second.size());
}

// "/lucid.tasks.v1.TasksService/GetTask" → its method, or nullptr.
const google::protobuf::MethodDescriptor* MethodOf(absl::string_view path) {
  const std::string name = absl::StrReplaceAll(absl::StripPrefix(path, "/"), {{"/", "."}});
  return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
}

// Ends a call at once.
class Refusal : public grpc::ServerGenericBidiReactor {
 public:
  explicit Refusal(const absl::Status& status) { Finish(ToGrpc(status)); }
  void OnDone() override { delete this; }
};

// Answers a unary call of a service that lives in this process.
class LocalCall : public grpc::ServerGenericBidiReactor {
 public:
  // `type` is that of its request, or null.
  LocalCall(Upstreams& upstreams, std::string path, const google::protobuf::Descriptor* type,
            CallFrame frame)
      : upstreams_(upstreams), path_(std::move(path)), type_(type), frame_(std::move(frame)) {
    StartRead(&request_);
  }
  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status(grpc::StatusCode::CANCELLED, "no request came"));
    const absl::Status weighed = CheckWeight(type_, request_);
    if (!weighed.ok()) return Finish(ToGrpc(weighed));
    upstreams_.Call(path_, frame_, request_, [this](absl::StatusOr<grpc::ByteBuffer> answer) {
      if (!answer.ok()) return Finish(ToGrpc(answer.status()));
      response_ = *std::move(answer);
      StartWriteAndFinish(&response_, {}, grpc::Status::OK);
    });
  }
  void OnDone() override { delete this; }

 private:
  Upstreams& upstreams_;
  const std::string path_;
  const google::protobuf::Descriptor* const type_;
  const CallFrame frame_;
  grpc::ByteBuffer request_, response_;
};

// The stream of reflection: an answer to each message.
class Mirror : public grpc::ServerGenericBidiReactor {
 public:
  explicit Mirror(const std::vector<std::string>& services) : services_(services) {
    StartRead(&request_);
  }
  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    if (request_.Length() > kLargestQuestion) {
      return Finish(ToGrpc(InvalidField("request", "is longer than 64 KiB")));
    }
    reflection::Request request;
    const absl::Status parsed = FromBytes(request_, request);
    if (!parsed.ok()) return Finish(ToGrpc(InvalidField("request", "is no reflection request")));
    response_ = ToBytes(Reflect(request, services_));
    StartWrite(&response_);
  }
  void OnWriteDone(bool ok) override {
    if (ok) return StartRead(&request_);
    Finish(grpc::Status::CANCELLED);
  }
  void OnDone() override { delete this; }

 private:
  const std::vector<std::string>& services_;
  grpc::ByteBuffer request_, response_;
};

}  // namespace

class GrpcProxy::Engine : public grpc::CallbackGenericService {
 public:
  Engine(GrpcProxyOptions options, Upstreams& upstreams, TokenVerifier& tokens)
      : options_(std::move(options)), upstreams_(upstreams), tokens_(tokens) {}
  ~Engine() override { Drain(absl::ZeroDuration()); }

  absl::Status Listen() {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    // Otherwise a second program on the same port would silently share it.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.SetMaxReceiveMessageSize(kLargestMessage);
    RefuseCompressed(builder);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMostStreams);
    builder.AddListeningPort(options_.listen, grpc::InsecureServerCredentials(), &port_);
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
    if (server_ != nullptr && port_ != 0) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat("cannot listen on ", options_.listen,
                                               " for gRPC; is another program on that port?"));
  }

  void Leave() { server_->GetHealthCheckService()->Shutdown(); }

  void Drain(absl::Duration grace) {
    if (server_ == nullptr) return;
    Leave();
    server_->Shutdown(absl::ToChronoTime(absl::Now() + grace));
    server_.reset();
  }

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    if (IsReflection(context->method())) return new Mirror(options_.services);
    CallFrame frame;
    frame.authorization = Metadatum(*context, "authorization");
    frame.traceparent = ContinueTrace(Metadatum(*context, "traceparent"));
    frame.deadline = absl::FromChrono(context->deadline());
    const google::protobuf::MethodDescriptor* method = MethodOf(context->method());
    const google::protobuf::Descriptor* type = method == nullptr ? nullptr : method->input_type();
    const auto caller = CallerOf(method, frame.authorization, tokens_, options_.clock());
    if (!caller.ok()) return new Refusal(caller.status());
    if (upstreams_.IsLocal(context->method())) {
      return new LocalCall(upstreams_, context->method(), type, std::move(frame));
    }
    const auto channel = upstreams_.ChannelOf(context->method());
    if (channel == nullptr) {
      return new Refusal(Fail(absl::StatusCode::kUnimplemented, "NO_SERVICE",
                              "no such service is behind this gateway"));
    }
    return Relay::Start(upstreams_, channel, type, context, frame.traceparent);
  }

  int port() const { return port_; }

 private:
  const GrpcProxyOptions options_;
  Upstreams& upstreams_;
  TokenVerifier& tokens_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

GrpcProxy::GrpcProxy(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
GrpcProxy::~GrpcProxy() = default;
int GrpcProxy::port() const { return engine_->port(); }
void GrpcProxy::Leave() { engine_->Leave(); }
void GrpcProxy::Drain(absl::Duration grace) { engine_->Drain(grace); }

absl::StatusOr<std::unique_ptr<GrpcProxy>> GrpcProxy::Start(GrpcProxyOptions options,
                                                            Upstreams& upstreams,
                                                            TokenVerifier& tokens) {
  auto engine = std::make_unique<Engine>(std::move(options), upstreams, tokens);
  RETURN_IF_ERROR(engine->Listen());
  return std::unique_ptr<GrpcProxy>(new GrpcProxy(std::move(engine)));
}

}  // namespace lucid::gateway
