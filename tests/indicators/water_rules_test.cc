// Classes of water: every limit on, just below and just above; sections and their shares.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/base/status.h"
#include "services/indicators/indicators_site_rules.h"
#include "services/indicators/indicators_water_rules.h"

namespace lucid::indicators {
namespace {

using v1::ClassRule;
using v1::Evaluation;
using v1::WaterQuality;

const Edition& Gb3838() { return **FindEdition("GB 3838", absl::CivilDay(2023, 12, 31)); }

TEST(WaterClass, EveryLimitHoldsOnItAndNotBeyond) {
  int tried = 0;
  for (const Limit& limit : Gb3838().limits) {
    WaterQuality::Class water_class;
    ASSERT_TRUE(WaterQuality::Class_Parse(limit.grade, &water_class));
    const Ratio little(Decimal(1, 9));
    if (limit.at_most) {
      EXPECT_LE(ClassOf(Gb3838(), limit.factor, *limit.at_most, limit.body), water_class);
      EXPECT_LE(ClassOf(Gb3838(), limit.factor, Ratio(*limit.at_most) - little, limit.body),
                water_class);
      EXPECT_GT(ClassOf(Gb3838(), limit.factor, Ratio(*limit.at_most) + little, limit.body),
                water_class)
          << limit.factor << limit.grade;
    }
    if (limit.at_least) {
      EXPECT_LE(ClassOf(Gb3838(), limit.factor, *limit.at_least, limit.body), water_class);
      EXPECT_LE(ClassOf(Gb3838(), limit.factor, Ratio(*limit.at_least) + little, limit.body),
                water_class);
      EXPECT_GT(ClassOf(Gb3838(), limit.factor, Ratio(*limit.at_least) - little, limit.body),
                water_class)
          << limit.factor << limit.grade;
    }
    ++tried;
  }
  EXPECT_EQ(tried, 22 * 5);
}

TEST(WaterClass, ByExample) {
  const struct {
    absl::string_view factor;
    Decimal value;
    WaterQuality::Class expected;
    WaterQuality::Body body = WaterQuality::RIVER;
  } kCases[] = {
      {"NH3N", 0.15_dec, WaterQuality::I},
      {"NH3N", 0.16_dec, WaterQuality::II},
      {"NH3N", 1.0_dec, WaterQuality::III},
      {"NH3N", 2.01_dec, WaterQuality::WORSE_THAN_V},
      {"COD", 15, WaterQuality::I},
      {"COD", 15.1_dec, WaterQuality::III},
      {"DO", 7.5_dec, WaterQuality::I},
      {"DO", 1.9_dec, WaterQuality::WORSE_THAN_V},
      {"TP", 0.05_dec, WaterQuality::II},
      {"TP", 0.05_dec, WaterQuality::III, WaterQuality::LAKE},
      {"PH", 6, WaterQuality::I},
      {"PH", 9, WaterQuality::I},
      {"PH", 5.99_dec, WaterQuality::WORSE_THAN_V},
      {"PH", 9.01_dec, WaterQuality::WORSE_THAN_V},
      {"TN", 30, WaterQuality::CLASS_UNSPECIFIED},
      {"WATER_TEMPERATURE", 20, WaterQuality::CLASS_UNSPECIFIED},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(ClassOf(Gb3838(), c.factor, c.value, c.body), c.expected)
        << c.factor << " " << c.value.ToString();
  }
}

Sample At(absl::CivilMinute start, Decimal value) {
  Sample sample;
  sample.start = start;
  sample.value = value;
  return sample;
}

TEST(MonthlyValues, AreTheMonthsOwnOrTheMeanOfItsSamples) {
  Sample frozen = At(absl::CivilMinute(2023, 2, 1), 0);
  frozen.qualifier = v1::Observation::FROZEN;
  Sample bad = At(absl::CivilMinute(2023, 3, 20), 99);
  bad.invalid = true;
  Months months = MonthlyValues(
      {At(absl::CivilMinute(2023, 1, 1), 5), frozen},
      {At(absl::CivilMinute(2023, 1, 9), 7), At(absl::CivilMinute(2023, 2, 9), 7),
       At(absl::CivilMinute(2023, 3, 1), 1), At(absl::CivilMinute(2023, 3, 11), 2), bad});
  ASSERT_EQ(months.size(), 2u);
  EXPECT_EQ(months.at(absl::CivilMonth(2023, 1)), Ratio(5));
  EXPECT_EQ(months.at(absl::CivilMonth(2023, 3)), Ratio(1.5_dec));
}

v1::Site SectionSite(const std::string& id, WaterQuality::Class target, bool freezes) {
  v1::Site site;
  site.set_id(id);
  site.set_name(id);
  site.set_kind(v1::Site::WATER_SECTION);
  site.set_target_class(target);
  site.set_freezes(freezes);
  return site;
}

Months Year(int count, Decimal value) {
  Months months;
  for (int i = 0; i < count; ++i) months.emplace(absl::CivilMonth(2023, 1 + i), value);
  return months;
}

TEST(SectionClass, IsThatOfTheWorstFactorsMean) {
  v1::Site site = SectionSite("a", WaterQuality::III, false);
  // Of ammonia one bad month among twelve: the mean decides, 0.5 exactly.
  Months ammonia = Year(12, 0.4_dec);
  ammonia[absl::CivilMonth(2023, 7)] = 1.6_dec;
  Section section{&site, {{"NH3N", ammonia}, {"CODMN", Year(12, 3)}, {"TN", Year(12, 9)}}};
  SectionClass result = ClassifySection(Gb3838(), section, {}, 12);
  EXPECT_TRUE(result.assessed);
  EXPECT_EQ(result.water_class, WaterQuality::II);
  EXPECT_EQ(result.worst_factors, (std::vector<std::string>{"CODMN", "NH3N"}));
  EXPECT_EQ(result.factors.size(), 2u);  // total nitrogen is no part of it
}

TEST(SectionClass, NeedsTwelveMonthsOrEightWhereItFreezes) {
  const struct {
    bool freezes;
    int months;
    bool assessed;
  } kCases[] = {{false, 12, true}, {false, 11, false}, {true, 8, true}, {true, 7, false}};
  for (const auto& c : kCases) {
    v1::Site site = SectionSite("a", WaterQuality::III, c.freezes);
    Section section{&site, {{"NH3N", Year(c.months, 0.4_dec)}}};
    SectionClass result = ClassifySection(Gb3838(), section, {}, 12);
    EXPECT_EQ(result.assessed, c.assessed) << c.months;
    EXPECT_EQ(result.required, c.freezes ? 8 : 12);
  }
}

TEST(SectionClass, MonthsOfFactorsWithoutLimitsDoNotCount) {
  v1::Site site = SectionSite("a", WaterQuality::III, true);
  Section section{&site, {{"NH3N", Year(7, 0.4_dec)}, {"WATER_TEMPERATURE", Year(12, 20)}}};
  SectionClass result = ClassifySection(Gb3838(), section, {}, 12);
  EXPECT_FALSE(result.assessed);
  EXPECT_EQ(result.months, 7);
  section.factors.erase("NH3N");
  EXPECT_EQ(ClassifySection(Gb3838(), section, {}, 12).months, 0);
}

TEST(SectionClass, EveryRequiredFactorNeedsItsMonths) {
  v1::Site site = SectionSite("a", WaterQuality::III, true);
  Section section{&site, {{"NH3N", Year(12, 0.4_dec)}, {"TP", Year(7, 0.1_dec)}}};
  EXPECT_TRUE(ClassifySection(Gb3838(), section, {"NH3N"}, 12).assessed);
  EXPECT_FALSE(ClassifySection(Gb3838(), section, {"NH3N", "TP"}, 12).assessed);
  EXPECT_FALSE(ClassifySection(Gb3838(), section, {"NH3N", "COD"}, 12).assessed);
}

v1::Indicator Share(ClassRule::Measure measure) {
  v1::Indicator indicator;
  indicator.set_unit("%");
  indicator.set_decimals(1);
  indicator.set_kind(v1::Indicator::CLASS);
  indicator.mutable_class_rule()->set_measure(measure);
  return indicator;
}

Evaluation ShareOf(ClassRule::Measure measure, const std::vector<Section>& sections) {
  v1::Indicator indicator = Share(measure);
  Question question{
      indicator, *MakePeriod(2023, "", "", absl::CivilDay(2024, 9, 18)), {}, "", nullptr};
  return EvaluateClass(question, sections).value();
}

TEST(WaterShares, AreTwoDifferentMeasures) {
  // In class II with target I, in class III with target III, in class IV with target IV.
  v1::Site sites[] = {
      SectionSite("a", WaterQuality::I, true), SectionSite("b", WaterQuality::III, true),
      SectionSite("c", WaterQuality::IV, true), SectionSite("d", WaterQuality::III, true)};
  std::vector<Section> sections = {{&sites[0], {{"NH3N", Year(12, 0.4_dec)}}},
                                   {&sites[1], {{"NH3N", Year(9, 0.9_dec)}}},
                                   {&sites[2], {{"NH3N", Year(12, 1.4_dec)}}},
                                   {&sites[3], {{"NH3N", Year(3, 0.4_dec)}}}};
  Evaluation good = ShareOf(ClassRule::GOOD, sections);
  EXPECT_EQ(good.value(), "66.7");
  EXPECT_EQ(good.numerator(), "2");
  EXPECT_EQ(good.denominator(), "3");
  EXPECT_EQ(good.samples_used(), 3);
  EXPECT_EQ(good.samples_required(), 4);
  EXPECT_EQ(good.sites(3).verdict(), Evaluation::INVALID);
  EXPECT_THAT(good.working(), ::testing::HasSubstr("未参评:d"));
  Evaluation meeting = ShareOf(ClassRule::MEETING_TARGET, sections);
  EXPECT_EQ(meeting.value(), "66.7");
  EXPECT_EQ(meeting.sites(0).verdict(), Evaluation::NOT_MET);
  EXPECT_EQ(meeting.sites(2).verdict(), Evaluation::MET);
  Evaluation worst = ShareOf(ClassRule::WORSE_THAN_V, sections);
  EXPECT_EQ(worst.value(), "0.0");
  EXPECT_EQ(worst.sites(0).verdict(), Evaluation::MET);
}

TEST(WaterShares, OfNothingHaveNoValue) {
  Evaluation none = ShareOf(ClassRule::GOOD, {});
  EXPECT_EQ(none.value(), "");
  EXPECT_EQ(none.verdict(), Evaluation::NO_DATA);
}

}  // namespace
}  // namespace lucid::indicators
