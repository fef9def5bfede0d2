// Update masks: which fields a PATCH changes.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"

namespace lucid {

// The paths of `mask`; without one, the set fields of `patch` except id and version.
// INVALID_ARGUMENT for a path that the message does not have.
absl::StatusOr<std::vector<std::string>> MaskPaths(const google::protobuf::FieldMask& mask,
                                                   const google::protobuf::Message& patch);

// INVALID_ARGUMENT unless each path is one of `allowed`.
absl::Status CheckPaths(const std::vector<std::string>& paths,
                        const std::vector<std::string>& allowed);

// Makes the fields at `paths` of `record` equal to those of `patch`; lists are replaced.
void CopyPaths(const google::protobuf::Message& patch, const std::vector<std::string>& paths,
               google::protobuf::Message& record);

}  // namespace lucid
