// The formats of tables; for sheet.cc alone.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "services/base/sheet.h"
#include "services/base/status.h"

namespace lucid {

absl::StatusOr<std::unique_ptr<Sheet>> OpenCsv(absl::string_view bytes);
absl::StatusOr<std::unique_ptr<Sheet>> OpenXlsx(absl::string_view bytes);

inline absl::Status NotATable(absl::string_view why) {
  return Fail(absl::StatusCode::kInvalidArgument, "NOT_A_TABLE", why);
}
inline absl::Status BadRow(int64_t row, absl::string_view why) {
  return NotATable(absl::StrCat("row ", row, " ", why));
}

// Drops spaces, of full width too, around the text.
absl::string_view Trimmed(absl::string_view text);

}  // namespace lucid
