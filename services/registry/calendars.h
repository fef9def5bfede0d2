// The calendars that tasks owns, as days are counted by them. Pure functions.
#pragma once

#include "absl/status/status.h"
#include "lucid/tasks/v1/calendar.pb.h"
#include "services/base/calendar.h"

namespace lucid::registry {

// Loads a year. INVALID_ARGUMENT with every violation of `id`, `holidays` and `make_up_workdays`.
absl::Status LoadYear(const tasks::v1::Calendar& calendar, WorkingCalendar& days);

// A count as the API shows it; `working` says whether it was one of working days.
tasks::v1::Deadline ToDeadline(const DayCount& count, bool working);

}  // namespace lucid::registry
