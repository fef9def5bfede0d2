// REST and Connect requests as unary calls of the services behind the gateway.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gateway/errors.h"
#include "gateway/gateway.h"
#include "gateway/json.h"
#include "gateway/transcode.h"
#include "gateway/weight.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/arena.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "services/base/status.h"

namespace lucid::gateway {
namespace {

using google::protobuf::Arena;
using google::protobuf::Message;

constexpr absl::string_view kJson = "application/json";

// "application/json; charset=utf-8" → "application/json".
absl::string_view MediaType(absl::string_view content_type) {
  return absl::StripAsciiWhitespace(content_type.substr(0, content_type.find(';')));
}

std::string PathOf(const google::protobuf::MethodDescriptor* method) {
  return absl::StrCat("/", method->service()->full_name(), "/", method->name());
}

// Whether calling twice does no harm: it only reads, or a request id tells the two apart.
bool IsRepeatable(const google::protobuf::MethodDescriptor& method, const Message& request) {
  if (method.options().GetExtension(google::api::http).has_get()) return true;
  const auto* id = request.GetDescriptor()->FindFieldByName("request_id");
  return id != nullptr && !request.GetReflection()->GetString(request, id).empty();
}

absl::Status CheckMediaType(const HttpRequest& request) {
  const absl::string_view type = MediaType(request.Header("content-type"));
  if (request.body.empty() || type.empty() || absl::EqualsIgnoreCase(type, kJson)) {
    return absl::OkStatus();
  }
  return Fail(absl::StatusCode::kInvalidArgument, "UNSUPPORTED_MEDIA_TYPE",
              "the body must be application/json");
}

absl::Status CheckEncoding(const HttpRequest& request) {
  const absl::string_view encoding = request.Header("content-encoding");
  if (encoding.empty() || absl::EqualsIgnoreCase(encoding, "identity")) return absl::OkStatus();
  return Fail(absl::StatusCode::kUnimplemented, "CONTENT_ENCODING",
              "bodies must not be compressed");
}

HttpResponse Json(std::string body) {
  HttpResponse response;
  response.content_type = std::string(kJson);
  // Answers depend on the caller; nothing between may keep them.
  response.headers.emplace_back("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

HttpResponse RestAnswer(const Route& route, const absl::StatusOr<grpc::ByteBuffer>& answer) {
  if (!answer.ok()) return RestError(answer.status());
  Arena arena;
  Message* message = route.response->New(&arena);
  const absl::Status parsed = FromBytes(*answer, *message);
  if (!parsed.ok()) return RestError(parsed);
  absl::StatusOr<std::string> body = ToBody(route, *message);
  return body.ok() ? Json(*std::move(body))
                   : RestError(absl::InternalError(body.status().message()));
}

absl::StatusOr<std::string> ConnectBody(const Message& prototype, bool json,
                                        const absl::StatusOr<grpc::ByteBuffer>& answer) {
  if (!answer.ok()) return answer.status();
  if (!json) return ToString(*answer);
  Arena arena;
  Message* message = prototype.New(&arena);
  RETURN_IF_ERROR(FromBytes(*answer, *message));
  return ToJson(*message);
}

absl::Status FromProto(absl::string_view body, Message& message) {
  google::protobuf::io::ArrayInputStream stream(body.data(), static_cast<int>(body.size()));
  RETURN_IF_ERROR(CheckWeight(*message.GetDescriptor(), stream));
  if (message.ParseFromArray(body.data(), static_cast<int>(body.size()))) return absl::OkStatus();
  return InvalidField("body", absl::StrCat("is no ", message.GetDescriptor()->name()));
}

// Connect-Timeout-Ms: at most ten digits; absent where malformed.
absl::StatusOr<absl::Duration> ConnectTimeout(const HttpRequest& request) {
  const absl::string_view text = request.Header("connect-timeout-ms");
  int64_t millis = 0;
  if (text.empty()) return absl::InfiniteDuration();
  if (text.size() > 10 || !absl::SimpleAtoi(text, &millis) || millis < 0) {
    return InvalidField("connect-timeout-ms", "must be milliseconds in at most ten digits");
  }
  return absl::Milliseconds(millis);
}

}  // namespace

void Gateway::AnswerRest(const HttpRequest& request, Respond respond) {
  absl::StatusOr<Match> match = routes_.Find(request.method, request.path);
  const Route* route = match.ok() ? match->route : nullptr;
  const auto fail = [&respond, route](const absl::Status& status) {
    HttpResponse response = RestError(status);
    // Of one type: a conditional of "none" and a string would be a copy, soon gone.
    response.route = route == nullptr ? absl::string_view("none") : route->method->full_name();
    respond(std::move(response));
  };
  if (!match.ok()) return fail(match.status());
  if (absl::StrContains(request.Header("accept"), "text/event-stream")) {
    return AnswerEvents(*match, request, std::move(respond));
  }
  if (auto status = CheckMediaType(request); !status.ok()) return fail(status);
  if (auto status = CheckEncoding(request); !status.ok()) return fail(status);
  auto frame = FrameFor(*route->method, request);
  if (!frame.ok()) return fail(frame.status());
  if (route->method->server_streaming() || route->method->client_streaming()) {
    return fail(Fail(absl::StatusCode::kUnimplemented, "STREAMING",
                     "this method streams; call it by gRPC"));
  }
  Arena arena;
  Message* message = route->request->New(&arena);
  absl::Status read = ToRequest(*match, request.query, request.body, *message);
  if (read.ok()) read = SetRequestId(request.Header("idempotency-key"), *message);
  if (!read.ok()) return fail(read);
  frame->repeatable = IsRepeatable(*route->method, *message);
  upstreams_.Call(PathOf(route->method), *frame, ToBytes(*message),
                  [route, trace = frame->traceparent,
                   respond = std::move(respond)](const absl::StatusOr<grpc::ByteBuffer>& answer) {
                    HttpResponse response = RestAnswer(*route, answer);
                    response.route = route->method->full_name();
                    response.trace = trace;
                    respond(std::move(response));
                  });
}

void Gateway::AnswerConnect(const Method& method, const HttpRequest& request, Respond respond) {
  const auto fail = [&respond, &method](const absl::Status& status) {
    HttpResponse response = ConnectError(status);
    response.route = method.descriptor->full_name();
    respond(std::move(response));
  };
  if (request.method != "POST") {
    return fail(Fail(absl::StatusCode::kUnimplemented, "METHOD_NOT_ALLOWED",
                     "Connect methods are called by POST", {{"allow", "POST"}}));
  }
  const absl::string_view type = MediaType(request.Header("content-type"));
  const bool json = absl::EqualsIgnoreCase(type, kJson);
  const bool streaming =
      method.descriptor->client_streaming() || method.descriptor->server_streaming();
  if (streaming || (!json && !absl::EqualsIgnoreCase(type, "application/proto"))) {
    return fail(Fail(absl::StatusCode::kInvalidArgument, "UNSUPPORTED_MEDIA_TYPE",
                     "unary methods take application/json and application/proto"));
  }
  const absl::string_view version = request.Header("connect-protocol-version");
  if (!version.empty() && version != "1") {
    return fail(InvalidField("connect-protocol-version", "must be 1"));
  }
  if (auto status = CheckEncoding(request); !status.ok()) return fail(status);
  auto timeout = ConnectTimeout(request);
  if (!timeout.ok()) return fail(timeout.status());
  auto frame = FrameFor(*method.descriptor, request);
  if (!frame.ok()) return fail(frame.status());
  frame->deadline = std::min(frame->deadline, absl::Now() + *timeout);

  Arena arena;
  Message* message = method.request->New(&arena);
  absl::Status read = json ? FromJson(request.body, *message) : FromProto(request.body, *message);
  if (read.ok()) read = SetRequestId(request.Header("idempotency-key"), *message);
  if (!read.ok()) return fail(read);
  frame->repeatable = IsRepeatable(*method.descriptor, *message);
  upstreams_.Call(std::string(request.path), *frame, ToBytes(*message),
                  [&method, json, trace = frame->traceparent,
                   respond = std::move(respond)](const absl::StatusOr<grpc::ByteBuffer>& answer) {
                    absl::StatusOr<std::string> body = ConnectBody(*method.response, json, answer);
                    HttpResponse response =
                        body.ok() ? Json(*std::move(body)) : ConnectError(body.status());
                    if (response.status == 200 && !json) {
                      response.content_type = "application/proto";
                    }
                    response.route = method.descriptor->full_name();
                    response.trace = trace;
                    respond(std::move(response));
                  });
}

}  // namespace lucid::gateway
