// Targets by region and day, progress towards them, and 同比 and 环比.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/protobuf/text_format.h"
#include "services/base/calendar.h"
#include "services/indicators/indicators_comparison_rules.h"
#include "services/indicators/indicators_period_rules.h"
#include "services/indicators/indicators_target_rules.h"
#include "tests/testing/matchers.h"

namespace lucid::indicators {
namespace {

using ::testing::HasSubstr;
using v1::Comparison;
using v1::Evaluation;
using v1::TargetEvaluation;

const absl::CivilDay kNotice(2024, 9, 18);

v1::Indicator Indicator(const std::string& text) {
  v1::Indicator indicator;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "region: '210400' kind: FORMULA unit: 'μg/m³' " + text, &indicator));
  return indicator;
}

Period Days(absl::string_view from, absl::string_view to) {
  return *MakePeriod(0, from, to, kNotice);
}

// To be reached in 2023.
v1::Target In2023(v1::Target::Comparator comparator, absl::string_view baseline,
                  absl::string_view value) {
  v1::Target target;
  target.set_comparator(comparator);
  target.set_value(std::string(value));
  target.set_unit("μg/m³");
  target.set_baseline(std::string(baseline));
  target.set_from_day("2023-01-01");
  target.set_to_day("2023-12-31");
  return target;
}

std::string Violations(const v1::Indicator& indicator) {
  FieldErrors errors;
  CheckTargets(errors, indicator);
  return std::string(errors.status().message());
}

TEST(Targets, OfOneRegionDoNotOverlap) {
  const std::string city = "targets { comparator: AT_MOST value: '38' unit: 'μg/m³' ";
  EXPECT_EQ(Violations(Indicator(city + "from_day: '2022-01-01' to_day: '2022-12-31' }" + city +
                                 "from_day: '2023-01-01' }" + city + "region: '210411' }")),
            "");
  EXPECT_THAT(Violations(Indicator(city + "from_day: '2022-01-01' }" + city +
                                   "from_day: '2023-01-01' to_day: '2023-12-31' }")),
              HasSubstr("targets[1].from_day"));
  EXPECT_THAT(Violations(Indicator(city + "}" + city + "region: '210400' }")),
              HasSubstr("holds on the same days as targets[0]"));
  EXPECT_THAT(Violations(Indicator(city + "region: '210500' }")), HasSubstr("targets[0].region"));
  v1::Indicator whole = Indicator(city + "region: '210411' }");
  whole.set_kind(v1::Indicator::GAUGE);
  EXPECT_THAT(Violations(whole), HasSubstr("no parts by region"));
  EXPECT_THAT(Violations(Indicator(city + "from_day: '2023-01-02' to_day: '2023-01-01' }")),
              HasSubstr("targets[0].to_day"));
  EXPECT_THAT(Violations(Indicator(city + "baseline: '50' }")), HasSubstr("targets[0].baseline"));
  EXPECT_THAT(
      Violations(Indicator(city + "baseline: '38' from_day: '2023-01-01' to_day: '2023-12-31' }")),
      HasSubstr("must be worse than the target"));
}

TEST(Targets, ACountyHasItsOwn) {
  const v1::Indicator indicator = Indicator(
      "targets { comparator: AT_MOST value: '38' unit: 'μg/m³' }"
      "targets { comparator: AT_MOST value: '0.033' unit: 'mg/m³' region: '210411' }");
  Question question{indicator, Days("2023-01-01", "2023-12-31"), {}, "", nullptr};
  EXPECT_EQ(TargetOf(question)->value(), "38");
  question.region = "210411";
  EXPECT_EQ(TargetOf(question)->value(), "0.033");
  EXPECT_EQ(StandTo(*TargetOf(question), question, 33, true)->verdict(), Evaluation::MET);
  EXPECT_EQ(StandTo(*TargetOf(question), question, 34, true)->verdict(), Evaluation::NOT_MET);
  EXPECT_EQ(StandTo(*TargetOf(question), question, 33, false)->verdict(), Evaluation::INVALID);
  question.region = "210421";
  EXPECT_EQ(TargetOf(question), nullptr);
}

