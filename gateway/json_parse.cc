#include <boost/json/basic_parser_impl.hpp>
#include <cassert>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gateway/json.h"
#include "gateway/json_reader.h"
#include "gateway/weight.h"
#include "services/base/status.h"

namespace lucid::gateway {
namespace {

using boost::json::error_code;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// More names than any field has; what lies deeper nobody could read.
constexpr size_t kLongestPath = 32;

absl::string_view View(boost::json::string_view text) { return {text.data(), text.size()}; }

// Joins the parts in which Boost's parser delivers strings and numbers, and hands tokens on.
class Handler {
 public:
  static constexpr size_t max_array_size = static_cast<size_t>(-1);
  static constexpr size_t max_object_size = static_cast<size_t>(-1);
  static constexpr size_t max_string_size = static_cast<size_t>(-1);
  static constexpr size_t max_key_size = static_cast<size_t>(-1);

  explicit Handler(JsonReader& reader) : reader_(reader) {}

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code& ec) { return Give(TokenKind::kObject, "", ec); }
  bool on_object_end(size_t, error_code& ec) { return Give(TokenKind::kEndObject, "", ec); }
  bool on_array_begin(error_code& ec) { return Give(TokenKind::kArray, "", ec); }
  bool on_array_end(size_t, error_code& ec) { return Give(TokenKind::kEndArray, "", ec); }
  bool on_key_part(boost::json::string_view s, size_t, error_code&) { return Keep(s); }
  bool on_key(boost::json::string_view s, size_t, error_code& ec) {
    return Finish(TokenKind::kKey, s, ec);
  }
  bool on_string_part(boost::json::string_view s, size_t, error_code&) { return Keep(s); }
  bool on_string(boost::json::string_view s, size_t, error_code& ec) {
    return Finish(TokenKind::kString, s, ec);
  }
  bool on_number_part(boost::json::string_view s, error_code&) { return Keep(s); }
  bool on_int64(int64_t, boost::json::string_view s, error_code& ec) {
    return Finish(TokenKind::kNumber, s, ec);
  }
  bool on_uint64(uint64_t, boost::json::string_view s, error_code& ec) {
    return Finish(TokenKind::kNumber, s, ec);
  }
  bool on_double(double, boost::json::string_view s, error_code& ec) {
    return Finish(TokenKind::kNumber, s, ec);
  }
  bool on_bool(bool b, error_code& ec) {
    return Give(b ? TokenKind::kTrue : TokenKind::kFalse, "", ec);
  }
  bool on_null(error_code& ec) { return Give(TokenKind::kNull, "", ec); }
  bool on_comment_part(boost::json::string_view, error_code&) { return true; }
  bool on_comment(boost::json::string_view, error_code&) { return true; }

 private:
  bool Keep(boost::json::string_view part) {
    kept_.append(part.data(), part.size());
    return true;
  }

  bool Finish(TokenKind kind, boost::json::string_view last, error_code& ec) {
    if (kept_.empty()) return Give(kind, View(last), ec);
    Keep(last);
    const bool taken = Give(kind, kept_, ec);
    kept_.clear();
    return taken;
  }

  bool Give(TokenKind kind, absl::string_view text, error_code& ec) {
    if (kind != TokenKind::kKey && kind != TokenKind::kEndObject && kind != TokenKind::kEndArray &&
        ++values_ > kMostValues) {
      ec = boost::json::error::array_too_large;
      return false;
    }
    if (reader_.Take({kind, text})) return true;
    ec = boost::json::error::exception;  // only a signal: the reader's status says what is wrong
    return false;
  }

