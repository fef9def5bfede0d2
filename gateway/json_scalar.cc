// Scalars from JSON tokens into message fields.
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gateway/json_reader.h"
#include "gateway/text.h"

namespace lucid::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool IsNumberOrString(const Token& token) {
  return token.kind == TokenKind::kNumber || token.kind == TokenKind::kString;
}

template <class Integer>
std::string MustBeWithin() {
  return absl::StrCat("must be a whole number from ", std::numeric_limits<Integer>::min(), " to ",
                      std::numeric_limits<Integer>::max());
}

template <class Integer>
std::optional<Integer> IntegerOf(const Token& token) {
  if (!IsNumberOrString(token)) return {};
  using Limits = std::numeric_limits<Integer>;
  if constexpr (Limits::is_signed) {
    const auto value = ParseInteger(token.text, Limits::min(), Limits::max());
    if (value.has_value()) return static_cast<Integer>(*value);
  } else {
    const auto value = ParseUnsigned(token.text, Limits::max());
    if (value.has_value()) return static_cast<Integer>(*value);
  }
  return {};
}

template <class Real>
std::optional<Real> RealOf(const Token& token, std::optional<Real> (*parse)(absl::string_view)) {
  if (!IsNumberOrString(token)) return {};
  if (token.kind == TokenKind::kString) {
    if (token.text == "NaN") return std::numeric_limits<Real>::quiet_NaN();
    if (token.text == "Infinity") return std::numeric_limits<Real>::infinity();
    if (token.text == "-Infinity") return -std::numeric_limits<Real>::infinity();
  }
  return parse(token.text);
}

// Absent for an unknown name.
std::optional<int> EnumOf(const FieldDescriptor* field, const Token& token) {
  if (token.kind == TokenKind::kNumber) return IntegerOf<int32_t>(token);
  if (token.kind != TokenKind::kString) return {};
  const auto* value = field->enum_type()->FindValueByName(std::string(token.text));
  if (value == nullptr) return {};
  return value->number();
}

std::string MustBeOneOf(const google::protobuf::EnumDescriptor* type) {
  std::string rule = "must be one of";
  for (int i = 0; i < type->value_count(); ++i) {
    absl::StrAppend(&rule, i == 0 ? " " : ", ", type->value(i)->name());
  }
  return rule;
}

}  // namespace

// One line per type: read the value, or say the rule; then set or add.
#define PUT(Name, read, rule)                                   \
  {                                                             \
    auto value = read;                                          \
    if (!value.has_value()) return rule;                        \
    if (add) {                                                  \
      reflection.Add##Name(&message, field, std::move(*value)); \
    } else {                                                    \
      reflection.Set##Name(&message, field, std::move(*value)); \
    }                                                           \
    return "";                                                  \
  }

std::string PutScalar(Message& message, const FieldDescriptor* field, bool add,
                      const Token& token) {
  const Reflection& reflection = *message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      PUT(Int32, IntegerOf<int32_t>(token), MustBeWithin<int32_t>());
    case FieldDescriptor::CPPTYPE_INT64:
      PUT(Int64, IntegerOf<int64_t>(token), MustBeWithin<int64_t>());
    case FieldDescriptor::CPPTYPE_UINT32:
      PUT(UInt32, IntegerOf<uint32_t>(token), MustBeWithin<uint32_t>());
    case FieldDescriptor::CPPTYPE_UINT64:
      PUT(UInt64, IntegerOf<uint64_t>(token), MustBeWithin<uint64_t>());
    case FieldDescriptor::CPPTYPE_DOUBLE:
      PUT(Double, RealOf<double>(token, ParseDouble), "must be a number that fits a double");
    case FieldDescriptor::CPPTYPE_FLOAT:
      PUT(Float, RealOf<float>(token, ParseFloat), "must be a number that fits a float");
    case FieldDescriptor::CPPTYPE_ENUM:
      PUT(EnumValue, EnumOf(field, token), MustBeOneOf(field->enum_type()));
    case FieldDescriptor::CPPTYPE_BOOL: {
      if (token.kind != TokenKind::kTrue && token.kind != TokenKind::kFalse) {
        return "must be true or false";
      }
      PUT(Bool, std::make_optional(token.kind == TokenKind::kTrue), "");
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      if (token.kind != TokenKind::kString) return "must be a string";
      if (field->type() == FieldDescriptor::TYPE_BYTES) {
        PUT(String, ParseBase64(token.text), "must be base64");
      }
      PUT(String, std::make_optional(std::string(token.text)), "");
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "must be an object";
  }
  return "";
}

#undef PUT

namespace {

std::string PutSeconds(Message& message, const Shape& shape, const Token& token) {
  const bool is_time = shape.special == Special::kTimestamp;
  const auto value = token.kind != TokenKind::kString ? std::nullopt
                     : is_time                        ? ParseTimestamp(token.text)
                                                      : ParseDuration(token.text);
  if (!value.has_value()) {
    return is_time ? "must be a time such as \"2024-09-18T01:02:03Z\""
                   : "must be a duration such as \"1.5s\"";
  }
  const Reflection& reflection = *message.GetReflection();
  reflection.SetInt64(&message, shape.fields[0].field, value->seconds);
  reflection.SetInt32(&message, shape.fields[1].field, value->nanos);
  return "";
}

constexpr size_t kLongestMask = 10'000;

std::string PutMask(Message& message, const Shape& shape, const Token& token) {
  constexpr char kRule[] = "must be field names separated by commas";
  if (token.kind != TokenKind::kString) return kRule;
  if (token.text.size() > kLongestMask) return "must have at most 10000 characters";
  for (absl::string_view given : absl::StrSplit(token.text, ',', absl::SkipEmpty())) {
    std::string path = SnakeCase(given);
    if (!HasCamelCase(path)) return kRule;
    message.GetReflection()->AddString(&message, shape.fields[0].field, std::move(path));
  }
  return "";
}

std::string PutValue(Message& message, const Shape& shape, const Token& token) {
  const char* name = token.kind == TokenKind::kString   ? "string_value"
                     : token.kind == TokenKind::kNumber ? "number_value"
                                                        : "bool_value";
  return PutScalar(message, shape.Find(name)->field, false, token);
}

}  // namespace

std::string PutText(Message& message, const Shape& shape, const Token& token) {
  switch (shape.special) {
    case Special::kTimestamp:
    case Special::kDuration:
      return PutSeconds(message, shape, token);
    case Special::kFieldMask:
      return PutMask(message, shape, token);
    case Special::kWrapper:
      return PutScalar(message, shape.fields[0].field, false, token);
    case Special::kValue:
      return PutValue(message, shape, token);
    case Special::kList:
      return "must be an array";
    default:
      return "must be an object";
  }
}

}  // namespace lucid::gateway
