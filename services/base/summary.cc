#include "services/base/summary.h"

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/region.h"
#include "services/base/status.h"

namespace lucid {

absl::StatusOr<SummaryScope> ScopeOf(const Call& call, const types::v1::SummarizeRequest& request) {
  SummaryScope scope{request.region().empty() ? call.actor.region : request.region(), call.today};
  RETURN_IF_ERROR(CheckRegion("region", scope.region));
  if (!call.actor.Has(access::v1::SERVICE) && !RegionContains(call.actor.region, scope.region)) {
    return Fail(absl::StatusCode::kPermissionDenied, "NOT_PERMITTED",
                absl::StrCat("region ", scope.region, " is not in your region"));
  }
  if (!request.day().empty()) {
    auto day = ParseDay(request.day());
    if (!day.ok()) return InvalidField("day", "is not a day; expected YYYY-MM-DD");
    scope.day = *day;
  }
  return scope;
}

absl::StatusOr<types::v1::Summary> StartSummary(Tx& tx,
                                                const types::v1::SummarizeRequest& request) {
  types::v1::Summary summary;
  ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT (SELECT COALESCE(MAX(pos), 0) FROM events),"
                                     " (SELECT epoch FROM feed WHERE id = 1)"));
  summary.set_position(rows.Int(0, 0));
  summary.set_epoch(rows.Text(0, 1));
  if (summary.position() < request.min_position()) {
    return Fail(absl::StatusCode::kUnavailable, "NOT_YET",
                absl::StrCat("the counts include position ", summary.position(), ", not yet ",
                             request.min_position()));
  }
  return summary;
}

void AddCell(types::v1::Summary& summary, absl::string_view name, absl::string_view label,
             absl::string_view value, absl::string_view unit, absl::string_view definition) {
  types::v1::Cell& cell = *summary.add_cells();
  cell.set_name(std::string(name));
  cell.set_label(std::string(label));
  cell.set_value(std::string(value));
  cell.set_unit(std::string(unit));
  cell.set_definition(std::string(definition));
}

void AddCell(types::v1::Summary& summary, absl::string_view name, absl::string_view label,
             int64_t value, absl::string_view unit, absl::string_view definition) {
  AddCell(summary, name, label, absl::StrCat(value), unit, definition);
}

}  // namespace lucid
