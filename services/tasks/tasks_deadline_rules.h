// What calendars, rule sets and regions must look like, and the deadlines that follow. Pure
// functions.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lucid/tasks/v1/calendar.pb.h"
#include "services/base/calendar.h"

namespace lucid::tasks {

absl::Status CheckCalendar(const v1::Calendar& calendar);
absl::Status CheckRuleSet(const v1::RuleSet& rules);
absl::Status CheckRegionRecord(const v1::Region& region);

// The limit of this name, or null.
const v1::Limit* FindLimit(const v1::RuleSet& rules, v1::Limit::Name name);

// The day by which something is due that starts on `start` and may take as long as the limit says.
absl::StatusOr<v1::Deadline> DueBy(const v1::Limit& limit, absl::CivilDay start,
                                   const WorkingCalendar& calendar);

}  // namespace lucid::tasks
