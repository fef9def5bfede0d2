// The access rules of the protos, read once and applied: method, resource and field.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "services/base/call.h"

namespace lucid {

// The field at a dotted path ("task.region") of a message type, as a chain of fields; empty when
// there is no such path.
using FieldPath = std::vector<const google::protobuf::FieldDescriptor*>;
FieldPath FindPath(const google::protobuf::Descriptor& type, absl::string_view path);

// Every text at `path` within `message`; repeated fields yield each element.
std::vector<std::string> TextsAt(const google::protobuf::Message& message, const FieldPath& path);

// The rule of one method, ready to be applied.
class MethodAccess {
 public:
  // FAILED_PRECONDITION when the method has no rule or names a field that does not exist.
  static absl::StatusOr<MethodAccess> For(const google::protobuf::MethodDescriptor& method);

  bool is_public() const { return rule_->public_(); }
  // PERMISSION_DENIED (or UNAUTHENTICATED for a caller without a token) unless the actor has one
  // of the roles and the request's region fields lie within the actor's region.
  absl::Status Check(const Actor& actor, const google::protobuf::Message& request) const;

 private:
  const access::v1::MethodRule* rule_ = nullptr;
  std::vector<FieldPath> region_fields_;
};

// The rule of one resource type, ready to be applied. Lives as long as the program.
class ResourceAccess {
 public:
  static const ResourceAccess& For(const google::protobuf::Descriptor& type);

  const std::string& collection() const { return rule_.collection(); }
  bool has_region() const { return !region_field_.empty(); }
  bool has_units() const { return !unit_fields_.empty(); }
  std::string RegionOf(const google::protobuf::Message& record) const;
  // The distinct units that the record names, sorted.
  std::vector<std::string> UnitsOf(const google::protobuf::Message& record) const;

  // How much of the collection an actor sees.
  enum class Scope { kNothing, kUnit, kRegion, kRegionOrUnit, kAll };
  Scope ScopeOf(const Actor& actor) const;
  // Whether the actor may see this record.
  bool MaySee(const Actor& actor, const google::protobuf::Message& record) const;

 private:
  explicit ResourceAccess(const google::protobuf::Descriptor& type);

  access::v1::ResourceRule rule_;
  FieldPath region_field_;
  std::vector<FieldPath> unit_fields_;
};

// Clears, at any depth, the fields that the actor may not read.
void ClearUnreadable(const Actor& actor, google::protobuf::Message& message);

// Clears, at any depth, the fields that must not enter events, logs or exports.
void ClearConfidential(google::protobuf::Message& message);

// Whether a message of this type can hold a field with a rule; cached.
bool HasFieldRules(const google::protobuf::Descriptor& type);

}  // namespace lucid