TEST(Targets, AreComparedByTheirMethod) {
  const v1::Indicator indicator = Indicator("");
  const Question question{indicator, Days("2023-01-01", "2023-12-31"), {}, "", nullptr};
  v1::Target target;
  target.set_comparator(v1::Target::AT_MOST);
  target.set_value("35");
  target.set_unit("μg/m³");
  const Ratio value = Decimal(354, 1);
  EXPECT_EQ(StandTo(target, question, value, true)->verdict(), Evaluation::NOT_MET);
  EXPECT_EQ(StandTo(target, question, value, true)->method(), v1::Standard::FULL_VALUE);
  target.set_method(v1::Standard::ROUNDED_VALUE);
  EXPECT_EQ(StandTo(target, question, value, true)->verdict(), Evaluation::MET);
  EXPECT_EQ(StandTo(target, question, Decimal(355, 1), true)->verdict(), Evaluation::NOT_MET);
  EXPECT_EQ(StandTo(target, question, Decimal(345, 1), true)->verdict(), Evaluation::MET);
  target.set_comparator(v1::Target::AT_LEAST);
  // 34.5 is half-even to 34.
  EXPECT_EQ(StandTo(target, question, Decimal(345, 1), true)->verdict(), Evaluation::NOT_MET);
}

TEST(Progress, BeyondAnEqualTargetIsNoProgress) {
  const v1::Indicator indicator = Indicator("");
  const v1::Target target = In2023(v1::Target::EQUAL, "1", "5");
  const Question question{indicator, Days("2023-01-01", "2023-12-31"), {}, "", nullptr};
  const struct {
    int value;
    absl::string_view done;
    TargetEvaluation::Progress progress;
  } kCases[] = {{4, "75.0", TargetEvaluation::BEHIND},
                {5, "100.0", TargetEvaluation::MET},
                {6, "75.0", TargetEvaluation::BEHIND},
                {34, "-625.0", TargetEvaluation::NOT_STARTED}};
  for (const auto& c : kCases) {
    auto stand = StandTo(target, question, Decimal(c.value), true);
    ASSERT_OK(stand);
    EXPECT_EQ(stand->done_percent(), c.done);
    EXPECT_EQ(stand->progress(), c.progress);
  }
}

TEST(Progress, IsJudgedByTheElapsedShare) {
  // 50 → 40 over 2023: a day is worth 10/365.
  const v1::Indicator indicator = Indicator("");
  const v1::Target target = In2023(v1::Target::AT_MOST, "50", "40");
  const struct {
    absl::string_view day, value;
    TargetEvaluation::Progress progress;
    absl::string_view required, elapsed, done;
  } kCases[] = {
      {"2023-03-14", "50", TargetEvaluation::NOT_STARTED, "48.000", "20.0", "0.0"},
      {"2023-03-14", "53", TargetEvaluation::NOT_STARTED, "48.000", "20.0", "-30.0"},
      {"2023-03-14", "48.01", TargetEvaluation::BEHIND, "48.000", "20.0", "19.9"},
      {"2023-03-14", "48", TargetEvaluation::ON_SCHEDULE, "48.000", "20.0", "20.0"},
      {"2023-03-14", "47.01", TargetEvaluation::ON_SCHEDULE, "48.000", "20.0", "29.9"},
      {"2023-03-14", "47", TargetEvaluation::AHEAD, "48.000", "20.0", "30.0"},
      {"2023-03-14", "40", TargetEvaluation::MET, "48.000", "20.0", "100.0"},
      {"2023-12-31", "40.1", TargetEvaluation::BEHIND, "40.000", "100.0", "99.0"},
      {"2023-12-31", "40.001", TargetEvaluation::BEHIND, "40.000", "100.0", "99.9"},
      {"2023-12-31", "39.999", TargetEvaluation::MET, "40.000", "100.0", "100.1"},
      {"2023-12-31", "39", TargetEvaluation::MET, "40.000", "100.0", "110.0"},
  };
  for (const auto& c : kCases) {
    const Question question{indicator, Days("2023-01-01", c.day), {}, "", nullptr};
    auto stand = StandTo(target, question, *Decimal::Parse(c.value), true);
    ASSERT_OK(stand);
    EXPECT_EQ(stand->progress(), c.progress) << c.day << " " << c.value;
    EXPECT_EQ(stand->required_value(), c.required);
    EXPECT_EQ(stand->elapsed_percent(), c.elapsed);
    EXPECT_EQ(stand->done_percent(), c.done);
    EXPECT_THAT(stand->working(), HasSubstr("基线 50 μg/m³"));
  }
}

