#include "services/base/status.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "services/base/utf8.h"

namespace lucid {
namespace {

// What statuses say goes into HTTP/2 headers, of which clients take 8 KiB: texts that quote a
// caller are cut, and of very many violations the first are named.
constexpr size_t kMostField = 100, kMostText = 400, kMostViolations = 2000;  // bytes
constexpr absl::string_view kMore = "and others break rules too";

void SetInfo(absl::Status& status, absl::string_view reason, const Metadata& metadata) {
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(reason));
  info.set_domain("lucid");
  for (const auto& [key, value] : metadata) {
    (*info.mutable_metadata())[key] = Shortened(value, kMostText);
  }
  status.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
}

bool Unpack(const absl::Status& status, absl::string_view url,
            google::protobuf::MessageLite& message) {
  auto payload = status.GetPayload(url);
  return payload.has_value() && message.ParseFromString(std::string(*payload));
}

// A failure of the storage engine.
bool IsEngines(const absl::Status& status) {
  if (status.code() != absl::StatusCode::kUnavailable) return false;
  const std::string reason = Reason(status);
  return reason == "ENGINE_AWAY" || reason == "FILE" || reason == "TOOL";
}

}  // namespace

absl::Status Fail(absl::StatusCode code, absl::string_view reason, absl::string_view message,
                  const Metadata& metadata) {
  absl::Status status(code, message);
  SetInfo(status, reason, metadata);
  return status;
}

absl::Status InvalidField(absl::string_view field, absl::string_view rule) {
  FieldErrors errors;
  errors.Add(field, rule);
  return errors.status();
}

absl::Status Forbidden(absl::string_view reason, absl::string_view message) {
  return Fail(absl::StatusCode::kFailedPrecondition, reason, message);
}

absl::Status NotYours(absl::string_view collection, absl::string_view id) {
  return Fail(absl::StatusCode::kPermissionDenied, "NOT_PERMITTED",
              absl::StrCat(collection, "/", id, " does not exist or is not yours to see"));
}

void FieldErrors::Add(absl::string_view field, absl::string_view rule) {
  if (!violations_.empty() && violations_.back().second == kMore) return;
  size_t size = field.size() + rule.size();
  for (const auto& [of_field, of_rule] : violations_) size += of_field.size() + of_rule.size();
  const bool too_many = !violations_.empty() && size > kMostViolations;
  violations_.emplace_back(Shortened(field, kMostField),
                           Shortened(too_many ? kMore : rule, kMostText));
}

void FieldErrors::Add(absl::string_view prefix, const absl::Status& status) {
  if (status.ok()) return;
  google::rpc::BadRequest bad;
  if (!Unpack(status, kBadRequestUrl, bad)) return Add(prefix, status.message());
  for (const auto& violation : bad.field_violations()) {
    Add(absl::StrCat(prefix, violation.field()), violation.description());
  }
}

absl::Status FieldErrors::status() const {
  if (violations_.empty()) return absl::OkStatus();
  google::rpc::BadRequest bad;
  std::string message;
  for (const auto& [field, rule] : violations_) {
    auto* violation = bad.add_field_violations();
    violation->set_field(field);
    violation->set_description(rule);
    absl::StrAppend(&message, message.empty() ? "" : "; ", field, " ", rule);
  }
  absl::Status status(absl::StatusCode::kInvalidArgument, message);
  SetInfo(status, "INVALID_FIELD", {});
  status.SetPayload(kBadRequestUrl, absl::Cord(bad.SerializeAsString()));
  return status;
}

absl::Status InItem(absl::string_view list, int index, const absl::Status& status) {
  if (status.ok()) return status;
  std::string place = absl::StrCat(list, "[", index, "]");
  if (status.code() == absl::StatusCode::kInvalidArgument) {
    FieldErrors errors;
    errors.Add(absl::StrCat(place, "."), status);
    return errors.status();
  }
  absl::Status placed(status.code(), absl::StrCat(place, ": ", status.message()));
  status.ForEachPayload(
      [&](absl::string_view url, const absl::Cord& payload) { placed.SetPayload(url, payload); });
  return placed;
}

bool IsOurs(const absl::Status& status) {
  return status.code() == absl::StatusCode::kInternal ||
         status.code() == absl::StatusCode::kUnknown ||
         status.code() == absl::StatusCode::kDataLoss;
}

std::string ToldMessage(const absl::Status& status) {
  if (IsOurs(status)) return "internal error";
  if (IsEngines(status)) return "the database is away; try again";
  return std::string(status.message());
}

std::string Reason(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  return Unpack(status, kErrorInfoUrl, info) ? info.reason() : "";
}

std::string ErrorMetadata(const absl::Status& status, absl::string_view key) {
  google::rpc::ErrorInfo info;
  if (!Unpack(status, kErrorInfoUrl, info)) return "";
  auto it = info.metadata().find(std::string(key));
  return it == info.metadata().end() ? "" : it->second;
}

}  // namespace lucid
