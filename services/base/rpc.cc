#include "services/base/rpc.h"

#include <random>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "services/base/deadline.h"
#include "services/base/hash.h"
#include "services/base/log.h"
#include "services/base/metrics.h"
#include "services/base/status.h"
#include "services/base/trace.h"
#include "services/base/utf8.h"

namespace lucid {
namespace {

// Of what a status says in words; it goes into a header, with three bytes for one.
constexpr size_t kMostMessage = 500;

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

absl::string_view Metadatum(const grpc::CallbackServerContext& context, const char* key) {
  auto it = context.client_metadata().find(key);
  if (it == context.client_metadata().end()) return "";
  return {it->second.data(), it->second.size()};
}

prometheus::Histogram& Seconds(const std::string& method) {
  static auto& family = prometheus::BuildHistogram()
                            .Name("lucid_rpc_seconds")
                            .Help("Time from arrival to answer, by method.")
                            .Register(Metrics());
  return family.Add({{"method", method}},
                    prometheus::Histogram::BucketBoundaries{0.0005, 0.001, 0.0025, 0.005, 0.01,
                                                            0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5});
}

// The SHA-256 of a request without its request id: what "the same body" means.
std::string HashOf(const Message& request, const FieldDescriptor* request_id) {
  std::unique_ptr<Message> bare(request.New());
  bare->CopyFrom(request);
  bare->GetReflection()->ClearField(bare.get(), request_id);
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);  // maps have no order of their own
    bare->SerializeToCodedStream(&coded);
  }
  return Sha256Hex(bytes);
}

// Where a message holds a number that its enumeration does not know, as both JSON and the wire may:
// "tasks[3].state"; "" where it holds none.
std::string FindUnknownEnum(const Message& message) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool repeated = field->is_repeated();
    const int count = repeated ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      std::string below;
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
        const int number = repeated ? reflection.GetRepeatedEnumValue(message, field, i)
                                    : reflection.GetEnumValue(message, field);
        if (field->enum_type()->FindValueByNumber(number) != nullptr) continue;
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        below = FindUnknownEnum(repeated ? reflection.GetRepeatedMessage(message, field, i)
                                         : reflection.GetMessage(message, field));
        if (below.empty()) continue;
      } else {
        break;
      }
      return absl::StrCat(field->name(), repeated ? absl::StrCat("[", i, "]") : "",
                          below.empty() ? "" : ".", below);
    }
  }
  return "";
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  const std::string message(Shortened(ToldMessage(status), kMostMessage));
  details.set_message(message);
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    auto* detail = details.add_details();
    detail->set_type_url(std::string(url));
    detail->set_value(std::string(payload));
  });
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), message,
                      details.SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  google::rpc::Status details;
  if (details.ParseFromString(status.error_details())) {
    for (const auto& detail : details.details()) {
      result.SetPayload(detail.type_url(), absl::Cord(detail.value()));
    }
  }
  return result;
}

Door::Door(TokenVerifier& tokens, Workers& workers, Clock clock, absl::TimeZone zone)
    : tokens_(tokens), workers_(workers), clock_(std::move(clock)), zone_(zone) {}

absl::Status Door::Admit(const google::protobuf::ServiceDescriptor& service) {
  for (int i = 0; i < service.method_count(); ++i) {
    const auto& descriptor = *service.method(i);
    auto method = std::make_unique<Method>();
    method->name = descriptor.full_name();
    ASSIGN_OR_RETURN(method->access, MethodAccess::For(descriptor));
    method->request_id = descriptor.input_type()->FindFieldByName("request_id");
    method->validate_only = descriptor.input_type()->FindFieldByName("validate_only");
    method->seconds = &Seconds(method->name);
    methods_[method->name] = std::move(method);
  }
  return absl::OkStatus();
}

