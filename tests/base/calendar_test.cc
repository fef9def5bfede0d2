// Days as they are written, and working days by the calendars of 2023 and by weekends alone.
#include "services/base/calendar.h"

#include <gtest/gtest.h>

#include <climits>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace lucid {
namespace {

absl::CivilDay Day(absl::string_view text) { return ParseDay(text).value(); }

std::vector<NamedDay> Days(absl::string_view first, absl::string_view last,
                           absl::string_view name) {
  std::vector<NamedDay> days;
  for (absl::CivilDay day = Day(first); day <= Day(last); ++day) {
    days.push_back({day, std::string(name)});
  }
  return days;
}

// The holidays of 2023 as the State Council published them.
WorkingCalendar Calendar2023() {
  std::vector<NamedDay> holidays, make_up;
  const auto append = [](std::vector<NamedDay>& to, const std::vector<NamedDay>& days) {
    to.insert(to.end(), days.begin(), days.end());
  };
  append(holidays, Days("2022-12-31", "2023-01-02", "元旦"));
  append(holidays, Days("2023-01-21", "2023-01-27", "春节"));
  append(holidays, Days("2023-04-05", "2023-04-05", "清明节"));
  append(holidays, Days("2023-04-29", "2023-05-03", "劳动节"));
  append(holidays, Days("2023-06-22", "2023-06-24", "端午节"));
  append(holidays, Days("2023-09-29", "2023-10-06", "中秋节、国庆节"));
  append(make_up, Days("2023-01-28", "2023-01-29", "春节调休"));
  append(make_up, Days("2023-04-23", "2023-04-23", "劳动节调休"));
  append(make_up, Days("2023-05-06", "2023-05-06", "劳动节调休"));
  append(make_up, Days("2023-06-25", "2023-06-25", "端午节调休"));
  append(make_up, Days("2023-10-07", "2023-10-08", "国庆节调休"));
  WorkingCalendar calendar;
  EXPECT_EQ(calendar.Load(2023, holidays, make_up), absl::OkStatus());
  return calendar;
}

// --- Days ---

TEST(Day, ReadsWhatItPrints) {
  int days = 0;
  for (absl::CivilDay day(1900, 1, 1); day <= absl::CivilDay(2200, 12, 31); ++day, ++days) {
    absl::StatusOr<absl::CivilDay> again = ParseDay(FormatDay(day));
    ASSERT_TRUE(again.ok()) << FormatDay(day);
    ASSERT_EQ(*again, day);
  }
  EXPECT_EQ(days, 301 * 365 + 73);
}

TEST(Day, RefusesADayThatDoesNotExistAndSaysSo) {
  const struct {
    std::string text, rule;
  } kRefused[] = {
      {"2024-02-30", "there is no 2024-02-30"},
      {"2023-02-29", "there is no 2023-02-29"},
      {"2100-02-29", "there is no 2100-02-29"},
      {"2023-04-31", "there is no 2023-04-31"},
      {"2023-13-01", "there is no 2023-13-01"},
      {"2023-00-10", "there is no 2023-00-10"},
      {"2023-01-00", "there is no 2023-01-00"},
      {"1899-12-31", "the year must lie in 1900 … 2200"},
      {"2201-01-01", "the year must lie in 1900 … 2200"},
      {"", "expected YYYY-MM-DD"},
      {"2023-1-01", "expected YYYY-MM-DD"},
      {"2023-01-1", "expected YYYY-MM-DD"},
      {"2023/01/01", "expected YYYY-MM-DD"},
      {"20230101", "expected YYYY-MM-DD"},
      {" 2023-01-01", "expected YYYY-MM-DD"},
      {"2023-01-01 ", "expected YYYY-MM-DD"},
      {"2023-01-01T00:00:00Z", "expected YYYY-MM-DD"},
      {"+023-01-01", "expected YYYY-MM-DD"},
      {"２０２３-01-01", "expected YYYY-MM-DD"},
      {std::string("2023-01-0\0", 10), "expected YYYY-MM-DD"},
  };
  for (const auto& [text, rule] : kRefused) {
    absl::Status status = ParseDay(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(status.message(), "is not a day: " + rule) << text;
    EXPECT_EQ(Reason(status), "NOT_A_DAY");
  }
}

TEST(Day, ARequestFieldIsNamedWithTheRuleItBreaks) {
  FieldErrors errors;
  CheckDay(errors, "task.due_day", "2024-02-30", true);
  CheckDay(errors, "task.original_due_day", "", true);
  CheckDay(errors, "inspection.feedback_day", "", false);
  CheckDay(errors, "inspection.stationed_from", "2021-04-06", true);
  EXPECT_EQ(errors.status().message(),
            "task.due_day is not a day: there is no 2024-02-30; "
            "task.original_due_day is not a day: expected YYYY-MM-DD");
}

TEST(Day, TurnsAtMidnightOfTheZone) {
  const absl::TimeZone china = ParseZone("+08:00").value();
  const absl::Time midnight = absl::FromUnixSeconds(1726588800);  // 2024-09-17T16:00:00Z
  EXPECT_EQ(FormatDay(DayOf(midnight, china)), "2024-09-18");
  EXPECT_EQ(FormatDay(DayOf(midnight - absl::Nanoseconds(1), china)), "2024-09-17");
  EXPECT_EQ(FormatDay(DayOf(midnight, ParseZone("-03:30").value())), "2024-09-17");
  EXPECT_EQ(FormatDay(DayOf(midnight, ParseZone("+00:00").value())), "2024-09-17");
}

TEST(Zone, IsAnOffsetWithSign) {
  for (absl::string_view text : {"", "08:00", "+8:00", "+0800", "+14:01", "+08:60", "Asia/Shanghai",
                                 "Z", "+08:00 ", "*08:00", "-99:00"}) {
    EXPECT_EQ(Reason(ParseZone(text).status()), "NOT_A_ZONE") << text;
  }
  EXPECT_TRUE(ParseZone("+14:00").ok());
}

// --- Working days ---

TEST(WorkingCalendar, SkipsHolidaysAndCountsMakeUpWorkdays) {
  const WorkingCalendar calendar = Calendar2023();
  const struct {
    absl::string_view start;
    int n;
    absl::string_view end;
  } kCases[] = {
      {"2023-09-28", 1, "2023-10-07"},  {"2023-09-28", 2, "2023-10-08"},
      {"2023-09-28", 10, "2023-10-18"}, {"2023-10-01", 1, "2023-10-07"},
      {"2023-10-07", -1, "2023-09-28"}, {"2023-10-01", -1, "2023-09-28"},
      {"2023-01-20", 1, "2023-01-28"},  {"2023-10-01", 0, "2023-10-07"},
      {"2023-10-07", 0, "2023-10-07"},  {"2023-10-14", 0, "2023-10-16"},
      {"2023-07-20", 30, "2023-08-31"},
  };
  for (const auto& [start, n, end] : kCases) {
    EXPECT_EQ(FormatDay(calendar.AddWorkingDays(Day(start), n)->end), end) << start << " + " << n;
  }
  EXPECT_EQ(calendar.WorkingDaysBetween(Day("2022-12-31"), Day("2023-12-31"))->working_days, 249);
  EXPECT_FALSE(calendar.IsWorkingDay(Day("2022-12-31")));
  EXPECT_TRUE(calendar.IsWorkingDay(Day("2023-10-08")));
}

TEST(WorkingCalendar, ExplainsADeadline) {
  const WorkingCalendar calendar = Calendar2023();
  EXPECT_EQ(calendar.AddWorkingDays(Day("2023-09-28"), 10)->Explain(),
            "working day 10 after 2023-09-28, which does not count, is 2023-10-18; skipped "
            "2023-09-29 – 2023-10-06 中秋节、国庆节, 2023-10-14 – 2023-10-15 weekend; counted "
            "make-up workdays 2023-10-07 – 2023-10-08 国庆节调休");
  EXPECT_EQ(calendar.AddWorkingDays(Day("2023-12-29"), 1)->Explain(),
            "working day 1 after 2023-12-29, which does not count, is 2024-01-01; skipped "
            "2023-12-30 – 2023-12-31 weekend; no calendar is loaded for 2024, where only weekends "
            "are free");
  EXPECT_EQ(calendar.AddWorkingDays(Day("2023-04-05"), 0)->Explain(),
            "the first working day from 2023-04-05 on is 2023-04-06; skipped 2023-04-05 清明节");
  EXPECT_EQ(calendar.WorkingDaysBetween(Day("2023-04-06"), Day("2023-04-04"))->Explain(),
            "-1 working days after 2023-04-06, which does not count, up to and including "
            "2023-04-04; skipped 2023-04-05 清明节");
}

TEST(WorkingCalendar, CountsBackWhatItAdds) {
  const WorkingCalendar calendar = Calendar2023();
  std::mt19937 random(2023);
  for (int i = 0; i < 2000; ++i) {
    const absl::CivilDay start = Day("2022-06-01") + random() % 900;
    const int n = static_cast<int>(random() % 401) - 200;
    const DayCount added = calendar.AddWorkingDays(start, n).value();
    EXPECT_TRUE(calendar.IsWorkingDay(added.end));
    if (n < 0 && !calendar.IsWorkingDay(start)) continue;
    EXPECT_EQ(calendar.WorkingDaysBetween(start, added.end)->working_days,
              n == 0 && added.end != start ? 1 : n)
        << added.Explain();
  }
}

TEST(WorkingCalendar, SaysWhichYearsItDoesNotKnow) {
  const WorkingCalendar calendar = Calendar2023();
  EXPECT_EQ(calendar.AddWorkingDays(Day("2022-06-01"), 500)->years_without_calendar,
            (std::set<int>{2022, 2024}));
  EXPECT_TRUE(calendar.AddWorkingDays(Day("2023-06-01"), 100)->years_without_calendar.empty());
  EXPECT_TRUE(WorkingCalendar().IsWorkingDay(Day("2023-10-02")));
  EXPECT_FALSE(WorkingCalendar().IsWorkingDay(Day("2023-10-07")));
}

TEST(WorkingCalendar, RefusesACalendarThatContradictsItself) {
  WorkingCalendar calendar = Calendar2023();
  absl::Status status =
      calendar.Load(2023, {{Day("2023-10-01"), "国庆节"}, {Day("2025-10-01"), "国庆节"}},
                    {{Day("2023-10-01"), "调休"}, {Day("2023-10-09"), "调休"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(),
            "holidays has 2025-10-01, which is not of 2023; make_up_workdays has 2023-10-01, which "
            "is listed already; make_up_workdays has 2023-10-09, which is no weekend");
  EXPECT_FALSE(calendar.IsWorkingDay(Day("2023-10-02"))) << "the old calendar stays";
}

TEST(WorkingCalendar, ReplacesAYearAndLetsADaysOwnYearDecide) {
  WorkingCalendar calendar = Calendar2023();
  ASSERT_EQ(calendar.Load(2022, {}, {{Day("2022-12-31"), "调休"}}), absl::OkStatus());
  EXPECT_TRUE(calendar.IsWorkingDay(Day("2022-12-31")));
  ASSERT_EQ(calendar.Load(2023, {}, {}), absl::OkStatus());
  EXPECT_TRUE(calendar.IsWorkingDay(Day("2023-10-02")));
  EXPECT_TRUE(calendar.HasYear(2023));
}

TEST(WorkingCalendar, RefusesAPeriodWithoutEnd) {
  const WorkingCalendar calendar;
  for (int n : {10'001, -10'001, INT_MAX, INT_MIN}) {
    EXPECT_EQ(Reason(calendar.AddWorkingDays(Day("2023-01-01"), n).status()), "TOO_MANY_DAYS");
  }
  EXPECT_TRUE(calendar.AddWorkingDays(Day("2023-01-01"), -10'000).ok());
  EXPECT_EQ(Reason(calendar.WorkingDaysBetween(Day("1900-01-01"), Day("2200-01-01")).status()),
            "TOO_MANY_DAYS");
}

}  // namespace
}  // namespace lucid
