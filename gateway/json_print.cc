#include <algorithm>
#include <cmath>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gateway/json.h"
#include "gateway/shape.h"
#include "gateway/text.h"
#include "services/base/status.h"
#include "services/base/utf8.h"

namespace lucid::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

absl::Status Unprintable(const Message& message, absl::string_view why) {
  return InvalidField(message.GetTypeName(), why);
}

class Printer {
 public:
  explicit Printer(std::string& out) : out_(out) {}

  absl::Status Print(const Message& message, const Shape& shape) {
    switch (shape.special) {
      case Special::kNone:
        out_ += '{';
        RETURN_IF_ERROR(PrintFields(message, shape, true));
        out_ += '}';
        return absl::OkStatus();
      case Special::kAny:
        return PrintAny(message, shape);
      case Special::kTimestamp:
      case Special::kDuration:
        return PrintSeconds(message, shape);
      case Special::kFieldMask:
        return PrintMask(message, shape);
      case Special::kWrapper:
        return PrintSingular(message, shape.fields[0]);
      case Special::kStruct:
        return PrintMap(message, shape.fields[0]);
      case Special::kList:
        return PrintRepeated(message, shape.fields[0]);
      case Special::kValue:
        return PrintValue(message, shape);
    }
    return absl::OkStatus();
  }

  absl::Status PrintField(const Message& message, const FieldShape& field) {
    if (field.field->is_map()) return PrintMap(message, field);
    if (field.field->is_repeated()) return PrintRepeated(message, field);
    return PrintSingular(message, field);
  }

 private:
  absl::Status PrintFields(const Message& message, const Shape& shape, bool first) {
    const Reflection& reflection = *message.GetReflection();
    for (const FieldShape& field : shape.fields) {
      const bool set = field.field->is_repeated() ? reflection.FieldSize(message, field.field) > 0
                                                  : reflection.HasField(message, field.field);
      if (!set && !field.always) continue;
      if (!first) out_ += ',';
      first = false;
      out_ += field.key;
      RETURN_IF_ERROR(PrintField(message, field));
    }
    return absl::OkStatus();
  }

  absl::Status PrintRepeated(const Message& message, const FieldShape& field) {
    const int size = message.GetReflection()->FieldSize(message, field.field);
    out_ += '[';
    for (int i = 0; i < size; ++i) {
      if (i > 0) out_ += ',';
      RETURN_IF_ERROR(PrintElement(message, field, i));
    }
    out_ += ']';
    return absl::OkStatus();
  }

  absl::Status PrintMap(const Message& message, const FieldShape& field) {
    const Reflection& reflection = *message.GetReflection();
    const FieldShape& key = field.message->fields[0];
    std::vector<std::pair<std::string, const Message*>> entries;
    for (int i = 0; i < reflection.FieldSize(message, field.field); ++i) {
      const Message& entry = reflection.GetRepeatedMessage(message, field.field, i);
      entries.emplace_back(MapKey(entry, key.field), &entry);
    }
    std::sort(entries.begin(), entries.end());
    out_ += '{';
    for (size_t i = 0; i < entries.size(); ++i) {
      if (i > 0) out_ += ',';
      AppendJsonString(out_, entries[i].first);
      out_ += ':';
      RETURN_IF_ERROR(PrintSingular(*entries[i].second, field.message->fields[1]));
    }
    out_ += '}';
    return absl::OkStatus();
  }

  static std::string MapKey(const Message& entry, const FieldDescriptor* key) {
    const Reflection& reflection = *entry.GetReflection();
    switch (key->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return absl::StrCat(reflection.GetInt32(entry, key));
      case FieldDescriptor::CPPTYPE_INT64:
        return absl::StrCat(reflection.GetInt64(entry, key));
      case FieldDescriptor::CPPTYPE_UINT32:
        return absl::StrCat(reflection.GetUInt32(entry, key));
      case FieldDescriptor::CPPTYPE_UINT64:
        return absl::StrCat(reflection.GetUInt64(entry, key));
      case FieldDescriptor::CPPTYPE_BOOL:
        return reflection.GetBool(entry, key) ? "true" : "false";
      default:
        return reflection.GetString(entry, key);
    }
  }

  absl::Status PrintSingular(const Message& message, const FieldShape& field) {
    const Reflection& reflection = *message.GetReflection();
    const FieldDescriptor* f = field.field;
    switch (f->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        absl::StrAppend(&out_, reflection.GetInt32(message, f));
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
        absl::StrAppend(&out_, reflection.GetUInt32(message, f));
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        absl::StrAppend(&out_, "\"", reflection.GetInt64(message, f), "\"");
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        absl::StrAppend(&out_, "\"", reflection.GetUInt64(message, f), "\"");
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        PrintReal(reflection.GetDouble(message, f), AppendDouble);
        break;
      case FieldDescriptor::CPPTYPE_FLOAT:
        PrintReal(reflection.GetFloat(message, f), AppendFloat);
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        out_ += reflection.GetBool(message, f) ? "true" : "false";
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        PrintEnum(f, reflection.GetEnumValue(message, f));
        break;
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        PrintString(f, reflection.GetStringReference(message, f, &scratch));
        break;
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Print(reflection.GetMessage(message, f), *field.message);
    }
    return absl::OkStatus();
  }

