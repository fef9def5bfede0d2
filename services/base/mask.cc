#include "services/base/mask.h"

#include "absl/algorithm/container.h"
#include "google/protobuf/util/field_mask_util.h"
#include "services/base/access.h"
#include "services/base/status.h"

namespace lucid {

using google::protobuf::util::FieldMaskUtil;

absl::StatusOr<std::vector<std::string>> MaskPaths(const google::protobuf::FieldMask& mask,
                                                   const google::protobuf::Message& patch) {
  std::vector<std::string> paths;
  if (mask.paths().empty()) {
    std::vector<const google::protobuf::FieldDescriptor*> fields;
    patch.GetReflection()->ListFields(patch, &fields);
    for (const auto* field : fields) {
      if (field->name() != "id" && field->name() != "version") paths.push_back(field->name());
    }
    return paths;
  }
  FieldErrors errors;
  for (const std::string& path : mask.paths()) {
    if (FindPath(*patch.GetDescriptor(), path).empty()) {
      errors.Add("update_mask", path + " is not a field");
    }
    paths.push_back(path);
  }
  RETURN_IF_ERROR(errors.status());
  return paths;
}

absl::Status CheckPaths(const std::vector<std::string>& paths,
                        const std::vector<std::string>& allowed) {
  FieldErrors errors;
  for (const std::string& path : paths) {
    if (!absl::c_linear_search(allowed, path)) errors.Add(path, "is not changed this way");
  }
  return errors.status();
}

void CopyPaths(const google::protobuf::Message& patch, const std::vector<std::string>& paths,
               google::protobuf::Message& record) {
  google::protobuf::FieldMask mask;
  for (const std::string& path : paths) mask.add_paths(path);
  FieldMaskUtil::MergeOptions options;
  options.set_replace_message_fields(true);
  options.set_replace_repeated_fields(true);
  FieldMaskUtil::MergeMessageTo(patch, mask, options, &record);
}

}  // namespace lucid
