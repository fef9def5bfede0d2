// Civil days, and working days by the calendars of the State Council (法定节假日、调休).
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/base/status.h"

namespace lucid {

// --- Days ---

// The day that "YYYY-MM-DD" writes; the day must exist and lie in 1900 … 2200. INVALID_ARGUMENT,
// reason NOT_A_DAY, with a message that says which rule is broken.
absl::StatusOr<absl::CivilDay> ParseDay(absl::string_view text);
std::string FormatDay(absl::CivilDay day);

// Adds a violation unless `text` is a day; an absent one is a violation only when `required`.
void CheckDay(FieldErrors& errors, absl::string_view field, absl::string_view text, bool required);

// The zone with the fixed offset that "+08:00" writes, up to 14 hours. INVALID_ARGUMENT otherwise.
absl::StatusOr<absl::TimeZone> ParseZone(absl::string_view offset);
// The civil day in `zone` that the instant falls on.
absl::CivilDay DayOf(absl::Time time, const absl::TimeZone& zone);

// --- Working days ---

// A day that a calendar names: 国庆节.
struct NamedDay {
  absl::CivilDay day;
  std::string name;
};

// A count of working days, with how it came about.
struct DayCount {
  absl::CivilDay start;
  absl::CivilDay end;
  int working_days = 0;           // as asked for, or as counted; 0 where all days were
  std::string rule;               // "working day 5 after 2023-09-28, which …, is …"
  std::vector<NamedDay> skipped;  // the days in between that did not count, each with its reason
  std::vector<NamedDay> made_up;  // the weekend days in between that counted
  std::set<int> years_without_calendar;  // there, weekends were skipped and nothing else

  // All of it as one text, for whoever asks why the day is the day.
  std::string Explain() const;
};

// The n-th day of any kind after `start`, which itself does not count; INVALID_ARGUMENT when
// |n| > 10 000.
absl::StatusOr<DayCount> AddDays(absl::CivilDay start, int n);

// The holidays and make-up workdays of the years loaded. In other years Saturdays and Sundays are
// free and nothing else is, and every answer says so.
class WorkingCalendar {
 public:
  // Loads a year, or replaces it. Holidays may name weekends too. INVALID_ARGUMENT, with every
  // violation of `holidays` and `make_up_workdays`, where a day is listed twice, lies more than a
  // month outside the year (New Year's holiday may begin in December), or a make-up workday is no
  // Saturday or Sunday.
  absl::Status Load(int year, const std::vector<NamedDay>& holidays,
                    const std::vector<NamedDay>& make_up_workdays);

  bool HasYear(int year) const { return years_.count(year) > 0; }
  bool IsWorkingDay(absl::CivilDay day) const;

  // The n-th working day after `start`, which itself does not count; before it where n is negative;
  // for 0 the first working day from `start` on, as for a period that ends on a holiday.
  // INVALID_ARGUMENT when |n| > 10 000.
  absl::StatusOr<DayCount> AddWorkingDays(absl::CivilDay start, int n) const;

  // How many working days lie after `from`, up to and including `to`; negative where `to` comes
  // first, so that WorkingDaysBetween(day, AddWorkingDays(day, n).end) is n wherever `day` works.
  // INVALID_ARGUMENT when more than 40 years lie between.
  absl::StatusOr<DayCount> WorkingDaysBetween(absl::CivilDay from, absl::CivilDay to) const;

 private:
  struct Entry {
    bool works;
    std::string name;
  };
  using Year = std::map<absl::CivilDay, Entry>;

  const Entry* Find(absl::CivilDay day) const;
  bool Count(absl::CivilDay day, DayCount& count) const;

  std::map<int, Year> years_;
};

}  // namespace lucid
