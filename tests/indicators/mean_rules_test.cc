// MEAN: values, verdicts and workings of a city.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "services/indicators/indicators_mean_rules.h"
#include "tests/testing/matchers.h"

namespace lucid::indicators {
namespace {

using v1::Evaluation;

DayMeans EveryDay(int year, Decimal value) {
  DayMeans days;
  for (absl::CivilDay day(year, 1, 1); day.year() == year; ++day) days.emplace(day, value);
  return days;
}

v1::Site StationSite(const std::string& id) {
  v1::Site site;
  site.set_id(id);
  site.set_kind(v1::Site::AIR_STATION);
  return site;
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
  EXPECT_EQ(MeanOfYear(2023, 35, indicator).verdict(), Evaluation::NOT_MET);
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

// What a MEAN of 2023 comes to where every day has this value.
Evaluation Constant(const v1::Indicator& indicator, const Decimal& value, int year = 2023) {
  return MeanOfYear(year, value, indicator);
}

v1::Indicator PercentileOf(const std::string& factor) {
  v1::Indicator indicator = Pm25();
  indicator.set_factor(factor);
  indicator.mutable_mean_rule()->set_statistic(v1::MeanRule::PERCENTILE);
  return indicator;
}

// Annual limits and those of daily values, for both grades and every phase: on the limit, just
// below and just above by rounding half to even.
TEST(Mean, EveryLimitOnBelowAndAbove) {
  const struct {
    int year;
    const char* factor;
    bool percentile;
    const char* grades[2];
  } kCases[] = {
      {2023, "SO2", false, {"20", "60"}},  {2023, "NO2", false, {"40", "40"}},
      {2023, "PM10", false, {"40", "70"}}, {2023, "PM2_5", false, {"15", "35"}},
      {2023, "SO2", true, {"50", "150"}},  {2023, "NO2", true, {"80", "80"}},
      {2023, "PM10", true, {"50", "150"}}, {2023, "PM2_5", true, {"35", "75"}},
      {2023, "CO", true, {"4", "4"}},      {2023, "O3_8H", true, {"100", "160"}},
      {2027, "SO2", false, {"20", "60"}},  {2027, "NO2", false, {"40", "40"}},
      {2027, "PM10", false, {"40", "60"}}, {2027, "PM2_5", false, {"15", "30"}},
      {2027, "PM10", true, {"50", "120"}}, {2027, "PM2_5", true, {"35", "60"}},
      {2027, "CO", true, {"4", "4"}},      {2027, "O3_8H", true, {"100", "160"}},
      {2031, "SO2", false, {"20", "20"}},  {2031, "NO2", false, {"30", "30"}},
      {2031, "PM10", false, {"20", "50"}}, {2031, "PM2_5", false, {"10", "25"}},
      {2031, "SO2", true, {"50", "50"}},   {2031, "NO2", true, {"50", "50"}},
      {2031, "PM10", true, {"50", "100"}}, {2031, "PM2_5", true, {"25", "50"}},
      {2031, "CO", true, {"4", "4"}},      {2031, "O3_8H", true, {"100", "160"}},
  };
  for (const auto& c : kCases) {
    for (int grade = 0; grade < 2; ++grade) {
      v1::Indicator indicator = c.percentile ? PercentileOf(c.factor) : Pm25();
      indicator.set_factor(c.factor);
      if (indicator.factor() == "CO") indicator.set_unit("mg/m³");
      indicator.mutable_standard()->set_grade(grade == 0 ? "I" : "II");
      const Decimal limit = Decimal::Parse(c.grades[grade]).value();
      const Decimal half = Decimal::Add(limit, 0.5_dec).value();
      const bool even = limit.mantissa() % 2 == 0;
      EXPECT_EQ(Constant(indicator, Decimal::Subtract(limit, 0.001_dec).value(), c.year).verdict(),
                Evaluation::MET);
      EXPECT_EQ(Constant(indicator, limit, c.year).verdict(), Evaluation::MET);
      EXPECT_EQ(Constant(indicator, Decimal::Subtract(half, 0.001_dec).value(), c.year).verdict(),
                Evaluation::MET);
      EXPECT_EQ(Constant(indicator, half, c.year).verdict(),
                even ? Evaluation::MET : Evaluation::NOT_MET)
          << c.year << " " << c.factor << " " << c.grades[grade];
      const Evaluation above = Constant(indicator, Decimal::Add(half, 0.001_dec).value(), c.year);
      EXPECT_EQ(above.verdict(), Evaluation::NOT_MET);
      EXPECT_THAT(above.standard(),
                  ::testing::HasSubstr(std::string("≤ ") + c.grades[grade] + " "));
      EXPECT_THAT(above.standard(),
                  ::testing::HasSubstr(c.year == 2023 ? "GB 3095-2012" : "GB 3095-2026"));
    }
  }
}

TEST(Mean, WithoutAKnownLimitThereIsNoStandard) {
  // CO and O3 have no annual limit, and a month is judged by none.
  v1::Indicator indicator = Pm25();
  indicator.set_factor("O3_8H");
  EXPECT_EQ(Constant(indicator, 100).verdict(), Evaluation::NO_STANDARD);
  EXPECT_EQ(Constant(indicator, 100).value(), "100");
  indicator = Pm25();
  v1::Site site = StationSite("s");
  const Period may{absl::CivilDay(2023, 5, 1), absl::CivilDay(2023, 5, 31),
                   absl::CivilDay(2024, 1, 1)};
  std::vector<StationDays> stations = {{&site, EveryDay(2023, 20)}};
  Evaluation evaluation = EvaluateMean(Question{indicator, may, {}, "", nullptr}, stations).value();
  EXPECT_EQ(evaluation.verdict(), Evaluation::NO_STANDARD);
  EXPECT_EQ(evaluation.validity(), Evaluation::VALID);
}

TEST(Mean, APercentileIsTakenOfTheCitysDays) {
  v1::Site a = StationSite("a"), b = StationSite("b");
  DayMeans rising, falling;
  for (int i = 0; i < 365; ++i) {
    rising.emplace(absl::CivilDay(2023, 1, 1) + i, Ratio(i + 1));
    falling.emplace(absl::CivilDay(2023, 1, 1) + i, Ratio(365 - i));
  }
  v1::Indicator indicator = PercentileOf("O3_8H");
  indicator.set_decimals(1);
  std::vector<StationDays> stations = {{&a, rising}, {&b, falling}};
  const Evaluation evaluation =
      EvaluateMean(
          Question{
              indicator, *MakePeriod(2023, "", "", absl::CivilDay(2024, 1, 1)), {}, "", nullptr},
          stations)
          .value();
  EXPECT_EQ(evaluation.value(), "183.0");  // every day of the city is 183
  EXPECT_EQ(evaluation.sites(0).value(), "328.6");
  EXPECT_EQ(evaluation.sites(1).value(), "328.6");
  EXPECT_THAT(evaluation.working(), ::testing::HasSubstr("第90百分位数 183.0000 → 183.0"));
  EXPECT_EQ(evaluation.standard(), "GB 3095-2012 二级 日最大8小时平均 ≤ 160 μg/m³");
  EXPECT_EQ(evaluation.verdict(), Evaluation::NOT_MET);
}

TEST(Mean, IsAnsweredInTheIndicatorsUnit) {
  v1::Indicator indicator = Pm25();
  indicator.set_unit("mg/m³");
  indicator.set_decimals(3);
  const Evaluation evaluation = Constant(indicator, 35);
  EXPECT_EQ(evaluation.value(), "0.035");
  EXPECT_EQ(evaluation.sites(0).value(), "0.035");
  EXPECT_EQ(evaluation.verdict(), Evaluation::MET);
}

TEST(Mean, OfNoStationsOrOnlyInvalidDaysIsNoData) {
  v1::Indicator indicator = Pm25();
  const Question question{
      indicator, *MakePeriod(2023, "", "", absl::CivilDay(2024, 1, 1)), {}, "", nullptr};
  EXPECT_EQ(EvaluateMean(question, {})->verdict(), Evaluation::NO_DATA);
  v1::Site site = StationSite("s");
  std::vector<StationDays> stations = {{&site, {}}};
  const Evaluation evaluation = EvaluateMean(question, stations).value();
  EXPECT_EQ(evaluation.verdict(), Evaluation::NO_DATA);
  EXPECT_EQ(evaluation.validity(), Evaluation::MISSING);
  EXPECT_EQ(evaluation.sites(0).validity(), Evaluation::MISSING);
}

// The mean equals the sum of whole thousandths over their count, whatever the data.
TEST(Mean, IsTheExactMeanOfAnyDays) {
  std::mt19937 random(20230101);
  v1::Indicator indicator = Pm25();
  indicator.set_decimals(9);
  v1::Site site = StationSite("s");
  for (int round = 0; round < 20; ++round) {
    const int year = 2020 + static_cast<int>(random() % 5);
    DayMeans days;
    int64_t thousandths = 0;
    for (absl::CivilDay day(year, 1, 1); day.year() == year; ++day) {
      if (random() % 40 == 0) continue;
      const int64_t value = static_cast<int64_t>(random() % 200'000);
      days.emplace(day, Decimal(value, 3));
      thousandths += value;
    }
    const Ratio expected =
        Ratio::Divide(Ratio(Decimal(thousandths, 3)), Ratio(days.size())).value();
    std::vector<StationDays> stations = {{&site, days}};
    const Question question{
        indicator, *MakePeriod(year, "", "", absl::CivilDay(2100, 1, 1)), {}, "", nullptr};
    EXPECT_EQ(EvaluateMean(question, stations)->value(), expected.Round(9)->ToString());
  }
}

}  // namespace
}  // namespace lucid::indicators
