// Takes JSON tokens one by one and builds a message from them by reflection.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "gateway/shape.h"
#include "google/protobuf/message.h"

namespace lucid::gateway {

enum class TokenKind {
  kObject,
  kEndObject,
  kArray,
  kEndArray,
  kKey,
  kString,
  kNumber,
  kTrue,
  kFalse,
  kNull,
};

// One token; `text` is the unescaped string or key, or the number as written.
struct Token {
  TokenKind kind;
  absl::string_view text;
};

class JsonReader {
 public:
  // Reads one value into `message`. `path` names the message in errors; an object or array more
  // than `max_depth` levels deep is refused, and so is one whose messages would be: in a Struct
  // each object is three, and nobody could read them.
  JsonReader(google::protobuf::Message& message, std::string path, int max_depth);

  // False when the token is refused; then status() says why, and nothing more may be taken. The
  // tokens come in an order that is JSON: brackets match, keys precede values.
  bool Take(const Token& token);

  const absl::Status& status() const { return status_; }
  // The path of the value that comes next or is being read.
  std::string Path() const;

  // The fields of the message that were mentioned so far, not those of what is in it.
  absl::Span<const google::protobuf::FieldDescriptor* const> mentioned() const {
    return mentioned_;
  }

 private:
  using Message = google::protobuf::Message;

  enum class FrameKind { kMessage, kMap, kArray };

  // An open object or array.
  struct Frame {
    FrameKind kind = FrameKind::kMessage;
    Message* message = nullptr;         // the message, or the one that holds the map or list
    const Shape* shape = nullptr;       // kMessage
    const FieldShape* field = nullptr;  // kMessage: the field of the last key; else the field
    Message* entry = nullptr;           // kMap: the entry of the last key
    std::string key = {};               // kMap: the last key
    int index = -1;                     // kArray: of the last element
    size_t level = 0;                   // how many messages this one lies within
    absl::InlinedVector<uint64_t, 2> seen = {};  // kMessage: a bit per field
    absl::flat_hash_set<std::string> keys = {};  // kMap
  };

  // The tokens of an Any, kept until its type is known.
  struct Recording {
    Message* any;
    const Shape* shape;
    int depth = 1;
    std::vector<std::pair<TokenKind, std::string>> tokens = {};
  };

  // Where the next value goes.
  struct Slot {
    Message* message;
    const Shape* shape;       // of the message that a message value fills, or nullptr
    const FieldShape* field;  // nullptr: `message` itself is the value
    bool add;                 // an element of a repeated field
    bool collection;          // a whole repeated field or map
  };

  bool Refuse(absl::string_view rule);
  bool TakeFieldKey(Frame& frame, absl::string_view key);
  bool TakeMapKey(Frame& frame, absl::string_view key);
  bool TakeObject();
  bool TakeArray();
  bool TakeNull();
  bool TakeScalar(const Token& token);
  bool TakeScalarAt(const Slot& slot, const Token& token);
  bool Open(Frame frame, size_t levels);
  bool Record(const Token& token);
  bool FinishAny();
  Slot NextSlot();
  bool ClaimOneof(const Slot& slot);
  Message& MessageOf(const Slot& slot);

  Message& root_;
  const Shape& root_shape_;
  const std::string path_;
  const size_t max_depth_;
  std::vector<Frame> frames_;
  std::unique_ptr<Recording> recording_;
  absl::Status status_;
  std::vector<const google::protobuf::FieldDescriptor*> mentioned_;
};

// Puts a scalar into a field that is no message: sets it, or adds an element. Returns the rule that
// the token breaks, or "".
std::string PutScalar(google::protobuf::Message& message,
                      const google::protobuf::FieldDescriptor* field, bool add, const Token& token);

// Puts a scalar into a message whose JSON is one: Timestamp, Duration, FieldMask, Value, a wrapper.
// Returns the rule that the token breaks, or "".
std::string PutText(google::protobuf::Message& message, const Shape& shape, const Token& token);

}  // namespace lucid::gateway
