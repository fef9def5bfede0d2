#include "services/registry/calendars.h"

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "services/base/status.h"
#include "services/base/text.h"

namespace lucid::registry {
namespace {

using NamedDays = google::protobuf::RepeatedPtrField<tasks::v1::NamedDay>;

constexpr int kMostDays = 366;

std::vector<NamedDay> ReadDays(absl::string_view field, const NamedDays& listed,
                               FieldErrors& errors) {
  std::vector<NamedDay> days;
  if (listed.size() > kMostDays) errors.Add(field, "must be at most 366 days");
  for (const tasks::v1::NamedDay& named : listed) {
    CheckDay(errors, field, named.day(), true);
    CheckText(errors, field, named.name(), 64, true);
    absl::StatusOr<absl::CivilDay> day = ParseDay(named.day());
    if (day.ok()) days.push_back({*day, named.name()});
  }
  return days;
}

void WriteDays(const std::vector<NamedDay>& days, NamedDays& listed) {
  for (const NamedDay& named : days) {
    tasks::v1::NamedDay& day = *listed.Add();
    day.set_day(FormatDay(named.day));
    day.set_name(named.name);
  }
}

}  // namespace

absl::Status LoadYear(const tasks::v1::Calendar& calendar, WorkingCalendar& days) {
  FieldErrors errors;
  int year = 0;
  if (calendar.id().size() != 4 || !absl::SimpleAtoi(calendar.id(), &year) || year < 1900 ||
      year > 2200) {
    errors.Add("id", "must be a year in 1900 … 2200");
  }
  std::vector<NamedDay> holidays = ReadDays("holidays", calendar.holidays(), errors);
  std::vector<NamedDay> made_up = ReadDays("make_up_workdays", calendar.make_up_workdays(), errors);
  RETURN_IF_ERROR(errors.status());
  return days.Load(year, holidays, made_up);
}

tasks::v1::Deadline ToDeadline(const DayCount& count, bool working) {
  tasks::v1::Deadline deadline;
  deadline.set_day(FormatDay(count.end));
  deadline.set_start_day(FormatDay(count.start));
  deadline.set_days(working ? count.working_days : static_cast<int>(count.end - count.start));
  deadline.set_working(working);
  deadline.set_rule(count.rule);
  WriteDays(count.skipped, *deadline.mutable_skipped());
  WriteDays(count.made_up, *deadline.mutable_made_up());
  for (int year : count.years_without_calendar) deadline.add_years_without_calendar(year);
  deadline.set_explanation(count.Explain());
  return deadline;
}

}  // namespace lucid::registry
