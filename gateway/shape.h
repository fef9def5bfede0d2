// How a message type looks in JSON, worked out once per type from its descriptor.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace lucid::gateway {

// Message types whose JSON is not simply an object of their fields.
enum class Special {
  kNone,
  kAny,
  kTimestamp,
  kDuration,
  kFieldMask,
  kStruct,
  kValue,
  kList,
  kWrapper
};

struct Shape;

struct FieldShape {
  const google::protobuf::FieldDescriptor* field = nullptr;
  std::string key;                 // `"dueDay":`, ready to print
  const Shape* message = nullptr;  // of a message field; of a map, its entry
  bool always = false;             // printed even when unset
};

struct Shape {
  const google::protobuf::Descriptor* type = nullptr;
  Special special = Special::kNone;
  std::vector<FieldShape> fields;                       // in order of number
  absl::flat_hash_map<absl::string_view, int> by_name;  // both spellings → index into fields

  // The field of that name in either spelling, or nullptr.
  const FieldShape* Find(absl::string_view name) const {
    auto it = by_name.find(name);
    return it == by_name.end() ? nullptr : &fields[it->second];
  }
};

// The shape of a type; lives as long as the process. Safe from all threads.
const Shape& ShapeOf(const google::protobuf::Descriptor* type);

// Whether the JSON of the type is a single string, number or boolean.
inline bool TakesText(Special special) {
  return special == Special::kTimestamp || special == Special::kDuration ||
         special == Special::kFieldMask || special == Special::kWrapper;
}

// An empty message of the type that an Any's URL names, or nullptr when it is not linked in.
std::unique_ptr<google::protobuf::Message> NewMessageOf(absl::string_view type_url);

}  // namespace lucid::gateway
