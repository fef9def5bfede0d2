#include "gateway/relay.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "gateway/weight.h"
#include "grpcpp/generic/generic_stub.h"
#include "services/base/rpc.h"

namespace lucid::gateway {
namespace {

absl::string_view View(const grpc::string_ref& text) { return {text.data(), text.size()}; }

// What belongs to a single hop, or is set anew for the next one.
bool IsOfThisHop(absl::string_view key) {
  return absl::StartsWith(key, "grpc-") || absl::StartsWith(key, ":") || key == "te" ||
         key == "content-type" || key == "user-agent" || key == "host" || key == "traceparent";
}

}  // namespace

grpc::ServerGenericBidiReactor* Relay::Start(Upstreams& upstreams,
                                             const std::shared_ptr<grpc::Channel>& channel,
                                             const google::protobuf::Descriptor* type,
                                             grpc::GenericCallbackServerContext* context,
                                             const std::string& traceparent) {
  auto* relay = new Relay(upstreams, type, context);
  grpc::ClientContext& call = relay->to_service_;
  for (const auto& [key, value] : context->client_metadata()) {
    if (IsOfThisHop(View(key))) continue;
    call.AddMetadata(std::string(View(key)), std::string(View(value)));
  }
  call.AddMetadata("traceparent", traceparent);
  if (context->deadline() != std::chrono::system_clock::time_point::max()) {
    call.set_deadline(context->deadline());
  }
  if (!upstreams.Begin(&call)) {
    relay->Release();  // there is no far side
    relay->near_.Finish(ToGrpc(Draining()));
    return &relay->near_;
  }
  grpc::GenericStub(channel).PrepareBidiStreamingCall(&call, context->method(), {}, &relay->far_);
  // One hold for each direction, because both are driven from the near side's reactions.
  relay->far_.AddMultipleHolds(2);
  relay->far_.StartCall();
  relay->near_.StartRead(&relay->request_);
  return &relay->near_;
}

void Relay::Accepted(bool) {
  for (const auto& [key, value] : to_service_.GetServerInitialMetadata()) {
    if (!IsOfThisHop(View(key))) {
      caller_->AddInitialMetadata(std::string(View(key)), std::string(View(value)));
    }
  }
  far_.StartRead(&response_);
}

bool Relay::EnterWay() {
  std::lock_guard<std::mutex> lock(mutex_);
  on_way_ = way_open_;
  return on_way_;
}

void Relay::LeaveWay(bool close) {
  bool release;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    on_way_ = false;
    way_open_ = way_open_ && !close;
    release = TakeHold();
  }
  if (release) far_.RemoveHold();
}

void Relay::CloseWay() {
  bool release;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    way_open_ = false;
    release = TakeHold();
  }
  if (release) far_.RemoveHold();
}

bool Relay::TakeHold() { return !way_open_ && !on_way_ && std::exchange(hold_, false); }

void Relay::FromCaller(bool ok) {
  if (!EnterWay()) return;
  if (ok) ok = Accepts(request_);
  if (ok) {
    far_.StartWrite(&request_);
  } else {
    far_.StartWritesDone();
  }
  LeaveWay(!ok);
}

bool Relay::Accepts(grpc::ByteBuffer& request) {
  absl::Status weighed = CheckWeight(type_, request);
  if (weighed.ok()) return true;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    refused_ = std::move(weighed);
  }
  to_service_.TryCancel();
  return false;
}

void Relay::ToServiceDone(bool ok) {
  if (ok) near_.StartRead(&request_);
}

void Relay::FromService(bool ok) {
  if (ok) return near_.StartWrite(&response_);
  // The service has said its last: what the caller still says has nowhere to go.
  CloseWay();
  far_.RemoveHold();
}

void Relay::ToCallerDone(bool ok) {
  if (!ok) to_service_.TryCancel();
  far_.StartRead(&response_);
}

void Relay::Finished(const grpc::Status& status) {
  for (const auto& [key, value] : to_service_.GetServerTrailingMetadata()) {
    if (!IsOfThisHop(View(key))) {
      caller_->AddTrailingMetadata(std::string(View(key)), std::string(View(value)));
    }
  }
  const bool plain = !status.ok() && status.error_details().empty();
  grpc::Status answer = plain ? ToGrpc(Explained(FromGrpc(status), caller_->method())) : status;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!refused_.ok() && status.error_code() == grpc::StatusCode::CANCELLED) {
      answer = ToGrpc(refused_);
    }
  }
  upstreams_.End(&to_service_);
  near_.Finish(answer);
  Release();
}

void Relay::Release() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (--sides_ > 0) return;
  }
  delete this;
}

}  // namespace lucid::gateway
