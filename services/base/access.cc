#include "services/base/access.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/base/region.h"
#include "services/base/status.h"

namespace lucid {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void CollectTexts(const Message& message, const FieldPath& path, size_t depth,
                  std::vector<std::string>& texts) {
  const FieldDescriptor* field = path[depth];
  const auto* reflection = message.GetReflection();
  bool last = depth + 1 == path.size();
  int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
  for (int i = 0; i < count; ++i) {
    if (last) {
      texts.push_back(field->is_repeated() ? reflection->GetRepeatedString(message, field, i)
                                           : reflection->GetString(message, field));
    } else if (field->is_repeated()) {
      CollectTexts(reflection->GetRepeatedMessage(message, field, i), path, depth + 1, texts);
    } else if (reflection->HasField(message, field)) {
      CollectTexts(reflection->GetMessage(message, field), path, depth + 1, texts);
    }
  }
}

bool Reaches(const Descriptor& type, std::unordered_set<const Descriptor*>& seen) {
  if (!seen.insert(&type).second) return false;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (field->options().HasExtension(access::v1::field)) return true;
    if (field->message_type() != nullptr && Reaches(*field->message_type(), seen)) return true;
  }
  return false;
}

// Clears each field of `message`, at any depth, whose rule `hidden` says so.
template <class Hidden>
void ClearFields(Message& message, const Hidden& hidden) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->options().HasExtension(access::v1::field) &&
        hidden(field->options().GetExtension(access::v1::field))) {
      reflection->ClearField(&message, field);
    } else if (field->message_type() != nullptr && HasFieldRules(*field->message_type())) {
      int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
      for (int i = 0; i < count; ++i) {
        ClearFields(field->is_repeated() ? *reflection->MutableRepeatedMessage(&message, field, i)
                                         : *reflection->MutableMessage(&message, field),
                    hidden);
      }
    }
  }
}

absl::Status Denied(absl::string_view message) {
  return Fail(absl::StatusCode::kPermissionDenied, "NOT_PERMITTED", message);
}

// Roles whose sight of a collection must be named in its rule.
bool NeedsNaming(int role) {
  return role == access::v1::ADMIN || role == access::v1::PUBLIC ||
         role == access::v1::DISCIPLINE || role == access::v1::PETITIONS;
}

}  // namespace

FieldPath FindPath(const Descriptor& type, absl::string_view path) {
  FieldPath fields;
  const Descriptor* at = &type;
  for (absl::string_view name : absl::StrSplit(path, '.')) {
    const FieldDescriptor* field = at == nullptr ? nullptr : at->FindFieldByName(std::string(name));
    if (field == nullptr) return {};
    fields.push_back(field);
    at = field->message_type();
  }
  return fields;
}

std::vector<std::string> TextsAt(const Message& message, const FieldPath& path) {
  std::vector<std::string> texts;
  CollectTexts(message, path, 0, texts);
  return texts;
}

absl::StatusOr<MethodAccess> MethodAccess::For(const google::protobuf::MethodDescriptor& method) {
  if (!method.options().HasExtension(access::v1::method)) {
    return absl::FailedPreconditionError(
        absl::StrCat(method.full_name(), " has no access rule (option lucid.access.v1.method)"));
  }
  MethodAccess access;
  access.rule_ = &method.options().GetExtension(access::v1::method);
  if (access.rule_->roles().empty() && !access.rule_->public_()) {
    return absl::FailedPreconditionError(
        absl::StrCat(method.full_name(), ": its access rule lets nobody in"));
  }
  for (const std::string& path : access.rule_->region_fields()) {
    FieldPath fields = FindPath(*method.input_type(), path);
    if (fields.empty()) {
      return absl::FailedPreconditionError(
          absl::StrCat(method.full_name(), ": its access rule names no field: ", path));
    }
    access.region_fields_.push_back(std::move(fields));
  }
  return access;
}

absl::Status MethodAccess::Check(const Actor& actor, const Message& request) const {
  if (rule_->public_()) return absl::OkStatus();
  bool permitted = false;
  for (int role : rule_->roles()) permitted = permitted || actor.Has(static_cast<Role>(role));
  if (!permitted) {
    if (actor.subject.empty()) {
      return Fail(absl::StatusCode::kUnauthenticated, "TOKEN_MISSING",
                  "this method needs a bearer token");
    }
    return Denied("your roles do not permit this method");
  }
  if (actor.Has(access::v1::SERVICE)) return absl::OkStatus();
  for (const FieldPath& path : region_fields_) {
    for (const std::string& region : TextsAt(request, path)) {
      if (region.empty()) continue;
      RETURN_IF_ERROR(CheckRegion(path.back()->name(), region));
      if (!RegionContains(actor.region, region)) {
        return Denied(absl::StrCat(path.back()->name(), " ", region, " is not in your region"));
      }
    }
  }
  return absl::OkStatus();
}