  absl::Status PrintElement(const Message& message, const FieldShape& field, int i) {
    const Reflection& reflection = *message.GetReflection();
    const FieldDescriptor* f = field.field;
    switch (f->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        absl::StrAppend(&out_, reflection.GetRepeatedInt32(message, f, i));
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
        absl::StrAppend(&out_, reflection.GetRepeatedUInt32(message, f, i));
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        absl::StrAppend(&out_, "\"", reflection.GetRepeatedInt64(message, f, i), "\"");
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        absl::StrAppend(&out_, "\"", reflection.GetRepeatedUInt64(message, f, i), "\"");
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        PrintReal(reflection.GetRepeatedDouble(message, f, i), AppendDouble);
        break;
      case FieldDescriptor::CPPTYPE_FLOAT:
        PrintReal(reflection.GetRepeatedFloat(message, f, i), AppendFloat);
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        out_ += reflection.GetRepeatedBool(message, f, i) ? "true" : "false";
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        PrintEnum(f, reflection.GetRepeatedEnumValue(message, f, i));
        break;
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        PrintString(f, reflection.GetRepeatedStringReference(message, f, i, &scratch));
        break;
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Print(reflection.GetRepeatedMessage(message, f, i), *field.message);
    }
    return absl::OkStatus();
  }

  template <class Real>
  void PrintReal(Real value, void (*append)(Real, std::string&)) {
    if (std::isnan(value)) {
      out_ += "\"NaN\"";
    } else if (std::isinf(value)) {
      out_ += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    } else {
      append(value, out_);
    }
  }

  void PrintEnum(const FieldDescriptor* field, int number) {
    if (field->enum_type()->full_name() == "google.protobuf.NullValue") {
      out_ += "null";
    } else if (const auto* value = field->enum_type()->FindValueByNumber(number)) {
      absl::StrAppend(&out_, "\"", value->name(), "\"");
    } else {
      absl::StrAppend(&out_, number);
    }
  }

  void PrintString(const FieldDescriptor* field, const std::string& text) {
    if (field->type() == FieldDescriptor::TYPE_BYTES) {
      absl::StrAppend(&out_, "\"", absl::Base64Escape(text), "\"");
    } else {
      AppendJsonString(out_, text);
    }
  }

  absl::Status PrintSeconds(const Message& message, const Shape& shape) {
    const Reflection& reflection = *message.GetReflection();
    const Seconds value{reflection.GetInt64(message, shape.fields[0].field),
                        reflection.GetInt32(message, shape.fields[1].field)};
    const auto text =
        shape.special == Special::kTimestamp ? PrintTimestamp(value) : PrintDuration(value);
    if (!text.has_value()) return Unprintable(message, "is out of range");
    absl::StrAppend(&out_, "\"", *text, "\"");
    return absl::OkStatus();
  }

  absl::Status PrintMask(const Message& message, const Shape& shape) {
    const Reflection& reflection = *message.GetReflection();
    std::string text;
    for (int i = 0; i < reflection.FieldSize(message, shape.fields[0].field); ++i) {
      const std::string path = reflection.GetRepeatedString(message, shape.fields[0].field, i);
      if (!HasCamelCase(path)) return Unprintable(message, "has a path without a JSON name");
      absl::StrAppend(&text, i > 0 ? "," : "", CamelCase(path));
    }
    AppendJsonString(out_, text);
    return absl::OkStatus();
  }

  absl::Status PrintValue(const Message& message, const Shape& shape) {
    const Reflection& reflection = *message.GetReflection();
    const auto* which = reflection.GetOneofFieldDescriptor(message, shape.type->oneof_decl(0));
    if (which == nullptr) return Unprintable(message, "has no kind");
    if (which->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE &&
        !std::isfinite(reflection.GetDouble(message, which))) {
      return Unprintable(message, "must be finite");
    }
    return PrintSingular(message, *shape.Find(which->name()));
  }

  absl::Status PrintAny(const Message& message, const Shape& shape) {
    const Reflection& reflection = *message.GetReflection();
    const std::string url = reflection.GetString(message, shape.fields[0].field);
    if (url.empty()) {
      out_ += "{}";
      return absl::OkStatus();
    }
    const auto inner = NewMessageOf(url);
    if (inner == nullptr) return Unprintable(message, absl::StrCat("holds an unknown type ", url));
    if (!inner->ParseFromString(reflection.GetString(message, shape.fields[1].field))) {
      return Unprintable(message, absl::StrCat("does not hold a ", url));
    }
    const Shape& inner_shape = ShapeOf(inner->GetDescriptor());
    out_ += "{\"@type\":";
    AppendJsonString(out_, url);
    if (inner_shape.special == Special::kNone) {
      RETURN_IF_ERROR(PrintFields(*inner, inner_shape, false));
    } else {
      out_ += ",\"value\":";
      RETURN_IF_ERROR(Print(*inner, inner_shape));
    }
    out_ += '}';
    return absl::OkStatus();
  }

  std::string& out_;
};

}  // namespace

absl::StatusOr<std::string> ToJson(const Message& message) {
  std::string out;
  RETURN_IF_ERROR(Printer(out).Print(message, ShapeOf(message.GetDescriptor())));
  return out;
}

absl::StatusOr<std::string> FieldToJson(const Message& message, absl::string_view name) {
  std::string out;
  RETURN_IF_ERROR(Printer(out).PrintField(message, *ShapeOf(message.GetDescriptor()).Find(name)));
  return out;
}

}  // namespace lucid::gateway
