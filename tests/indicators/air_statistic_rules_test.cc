// Statistics of air over months and years: means, percentiles, and what makes them valid.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "services/indicators/indicators_air_statistic_rules.h"
#include "tests/testing/matchers.h"

namespace lucid::indicators {
namespace {

const Statistic kMean{std::nullopt, "算术平均"};

DayMeans EveryDay(int year, Decimal value) {
  DayMeans days;
  for (absl::CivilDay day(year, 1, 1); day.year() == year; ++day) days.emplace(day, value);
  return days;
}

Period Days(absl::CivilDay from, absl::CivilDay to) {
  return {from, to, absl::CivilDay(2100, 1, 1)};
}

PeriodValue Over(const DayMeans& days, absl::CivilDay from, absl::CivilDay to) {
  return EvaluateStatistic(kMean, days, Days(from, to), LatestAirStatistics());
}
PeriodValue Annual(const DayMeans& days, int year) {
  return Over(days, absl::CivilDay(year, 1, 1), absl::CivilDay(year, 12, 31));
}
PeriodValue Monthly(const DayMeans& days, absl::CivilMonth month) {
  return Over(days, absl::CivilDay(month), absl::CivilDay(month + 1) - 1);
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
    const PeriodValue mean = Annual(days, c.year);
    EXPECT_EQ(mean.valid, c.valid) << mean.used << " " << mean.shortfall;
    EXPECT_EQ(mean.shortfall.empty(), c.valid);
    EXPECT_EQ(*mean.value, Ratio(35));
    EXPECT_EQ(mean.used, static_cast<int>(days.size()));
  }
}

TEST(AnnualMean, OfNothingIsNothing) {
  const PeriodValue mean = Annual({}, 2023);
  EXPECT_FALSE(mean.value.has_value());
  EXPECT_FALSE(mean.valid);
}

TEST(MonthlyMean, NeedsTwentySevenDaysAndTwentyFiveInFebruary) {
  for (int month = 1; month <= 12; ++month) {
    DayMeans days = EveryDay(2023, 10);
    const absl::CivilMonth first(2023, month);
    const int length = absl::CivilDay(first + 1) - absl::CivilDay(first);
    const int needed = month == 2 ? 25 : 27;
    for (int i = 0; i < length - needed; ++i) days.erase(absl::CivilDay(first) + i);
    EXPECT_TRUE(Monthly(days, first).valid) << month;
    days.erase(absl::CivilDay(first + 1) - 1);
    EXPECT_FALSE(Monthly(days, first).valid) << month;
  }
}

TEST(StatisticPeriod, IsAMonthAYearOrSeveralWholeMonths) {
  const struct {
    absl::CivilDay from, to;
    bool good;
  } kCases[] = {
      {absl::CivilDay(2023, 1, 1), absl::CivilDay(2023, 12, 31), true},
      {absl::CivilDay(2024, 2, 1), absl::CivilDay(2024, 2, 29), true},
      {absl::CivilDay(2024, 2, 1), absl::CivilDay(2024, 2, 28), false},
      {absl::CivilDay(2023, 1, 1), absl::CivilDay(2023, 3, 31), true},
      {absl::CivilDay(2023, 1, 2), absl::CivilDay(2023, 3, 31), false},
      {absl::CivilDay(2023, 11, 1), absl::CivilDay(2024, 3, 31), true},
      {absl::CivilDay(2023, 5, 1), absl::CivilDay(2024, 4, 30), true},
      {absl::CivilDay(2023, 5, 1), absl::CivilDay(2024, 5, 31), false},
      {absl::CivilDay(2021, 1, 1), absl::CivilDay(2023, 12, 31), false},
      {absl::CivilDay(2023, 5, 1), absl::CivilDay(2023, 5, 1), false},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(CheckStatisticPeriod(Days(c.from, c.to)).ok(), c.good) << c.from << " " << c.to;
  }
  EXPECT_THAT(CheckStatisticPeriod({std::nullopt, absl::CivilDay(2023, 12, 31), {}}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(QuarterMean, NeedsEachOfItsMonths) {
  DayMeans days = EveryDay(2023, 20);
  for (int day = 1; day <= 3; ++day) days.erase(absl::CivilDay(2023, 2, day));
  PeriodValue quarter = Over(days, absl::CivilDay(2023, 1, 1), absl::CivilDay(2023, 3, 31));
  EXPECT_TRUE(quarter.valid);
  EXPECT_EQ(quarter.used, 87);
  EXPECT_EQ(quarter.required, 27 + 25 + 27);
  days.erase(absl::CivilDay(2023, 2, 4));
  quarter = Over(days, absl::CivilDay(2023, 1, 1), absl::CivilDay(2023, 3, 31));
  EXPECT_FALSE(quarter.valid);
  EXPECT_EQ(quarter.shortfall, "2月 24 天(须 25 天)");
}

TEST(Percentile, IsLinearBetweenNeighbours) {
  const struct {
    std::vector<int> values;
    Decimal percent;
    Decimal expected;
  } kCases[] = {
      {{7}, 90, 7},
      {{1, 2}, 50, 1.5_dec},
      {{2, 1}, 90, 1.9_dec},
      {{1, 2, 3, 4, 5}, 50, 3},
      {{5, 4, 3, 2, 1}, 25, 2},
      {{1, 2, 3, 4}, 95, 3.85_dec},  // k = 1 + 3 × 0.95 = 3.85
      {{10, 10, 10, 20}, 95, 18.5_dec},
      {{3, 3, 3, 3}, 98, 3},
      {{1, 2, 3}, 100, 3},
      {{1, 2, 3}, 0, 1},
      {{0, 100}, 12.5_dec, 12.5_dec},
  };
  for (const auto& c : kCases) {
    std::vector<Ratio> values(c.values.begin(), c.values.end());
    EXPECT_EQ(PercentileOf(values, c.percent), Ratio(c.expected)) << c.percent.ToString();
  }
  // 365 days of 1 … 365: k = 1 + 364 × 0.9 = 328.6; of a leap year 329.5.
  for (auto [days, expected] : {std::pair{365, 328.6_dec}, {366, 329.5_dec}}) {
    std::vector<Ratio> values;
    for (int i = days; i >= 1; --i) values.push_back(i);
    EXPECT_EQ(PercentileOf(values, 90), Ratio(expected));
  }
}

TEST(Percentile, GrowsWithPercentAndIsOneOfTheValuesOrBetween) {
  std::mt19937 random(11);
  for (int round = 0; round < 100; ++round) {
    std::vector<Ratio> values;
    for (size_t i = 0; i <= random() % 40; ++i) values.push_back(static_cast<int>(random() % 20));
    Ratio before = *std::min_element(values.begin(), values.end());
    for (int percent = 0; percent <= 100; percent += 5) {
      const Ratio value = PercentileOf(values, percent);
      EXPECT_GE(value, before);
      before = value;
    }
    EXPECT_EQ(before, *std::max_element(values.begin(), values.end()));
  }
}

TEST(Percentile, IsThatOfTheStandardForEachFactor) {
  v1::MeanRule rule;
  rule.set_statistic(v1::MeanRule::PERCENTILE);
  const AirStatistics& rules = LatestAirStatistics();
  for (auto [factor, percent] : {std::pair{"SO2", 98},
                                 {"NO2", 98},
                                 {"PM10", 95},
                                 {"PM2_5", 95},
                                 {"CO", 95},
                                 {"O3_8H", 90}}) {
    EXPECT_EQ(*StatisticOf(rule, factor, rules)->percent, Ratio(percent)) << factor;
  }
  EXPECT_THAT(StatisticOf(rule, "O3", rules), StatusIs(absl::StatusCode::kInvalidArgument));
  rule.set_percent("99.5");
  EXPECT_EQ(*StatisticOf(rule, "O3", rules)->percent, Ratio(99.5_dec));
}

TEST(Percentile, NeedsTheDaysOfAMean) {
  const Statistic statistic{Ratio(90), "第90百分位数"};
  DayMeans days = EveryDay(2023, 100);
  const Period year = Days(absl::CivilDay(2023, 1, 1), absl::CivilDay(2023, 12, 31));
  EXPECT_TRUE(EvaluateStatistic(statistic, days, year, LatestAirStatistics()).valid);
  for (int day = 1; day <= 5; ++day) days.erase(absl::CivilDay(2023, 5, day));
  const PeriodValue value = EvaluateStatistic(statistic, days, year, LatestAirStatistics());
  EXPECT_FALSE(value.valid);
  EXPECT_EQ(*value.value, Ratio(100));  // shown all the same
}

}  // namespace
}  // namespace lucid::indicators
