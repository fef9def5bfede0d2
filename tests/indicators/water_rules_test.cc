// Classes of water: every limit on, just below and just above; sections and their shares.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/base/status.h"
#include "services/indicators/indicators_rules.h"
#include "services/indicators/indicators_set_rules.h"
#include "services/indicators/indicators_site_rules.h"
#include "services/indicators/indicators_water_rules.h"
#include "tests/testing/matchers.h"

namespace lucid::indicators {
namespace {

using v1::ClassRule;
using v1::Evaluation;
using v1::Observation;
using v1::WaterQuality;

const Edition& Gb3838() { return **FindEdition("GB 3838", absl::CivilDay(2023, 12, 31)); }

TEST(WaterClass, EveryLimitHoldsOnItAndNotBeyond) {
  int tried = 0;
  for (const Limit& limit : Gb3838().limits) {
    if (!limit.instead_of.empty()) continue;  // stands for another, and judges nothing by itself
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

// The limits of GB 3838-2002 table 1, as the specification prints them, apart from the program's
// own table: on each limit, just inside and just outside of it, in rivers and in lakes.
TEST(WaterClass, IsThatOfTheTable) {
  const struct {
    const char* factor;
    Decimal limits[5];
    bool in_rivers = true;
    bool in_lakes = true;
  } kTable[] = {
      {"DO", {7.5_dec, 6, 5, 3, 2}},
      {"CODMN", {2, 4, 6, 10, 15}},
      {"COD", {15, 15, 20, 30, 40}},
      {"BOD5", {3, 3, 4, 6, 10}},
      {"NH3N", {0.15_dec, 0.5_dec, 1.0_dec, 1.5_dec, 2.0_dec}},
      {"TP", {0.02_dec, 0.1_dec, 0.2_dec, 0.3_dec, 0.4_dec}, true, false},
      {"TP", {0.01_dec, 0.025_dec, 0.05_dec, 0.1_dec, 0.2_dec}, false, true},
      {"CU", {0.01_dec, 1, 1, 1, 1}},
      {"ZN", {0.05_dec, 1, 1, 2, 2}},
      {"FLUORIDE", {1, 1, 1, 1.5_dec, 1.5_dec}},
      {"SE", {0.01_dec, 0.01_dec, 0.01_dec, 0.02_dec, 0.02_dec}},
      {"AS", {0.05_dec, 0.05_dec, 0.05_dec, 0.1_dec, 0.1_dec}},
      {"HG", {0.00005_dec, 0.00005_dec, 0.0001_dec, 0.001_dec, 0.001_dec}},
      {"CD", {0.001_dec, 0.005_dec, 0.005_dec, 0.005_dec, 0.01_dec}},
      {"CR6", {0.01_dec, 0.05_dec, 0.05_dec, 0.05_dec, 0.1_dec}},
      {"PB", {0.01_dec, 0.01_dec, 0.05_dec, 0.05_dec, 0.1_dec}},
      {"CYANIDE", {0.005_dec, 0.05_dec, 0.2_dec, 0.2_dec, 0.2_dec}},
      {"PHENOL", {0.002_dec, 0.002_dec, 0.005_dec, 0.01_dec, 0.1_dec}},
      {"OIL", {0.05_dec, 0.05_dec, 0.05_dec, 0.5_dec, 1}},
      {"LAS", {0.2_dec, 0.2_dec, 0.2_dec, 0.3_dec, 0.3_dec}},
      {"SULFIDE", {0.05_dec, 0.1_dec, 0.2_dec, 0.5_dec, 1}},
  };
  const Ratio little(Decimal(1, 9));
  for (const auto& row : kTable) {
    const bool rises = std::string(row.factor) == "DO";
    // The best class that a value reaches by the row.
    auto expected = [&](const Ratio& value) {
      int best = 1;
      while (best <= 5 &&
             (rises ? value < Ratio(row.limits[best - 1]) : value > Ratio(row.limits[best - 1]))) {
        ++best;
      }
      return static_cast<WaterQuality::Class>(best);
    };
    for (auto body : {WaterQuality::RIVER, WaterQuality::LAKE, WaterQuality::BODY_UNSPECIFIED}) {
      if (body == WaterQuality::LAKE ? !row.in_lakes : !row.in_rivers) continue;
      for (const Decimal& limit : row.limits) {
        for (const Ratio& value : {Ratio(limit), Ratio(limit) - little, Ratio(limit) + little}) {
          EXPECT_EQ(ClassOf(Gb3838(), row.factor, value, body), expected(value))
              << row.factor << " " << value.ToString();
        }
      }
    }
  }
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

TEST(SectionClass, OxygenIsOfClassIAlsoBySaturation) {
  v1::Site site = SectionSite("a", WaterQuality::II, false);
  auto classify = [&](Months saturation) {
    Section section{&site, {{"DO", Year(12, 6.9_dec)}, {"DO_SATURATION", std::move(saturation)}}};
    return ClassifySection(Gb3838(), section, {}, 12);
  };
  EXPECT_EQ(classify({}).water_class, WaterQuality::II);
  EXPECT_EQ(classify(Year(12, 90)).water_class, WaterQuality::I);
  EXPECT_EQ(classify(Year(12, 89.99_dec)).water_class, WaterQuality::II);
  // Known for some of the months only, it says nothing of the others.
  EXPECT_EQ(classify(Year(11, 99)).water_class, WaterQuality::II);
  // Saturation alone is no factor of the class.
  Section alone{&site, {{"DO_SATURATION", Year(12, 99)}}};
  EXPECT_FALSE(ClassifySection(Gb3838(), alone, {}, 12).assessed);
}

TEST(SectionClass, NeverImprovesWhenAFactorGetsWorse) {
  v1::Site site = SectionSite("a", WaterQuality::III, false);
  WaterQuality::Class before = WaterQuality::I;
  for (int i = 0; i <= 300; ++i) {
    Section section{&site, {{"NH3N", Year(12, Decimal(i, 2))}, {"CODMN", Year(12, 3)}}};
    const SectionClass result = ClassifySection(Gb3838(), section, {}, 12);
    EXPECT_GE(result.water_class, before);
    EXPECT_GE(result.water_class, WaterQuality::II);  // that of the other factor
    before = result.water_class;
  }
  EXPECT_EQ(before, WaterQuality::WORSE_THAN_V);
}

TEST(RequiredFactors, AreThoseOfTheSetThatHaveLimitsAndTheSectionsOwn) {
  v1::FactorSet set;
  for (const char* factor : {"WATER_TEMPERATURE", "PH", "DO", "TN"}) set.add_factors(factor);
  v1::Site site = SectionSite("a", WaterQuality::III, false);
  v1::AssessmentSpan& span = *site.add_assessments();
  span.set_set(v1::AssessmentSet::NATIONAL);
  span.set_from_day("2021-01-01");
  span.add_extra_factors("FLUORIDE");
  const absl::CivilDay day(2023, 12, 31);
  ClassRule rule;
  EXPECT_THAT(RequiredFactors(rule, &set, Gb3838(), site, day), ::testing::ElementsAre("PH", "DO"));
  set.set_adds_own_factors(true);
  EXPECT_THAT(RequiredFactors(rule, &set, Gb3838(), site, day),
              ::testing::ElementsAre("PH", "DO", "FLUORIDE"));
  EXPECT_THAT(RequiredFactors(rule, &set, Gb3838(), site, absl::CivilDay(2020, 12, 31)),
              ::testing::ElementsAre("PH", "DO"));
  rule.add_required_factors("TP");
  EXPECT_THAT(RequiredFactors(rule, nullptr, Gb3838(), site, day), ::testing::ElementsAre("TP"));
}

TEST(MonthsNotAssessed, SayWhy) {
  v1::Site site = SectionSite("a", WaterQuality::III, false);
  Section section{&site, {{"NH3N", Year(1, 1)}, {"WATER_TEMPERATURE", Year(12, 10)}}};
  auto unusable = [&](int month, Observation::Qualifier qualifier, bool invalid) {
    Sample sample = At(absl::CivilMinute(2023, month, 1), 0);
    sample.qualifier = qualifier;
    sample.invalid = invalid;
    section.unusable.push_back(sample);
  };
  unusable(1, Observation::FROZEN, false);  // has a value all the same
  unusable(2, Observation::QUALIFIER_UNSPECIFIED, true);
  unusable(2, Observation::FROZEN, false);  // the reason why goes first
  unusable(3, Observation::DRY, false);
  unusable(4, Observation::QUALIFIER_UNSPECIFIED, true);
  // The temperature has no limits: its months assess nothing.
  const SectionClass result = ClassifySection(Gb3838(), section, {}, 12);
  auto gaps =
      MonthsNotAssessed(section, result, {}, absl::CivilMonth(2023, 1), absl::CivilMonth(2023, 5));
  ASSERT_EQ(gaps.size(), 4u);
  EXPECT_EQ(gaps[0].month(), "2023-02");
  EXPECT_EQ(gaps[0].reason(), Observation::FROZEN);
  EXPECT_FALSE(gaps[0].invalid());
  EXPECT_EQ(gaps[1].reason(), Observation::DRY);
  EXPECT_TRUE(gaps[2].invalid());
  EXPECT_EQ(gaps[3].month(), "2023-05");
  EXPECT_EQ(gaps[3].reason(), Observation::QUALIFIER_UNSPECIFIED);
  EXPECT_EQ(MonthsNotAssessed(section, result, {"NH3N", "TP"}, absl::CivilMonth(2023, 1),
                              absl::CivilMonth(2023, 1))
                .size(),
            1u);
}

TEST(Assessments, FollowEachOther) {
  v1::Site site = SectionSite("a", WaterQuality::III, false);
  site.set_region("210400");
  auto add = [&](v1::AssessmentSet::Level set, const char* from, const char* to,
                 WaterQuality::Class target) {
    v1::AssessmentSpan& span = *site.add_assessments();
    span.set_set(set);
    span.set_from_day(from);
    span.set_to_day(to);
    span.set_target_class(target);
  };
  add(v1::AssessmentSet::PROVINCIAL, "2016-01-01", "2020-12-31", WaterQuality::IV);
  add(v1::AssessmentSet::NATIONAL, "2021-01-01", "", WaterQuality::CLASS_UNSPECIFIED);
  MirrorLastSpan(site);
  EXPECT_OK(CheckSite(site));
  EXPECT_EQ(site.set(), v1::AssessmentSet::NATIONAL);
  EXPECT_EQ(site.from_day(), "2021-01-01");
  EXPECT_EQ(TargetOn(site, absl::CivilDay(2020, 12, 31)), WaterQuality::IV);
  EXPECT_EQ(TargetOn(site, absl::CivilDay(2021, 1, 1)), WaterQuality::III);
  EXPECT_TRUE(SpanOn(site, v1::AssessmentSet::PROVINCIAL, absl::CivilDay(2020, 12, 31)));
  EXPECT_FALSE(SpanOn(site, v1::AssessmentSet::PROVINCIAL, absl::CivilDay(2021, 1, 1)));
  EXPECT_FALSE(SpanOn(site, v1::AssessmentSet::NATIONAL, absl::CivilDay(2020, 12, 31)));
  EXPECT_THAT(CheckSpanPaths(site, site, {"to_day"}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_OK(CheckSpanPaths(site, site, {"to_day", "assessments"}));
  for (auto [from, to] :
       {std::pair{"2020-12-31", "2020-12-31"}, std::pair{"2015-01-01", "2016-01-01"},
        std::pair{"2022-01-01", ""}, std::pair{"2010-01-01", ""}}) {
    v1::Site overlapping = site;
    v1::AssessmentSpan& span = *overlapping.add_assessments();
    span.set_set(v1::AssessmentSet::OTHER);
    span.set_from_day(from);
    span.set_to_day(to);
    EXPECT_THAT(CheckSite(overlapping), StatusIs(absl::StatusCode::kInvalidArgument)) << from;
  }
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

TEST(WaterShares, OfAnyClassesAddUpAndStayBetweenNoneAndAll) {
  v1::Site site = SectionSite("a", WaterQuality::III, true);
  std::vector<Section> sections;
  for (int i = 0; i < 40; ++i) {
    sections.push_back({&site, {{"NH3N", Year(8 + i % 5, Decimal(7 * (i % 41), 2))}}});
    const Evaluation good = ShareOf(ClassRule::GOOD, sections);
    const Evaluation worst = ShareOf(ClassRule::WORSE_THAN_V, sections);
    const Evaluation meeting = ShareOf(ClassRule::MEETING_TARGET, sections);
    EXPECT_EQ(meeting.numerator(), good.numerator());  // every target is class III
    const int all = std::stoi(good.denominator());
    EXPECT_EQ(all, i + 1);
    EXPECT_LE(std::stoi(good.numerator()) + std::stoi(worst.numerator()), all);
  }
}

// 319 of 345 sections: the vector of the specification.
TEST(WaterShares, ArePrintedOnceRounded) {
  v1::Site site = SectionSite("a", WaterQuality::III, true);
  std::vector<Section> sections(345, Section{&site, {{"NH3N", Year(8, 0.4_dec)}}});
  for (int i = 319; i < 345; ++i) sections[i].factors["NH3N"] = Year(8, 1.4_dec);
  EXPECT_EQ(ShareOf(ClassRule::GOOD, sections).value(), "92.5");
  EXPECT_EQ(ShareOf(ClassRule::WORSE_THAN_V, sections).value(), "0.0");
}

TEST(WaterShares, OfNothingHaveNoValue) {
  Evaluation none = ShareOf(ClassRule::GOOD, {});
  EXPECT_EQ(none.value(), "");
  EXPECT_EQ(none.verdict(), Evaluation::NO_DATA);
}

}  // namespace
}  // namespace lucid::indicators
