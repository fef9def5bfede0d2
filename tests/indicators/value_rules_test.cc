// Periods, printing, and the kinds that need no sites, with the vectors of published figures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/base/calendar.h"
#include "services/indicators/indicators_kind_rules.h"
#include "services/indicators/indicators_value_rules.h"
#include "tests/testing/matchers.h"

namespace lucid::indicators {
namespace {

using v1::Evaluation;
using v1::Indicator;

const absl::CivilDay kNotice(2024, 9, 18);

TEST(Period, SaysWhatItIs) {
  const struct {
    int year;
    absl::string_view from, to, text;
  } kCases[] = {
      {2023, "", "", "2023"},
      {0, "2023-01-01", "2023-12-31", "2023"},
      {0, "2021-01-01", "2023-12-31", "2021–2023"},
      {0, "2021-05-01", "2023-11-30", "2021-05-01 – 2023-11-30"},
      {0, "", "2021-12-31", "截至 2021-12-31"},
      {0, "", "", "截至 2024-09-18"},
      {0, "2021-01-01", "", "2021-01-01 – 2024-09-18"},
      // A year that has not ended yet is what there is of it.
      {2024, "", "", "2024-01-01 – 2024-09-18"},
  };
  for (const auto& c : kCases) {
    absl::StatusOr<Period> period = MakePeriod(c.year, c.from, c.to, kNotice);
    ASSERT_OK(period);
    EXPECT_EQ(period->ToString(), c.text);
  }
}

TEST(Period, RefusesWhatIsNone) {
  EXPECT_THAT(MakePeriod(2023, "2023-01-01", "", kNotice),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(MakePeriod(0, "2023-02-30", "", kNotice),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(MakePeriod(0, "2023-03-01", "2023-02-01", kNotice),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(MakePeriod(-1, "", "", kNotice), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(MakePeriod(99999, "", "", kNotice), StatusIs(absl::StatusCode::kInvalidArgument));
}

Indicator Of(Indicator::Kind kind, absl::string_view unit, int decimals) {
  Indicator indicator;
  indicator.set_kind(kind);
  indicator.set_unit(std::string(unit));
  indicator.set_decimals(decimals);
  return indicator;
}

Question Ask(const Indicator& indicator, int year = 2023) {
  return {indicator, *MakePeriod(year, "", "", kNotice), {}, "", nullptr};
}

TEST(Print, ConvertsExactlyAndRoundsOnce) {
  const struct {
    absl::string_view value, unit;
    int decimals;
    absl::string_view answer, printed;
  } kCases[] = {
      {"500000", "t/d", 0, "万吨/日", "50"},
      {"505000", "t/d", 0, "万吨/日", "50.5"},
      {"1200", "吨/日", 0, "吨/日", "1200"},
      {"54.564", "km", 3, "km", "54.564"},
      {"54.564", "km", 3, "m", "54564"},
      {"54.5", "km", 3, "km", "54.500"},
      {"28.165", "km", 2, "km", "28.16"},
      {"28.175", "km", 2, "km", "28.18"},
      {"16833", "亩", 0, "公顷", "1122.2"},
      {"666.666666666", "m²", 3, "亩", "1"},
      {"50.0005", "万吨/日", 3, "kg/d", "500005000"},
      {"15000", "m²", 0, "公顷", "1.5"},
      // Two thirds have no end.
      {"1", "亩", 1, "m²", "666.7"},
  };
  for (const auto& c : kCases) {
    Indicator indicator = Of(Indicator::GAUGE, c.unit, c.decimals);
    Question question = Ask(indicator);
    question.unit = std::string(c.answer);
    ASSERT_OK(CheckQuestion(question));
    EXPECT_EQ(Print(question, *Decimal::Parse(c.value)).value(), c.printed) << c.value;
  }
}

TEST(Print, WithAskedDigitsRoundsInTheAnswersUnit) {
  Indicator indicator = Of(Indicator::GAUGE, "t/d", 0);
  Question question = Ask(indicator);
  question.unit = "万吨/日";
  question.decimals = 1;
  EXPECT_EQ(Print(question, Ratio(505500)).value(), "50.6");
  EXPECT_EQ(Print(question, Ratio(504500)).value(), "50.4");
  // In the indicator's own unit these digits would not fit.
  question.decimals = 9;
  EXPECT_EQ(Print(question, Ratio(50'450'000'000)).value(), "5045000.000000000");
}

TEST(Gauge, IsTheLatestValueInTheUnitAskedFor) {
  Indicator indicator = Of(Indicator::GAUGE, "t/d", 0);
  Sample sample;
  sample.start = absl::CivilMinute(2023, 10, 1);
  sample.value = 500000;
  sample.unit = "t/d";
  Question question = Ask(indicator);
  question.unit = "万吨/日";
  Evaluation evaluation = EvaluateGauge(question, &sample).value();
  EXPECT_EQ(evaluation.value(), "50");
  EXPECT_EQ(evaluation.unit(), "万吨/日");
  EXPECT_EQ(EvaluateGauge(question, nullptr)->verdict(), Evaluation::NO_DATA);
}

TEST(Items, AreCountedDistinctOrAddedUp) {
  Indicator indicator = Of(Indicator::REGISTER, "km", 3);
  ItemTotals items("km");
  for (const Item& item :
       {Item{"a", "20.5", "km"}, Item{"b", "34000", "m"}, Item{"a", "0.064", "km"}}) {
    ASSERT_OK(items.Add(item));
  }
  indicator.mutable_register_rule()->set_aggregate(v1::RegisterRule::SUM);
  EXPECT_EQ(EvaluateItems(Ask(indicator), items)->value(), "54.564");
  indicator = Of(Indicator::REGISTER, "处", 0);
  indicator.mutable_register_rule()->set_aggregate(v1::RegisterRule::COUNT);
  EXPECT_EQ(EvaluateItems(Ask(indicator), items)->value(), "3");
  indicator.mutable_register_rule()->set_aggregate(v1::RegisterRule::DISTINCT);
  EXPECT_EQ(EvaluateItems(Ask(indicator), items)->value(), "2");
  EXPECT_EQ(EvaluateItems(Ask(indicator), ItemTotals("处"))->value(), "0");
}

RatioSamples Monthly(int count, Decimal numerator, Decimal denominator) {
  RatioSamples samples;
  samples.length = v1::Observation::MONTH;
  for (int i = 0; i < count; ++i) {
    Sample sample;
    sample.start = absl::CivilMinute(absl::CivilMonth(2023, 1) + i);
    sample.unit = "t";
    sample.value = numerator;
    samples.numerators.push_back(sample);
    sample.value = denominator;
    samples.denominators.push_back(sample);
  }
  return samples;
}

Indicator Disposal() {
  Indicator indicator = Of(Indicator::RATIO, "%", 0);
  indicator.mutable_ratio_rule()->set_unit("t");
  return indicator;
}

TEST(Share, PrintsAHundredOnlyWhenEqual) {
  Evaluation whole = EvaluateRatio(Ask(Disposal()), Monthly(12, 3000, 3000)).value();
  EXPECT_EQ(whole.value(), "100");
  EXPECT_EQ(whole.numerator(), "36000");
  EXPECT_EQ(whole.denominator(), "36000");
  EXPECT_EQ(whole.validity(), Evaluation::VALID);
  Evaluation almost = EvaluateRatio(Ask(Disposal()), Monthly(12, 2999.9_dec, 3000)).value();
  EXPECT_EQ(almost.value(), "99");
}

TEST(Share, PrintsTheWholeOnlyWhenEqualInWhateverUnitAndKind) {
  const struct {
    absl::string_view unit, answer, ratio, bound;
  } kCases[] = {
      {"%", "%", "99", "99"},   {"％", "％", "99", "99"},   {"%", "‰", "999", "999"},
      {"‰", "‰", "999", "999"}, {"‰", "%", "99.9", "99.9"},
  };
  const RatioSamples samples = Monthly(12, 2999.9_dec, 3000);
  for (const auto& c : kCases) {
    Indicator indicator = Disposal();
    indicator.set_unit(std::string(c.unit));
    Question question = Ask(indicator);
    question.unit = std::string(c.answer);
    EXPECT_EQ(EvaluateRatio(question, samples)->value(), c.ratio) << c.unit << c.answer;
    indicator.set_kind(Indicator::BOUND);
    indicator.mutable_bound()->set_comparator(v1::Target::AT_LEAST);
    indicator.mutable_bound()->set_value("76");
    indicator.mutable_bound()->set_unit("%");
    Evaluation bound = EvaluateBound(question, {{2023, nullptr, &samples}}).value();
    EXPECT_EQ(bound.value(), c.bound) << c.unit << c.answer;
    EXPECT_EQ(bound.years(0).value(), c.bound) << c.unit << c.answer;
  }
}

TEST(Share, NeedsEveryMonth) {
  RatioSamples samples = Monthly(12, 3000, 3000);
  samples.numerators.erase(samples.numerators.begin() + 4);
  Evaluation evaluation = EvaluateRatio(Ask(Disposal()), samples).value();
  EXPECT_EQ(evaluation.samples_used(), 11);
  EXPECT_EQ(evaluation.samples_required(), 12);
  EXPECT_EQ(evaluation.validity(), Evaluation::INVALID_DATA);
  EXPECT_EQ(evaluation.numerator(), "33000");  // the month without numerator adds no denominator
}

TEST(Share, OfNothingOrByNothingHasNoValue) {
  EXPECT_EQ(EvaluateRatio(Ask(Disposal()), {})->verdict(), Evaluation::NO_DATA);
  Evaluation by_zero = EvaluateRatio(Ask(Disposal()), Monthly(12, 0, 0)).value();
  EXPECT_EQ(by_zero.value(), "");
  EXPECT_EQ(by_zero.verdict(), Evaluation::INVALID);
  EXPECT_EQ(by_zero.reason(), "DIVISION_BY_ZERO");
}

TEST(Quotient, HasUnitsAndAMultiplier) {
  Indicator indicator = Of(Indicator::RATIO, "吨/日", 1);
  indicator.mutable_ratio_rule()->set_unit("t");
  indicator.mutable_ratio_rule()->set_denominator_unit("d");
  RatioSamples samples = Monthly(12, 3000, 30);
  for (Sample& sample : samples.denominators) sample.unit = "d";
  Evaluation daily = EvaluateRatio(Ask(indicator), samples).value();
  EXPECT_EQ(daily.value(), "100.0");
  EXPECT_EQ(daily.numerator(), "36000");
  EXPECT_EQ(daily.denominator(), "360");
  indicator.mutable_ratio_rule()->set_multiplier("0.5");
  EXPECT_EQ(EvaluateRatio(Ask(indicator), samples)->value(), "50.0");
  for (Sample& sample : samples.denominators) sample.value = 0;
  EXPECT_EQ(EvaluateRatio(Ask(indicator), samples)->reason(), "DIVISION_BY_ZERO");
}

TEST(Share, ThePublishedFiguresComeOut) {
  const struct {
    int numerator, denominator, decimals;
    absl::string_view printed;
  } kCases[] = {
      {319, 345, 1, "92.5"},     {132, 177, 1, "74.6"},   {49, 56, 1, "87.5"},
      {4, 6, 1, "66.7"},         {22, 24, 1, "91.7"},     {216, 224, 1, "96.4"},
      {19243, 19267, 1, "99.9"}, {9789, 9982, 1, "98.1"}, {492, 1427, 1, "34.5"},
      {783, 1427, 1, "54.9"},    {9999, 10000, 0, "99"},  {9999, 10000, 1, "99.9"},
      {15, 15, 0, "100"},
  };
  for (const auto& c : kCases) {
    Indicator indicator = Of(Indicator::CLASS, "%", c.decimals);
    Evaluation evaluation = StartEvaluation(Ask(indicator));
    ASSERT_OK(SetShare(Ask(indicator), c.numerator, c.denominator, true, evaluation));
    EXPECT_EQ(evaluation.value(), c.printed) << c.numerator << "/" << c.denominator;
  }
}

TEST(Bound, TheWorstYearDecides) {
  Indicator indicator = Of(Indicator::BOUND, "%", 1);
  indicator.mutable_bound()->set_comparator(v1::Target::AT_LEAST);
  indicator.mutable_bound()->set_value("76");
  indicator.mutable_bound()->set_unit("%");
  const struct {
    std::vector<absl::string_view> values;
    absl::string_view value;
    Evaluation::Verdict verdict;
  } kCases[] = {
      {{"78.2", "76.4", "81"}, "76.4", Evaluation::MET},
      {{"78.2", "76", "81"}, "76.0", Evaluation::MET},
      // 75.96 prints as 76.0 and still is less.
      {{"78.2", "75.96", "81"}, "76.0", Evaluation::NOT_MET},
      {{"78.2", "", "81"}, "78.2", Evaluation::INVALID},
      {{"", "", ""}, "", Evaluation::NO_DATA},
  };
  for (const auto& c : kCases) {
    std::vector<Sample> samples(c.values.size());
    std::vector<YearValue> years;
    for (size_t i = 0; i < c.values.size(); ++i) {
      samples[i].unit = "%";
      if (!c.values[i].empty()) samples[i].value = *Decimal::Parse(c.values[i]);
      years.push_back(
          {2021 + static_cast<int>(i), c.values[i].empty() ? nullptr : &samples[i], nullptr});
    }
    Question question{
        indicator, *MakePeriod(0, "2021-01-01", "2023-12-31", kNotice), {}, "", nullptr};
    Evaluation evaluation = EvaluateBound(question, years).value();
    EXPECT_EQ(evaluation.value(), c.value);
    EXPECT_EQ(evaluation.verdict(), c.verdict);
    EXPECT_EQ(evaluation.bound(), ">=76");
    EXPECT_EQ(evaluation.years_size(), 3);
  }
}

TEST(Targets, TheOneInForceAtTheEndOfThePeriodJudges) {
  Indicator indicator = Of(Indicator::GAUGE, "吨/日", 0);
  for (auto [value, from, to] :
       {std::tuple{"1000", "2020-01-01", "2022-12-31"}, std::tuple{"1.5", "2023-01-01", ""}}) {
    auto& target = *indicator.add_targets();
    target.set_comparator(v1::Target::AT_LEAST);
    target.set_value(value);
    target.set_unit(std::string(value) == "1.5" ? "kg/d" : "吨/日");
    target.set_from_day(from);
    target.set_to_day(to);
  }
  Sample sample;
  sample.unit = "吨/日";
  sample.value = 900;
  EXPECT_EQ(EvaluateGauge(Ask(indicator, 2022), &sample)->verdict(), Evaluation::NOT_MET);
  EXPECT_EQ(EvaluateGauge(Ask(indicator, 2023), &sample)->verdict(), Evaluation::MET);
  EXPECT_EQ(EvaluateGauge(Ask(indicator, 2019), &sample)->verdict(),
            Evaluation::VERDICT_UNSPECIFIED);
}

}  // namespace
}  // namespace lucid::indicators
