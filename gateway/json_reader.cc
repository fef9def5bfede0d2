#include "gateway/json_reader.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/base/status.h"

namespace lucid::gateway {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

JsonReader::JsonReader(Message& message, std::string path, int max_depth)
    : root_(message),
      root_shape_(ShapeOf(message.GetDescriptor())),
      path_(std::move(path)),
      max_depth_(static_cast<size_t>(max_depth)) {
  frames_.reserve(8);
}

bool JsonReader::Take(const Token& token) {
  if (recording_ != nullptr) return Record(token);
  switch (token.kind) {
    case TokenKind::kKey:
      return frames_.back().kind == FrameKind::kMap ? TakeMapKey(frames_.back(), token.text)
                                                    : TakeFieldKey(frames_.back(), token.text);
    case TokenKind::kObject:
      return TakeObject();
    case TokenKind::kArray:
      return TakeArray();
    case TokenKind::kEndObject:
    case TokenKind::kEndArray:
      frames_.pop_back();
      return true;
    case TokenKind::kNull:
      return TakeNull();
    default:
      return TakeScalar(token);
  }
}

std::string JsonReader::Path() const {
  std::string path = path_;
  for (const Frame& frame : frames_) {
    if (frame.kind == FrameKind::kArray) {
      absl::StrAppend(&path, "[", std::max(frame.index, 0), "]");
    } else if (frame.kind == FrameKind::kMap) {
      if (frame.entry != nullptr) absl::StrAppend(&path, "[\"", frame.key, "\"]");
    } else if (frame.field != nullptr) {
      absl::StrAppend(&path, path.empty() ? "" : ".", frame.field->field->name());
    }
  }
  return path;
}

bool JsonReader::Refuse(absl::string_view rule) {
  std::string path = Path();
  status_ = InvalidField(path.empty() ? "body" : path, rule);
  return false;
}

bool JsonReader::TakeFieldKey(Frame& frame, absl::string_view key) {
  frame.field = nullptr;
  const FieldShape* field = frame.shape->Find(key);
  if (field == nullptr) {
    const std::string path = Path();
    status_ = InvalidField(absl::StrCat(path, path.empty() ? "" : ".", key),
                           absl::StrCat("is not a field of ", frame.shape->type->name()));
    return false;
  }
  frame.field = field;
  const size_t index = static_cast<size_t>(field - frame.shape->fields.data());
  uint64_t& seen = frame.seen[index / 64];
  const uint64_t bit = uint64_t{1} << (index % 64);
  if ((seen & bit) != 0) return Refuse("is given twice");
  seen |= bit;
  if (frames_.size() == 1) mentioned_.push_back(field->field);
  return true;
}

bool JsonReader::TakeMapKey(Frame& frame, absl::string_view key) {
  frame.key = std::string(key);
  frame.entry = frame.message->GetReflection()->AddMessage(frame.message, frame.field->field);
  if (!frame.keys.insert(frame.key).second) return Refuse("is given twice");
  const FieldDescriptor* key_field = frame.field->message->fields[0].field;
  Token token{TokenKind::kString, frame.key};
  if (key_field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
    if (key == "true") token.kind = TokenKind::kTrue;
    if (key == "false") token.kind = TokenKind::kFalse;
  }
  const std::string rule = PutScalar(*frame.entry, key_field, false, token);
  return rule.empty() || Refuse(absl::StrCat("as a key ", rule));
}

JsonReader::Slot JsonReader::NextSlot() {
  if (frames_.empty()) return {&root_, &root_shape_, nullptr, false, false};
  Frame& frame = frames_.back();
  switch (frame.kind) {
    case FrameKind::kArray:
      ++frame.index;
      return {frame.message, frame.field->message, frame.field, true, false};
    case FrameKind::kMap: {
      const FieldShape& value = frame.field->message->fields[1];
      return {frame.entry, value.message, &value, false, false};
    }
    case FrameKind::kMessage:
      break;
  }
  return {frame.message, frame.field->message, frame.field, false,
          frame.field->field->is_repeated()};
}

bool JsonReader::ClaimOneof(const Slot& slot) {
  if (slot.field == nullptr) return true;
  const auto* oneof = slot.field->field->real_containing_oneof();
  if (oneof == nullptr || !slot.message->GetReflection()->HasOneof(*slot.message, oneof)) {
    return true;
  }
  return Refuse(absl::StrCat("must not be set with another field of ", oneof->name()));
}

Message& JsonReader::MessageOf(const Slot& slot) {
  if (slot.field == nullptr) return *slot.message;
  const auto& reflection = *slot.message->GetReflection();
  return slot.add ? *reflection.AddMessage(slot.message, slot.field->field)
                  : *reflection.MutableMessage(slot.message, slot.field->field);
}

// `levels`: how many messages deeper its values lie than those of the frame around it.
bool JsonReader::Open(Frame frame, size_t levels) {
  if (!frames_.empty()) frame.level = frames_.back().level + levels;
  if (frames_.size() >= max_depth_ || frame.level >= max_depth_) {
    return Refuse(absl::StrCat("is nested more than ", max_depth_, " levels deep"));
  }
  if (frame.kind == FrameKind::kMessage) frame.seen.resize((frame.shape->fields.size() + 63) / 64);
  frames_.push_back(std::move(frame));
  return true;
}

bool JsonReader::TakeObject() {
  const Slot slot = NextSlot();
  if (!ClaimOneof(slot)) return false;
  if (slot.collection) {
    if (!slot.field->field->is_map()) return Refuse("must be an array");
    return Open({FrameKind::kMap, slot.message, nullptr, slot.field}, 1);
  }
  if (slot.shape == nullptr) return TakeScalarAt(slot, {TokenKind::kObject, ""});
  Message* message = &MessageOf(slot);
  const Shape* shape = slot.shape;
  size_t levels = 2;  // of a Struct: itself and its entry
  switch (shape->special) {
    case Special::kNone:
      return Open({FrameKind::kMessage, message, shape}, 1);
    case Special::kAny:
      recording_ = std::make_unique<Recording>(Recording{message, shape});
      return true;
    case Special::kValue:
      message =
          message->GetReflection()->MutableMessage(message, shape->Find("struct_value")->field);
      shape = shape->Find("struct_value")->message;
      ++levels;
      [[fallthrough]];
    case Special::kStruct:
      return Open({FrameKind::kMap, message, nullptr, &shape->fields[0]}, levels);
    default:
      return Refuse("must not be an object");
  }
}

bool JsonReader::TakeArray() {
  const Slot slot = NextSlot();
  if (!ClaimOneof(slot)) return false;
  if (slot.collection) {
    if (slot.field->field->is_map()) return Refuse("must be an object");
    return Open({FrameKind::kArray, slot.message, nullptr, slot.field}, 0);
  }
  if (slot.shape == nullptr) return TakeScalarAt(slot, {TokenKind::kArray, ""});
  const Shape* shape = slot.shape;
  if (shape->special != Special::kValue && shape->special != Special::kList) {
    return Refuse("must not be an array");
  }
  Message* message = &MessageOf(slot);
  size_t levels = 1;
  if (shape->special == Special::kValue) {
    ++levels;
    message = message->GetReflection()->MutableMessage(message, shape->Find("list_value")->field);
    shape = shape->Find("list_value")->message;
  }
  return Open({FrameKind::kArray, message, nullptr, &shape->fields[0]}, levels);
}

bool JsonReader::TakeNull() {
  const Slot slot = NextSlot();
  if (slot.shape != nullptr && slot.shape->special == Special::kValue && !slot.collection) {
    if (!ClaimOneof(slot)) return false;
    Message& value = MessageOf(slot);
    value.GetReflection()->SetEnumValue(&value, slot.shape->Find("null_value")->field, 0);
  } else if (slot.field != nullptr && !slot.collection &&
             slot.field->field->enum_type() != nullptr &&
             slot.field->field->enum_type()->full_name() == "google.protobuf.NullValue") {
    if (!ClaimOneof(slot)) return false;
    PutScalar(*slot.message, slot.field->field, slot.add, {TokenKind::kNumber, "0"});
  } else if (slot.field == nullptr || frames_.back().kind != FrameKind::kMessage) {
    return Refuse("must not be null");
  }
  return true;
}

bool JsonReader::TakeScalar(const Token& token) {
  const Slot slot = NextSlot();
  if (!ClaimOneof(slot)) return false;
  if (slot.collection) {
    return Refuse(slot.field->field->is_map() ? "must be an object" : "must be an array");
  }
  return TakeScalarAt(slot, token);
}

bool JsonReader::TakeScalarAt(const Slot& slot, const Token& token) {
  const std::string rule = slot.shape != nullptr
                               ? PutText(MessageOf(slot), *slot.shape, token)
                               : PutScalar(*slot.message, slot.field->field, slot.add, token);
  return rule.empty() || Refuse(rule);
}

// While the type of an Any is unknown its tokens are kept; they are read when it closes.
bool JsonReader::Record(const Token& token) {
  const bool opens = token.kind == TokenKind::kObject || token.kind == TokenKind::kArray;
  const bool closes = token.kind == TokenKind::kEndObject || token.kind == TokenKind::kEndArray;
  recording_->depth += opens ? 1 : closes ? -1 : 0;
  if (recording_->depth == 0) return FinishAny();
  if (frames_.size() + static_cast<size_t>(recording_->depth) > max_depth_) {
    return Refuse(absl::StrCat("is nested more than ", max_depth_, " levels deep"));
  }
  recording_->tokens.emplace_back(token.kind, std::string(token.text));
  return true;
}

bool JsonReader::FinishAny() {
  const std::unique_ptr<Recording> recording = std::move(recording_);
  const auto& tokens = recording->tokens;
  // The members of the object: where each key stands and where its value ends.
  std::string type_url;
  std::vector<std::pair<size_t, size_t>> members;
  for (size_t key = 0; key < tokens.size();) {
    size_t end = key + 1;
    for (int depth = 0; end < tokens.size(); ++end) {
      const TokenKind kind = tokens[end].first;
      if (kind == TokenKind::kObject || kind == TokenKind::kArray) ++depth;
      if (kind == TokenKind::kEndObject || kind == TokenKind::kEndArray) --depth;
      if (depth == 0) break;
    }
    if (tokens[key].second == "@type") {
      if (!type_url.empty()) return Refuse("has @type twice");
      type_url = tokens[key + 1].second;
    } else {
      members.emplace_back(key, end);
    }
    key = end + 1;
  }
  if (tokens.empty()) return true;
  if (type_url.empty()) return Refuse("must have an @type");
  const auto message = NewMessageOf(type_url);
  if (message == nullptr) return Refuse("has an unknown @type");
  JsonReader reader(*message, Path(), static_cast<int>(max_depth_ - frames_.size()));
  const bool bare = reader.root_shape_.special != Special::kNone;
  if (bare && (members.size() != 1 || tokens[members[0].first].second != "value")) {
    return Refuse("must have an @type and a value, and nothing else");
  }
  bool taken = bare || reader.Take({TokenKind::kObject, ""});
  for (const auto& [key, end] : members) {
    for (size_t i = key + (bare ? 1 : 0); taken && i <= end; ++i) {
      taken = reader.Take({tokens[i].first, tokens[i].second});
    }
  }
  if (taken && !bare) taken = reader.Take({TokenKind::kEndObject, ""});
  if (!taken) {
    status_ = reader.status();
    return false;
  }
  const auto& reflection = *recording->any->GetReflection();
  reflection.SetString(recording->any, recording->shape->Find("type_url")->field, type_url);
  reflection.SetString(recording->any, recording->shape->Find("value")->field,
                       message->SerializeAsString());
  return true;
}

}  // namespace lucid::gateway
