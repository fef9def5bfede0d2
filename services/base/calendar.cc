#include "services/base/calendar.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace lucid {
namespace {

constexpr int kMostDays = 10'000;
constexpr int kMostYears = 40;

absl::Status NotADay(absl::string_view rule) {
  return Fail(absl::StatusCode::kInvalidArgument, "NOT_A_DAY",
              absl::StrCat("is not a day: ", rule));
}

// The digits of `text` at [begin, begin + length) as a number.
int Number(absl::string_view text, size_t begin, size_t length) {
  int number = 0;
  for (char digit : text.substr(begin, length)) number = number * 10 + (digit - '0');
  return number;
}

// Whether `text` has the shape of `pattern`, in which '0' stands for any digit.
bool HasShape(absl::string_view text, absl::string_view pattern) {
  return absl::c_equal(text, pattern, [](char c, char shape) {
    return shape == '0' ? absl::ascii_isdigit(c) : c == shape;
  });
}

bool IsWeekend(absl::CivilDay day) {
  absl::Weekday weekday = absl::GetWeekday(day);
  return weekday == absl::Weekday::saturday || weekday == absl::Weekday::sunday;
}

// "2023-09-29 – 2023-10-06 国庆节, 2023-10-14 – 2023-10-15 weekend".
std::string Describe(const std::vector<NamedDay>& days) {
  std::vector<std::string> runs;
  for (size_t i = 0, next = 0; i < days.size(); i = next) {
    while (next < days.size() && days[next].name == days[i].name &&
           days[next].day - days[i].day == static_cast<absl::civil_diff_t>(next - i)) {
      ++next;
    }
    std::string until =
        next - i > 1 ? absl::StrCat(" – ", FormatDay(days[next - 1].day)) : std::string();
    runs.push_back(absl::StrCat(FormatDay(days[i].day), until, " ", days[i].name));
  }
  return absl::StrJoin(runs, ", ");
}

absl::Status CheckCount(int n) {
  if (std::abs(static_cast<int64_t>(n)) <= kMostDays) return absl::OkStatus();
  return Fail(absl::StatusCode::kInvalidArgument, "TOO_MANY_DAYS",
              absl::StrCat("a period has at most ", kMostDays, " days"));
}

}  // namespace

absl::StatusOr<absl::CivilDay> ParseDay(absl::string_view text) {
  if (!HasShape(text, "0000-00-00")) return NotADay("expected YYYY-MM-DD");
  const int year = Number(text, 0, 4), month = Number(text, 5, 2), day = Number(text, 8, 2);
  if (year < 1900 || year > 2200) return NotADay("the year must lie in 1900 … 2200");
  // CivilDay turns February 30 into March 2; only a day that stays as written exists.
  absl::CivilDay parsed(year, month, day);
  if (parsed.month() != month || parsed.day() != day) {
    return NotADay(absl::StrCat("there is no ", text));
  }
  return parsed;
}

std::string FormatDay(absl::CivilDay day) {
  return absl::StrFormat("%04d-%02d-%02d", day.year(), day.month(), day.day());
}

void CheckDay(FieldErrors& errors, absl::string_view field, absl::string_view text, bool required) {
  if (text.empty() && !required) return;
  absl::StatusOr<absl::CivilDay> parsed = ParseDay(text);
  if (!parsed.ok()) errors.Add(field, parsed.status());
}

absl::StatusOr<absl::TimeZone> ParseZone(absl::string_view offset) {
  const bool ahead = HasShape(offset, "+00:00");
  const int minutes =
      ahead || HasShape(offset, "-00:00") ? Number(offset, 1, 2) * 60 + Number(offset, 4, 2) : -1;
  if (minutes < 0 || minutes > 14 * 60 || Number(offset, 4, 2) > 59) {
    return Fail(absl::StatusCode::kInvalidArgument, "NOT_A_ZONE",
                absl::StrCat("\"", offset, "\" is not a zone; expected an offset like +08:00"));
  }
  return absl::FixedTimeZone((ahead ? 60 : -60) * minutes);
}

absl::CivilDay DayOf(absl::Time time, const absl::TimeZone& zone) {
  return absl::ToCivilDay(time, zone);
}

std::string DayCount::Explain() const {
  std::string text = rule;
  if (!skipped.empty()) absl::StrAppend(&text, "; skipped ", Describe(skipped));
  if (!made_up.empty()) absl::StrAppend(&text, "; counted make-up workdays ", Describe(made_up));
  if (!years_without_calendar.empty()) {
    absl::StrAppend(&text, "; no calendar is loaded for ",
                    absl::StrJoin(years_without_calendar, ", "), ", where only weekends are free");
  }
  return text;
}

