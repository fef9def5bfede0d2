#include "gateway/gateway.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gateway/caller.h"
#include "gateway/errors.h"
#include "google/protobuf/message.h"
#include "services/base/status.h"
#include "services/base/trace.h"

namespace lucid::gateway {

using google::protobuf::MessageFactory;
using google::protobuf::ServiceDescriptor;

absl::StatusOr<std::unique_ptr<Gateway>> Gateway::Create(
    GatewayOptions options, absl::Span<const ServiceDescriptor* const> services,
    Upstreams& upstreams, TokenVerifier& tokens) {
  ASSIGN_OR_RETURN(Routes routes, Routes::Build(services));
  std::unique_ptr<Gateway> gateway(
      new Gateway(std::move(options), std::move(routes), upstreams, tokens));
  for (const ServiceDescriptor* service : services) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* method = service->method(i);
      auto* messages = MessageFactory::generated_factory();
      gateway->methods_[absl::StrCat("/", service->full_name(), "/", method->name())] = {
          method, messages->GetPrototype(method->input_type()),
          messages->GetPrototype(method->output_type())};
    }
  }
  return gateway;
}

void Gateway::AddPage(const std::string& path, Page page) {
  if (path.size() > 1 && path.back() == '/') {
    page_trees_.emplace_back(path, std::move(page));
  } else {
    pages_[path] = std::move(page);
  }
}

const Gateway::Page* Gateway::FindPage(absl::string_view path) const {
  const auto it = pages_.find(path);
  if (it != pages_.end()) return &it->second;
  for (const auto& [prefix, page] : page_trees_) {
    if (absl::StartsWith(path, prefix)) return &page;
  }
  return nullptr;
}

void Gateway::Answer(const HttpRequest& request, std::function<void(HttpResponse)> done) {
  if (const Page* page = FindPage(request.path)) {
    if (request.method == "GET") return (*page)(request, std::move(done));
    return done(RestError(Fail(absl::StatusCode::kUnimplemented, "METHOD_NOT_ALLOWED",
                               "this path does not take this method", {{"allow", "GET"}})));
  }
  const auto method = methods_.find(request.path);
  if (method != methods_.end()) return AnswerConnect(method->second, request, std::move(done));
  AnswerRest(request, std::move(done));
}

HttpResponse Gateway::Refuse(int status, absl::string_view reason, absl::string_view message) {
  const absl::StatusCode code =
      status == 503 ? absl::StatusCode::kUnavailable : absl::StatusCode::kInvalidArgument;
  HttpResponse response = RestError(Fail(code, reason, message));
  response.route = "refused";
  return response;
}

void Gateway::Abandon() {
  for (const auto& stop : stops_) stop();
  upstreams_.Abandon();
}

absl::StatusOr<std::shared_ptr<const Actor>> Gateway::ActorOf(const HttpRequest& request) const {
  return CallerOf(request.Header("authorization"), tokens_, options_.clock());
}

absl::StatusOr<CallFrame> Gateway::FrameFor(const google::protobuf::MethodDescriptor& method,
                                            const HttpRequest& request) const {
  CallFrame frame;
  frame.authorization = std::string(request.Header("authorization"));
  RETURN_IF_ERROR(CallerOf(&method, frame.authorization, tokens_, options_.clock()).status());
  frame.traceparent = ContinueTrace(request.Header("traceparent"));
  frame.deadline = absl::Now() + options_.deadline;
  return frame;
}

}  // namespace lucid::gateway
