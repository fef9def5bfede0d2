#include "gateway/errors.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gateway/json.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/duration.pb.h"
#include "google/rpc/error_details.pb.h"
#include "services/base/status.h"
#include "services/base/utf8.h"

namespace lucid::gateway {
namespace {

constexpr absl::string_view kRetryInfoUrl = "type.googleapis.com/google.rpc.RetryInfo";

// The whole seconds after which to try again; 1 where the status does not say.
int64_t RetrySeconds(const absl::Status& status) {
  google::rpc::RetryInfo retry;
  const auto payload = status.GetPayload(kRetryInfoUrl);
  if (!payload.has_value() || !retry.ParseFromString(std::string(*payload))) return 1;
  const auto& delay = retry.retry_delay();
  return std::max<int64_t>(1, delay.seconds() + (delay.nanos() > 0 ? 1 : 0));
}

void AddHeaders(const absl::Status& status, HttpResponse& response) {
  response.headers.emplace_back("Cache-Control", "no-store");
  switch (response.status) {
    case 401:
      response.headers.emplace_back("WWW-Authenticate", "Bearer");
      break;
    case 405:
      response.headers.emplace_back("Allow", ErrorMetadata(status, "allow"));
      break;
    case 429:
    case 503:
      response.headers.emplace_back("Retry-After", absl::StrCat(RetrySeconds(status)));
      break;
  }
}

// Each detail as `print` has it, between commas.
template <class Print>
void AppendDetails(const absl::Status& status, std::string& out, Print print) {
  bool first = true;
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    google::protobuf::Any any;
    any.set_type_url(std::string(url));
    any.set_value(std::string(payload));
    const auto json = ToJson(any);
    // A detail of a type that is not linked in cannot be shown, and is no reason to fail twice.
    if (!json.ok()) return;
    if (!first) out += ',';
    first = false;
    print(any, *json);
  });
}

}  // namespace

int HttpStatusOf(const absl::Status& status) {
  // What HTTP can say more precisely than the code.
  static constexpr std::pair<absl::string_view, int> kByReason[] = {
      {"METHOD_NOT_ALLOWED", 405}, {"BODY_TOO_LARGE", 413},   {"UNSUPPORTED_MEDIA_TYPE", 415},
      {"EXPECTATION", 417},        {"HEADER_TOO_LARGE", 431},
  };
  const std::string reason = Reason(status);
  for (const auto& [name, http] : kByReason) {
    if (reason == name) return http;
  }
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kCancelled:
      return 499;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    default:
      return 500;
  }
}

HttpResponse RestError(const absl::Status& status) {
  HttpResponse response;
  response.status = HttpStatusOf(status);
  response.reason = Reason(status);
  response.content_type = "application/json";
  AddHeaders(status, response);
  std::string& body = response.body;
  absl::StrAppend(&body, "{\"error\":{\"code\":", response.status, ",\"status\":\"",
                  absl::StatusCodeToString(status.code()), "\",\"message\":");
  AppendJsonString(body, ToldMessage(status));
  body += ",\"details\":[";
  AppendDetails(status, body, [&](const auto&, const std::string& json) { body += json; });
  body += "]}}";
  return response;
}

HttpResponse ConnectError(const absl::Status& status) {
  HttpResponse response;
  response.status = HttpStatusOf(status);
  response.reason = Reason(status);
  response.content_type = "application/json";
  AddHeaders(status, response);
  std::string& body = response.body;
  const bool cancelled = status.code() == absl::StatusCode::kCancelled;
  absl::StrAppend(
      &body, "{\"code\":\"",
      cancelled ? "canceled" : absl::AsciiStrToLower(absl::StatusCodeToString(status.code())),
      "\",\"message\":");
  AppendJsonString(body, ToldMessage(status));
  body += ",\"details\":[";
  AppendDetails(status, body, [&](const google::protobuf::Any& any, const std::string& json) {
    std::string value = absl::Base64Escape(any.value());
    while (!value.empty() && value.back() == '=') value.pop_back();
    const std::string& url = any.type_url();
    absl::StrAppend(&body, "{\"type\":\"", url.substr(url.rfind('/') + 1), "\",\"value\":\"", value,
                    "\",\"debug\":", json, "}");
  });
  body += "]}";
  return response;
}

}  // namespace lucid::gateway