absl::StatusOr<DayCount> AddDays(absl::CivilDay start, int n) {
  RETURN_IF_ERROR(CheckCount(n));
  DayCount count;
  count.start = start;
  count.end = start + n;
  count.rule = absl::StrCat("day ", std::abs(n), n < 0 ? " before " : " after ", FormatDay(start),
                            ", which does not count, is ", FormatDay(count.end));
  return count;
}

absl::Status WorkingCalendar::Load(int year, const std::vector<NamedDay>& holidays,
                                   const std::vector<NamedDay>& make_up_workdays) {
  FieldErrors errors;
  Year loaded;
  const absl::CivilDay first = absl::CivilDay(year, 1, 1) - 31;
  const absl::CivilDay last = absl::CivilDay(year, 12, 31) + 31;
  const auto add = [&](absl::string_view field, const NamedDay& named, bool works) {
    if (named.day < first || named.day > last) {
      errors.Add(field, absl::StrCat("has ", FormatDay(named.day), ", which is not of ", year));
    }
    if (works && !IsWeekend(named.day)) {
      errors.Add(field, absl::StrCat("has ", FormatDay(named.day), ", which is no weekend"));
    }
    if (!loaded.emplace(named.day, Entry{works, named.name}).second) {
      errors.Add(field, absl::StrCat("has ", FormatDay(named.day), ", which is listed already"));
    }
  };
  for (const NamedDay& day : holidays) add("holidays", day, false);
  for (const NamedDay& day : make_up_workdays) add("make_up_workdays", day, true);
  RETURN_IF_ERROR(errors.status());
  years_[year] = std::move(loaded);
  return absl::OkStatus();
}

// A day's own year decides, before what its neighbours say of it.
const WorkingCalendar::Entry* WorkingCalendar::Find(absl::CivilDay day) const {
  for (int offset : {0, 1, -1}) {
    auto year = years_.find(static_cast<int>(day.year()) + offset);
    if (year == years_.end()) continue;
    auto entry = year->second.find(day);
    if (entry != year->second.end()) return &entry->second;
  }
  return nullptr;
}

bool WorkingCalendar::IsWorkingDay(absl::CivilDay day) const {
  const Entry* entry = Find(day);
  return entry == nullptr ? !IsWeekend(day) : entry->works;
}

// Whether the day works, noting in `count` what is not plain about it.
bool WorkingCalendar::Count(absl::CivilDay day, DayCount& count) const {
  if (!HasYear(static_cast<int>(day.year()))) {
    count.years_without_calendar.insert(static_cast<int>(day.year()));
  }
  const Entry* entry = Find(day);
  if (entry != nullptr && entry->works) count.made_up.push_back({day, entry->name});
  const bool works = IsWorkingDay(day);
  if (!works) count.skipped.push_back({day, entry == nullptr ? "weekend" : entry->name});
  return works;
}

absl::StatusOr<DayCount> WorkingCalendar::AddWorkingDays(absl::CivilDay start, int n) const {
  RETURN_IF_ERROR(CheckCount(n));
  DayCount count;
  count.start = count.end = start;
  count.working_days = n;
  if (n == 0) {
    while (!Count(count.end, count)) ++count.end;
    count.rule = absl::StrCat("the first working day from ", FormatDay(start), " on is ",
                              FormatDay(count.end));
    return count;
  }
  for (int left = std::abs(n); left > 0;) {
    count.end += n > 0 ? 1 : -1;
    if (Count(count.end, count)) --left;
  }
  count.rule = absl::StrCat("working day ", std::abs(n), n > 0 ? " after " : " before ",
                            FormatDay(start), ", which does not count, is ", FormatDay(count.end));
  return count;
}

absl::StatusOr<DayCount> WorkingCalendar::WorkingDaysBetween(absl::CivilDay from,
                                                             absl::CivilDay to) const {
  if (std::abs(to - from) > int64_t{kMostYears} * 366) {
    return Fail(absl::StatusCode::kInvalidArgument, "TOO_MANY_DAYS",
                absl::StrCat("a period has at most ", kMostYears, " years"));
  }
  DayCount count;
  count.start = from;
  count.end = to;
  const absl::CivilDay first = std::min(from, to), last = std::max(from, to);
  for (absl::CivilDay day = first + 1; day <= last; ++day) {
    if (Count(day, count)) ++count.working_days;
  }
  if (to < from) count.working_days = -count.working_days;
  count.rule = absl::StrCat(count.working_days, " working days after ", FormatDay(from),
                            ", which does not count, up to and including ", FormatDay(to));
  return count;
}

}  // namespace lucid
