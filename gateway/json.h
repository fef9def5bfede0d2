// Canonical proto3 JSON: strict reading into a message, printing of a message.
//
// Reading accepts lowerCamelCase and proto names and refuses, naming the path and the rule: unknown
// fields, a field or map key given twice, two fields of a oneof, wrong types, numbers out of range,
// unknown enum names, trailing commas and other text that is not JSON, invalid UTF-8, nesting
// deeper than allowed, and more values than kMostValues (gateway/weight.h). Paths are proto paths:
// "task.measures[2].due_day".
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace lucid::gateway {

struct JsonOptions {
  int max_depth = 100;
  std::string path;  // where `message` stands in the request, for errors: "task"
};

// Reads a JSON document into an empty `message`. INVALID_ARGUMENT with a field violation otherwise.
absl::Status FromJson(absl::string_view json, google::protobuf::Message& message,
                      const JsonOptions& options = {});

// As FromJson, and returns the names of the fields of `message` that the document mentions, in its
// order. For PATCH without a mask.
absl::StatusOr<std::vector<std::string>> FromJsonWithNames(absl::string_view json,
                                                           google::protobuf::Message& message,
                                                           const JsonOptions& options = {});

// Sets one field from a query parameter or a path variable: `path` in either spelling, through
// singular messages; a repeated field gets one more element; a field must not be set twice.
// Scalars, enums and messages whose JSON is a string (Timestamp, Duration, FieldMask, wrappers).
absl::Status SetFromText(google::protobuf::Message& message, absl::string_view path,
                         absl::string_view text);

// Prints a message: set fields in order of number, fields marked (lucid.types.v1.always) even when
// unset, map keys sorted. INVALID_ARGUMENT where a value has no JSON: a time out of range, NaN in
// a Value, an Any of an unknown type.
absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message);

// As ToJson, of a single field of `message`; `name` in either spelling, and there is such a field.
absl::StatusOr<std::string> FieldToJson(const google::protobuf::Message& message,
                                        absl::string_view name);

}  // namespace lucid::gateway