  JsonReader& reader_;
  std::string kept_;
  int values_ = 0;
};

// Whether another field of the same oneof is set.
bool SetInAnother(const Message& message, const FieldDescriptor& field) {
  const auto* oneof = field.real_containing_oneof();
  return oneof != nullptr && message.GetReflection()->HasOneof(message, oneof) &&
         !message.GetReflection()->HasField(message, &field);
}

absl::Status Malformed(const JsonReader& reader, absl::string_view why, size_t position) {
  const std::string path = reader.Path();
  return InvalidField(path.empty() ? "body" : path,
                      absl::StrCat("is not JSON: ", why, " at byte ", position));
}

absl::Status Drive(absl::string_view json, JsonReader& reader, int max_depth) {
  boost::json::parse_options options;
  // One more than ours, so that ours is the one that speaks.
  options.max_depth = static_cast<size_t>(max_depth) + 1;
  boost::json::basic_parser<Handler> parser(options, reader);
  error_code error;
  const size_t read = parser.write_some(false, json.data(), json.size(), error);
  RETURN_IF_ERROR(reader.status());
  if (error == boost::json::error::array_too_large) return TooManyValues();
  if (error) return Malformed(reader, error.message(), read);
  if (read < json.size()) return Malformed(reader, "text after the end", read);
  return absl::OkStatus();
}

}  // namespace

absl::Status FromJson(absl::string_view json, Message& message, const JsonOptions& options) {
  JsonReader reader(message, options.path, options.max_depth);
  return Drive(json, reader, options.max_depth);
}

absl::StatusOr<std::vector<std::string>> FromJsonWithNames(absl::string_view json, Message& message,
                                                           const JsonOptions& options) {
  JsonReader reader(message, options.path, options.max_depth);
  RETURN_IF_ERROR(Drive(json, reader, options.max_depth));
  std::vector<std::string> names;
  for (const FieldDescriptor* field : reader.mentioned()) names.push_back(field->name());
  return names;
}

absl::Status SetFromText(Message& message, absl::string_view path, absl::string_view text) {
  Message* holder = &message;
  const Shape* shape = &ShapeOf(message.GetDescriptor());
  const FieldShape* field = nullptr;
  const std::vector<absl::string_view> names = absl::StrSplit(path, '.');
  if (names.size() > kLongestPath) return InvalidField("query", "names a field that lies too deep");
  for (absl::string_view name : names) {
    if (field != nullptr) {
      if (field->message == nullptr || field->field->is_repeated() ||
          field->message->special != Special::kNone) {
        return InvalidField(path, "goes into a field that has no fields to name");
      }
      if (SetInAnother(*holder, *field->field)) return InvalidField(path, "is given twice");
      holder = holder->GetReflection()->MutableMessage(holder, field->field);
      shape = field->message;
    }
    field = shape->Find(name);
    if (field == nullptr) {
      return InvalidField(path, absl::StrCat("is not a field of ", shape->type->name()));
    }
  }
  assert(field != nullptr);  // a path has one name at least
  const auto& reflection = *holder->GetReflection();
  const bool add = field->field->is_repeated();
  const auto* oneof = field->field->real_containing_oneof();
  if (!add && (oneof != nullptr ? reflection.HasOneof(*holder, oneof)
                                : reflection.HasField(*holder, field->field))) {
    return InvalidField(path, "is given twice");
  }
  Token token{TokenKind::kString, text};
  const FieldShape* scalar = field;
  if (field->message != nullptr && field->message->special == Special::kWrapper) {
    scalar = &field->message->fields[0];
  }
  if (scalar->field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
    if (text == "true") token.kind = TokenKind::kTrue;
    if (text == "false") token.kind = TokenKind::kFalse;
  }
  if (scalar->field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM && !text.empty() &&
      text.find_first_not_of("0123456789") == absl::string_view::npos) {
    token.kind = TokenKind::kNumber;
  }
  std::string rule;
  if (field->message == nullptr) {
    rule = PutScalar(*holder, field->field, add, token);
  } else if (field->field->is_map() || !TakesText(field->message->special)) {
    rule = "cannot be given as text";
  } else {
    rule = PutText(add ? *reflection.AddMessage(holder, field->field)
                       : *reflection.MutableMessage(holder, field->field),
                   *field->message, token);
  }
  return rule.empty() ? absl::OkStatus() : InvalidField(path, rule);
}

}  // namespace lucid::gateway