TEST(Periods, HaveEarlierOnes) {
  const struct {
    Period period;
    absl::string_view last_year, previous;
  } kCases[] = {
      {Days("2023-01-01", "2023-12-31"), "2022", "2022"},
      {Days("2021-01-01", "2023-12-31"), "2020–2022", "2018–2020"},
      {Days("2024-03-01", "2024-03-31"), "2023-03", "2024-02"},
      {Days("2024-02-01", "2024-02-29"), "2023-02", "2024-01"},
      {Days("2023-02-01", "2023-02-28"), "2022-02", "2023-01"},
      {Days("2023-04-01", "2023-06-30"), "2022-04-01 – 2022-06-30", "2023-01-01 – 2023-03-31"},
      {Days("2024-02-29", "2024-02-29"), "2023-02-28", "2024-02-28"},
      {Days("2023-05-10", "2023-05-19"), "2022-05-10 – 2022-05-19", "2023-04-30 – 2023-05-09"},
      // What of the year has not passed has no counterpart.
      {Days("2024-01-01", "2024-12-31"), "2023-01-01 – 2023-09-18", "2023-01-01 – 2023-09-18"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(ShortName(EarlierBy(c.period, 12)), c.last_year);
    EXPECT_EQ(ShortName(*PreviousPeriod(c.period)), c.previous);
  }
  const Period from_the_beginning = Days("", "2024-02-29");
  EXPECT_EQ(ShortName(EarlierBy(from_the_beginning, 12)), "截至 2023-02-28");
  EXPECT_FALSE(PreviousPeriod(from_the_beginning));
}

TEST(Steps, CoverWhatHasBegun) {
  using Series = v1::IndicatorSeries;
  auto steps = [](Series::Step step, absl::string_view from, absl::string_view to) {
    return StepsOf(step, *ParseDay(from), *ParseDay(to), kNotice);
  };
  EXPECT_EQ(steps(Series::DAY, "2024-02-28", "2024-03-01").size(), 3u);
  EXPECT_EQ(steps(Series::MONTH, "2023-11-15", "2024-01-01").size(), 3u);
  EXPECT_EQ(FormatDay(*steps(Series::MONTH, "2023-11-15", "2024-01-01")[0].from), "2023-11-01");
  EXPECT_EQ(steps(Series::YEAR, "2021-06-01", "2030-01-01").size(), 4u);
  EXPECT_TRUE(steps(Series::DAY, "2025-01-01", "2025-01-02").empty());
}

Evaluation Value(const Question& question, std::optional<Ratio> value, bool valid = true) {
  Evaluation evaluation = StartEvaluation(question);
  if (value) {
    EXPECT_OK(SetValue(question, *value, valid, evaluation));
  }
  return evaluation;
}

TEST(Comparison, IsInPercentAndOfSharesInPoints) {
  v1::Indicator indicator = Indicator("");
  const Question question{indicator, Days("2023-01-01", "2023-12-31"), {}, "", nullptr};
  // 35.4 prints as 35 and 36.6 as 37: the change is −1.2, not −2.
  auto change = Compare(question, Comparison::YEAR_ON_YEAR, Value(question, Ratio(Decimal(354, 1))),
                        Value(question, Ratio(Decimal(366, 1))));
  ASSERT_OK(change);
  EXPECT_EQ(change->change(), "-1");
  EXPECT_EQ(change->change_unit(), "μg/m³");
  EXPECT_EQ(change->percent(), "-3.3");
  EXPECT_EQ(change->value(), "37");
  EXPECT_THAT(change->working(), HasSubstr("同比"));
  indicator.set_unit("%");
  indicator.set_decimals(1);
  auto points = Compare(question, Comparison::PERIOD_ON_PERIOD,
                        Value(question, Ratio(Decimal(875, 1))), Value(question, Ratio(90)));
  ASSERT_OK(points);
  EXPECT_EQ(points->change(), "-2.5");
  EXPECT_EQ(points->change_unit(), "百分点");
  EXPECT_EQ(points->percent(), "");
  EXPECT_EQ(points->reason(), "");
}

TEST(Comparison, SaysWhyItIsNotPossible) {
  const v1::Indicator indicator = Indicator("");
  const Question question{indicator, Days("2023-01-01", "2023-12-31"), {}, "", nullptr};
  const Evaluation good = Value(question, Ratio(35)), none = Value(question, std::nullopt),
                   bad = Value(question, Ratio(35), false), zero = Value(question, Ratio(0)),
                   negative = Value(question, Ratio(-1));
  const struct {
    const Evaluation& now;
    const Evaluation& then;
    absl::string_view reason, change;
  } kCases[] = {
      {none, good, "NO_DATA", ""},
      {bad, good, "INVALID", ""},
      {good, none, "NO_EARLIER_DATA", ""},
      {good, bad, "EARLIER_INVALID", ""},
      {good, zero, "ZERO_BASE", "35"},
      {good, negative, "NEGATIVE_BASE", "36"},
      {good, good, "", "0"},
  };
  for (const auto& c : kCases) {
    auto compared = Compare(question, Comparison::YEAR_ON_YEAR, c.now, c.then);
    ASSERT_OK(compared);
    EXPECT_EQ(compared->reason(), c.reason);
    EXPECT_EQ(compared->change(), c.change);
    EXPECT_EQ(compared->percent(), c.reason.empty() ? "0.0" : "");
  }
}

}  // namespace
}  // namespace lucid::indicators