ResourceAccess::ResourceAccess(const Descriptor& type)
    : rule_(type.options().GetExtension(access::v1::resource)) {
  if (!rule_.region_field().empty()) region_field_ = FindPath(type, rule_.region_field());
  for (const std::string& path : rule_.unit_fields()) {
    unit_fields_.push_back(FindPath(type, path));
  }
}

const ResourceAccess& ResourceAccess::For(const Descriptor& type) {
  static std::mutex mutex;
  static auto& all = *new std::unordered_map<const Descriptor*, std::unique_ptr<ResourceAccess>>;
  std::lock_guard<std::mutex> lock(mutex);
  auto& access = all[&type];
  if (access == nullptr) access.reset(new ResourceAccess(type));
  return *access;
}

std::string ResourceAccess::RegionOf(const Message& record) const {
  if (region_field_.empty()) return "";
  auto texts = TextsAt(record, region_field_);
  return texts.empty() ? "" : texts[0];
}

std::vector<std::string> ResourceAccess::UnitsOf(const Message& record) const {
  std::vector<std::string> units;
  for (const FieldPath& path : unit_fields_) {
    for (std::string& unit : TextsAt(record, path)) {
      if (!unit.empty()) units.push_back(std::move(unit));
    }
  }
  std::sort(units.begin(), units.end());
  units.erase(std::unique(units.begin(), units.end()), units.end());
  return units;
}

ResourceAccess::Scope ResourceAccess::ScopeOf(const Actor& actor) const {
  if (actor.Has(access::v1::SERVICE)) return Scope::kAll;
  bool by_unit = false, by_region = false;
  for (Role role : actor.roles) {
    bool named = absl::c_linear_search(rule_.readers(), static_cast<int>(role));
    if (!named && (!rule_.readers().empty() || NeedsNaming(role))) continue;
    if (role != access::v1::UNIT || (rule_.shared() && !has_units())) {
      by_region = by_region || !has_region() || !actor.region.empty() || role == access::v1::ADMIN;
    } else if (has_units() && !actor.unit.empty()) {
      by_unit = true;
    }
  }
  if (by_region && (!has_region() || actor.Has(access::v1::ADMIN))) return Scope::kAll;
  if (by_region && by_unit) return Scope::kRegionOrUnit;
  if (by_region) return Scope::kRegion;
  return by_unit ? Scope::kUnit : Scope::kNothing;
}

bool ResourceAccess::MaySee(const Actor& actor, const Message& record) const {
  Scope scope = ScopeOf(actor);
  if (scope == Scope::kAll) return true;
  if ((scope == Scope::kRegion || scope == Scope::kRegionOrUnit) &&
      RegionContains(actor.region, RegionOf(record))) {
    return true;
  }
  return (scope == Scope::kUnit || scope == Scope::kRegionOrUnit) &&
         absl::c_linear_search(UnitsOf(record), actor.unit);
}

bool HasFieldRules(const Descriptor& type) {
  static std::mutex mutex;
  static auto& known = *new std::unordered_map<const Descriptor*, bool>;
  std::lock_guard<std::mutex> lock(mutex);
  auto [it, is_new] = known.try_emplace(&type, false);
  if (is_new) {
    std::unordered_set<const Descriptor*> seen;
    it->second = Reaches(type, seen);
  }
  return it->second;
}

void ClearUnreadable(const Actor& actor, Message& message) {
  if (!HasFieldRules(*message.GetDescriptor())) return;
  ClearFields(message, [&](const access::v1::FieldRule& rule) {
    if (rule.readers().empty()) return false;
    return !absl::c_any_of(rule.readers(),
                           [&](int role) { return actor.Has(static_cast<Role>(role)); });
  });
}

void ClearConfidential(Message& message) {
  if (!HasFieldRules(*message.GetDescriptor())) return;
  ClearFields(message, [](const access::v1::FieldRule& rule) {
    return rule.confidential() || !rule.readers().empty();
  });
}

}  // namespace lucid
