#include "gateway/transcode.h"

#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gateway/json.h"
#include "gateway/shape.h"
#include "services/base/status.h"
#include "services/base/utf8.h"

namespace lucid::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The string that a path of singular messages leads to, or "" when it is unset or no string.
std::string StringAt(const Message& message, absl::string_view path) {
  const Message* holder = &message;
  std::vector<absl::string_view> names = absl::StrSplit(path, '.');
  for (size_t i = 0; i + 1 < names.size(); ++i) {
    const FieldShape* field = ShapeOf(holder->GetDescriptor()).Find(names[i]);
    holder = &holder->GetReflection()->GetMessage(*holder, field->field);
  }
  const auto* field = ShapeOf(holder->GetDescriptor()).Find(names.back())->field;
  if (field->cpp_type() != FieldDescriptor::CPPTYPE_STRING || field->is_repeated()) return "";
  return holder->GetReflection()->GetString(*holder, field);
}

// Reads the body; returns the names of the fields it mentions.
absl::StatusOr<std::vector<std::string>> ReadBody(const Route& route, absl::string_view body,
                                                  Message& request) {
  if (route.body.empty()) {
    if (!body.empty()) return InvalidField("body", "is not expected by this method");
    return std::vector<std::string>();
  }
  if (route.body == "*") {
    // Clients send nothing rather than {} when there is nothing to say.
    return body.empty() ? std::vector<std::string>() : FromJsonWithNames(body, request);
  }
  const FieldDescriptor* field = ShapeOf(request.GetDescriptor()).Find(route.body)->field;
  return FromJsonWithNames(body, *request.GetReflection()->MutableMessage(&request, field),
                           {.path = field->name()});
}

// The field `update_mask` of a PATCH request when it is there and unset, else nullptr.
Message* UnsetMask(const Route& route, Message& request) {
  if (route.http_method != "PATCH" || route.body.empty()) return nullptr;
  const FieldShape* mask = ShapeOf(request.GetDescriptor()).Find("update_mask");
  const auto& reflection = *request.GetReflection();
  if (mask == nullptr || mask->message == nullptr ||
      mask->message->special != Special::kFieldMask || reflection.HasField(request, mask->field)) {
    return nullptr;
  }
  return reflection.MutableMessage(&request, mask->field);
}

}  // namespace

absl::Status ReadQuery(absl::string_view query, Message& request) {
  for (absl::string_view pair : absl::StrSplit(query, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(pair, absl::MaxSplits('=', 1));
    const auto name = PercentDecode(parts.first, true);
    const auto value = PercentDecode(parts.second, true);
    if (!name.has_value()) return InvalidField("query", "is not percent-encoded UTF-8");
    // System parameters of Google's clients ("$alt"): JSON is what they ask for.
    if (absl::StartsWith(*name, "$")) continue;
    if (!value.has_value()) return InvalidField(*name, "is not percent-encoded UTF-8");
    RETURN_IF_ERROR(SetFromText(request, *name, *value));
  }
  return absl::OkStatus();
}

absl::Status ToRequest(const Match& match, absl::string_view query, absl::string_view body,
                       Message& request) {
  const Route& route = *match.route;
  ASSIGN_OR_RETURN(std::vector<std::string> mentioned, ReadBody(route, body, request));
  for (size_t i = 0; i < match.values.size(); ++i) {
    const std::string& field = route.variables[i].field;
    const std::string given = StringAt(request, field);
    if (given.empty()) {
      RETURN_IF_ERROR(SetFromText(request, field, match.values[i]));
    } else if (given != match.values[i]) {
      return InvalidField(field, "differs from the one in the path");
    }
  }
  if (route.body == "*" && !query.empty()) {
    // Where everything is in the body the query may only hold what is no field.
    std::unique_ptr<Message> nothing(request.New());
    RETURN_IF_ERROR(ReadQuery(query, *nothing));
    if (nothing->ByteSizeLong() > 0) return InvalidField("query", "must go into the body");
  } else {
    RETURN_IF_ERROR(ReadQuery(query, request));
  }
  if (Message* mask = UnsetMask(route, request)) {
    const auto* paths = mask->GetDescriptor()->field(0);
    for (const std::string& name : mentioned) {
      const std::string full = route.body == "*" ? name : absl::StrCat(route.body, ".", name);
      const bool in_path = absl::c_any_of(
          route.variables, [&](const Variable& variable) { return variable.field == full; });
      // A message in the body is there as a whole.
      if (!in_path && name != "version") mask->GetReflection()->AddString(mask, paths, name);
    }
  }
  return absl::OkStatus();
}

absl::Status SetRequestId(absl::string_view idempotency_key, Message& request) {
  if (idempotency_key.empty()) return absl::OkStatus();
  if (!IsUtf8(idempotency_key)) return InvalidField("idempotency-key", "is not UTF-8");
  const FieldShape* field = ShapeOf(request.GetDescriptor()).Find("request_id");
  if (field == nullptr || field->field->cpp_type() != FieldDescriptor::CPPTYPE_STRING ||
      field->field->is_repeated()) {
    return absl::OkStatus();
  }
  const auto& reflection = *request.GetReflection();
  if (reflection.GetString(request, field->field).empty()) {
    reflection.SetString(&request, field->field, std::string(idempotency_key));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ToBody(const Route& route, const Message& response) {
  if (route.response_body.empty()) return ToJson(response);
  return FieldToJson(response, route.response_body);
}

}  // namespace lucid::gateway
