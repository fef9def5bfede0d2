#include "services/tasks/tasks_deadline_rules.h"

#include <set>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "services/base/region.h"
#include "services/base/status.h"
#include "services/base/text.h"
#include "services/registry/calendars.h"

namespace lucid::tasks {
namespace {

constexpr int kLongestLimit = 1000;  // days
constexpr size_t kLongestName = 100;

}  // namespace

absl::Status CheckCalendar(const v1::Calendar& calendar) {
  WorkingCalendar days;
  RETURN_IF_ERROR(registry::LoadYear(calendar, days));
  FieldErrors errors;
  CheckText(errors, "source", calendar.source(), kLongestName, true);
  return errors.status();
}

absl::Status CheckRuleSet(const v1::RuleSet& rules) {
  FieldErrors errors;
  CheckText(errors, "name", rules.name(), kLongestName, true);
  CheckDay(errors, "from_day", rules.from_day(), true);
  CheckDay(errors, "to_day", rules.to_day(), false);
  if (!rules.to_day().empty() && rules.to_day() < rules.from_day()) {
    errors.Add("to_day", "must not be before from_day");
  }
  std::set<v1::Limit::Name> names;
  for (int i = 0; i < rules.limits_size(); ++i) {
    const v1::Limit& limit = rules.limits(i);
    const std::string at = absl::StrCat("limits[", i, "].");
    if (limit.name() == v1::Limit::NAME_UNSPECIFIED) errors.Add(at + "name", "is required");
    if (!names.insert(limit.name()).second) errors.Add(at + "name", "stands twice");
    if (limit.days() < 1 || limit.days() > kLongestLimit) {
      errors.Add(at + "days", absl::StrCat("must be 1 … ", kLongestLimit));
    }
    CheckText(errors, at + "source", limit.source(), kLongestName, true);
  }
  return errors.status();
}

absl::Status CheckRegionRecord(const v1::Region& region) {
  FieldErrors errors;
  errors.Add("", CheckRegion("id", region.id()));
  if (region.id() == kCountry) errors.Add("id", "is the country, which needs no record");
  CheckText(errors, "name", region.name(), kLongestName, true);
  return errors.status();
}

const v1::Limit* FindLimit(const v1::RuleSet& rules, v1::Limit::Name name) {
  auto limit = absl::c_find_if(rules.limits(), [&](const auto& l) { return l.name() == name; });
  return limit == rules.limits().end() ? nullptr : &*limit;
}

absl::StatusOr<v1::Deadline> DueBy(const v1::Limit& limit, absl::CivilDay start,
                                   const WorkingCalendar& calendar) {
  ASSIGN_OR_RETURN(DayCount count, limit.working() ? calendar.AddWorkingDays(start, limit.days())
                                                   : AddDays(start, limit.days()));
  return registry::ToDeadline(count, limit.working());
}

}  // namespace lucid::tasks
