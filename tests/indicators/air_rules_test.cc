// Means of air: validity counts on, just below and just above, and who counts in a city.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "services/indicators/indicators_air_rules.h"
#include "services/indicators/indicators_site_rules.h"

namespace lucid::indicators {
namespace {

using v1::Evaluation;

DayMeans EveryDay(int year, Decimal value) {
  DayMeans days;
  for (absl::CivilDay day(year, 1, 1); day.year() == year; ++day) days.emplace(day, value);
  return days;
}

std::vector<Sample> Hours(absl::CivilDay day, int count, Decimal value) {
  std::vector<Sample> hours(count);
  for (int i = 0; i < count; ++i) {
    hours[i].start = absl::CivilMinute(absl::CivilHour(day) + i);
    hours[i].value = value;
  }
  return hours;
}

TEST(DailyMeans, NeedTwentyHours) {
  const absl::CivilDay day(2023, 5, 1);
  EXPECT_EQ(DailyMeans({}, Hours(day, 20, 35)).count(day), 1u);
  EXPECT_EQ(DailyMeans({}, Hours(day, 19, 35)).count(day), 0u);
  auto hours = Hours(day, 20, 35);
  hours[7].invalid = true;
  EXPECT_EQ(DailyMeans({}, hours).count(day), 0u);
  hours = Hours(day, 24, 30);
  hours[3].value = 54;
  EXPECT_EQ(DailyMeans({}, hours).at(day), Ratio(31));
}

TEST(DailyMeans, ADailyValueGoesBeforeItsHours) {
  const absl::CivilDay day(2023, 5, 1);
  Sample daily;
  daily.start = absl::CivilMinute(day);
  daily.value = 40;
  EXPECT_EQ(DailyMeans({daily}, Hours(day, 24, 35)).at(day), Ratio(40));
  daily.invalid = true;
  EXPECT_EQ(DailyMeans({daily}, Hours(day, 24, 35)).count(day), 0u);
}

TEST(DailyMeans, WhatWasNotDetectedCountsAsHalfTheLimit) {
  const absl::CivilDay day(2023, 5, 1);
  auto hours = Hours(day, 24, 0.05_dec);
  for (Sample& hour : hours) hour.qualifier = v1::Observation::NOT_DETECTED;
  EXPECT_EQ(DailyMeans({}, hours).at(day), Ratio(0.025_dec));
}

TEST(AnnualMean, NeedsEnoughDaysOfTheYearAndOfEachMonth) {
  const struct {
    int year;
    std::vector<std::pair<int, int>> missing;  // month, days
    bool valid;
  } kCases[] = {
      {2023, {}, true},
      {2024, {}, true},
      {2023, {{2, 3}}, true},   // 25 of 28
      {2023, {{2, 4}}, false},  // 24
      {2024, {{2, 4}}, true},   // 25 of 29
      {2024, {{2, 5}}, false},
      {2023, {{4, 3}}, true},  // 27 of 30
      {2023, {{4, 4}}, false},
      {2023, {{1, 4}}, true},  // 27 of 31
      {2023, {{1, 5}}, false},
      // 4+3+4+3+4+3+4+4+3+4+3 = 39 days in eleven months leave 326; two more leave 324.
      {2023,
       {{1, 4},
        {2, 2},
        {3, 4},
        {4, 3},
        {5, 4},
        {6, 3},
        {7, 4},
        {8, 4},
        {9, 3},
        {10, 4},
        {11, 3},
        {12, 3}},
       true},  // 41 missing: 324
      {2023,
       {{1, 4},
        {2, 3},
        {3, 4},
        {4, 3},
        {5, 4},
        {6, 3},
        {7, 4},
        {8, 4},
        {9, 3},
        {10, 4},
        {11, 3},
        {12, 3}},
       false},  // 42 missing: 323, though every month has enough
  };
  for (const auto& c : kCases) {
    DayMeans days = EveryDay(c.year, 35);
    for (auto [month, count] : c.missing) {
      for (int i = 0; i < count; ++i) days.erase(absl::CivilDay(c.year, month, 1 + i));
    }
    PeriodMean mean = AnnualMean(days, absl::CivilYear(c.year));
    EXPECT_EQ(mean.valid, c.valid) << mean.used << " " << mean.shortfall;
    EXPECT_EQ(mean.shortfall.empty(), c.valid);
    EXPECT_EQ(*mean.mean, Ratio(35));
    EXPECT_EQ(mean.used, static_cast<int>(days.size()));
  }
}

TEST(AnnualMean, OfNothingIsNothing) {
  PeriodMean mean = AnnualMean({}, absl::CivilYear(2023));
  EXPECT_FALSE(mean.mean.has_value());
  EXPECT_FALSE(mean.valid);
}

TEST(MonthlyMean, NeedsTwentySevenDaysAndTwentyFiveInFebruary) {
  for (int month = 1; month <= 12; ++month) {
    DayMeans days = EveryDay(2023, 10);
    const absl::CivilMonth first(2023, month);
    const int length = absl::CivilDay(first + 1) - absl::CivilDay(first);
    const int needed = month == 2 ? 25 : 27;
    for (int i = 0; i < length - needed; ++i) days.erase(absl::CivilDay(first) + i);
    EXPECT_TRUE(MonthlyMean(days, first).valid) << month;
    days.erase(absl::CivilDay(first + 1) - 1);
    EXPECT_FALSE(MonthlyMean(days, first).valid) << month;
  }
}

v1::Site StationSite(const std::string& id) {
  v1::Site site;
  site.set_id(id);
  site.set_kind(v1::Site::AIR_STATION);
  return site;
}

TEST(Membership, AStationsRoleIsDated) {
  v1::Site site = StationSite("s");
  site.set_from_day("2022-01-01");
  site.set_to_day("2023-12-31");
  auto& role = *site.add_roles();
  role.set_role(v1::StationRole::CLEAN_CONTROL);
  role.set_from_day("2023-01-01");
  role.set_to_day("2023-06-30");
  Membership membership(site);
  EXPECT_FALSE(membership.Contains(absl::CivilDay(2021, 12, 31)));
  EXPECT_TRUE(membership.Contains(absl::CivilDay(2022, 1, 1)));
  EXPECT_FALSE(membership.Contains(absl::CivilDay(2023, 1, 1)));
  EXPECT_FALSE(membership.Contains(absl::CivilDay(2023, 6, 30)));
  EXPECT_TRUE(membership.Contains(absl::CivilDay(2023, 7, 1)));
  EXPECT_FALSE(membership.Contains(absl::CivilDay(2024, 1, 1)));
}

TEST(CityMeans, NeedThreeQuartersOfTheStationsOrHalfOfFew) {
  const absl::CivilDay day(2023, 5, 1);
  const struct {
    int stations, valid;
    bool mean;
  } kCases[] = {{1, 1, true}, {1, 0, false}, {2, 1, true}, {3, 1, false},
                {3, 2, true}, {4, 2, false}, {4, 3, true}, {5, 3, false},
                {5, 4, true}, {8, 5, false}, {8, 6, true}, {0, 0, false}};
  for (const auto& c : kCases) {
    std::vector<Station> stations;
    for (int i = 0; i < c.stations; ++i) {
      DayMeans means;
      if (i < c.valid) means.emplace(day, Ratio(10 + i));
      stations.push_back({Membership(StationSite("s")), means});
    }
    DayMeans city = CityMeans(stations, day, day);
    ASSERT_EQ(city.size(), c.mean ? 1u : 0u) << c.stations << "/" << c.valid;
    // The mean of 10, 11, …
    if (c.mean) {
      EXPECT_EQ(city.at(day) * 2, Ratio(20 + c.valid - 1));
    }
  }
}

v1::Indicator Pm25() {
  v1::Indicator indicator;
  indicator.set_id("pm25");
  indicator.set_unit("μg/m³");
  indicator.set_kind(v1::Indicator::MEAN);
  indicator.set_factor("PM2_5");
  indicator.mutable_standard()->set_name("GB 3095");
  indicator.mutable_standard()->set_grade("II");
  return indicator;
}

Evaluation MeanOfYear(int year, const Decimal& value, const v1::Indicator& indicator) {
  v1::Site site = StationSite("s");
  std::vector<StationDays> stations = {{&site, EveryDay(year, value)}};
  Question question{
      indicator, *MakePeriod(year, "", "", absl::CivilDay(2100, 1, 1)), {}, "", nullptr};
  return EvaluateMean(question, stations).value();
}

TEST(Mean, TheVerdictDependsOnTheEditionInForce) {
  const struct {
    int year;
    Decimal value;
    absl::string_view printed;
    Evaluation::Verdict verdict;
    absl::string_view standard;
  } kCases[] = {
      {2023, 35, "35", Evaluation::MET, "GB 3095-2012 二级 年平均 ≤ 35 μg/m³"},
      {2023, 35.4_dec, "35", Evaluation::MET, "GB 3095-2012 二级 年平均 ≤ 35 μg/m³"},
      // Half goes to even: 35.5 is 36.
      {2023, 35.5_dec, "36", Evaluation::NOT_MET, "GB 3095-2012 二级 年平均 ≤ 35 μg/m³"},
      {2023, 34.5_dec, "34", Evaluation::MET, "GB 3095-2012 二级 年平均 ≤ 35 μg/m³"},
      {2025, 35, "35", Evaluation::MET, "GB 3095-2012 二级 年平均 ≤ 35 μg/m³"},
      {2026, 35, "35", Evaluation::NOT_MET, "GB 3095-2026 二级 年平均 ≤ 30 μg/m³"},
      {2026, 30.5_dec, "30", Evaluation::MET, "GB 3095-2026 二级 年平均 ≤ 30 μg/m³"},
      {2030, 30, "30", Evaluation::MET, "GB 3095-2026 二级 年平均 ≤ 30 μg/m³"},
      {2031, 30, "30", Evaluation::NOT_MET, "GB 3095-2026 二级 年平均 ≤ 25 μg/m³"},
      {2014, 35, "35", Evaluation::NO_STANDARD, "GB 3095"},
  };
  for (const auto& c : kCases) {
    Evaluation evaluation = MeanOfYear(c.year, c.value, Pm25());
    EXPECT_EQ(evaluation.value(), c.printed);
    EXPECT_EQ(evaluation.verdict(), c.verdict) << c.year << " " << c.value.ToString();
    EXPECT_EQ(evaluation.standard(), c.standard);
    EXPECT_EQ(evaluation.validity(), Evaluation::VALID);
  }
}

TEST(Mean, AnEditionCanBeChosenWhateverTheYear) {
  v1::Indicator indicator = Pm25();
  indicator.mutable_standard()->set_edition("2012");
  EXPECT_EQ(MeanOfYear(2027, 35, indicator).verdict(), Evaluation::MET);
  indicator.mutable_standard()->set_edition("2026");
  EXPECT_EQ(MeanOfYear(2023, 35, indicator).standard(), "GB 3095-2026 二级 年平均 ≤ 30 μg/m³");
}

TEST(Mean, TooFewDaysAreShownAndNeverMeet) {
  v1::Indicator indicator = Pm25();
  v1::Site site = StationSite("s");
  DayMeans days = EveryDay(2023, 20);
  for (int i = 1; i <= 5; ++i) days.erase(absl::CivilDay(2023, 3, i));
  Question question{
      indicator, *MakePeriod(2023, "", "", absl::CivilDay(2024, 1, 1)), {}, "", nullptr};
  std::vector<StationDays> stations = {{&site, days}};
  Evaluation evaluation = EvaluateMean(question, stations).value();
  EXPECT_EQ(evaluation.value(), "20");
  EXPECT_EQ(evaluation.validity(), Evaluation::INVALID_DATA);
  EXPECT_EQ(evaluation.verdict(), Evaluation::INVALID);
  EXPECT_EQ(evaluation.samples_used(), 360);
  EXPECT_THAT(evaluation.working(), ::testing::HasSubstr("3月 26 天(须 27 天)"));
}

TEST(Mean, WhatLiesAfterTheAsOfDayDoesNotCount) {
  v1::Indicator indicator = Pm25();
  v1::Site site = StationSite("s");
  Question question{
      indicator, *MakePeriod(2023, "", "", absl::CivilDay(2023, 6, 30)), {}, "", nullptr};
  std::vector<StationDays> stations = {{&site, EveryDay(2023, 20)}};
  Evaluation evaluation = EvaluateMean(question, stations).value();
  EXPECT_EQ(evaluation.samples_used(), 181);
  EXPECT_EQ(evaluation.verdict(), Evaluation::INVALID);
}

TEST(Mean, ACleanControlStationNeverCounts) {
  v1::Indicator indicator = Pm25();
  v1::Site city = StationSite("city"), clean = StationSite("clean");
  auto& role = *clean.add_roles();
  role.set_role(v1::StationRole::CLEAN_CONTROL);
  role.set_from_day("2000-01-01");
  Question question{
      indicator, *MakePeriod(2023, "", "", absl::CivilDay(2024, 1, 1)), {}, "", nullptr};
  std::vector<StationDays> stations = {{&city, EveryDay(2023, 36)}, {&clean, EveryDay(2023, 2)}};
  Evaluation evaluation = EvaluateMean(question, stations).value();
  EXPECT_EQ(evaluation.value(), "36");
  ASSERT_EQ(evaluation.sites_size(), 1);
  EXPECT_EQ(evaluation.sites(0).site_id(), "city");
}

TEST(Mean, IsThatOfACalendarYearOrMonth) {
  v1::Indicator indicator = Pm25();
  Question question{indicator,
                    *MakePeriod(0, "2023-01-02", "2023-12-31", absl::CivilDay(2024, 1, 1)),
                    {},
                    "",
                    nullptr};
  EXPECT_EQ(EvaluateMean(question, {}).status().code(), absl::StatusCode::kInvalidArgument);
}

// The mean equals the sum of whole thousandths over their count, whatever the data.
TEST(Mean, IsTheExactMeanOfAnyDays) {
  std::mt19937 random(20230101);
  v1::Indicator indicator = Pm25();
  for (int round = 0; round < 50; ++round) {
    const int year = 2020 + static_cast<int>(random() % 5);
    DayMeans days;
    int64_t thousandths = 0;
    for (absl::CivilDay day(year, 1, 1); day.year() == year; ++day) {
      if (random() % 40 == 0) continue;
      const int64_t value = static_cast<int64_t>(random() % 200'000);
      days.emplace(day, Decimal(value, 3));
      thousandths += value;
    }
    PeriodMean mean = AnnualMean(days, absl::CivilYear(year));
    EXPECT_EQ(*mean.mean * Ratio(days.size()) * 1000, Ratio(thousandths));
  }
}

}  // namespace
}  // namespace lucid::indicators
