// Summaries: what the services share when they compute their cells of a dashboard.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "lucid/types/v1/summary.pb.h"
#include "services/base/call.h"
#include "services/base/db.h"

namespace lucid {

// The region and the day for which cells hold.
struct SummaryScope {
  std::string region;
  absl::CivilDay day;
};
// From the request, or the caller's region and the day of the call. INVALID_ARGUMENT for a region
// or day that is none; PERMISSION_DENIED for a region that is not in the caller's.
absl::StatusOr<SummaryScope> ScopeOf(const Call& call, const types::v1::SummarizeRequest& request);

// A summary without cells, with the position and epoch of `tx`'s snapshot. UNAVAILABLE when the
// feed has not come as far as the request asks.
absl::StatusOr<types::v1::Summary> StartSummary(Tx& tx, const types::v1::SummarizeRequest& request);

void AddCell(types::v1::Summary& summary, absl::string_view name, absl::string_view label,
             absl::string_view value, absl::string_view unit, absl::string_view definition);
void AddCell(types::v1::Summary& summary, absl::string_view name, absl::string_view label,
             int64_t value, absl::string_view unit, absl::string_view definition);

}  // namespace lucid
