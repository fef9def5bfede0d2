// AIR_DAYS and COMPOSITE: good-day ratios by valid days, sand-storm days, and the composite index.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <random>

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/indicators/indicators_air_days_rules.h"
#include "services/indicators/indicators_composite_rules.h"
#include "tests/testing/matchers.h"

namespace lucid::indicators {
namespace {

using ::testing::HasSubstr;
using v1::AirQuality;
using v1::Evaluation;

v1::Site StationSite(const std::string& id) {
  v1::Site site;
  site.set_id(id);
  site.set_name(id);
  site.set_kind(v1::Site::AIR_STATION);
  return site;
}

const std::map<std::string, Decimal>& Clean() {
  static const auto& clean = *new std::map<std::string, Decimal>{
      {"SO2", 12}, {"NO2", 20}, {"PM10", 40}, {"CO", 0.8_dec}, {"O3_8H", 80}, {"PM2_5", 21}};
  return clean;
}

// Clean air on every day of [from, to].
AirDays CleanDays(absl::CivilDay from, absl::CivilDay to) {
  AirDays days;
  for (const auto& [factor, value] : Clean()) {
    for (absl::CivilDay day = from; day <= to; ++day) days[factor].emplace(day, value);
  }
  return days;
}

v1::Indicator GoodDays(v1::AirDaysRule::Measure measure = v1::AirDaysRule::RATIO) {
  v1::Indicator indicator;
  indicator.set_unit(measure == v1::AirDaysRule::RATIO ? "%" : "天");
  indicator.set_decimals(measure == v1::AirDaysRule::RATIO ? 1 : 0);
  indicator.set_kind(v1::Indicator::AIR_DAYS);
  indicator.mutable_air_days_rule()->set_measure(measure);
  return indicator;
}

Period Days(absl::CivilDay from, absl::CivilDay to) {
  return {from, to, absl::CivilDay(2100, 1, 1)};
}

Evaluation DaysOf(const v1::Indicator& indicator, const Period& period, const AirDays& days) {
  v1::Site site = StationSite("s");
  std::vector<StationAir> stations = {{&site, days}};
  return EvaluateAirDays(Question{indicator, period, {}, "", nullptr}, stations).value();
}

// January to June 2023: 181 days, four of them without SO2, 45 of the others with PM2.5 of 100.
const Period kHalfYear = Days(absl::CivilDay(2023, 1, 1), absl::CivilDay(2023, 6, 30));
AirDays HalfYear() {
  AirDays days = CleanDays(*kHalfYear.from, kHalfYear.to);
  for (int i = 0; i < 4; ++i) days["SO2"].erase(absl::CivilDay(2023, 6, 27) + i);
  for (int i = 0; i < 45; ++i) days["PM2_5"][absl::CivilDay(2023, 3, 1) + i] = 100;
  return days;
}

TEST(AirDays, DivideByValidDays) {
  const Evaluation evaluation = DaysOf(GoodDays(), kHalfYear, HalfYear());
  EXPECT_EQ(evaluation.value(), "74.6");
  EXPECT_EQ(evaluation.numerator(), "132");
  EXPECT_EQ(evaluation.denominator(), "177");
  EXPECT_EQ(evaluation.air_days().calendar_days(), 181);
  EXPECT_EQ(evaluation.air_days().valid_days(), 177);
  EXPECT_EQ(evaluation.validity(), Evaluation::VALID);
  EXPECT_EQ(evaluation.standard(), "HJ 633-2012");
  EXPECT_EQ(evaluation.air_days().classes(0).days(), 132);  // 优
  EXPECT_EQ(evaluation.air_days().classes(2).days(), 45);   // 轻度污染
  EXPECT_EQ(evaluation.sites(0).value(), "74.6");
  EXPECT_THAT(evaluation.working(), HasSubstr("132 ÷ 177 = 74.6"));
  EXPECT_THAT(evaluation.working(), HasSubstr("日历天数 181"));
}

TEST(AirDays, RemovedDaysCountNeitherAboveNorBelow) {
  v1::Indicator indicator = GoodDays();
  for (const char* day : {"2023-03-22", "2023-04-10", "2023-06-27", "2022-04-01"}) {
    v1::RemovedDay& removed = *indicator.mutable_air_days_rule()->add_removed_days();
    removed.set_day(day);
    removed.set_reason("沙尘天气过程");
  }
  const Evaluation evaluation = DaysOf(indicator, kHalfYear, HalfYear());
  // Two polluted days and one that was not valid anyway; the fourth is of another year.
  EXPECT_EQ(evaluation.numerator(), "132");
  EXPECT_EQ(evaluation.denominator(), "175");
  EXPECT_EQ(evaluation.air_days().removed_days(), 3);
  EXPECT_EQ(evaluation.value(), "75.4");
  EXPECT_THAT(evaluation.working(), HasSubstr("不扣除为 132 ÷ 177"));
}

TEST(AirDays, AreCountedByClass) {
  v1::Indicator indicator = GoodDays(v1::AirDaysRule::COUNT);
  EXPECT_EQ(DaysOf(indicator, kHalfYear, HalfYear()).value(), "132");
  indicator.mutable_air_days_rule()->add_classes(AirQuality::LIGHTLY_POLLUTED);
  EXPECT_EQ(DaysOf(indicator, kHalfYear, HalfYear()).value(), "45");
  indicator.mutable_air_days_rule()->clear_classes();
  indicator.mutable_air_days_rule()->add_classes(AirQuality::SEVERELY_POLLUTED);
  const Evaluation none = DaysOf(indicator, kHalfYear, HalfYear());
  EXPECT_EQ(none.value(), "0");
  EXPECT_EQ(none.validity(), Evaluation::VALID);
}

TEST(AirDays, TheEditionIsThatAtTheEndUnlessTheIndicatorSaysOtherwise) {
  const Period period = Days(absl::CivilDay(2026, 1, 1), absl::CivilDay(2026, 12, 31));
  AirDays days = CleanDays(*period.from, period.to);
  for (auto& [day, value] : days["PM2_5"]) value = 70;  // 94 by 2012, 110 by 2026
  v1::Indicator indicator = GoodDays(v1::AirDaysRule::COUNT);
  Evaluation evaluation = DaysOf(indicator, period, days);
  EXPECT_EQ(evaluation.value(), "0");
  EXPECT_EQ(evaluation.standard(), "HJ 633-2026");
  indicator.mutable_air_days_rule()->set_edition("2012");
  evaluation = DaysOf(indicator, period, days);
  EXPECT_EQ(evaluation.value(), "365");
  EXPECT_EQ(evaluation.standard(), "HJ 633-2012");
  indicator.mutable_air_days_rule()->clear_edition();
  indicator.mutable_air_days_rule()->set_edition_of_day(true);
  evaluation = DaysOf(indicator, period, days);
  EXPECT_EQ(evaluation.value(), "59");  // January and February
  EXPECT_EQ(evaluation.standard(), "HJ 633-2012、HJ 633-2026");
  // Before any known edition there is no standard.
  const Period early = Days(absl::CivilDay(2014, 1, 1), absl::CivilDay(2014, 12, 31));
  EXPECT_EQ(DaysOf(GoodDays(), early, CleanDays(*early.from, early.to)).verdict(),
            Evaluation::NO_STANDARD);
}

TEST(AirDays, AreJudgedByTargets) {
  v1::Indicator indicator = GoodDays();
  v1::Target& target = *indicator.add_targets();
  target.set_comparator(v1::Target::AT_LEAST);
  target.set_value("74.5");
  target.set_unit("%");
  EXPECT_EQ(DaysOf(indicator, kHalfYear, HalfYear()).verdict(), Evaluation::MET);
  target.set_value("74.6");  // 132 ÷ 177 is 74.576… %
  EXPECT_EQ(DaysOf(indicator, kHalfYear, HalfYear()).verdict(), Evaluation::NOT_MET);
  // Where the indicator asks for more valid days than there are, nothing is met.
  target.set_value("50");
  indicator.mutable_air_days_rule()->set_valid_percent(97);  // 176 of 181
  EXPECT_EQ(DaysOf(indicator, kHalfYear, HalfYear()).verdict(), Evaluation::MET);
  indicator.mutable_air_days_rule()->set_valid_percent(98);  // 178
  const Evaluation few = DaysOf(indicator, kHalfYear, HalfYear());
  EXPECT_EQ(few.verdict(), Evaluation::INVALID);
  EXPECT_EQ(few.value(), "74.6");
  EXPECT_EQ(few.samples_required(), 178);
}

TEST(AirDays, OfNothingAreNoDataAndALeapYearHas366) {
  const Period year = Days(absl::CivilDay(2024, 1, 1), absl::CivilDay(2024, 12, 31));
  const Evaluation none = DaysOf(GoodDays(), year, {});
  EXPECT_EQ(none.verdict(), Evaluation::NO_DATA);
  EXPECT_EQ(none.air_days().calendar_days(), 366);
  EXPECT_EQ(none.air_days().valid_days(), 0);
  EXPECT_EQ(DaysOf(GoodDays(), year, CleanDays(*year.from, year.to)).value(), "100.0");
  AirDays days = CleanDays(*year.from, year.to);
  days["PM10"][absl::CivilDay(2024, 2, 29)] = 400;
  EXPECT_EQ(DaysOf(GoodDays(), year, days).value(), "99.7");
  v1::Indicator indicator = GoodDays();
  indicator.set_decimals(0);
  EXPECT_EQ(DaysOf(indicator, year, days).value(), "99");  // never 100
}

TEST(AirDays, AStationThatChangesItsRoleCountsOnlyUntilThen) {
  const Period period = Days(absl::CivilDay(2023, 6, 30), absl::CivilDay(2023, 7, 1));
  v1::Site city = StationSite("city"), clean = StationSite("clean");
  v1::StationRole& role = *clean.add_roles();
  role.set_role(v1::StationRole::CLEAN_CONTROL);
  role.set_from_day("2023-07-01");
  AirDays dirty = CleanDays(*period.from, period.to);
  for (auto& [day, value] : dirty["PM2_5"]) value = 90;
  AirDays low = CleanDays(*period.from, period.to);
  for (auto& [day, value] : low["PM2_5"]) value = 30;
  std::vector<StationAir> stations = {{&city, dirty}, {&clean, low}};
  v1::Indicator indicator = GoodDays(v1::AirDaysRule::COUNT);
  const Evaluation evaluation =
      EvaluateAirDays(Question{indicator, period, {}, "", nullptr}, stations).value();
  // June 30: 60, good; July 1: 90, not.
  EXPECT_EQ(evaluation.value(), "1");
  ASSERT_EQ(evaluation.sites_size(), 2);
  EXPECT_EQ(evaluation.sites(1).samples_used(), 1);
}

TEST(AirDays, NeedAPeriodOfAtMostTenYears) {
  v1::Indicator indicator = GoodDays();
  for (const Period& period : {Period{std::nullopt, absl::CivilDay(2023, 1, 1), {}},
                               Days(absl::CivilDay(1900, 1, 1), absl::CivilDay(2023, 1, 1))}) {
    EXPECT_THAT(EvaluateAirDays(Question{indicator, period, {}, "", nullptr}, {}),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

// Classes partition the valid days, and valid, removed and unavailable days the calendar.
TEST(AirDays, PartitionTheCalendar) {
  std::mt19937 random(5);
  for (int round = 0; round < 20; ++round) {
    AirDays days = CleanDays(*kHalfYear.from, kHalfYear.to);
    v1::Indicator indicator = GoodDays();
    for (auto& [factor, values] : days) {
      for (auto day = values.begin(); day != values.end();) {
        day = random() % 50 == 0 ? values.erase(day) : std::next(day);
      }
      for (auto& [day, value] : values) {
        if (random() % 4 == 0) value = Ratio(static_cast<int>(random() % 400));
      }
    }
    for (absl::CivilDay day = *kHalfYear.from; day <= kHalfYear.to; ++day) {
      if (random() % 30 != 0) continue;
      indicator.mutable_air_days_rule()->add_removed_days()->set_day(FormatDay(day));
    }
    const Evaluation evaluation = DaysOf(indicator, kHalfYear, days);
    const v1::AirDayCounts& counts = evaluation.air_days();
    int64_t in_classes = 0;
    for (const v1::AirClassDays& one : counts.classes()) in_classes += one.days();
    EXPECT_EQ(in_classes, counts.valid_days());
    EXPECT_LE(counts.valid_days() + counts.removed_days(), counts.calendar_days());
    EXPECT_EQ(evaluation.denominator(), absl::StrCat(counts.valid_days()));
  }
}

v1::Indicator Composite() {
  v1::Indicator indicator;
  indicator.set_unit("无量纲");
  indicator.set_decimals(2);
  indicator.set_kind(v1::Indicator::COMPOSITE);
  indicator.mutable_standard()->set_name("GB 3095");
  indicator.mutable_standard()->set_grade("II");
  return indicator;
}

Evaluation CompositeOf(const v1::Indicator& indicator, const Period& period, const AirDays& days) {
  v1::Site site = StationSite("s");
  std::vector<StationAir> stations = {{&site, days}};
  return EvaluateComposite(Question{indicator, period, {}, "", nullptr}, stations).value();
}

TEST(Composite, IsTheSumOfStatisticsByTheirLimits) {
  const Period year = Days(absl::CivilDay(2023, 1, 1), absl::CivilDay(2023, 12, 31));
  const Evaluation evaluation = CompositeOf(Composite(), year, CleanDays(*year.from, year.to));
  // 12/60 + 20/40 + 40/70 + 21/35 + 0.8/4 + 80/160 = 0.2 + 0.5 + 4/7 + 0.6 + 0.2 + 0.5
  EXPECT_EQ(evaluation.value(), "2.57");
  EXPECT_EQ(evaluation.validity(), Evaluation::VALID);
  ASSERT_EQ(evaluation.composite_terms_size(), 6);
  EXPECT_EQ(evaluation.composite_terms(2).factor(), "PM10");
  EXPECT_EQ(evaluation.composite_terms(2).quotient(), "0.5714");
  EXPECT_EQ(evaluation.composite_terms(4).statistic(), "第95百分位数");
  EXPECT_EQ(evaluation.composite_terms(5).limit(), "160");
  EXPECT_THAT(evaluation.standard(), HasSubstr("GB 3095-2012 二级"));
  EXPECT_THAT(evaluation.working(), HasSubstr("PM2_5 算术平均 21.000/35"));
  EXPECT_THAT(evaluation.working(), HasSubstr("= 2.57143 → 2.57"));
  EXPECT_EQ(evaluation.sites(0).value(), "2.57");
  EXPECT_EQ(evaluation.samples_used(), 365);
}

TEST(Composite, TakesThePercentilesOfOzoneAndCarbonMonoxide) {
  const Period year = Days(absl::CivilDay(2023, 1, 1), absl::CivilDay(2023, 12, 31));
  AirDays days = CleanDays(*year.from, year.to);
  int i = 0;
  for (auto& [day, value] : days["O3_8H"]) value = Ratio(++i);  // 90th: 328.6
  const Evaluation evaluation = CompositeOf(Composite(), year, days);
  EXPECT_EQ(evaluation.composite_terms(5).value(), "328.600");
  EXPECT_EQ(evaluation.value(), "4.13");  // 2.57142857 − 0.5 + 2.05375 = 4.12517…: 4.13
}

TEST(Composite, GoesByTheLimitsAtTheEndAndNeedsEveryTerm) {
  const Period year = Days(absl::CivilDay(2026, 1, 1), absl::CivilDay(2026, 12, 31));
  AirDays days = CleanDays(*year.from, year.to);
  const Evaluation by_2026 = CompositeOf(Composite(), year, days);
  // 0.2 + 0.5 + 40/60 + 21/30 + 0.2 + 0.5
  EXPECT_EQ(by_2026.value(), "2.77");
  v1::Indicator indicator = Composite();
  indicator.mutable_standard()->set_edition("2012");
  EXPECT_EQ(CompositeOf(indicator, year, days).value(), "2.57");
  for (int day = 1; day <= 5; ++day) days["CO"].erase(absl::CivilDay(2026, 5, day));
  const Evaluation few = CompositeOf(Composite(), year, days);
  EXPECT_EQ(few.value(), "2.77");
  EXPECT_EQ(few.verdict(), Evaluation::INVALID);
  EXPECT_EQ(few.composite_terms(4).validity(), Evaluation::INVALID_DATA);
  EXPECT_THAT(few.working(), HasSubstr("5月 26 天(须 27 天)"));
  days.erase("CO");
  const Evaluation none = CompositeOf(Composite(), year, days);
  EXPECT_EQ(none.value(), "");
  EXPECT_EQ(none.verdict(), Evaluation::NO_DATA);
  EXPECT_EQ(none.composite_terms(4).validity(), Evaluation::MISSING);
  const Period early = Days(absl::CivilDay(2014, 1, 1), absl::CivilDay(2014, 12, 31));
  EXPECT_EQ(CompositeOf(Composite(), early, days).verdict(), Evaluation::NO_STANDARD);
}

TEST(Composite, IsOfMonthsToo) {
  const Period may = Days(absl::CivilDay(2023, 5, 1), absl::CivilDay(2023, 5, 31));
  EXPECT_EQ(CompositeOf(Composite(), may, CleanDays(*may.from, may.to)).value(), "2.57");
  EXPECT_THAT(
      EvaluateComposite(Question{Composite(),
                                 Days(absl::CivilDay(2023, 5, 2), absl::CivilDay(2023, 5, 31)),
                                 {},
                                 "",
                                 nullptr},
                        {}),
      StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace lucid::indicators