Door::Begun Door::Begin(const grpc::CallbackServerContext& context, absl::string_view method,
                        const Message& request, absl::Time arrived) {
  Begun begun;
  begun.arrived = arrived;
  auto known = methods_.find(method);
  if (known == methods_.end()) {
    begun.status = absl::InternalError(absl::StrCat(method, " was not admitted"));
    return begun;
  }
  begun.method = known->second.get();
  begun.call.traceparent = ContinueTrace(Metadatum(context, "traceparent"));
  if (context.IsCancelled()) {
    begun.status = Fail(absl::StatusCode::kCancelled, "CANCELLED", "the caller went away");
    return begun;
  }
  begun.call.deadline = absl::FromChrono(context.deadline());
  if (begun.call.deadline < absl::Now()) {
    begun.status = Fail(absl::StatusCode::kDeadlineExceeded, "DEADLINE",
                        "the deadline passed before the call was begun");
    return begun;
  }
  SetThreadDeadline(begun.call.deadline);
  begun.call.now = clock_();
  begun.call.today = absl::ToCivilDay(begun.call.now, zone_);
  begun.call.zone = zone_;
  absl::string_view authorization = Metadatum(context, "authorization");
  if (authorization.empty()) {
    begun.call.actor.roles = {access::v1::PUBLIC};
  } else {
    const absl::string_view token = BearerToken(authorization);
    auto actor = tokens_.Verify(token, begun.call.now);
    if (!actor.ok()) {
      begun.status = actor.status();
      return begun;
    }
    begun.call.actor = **actor;
    begun.call.token = std::string(token);
  }
  begun.call.method = begun.method->name;
  begun.status = begun.method->access.Check(begun.call.actor, request);
  if (!begun.status.ok()) return begun;
  if (const std::string unknown = FindUnknownEnum(request); !unknown.empty()) {
    begun.status = InvalidField(unknown, "is none of the values that there are");
    return begun;
  }
  if (begun.method->request_id != nullptr) {
    begun.call.request_id = request.GetReflection()->GetString(request, begun.method->request_id);
    if (begun.call.request_id.size() > 128) {
      begun.status = InvalidField("request_id", "must have at most 128 bytes");
    } else if (!begun.call.request_id.empty()) {
      begun.call.request_hash = HashOf(request, begun.method->request_id);
    }
  }
  if (begun.method->validate_only != nullptr) {
    begun.call.validate_only =
        request.GetReflection()->GetBool(request, begun.method->validate_only);
  }
  return begun;
}

absl::Status Door::Renew(Call& call) {
  call.now = clock_();
  call.today = absl::ToCivilDay(call.now, zone_);
  SetThreadDeadline(call.deadline);
  return call.token.empty() ? absl::OkStatus() : tokens_.Verify(call.token, call.now).status();
}

void Door::End(grpc::CallbackServerContext& context, const Begun& begun) {
  absl::Duration took = absl::Now() - begun.arrived;
  if (begun.method != nullptr) begun.method->seconds->Observe(absl::ToDoubleSeconds(took));
  const absl::Status& status = begun.status;
  bool unavailable = status.code() == absl::StatusCode::kUnavailable;
  LogLine line("call", IsOurs(status) ? "ERROR" : unavailable ? "WARNING" : "INFO");
  line.Add("method", begun.method == nullptr ? "" : begun.method->name)
      .Add("code", absl::StatusCodeToString(status.code()))
      .Add("reason", Reason(status))
      .Add("us", absl::ToInt64Microseconds(took))
      .Add("subject", begun.call.actor.subject)
      .Add("trace", begun.call.traceparent);
  if (IsOurs(status) || unavailable) line.Add("error", status.message());
  if (unavailable) context.AddTrailingMetadata("retry-after", "1");
}

absl::Status Door::Overloaded(absl::string_view method) {
  LogLine("overload", "WARNING").Add("method", method);
  return Fail(absl::StatusCode::kUnavailable, "OVERLOADED", "too many calls wait; try again");
}

}  // namespace lucid
