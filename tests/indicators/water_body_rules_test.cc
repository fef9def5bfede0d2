// Grades of waters and the trophic index: every threshold, and the means they are made from.
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/indicators/indicators_trophic_rules.h"
#include "services/indicators/indicators_water_body_rules.h"

namespace lucid::indicators {
namespace {

using v1::TrophicIndex;
using v1::WaterBodyEvaluation;
using v1::WaterQuality;

const Edition& Gb3838() { return **FindEdition("GB 3838", absl::CivilDay(2023, 12, 31)); }

TEST(Grade, ByShares) {
  const struct {
    int good, worst, assessed;
    WaterBodyEvaluation::Grade expected;
  } kCases[] = {
      {10, 0, 10, WaterBodyEvaluation::EXCELLENT},
      {9, 1, 10, WaterBodyEvaluation::EXCELLENT},
      {899, 0, 1000, WaterBodyEvaluation::GOOD},
      {900, 0, 1000, WaterBodyEvaluation::EXCELLENT},
      {750, 250, 1000, WaterBodyEvaluation::GOOD},  // the share of I–III goes first
      {749, 0, 1000, WaterBodyEvaluation::LIGHTLY_POLLUTED},
      {749, 199, 1000, WaterBodyEvaluation::LIGHTLY_POLLUTED},
      {749, 200, 1000, WaterBodyEvaluation::MODERATELY_POLLUTED},
      {0, 399, 1000, WaterBodyEvaluation::MODERATELY_POLLUTED},
      {0, 400, 1000, WaterBodyEvaluation::HEAVILY_POLLUTED},
      {0, 7, 7, WaterBodyEvaluation::HEAVILY_POLLUTED},
      {0, 0, 0, WaterBodyEvaluation::GRADE_UNSPECIFIED},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(GradeByShares(c.good, c.worst, c.assessed), c.expected)
        << c.good << " " << c.worst << " of " << c.assessed;
  }
}

// A better class at one section never makes the grade worse, whatever the shares.
TEST(Grade, NeverFallsWhenASectionGetsBetter) {
  for (int all = 1; all <= 30; ++all) {
    for (int good = 0; good <= all; ++good) {
      for (int worst = 0; good + worst <= all; ++worst) {
        const auto grade = GradeByShares(good, worst, all);
        if (worst > 0) {
          EXPECT_LE(GradeByShares(good, worst - 1, all), grade);
        }
        if (worst > 0) {
          EXPECT_LE(GradeByShares(good + 1, worst - 1, all), grade);
        }
        if (good + worst < all) {
          EXPECT_LE(GradeByShares(good + 1, worst, all), grade);
        }
      }
    }
  }
}

TEST(Grade, ByTheClassOfTheMeans) {
  EXPECT_EQ(GradeByClass(WaterQuality::I), WaterBodyEvaluation::EXCELLENT);
  EXPECT_EQ(GradeByClass(WaterQuality::II), WaterBodyEvaluation::EXCELLENT);
  EXPECT_EQ(GradeByClass(WaterQuality::III), WaterBodyEvaluation::GOOD);
  EXPECT_EQ(GradeByClass(WaterQuality::IV), WaterBodyEvaluation::LIGHTLY_POLLUTED);
  EXPECT_EQ(GradeByClass(WaterQuality::V), WaterBodyEvaluation::MODERATELY_POLLUTED);
  EXPECT_EQ(GradeByClass(WaterQuality::WORSE_THAN_V), WaterBodyEvaluation::HEAVILY_POLLUTED);
}

class WaterBodies : public ::testing::Test {
 protected:
  // Adds a section whose one month has these values.
  void Add(std::map<std::string, Ratio> values, bool assessed = true) {
    Section section{&site_, {}};
    for (const auto& [factor, value] : values) {
      section.factors[factor].emplace(absl::CivilMonth(2023, 5), value);
    }
    SectionClass result = ClassifySection(Gb3838(), section, {}, 1);
    result.assessed = result.assessed && assessed;
    water_.sections.push_back({std::move(section), std::move(result)});
  }
  WaterBodyEvaluation Grade() { return GradeOf(Gb3838(), water_); }

  v1::Site site_;
  WaterBody water_{"浑河", WaterQuality::RIVER, false, {}};
};

TEST_F(WaterBodies, FewSectionsAreGradedByTheirMeans) {
  // Classes II, II, II and worse than V; the mean of 2.5 and three of 0.5 is 1.0: class III.
  for (const Decimal& value : {0.5_dec, 0.5_dec, 0.5_dec, 2.5_dec}) Add({{"NH3N", value}});
  const WaterBodyEvaluation grade = Grade();
  EXPECT_EQ(grade.method(), WaterBodyEvaluation::MEAN_OF_SECTIONS);
  EXPECT_EQ(grade.water_class(), WaterQuality::III);
  EXPECT_EQ(grade.grade(), WaterBodyEvaluation::GOOD);
  EXPECT_EQ(grade.factors(0).value(), "1");
  EXPECT_EQ(grade.worst_factors(0), "NH3N");
  EXPECT_EQ(grade.good_percent(), "75.0");
  EXPECT_EQ(grade.worse_than_v_percent(), "25.0");
}

TEST_F(WaterBodies, FiveSectionsAreGradedByTheirShares) {
  for (const Decimal& value : {0.5_dec, 0.5_dec, 0.5_dec, 2.5_dec, 1.4_dec}) Add({{"NH3N", value}});
  Add({{"NH3N", 99}}, false);  // not assessed: in the count of sections only
  const WaterBodyEvaluation grade = Grade();
  EXPECT_EQ(grade.method(), WaterBodyEvaluation::SHARES);
  EXPECT_EQ(grade.sections(), 6);
  EXPECT_EQ(grade.assessed(), 5);
  EXPECT_EQ(grade.good_percent(), "60.0");
  EXPECT_EQ(grade.grade(), WaterBodyEvaluation::MODERATELY_POLLUTED);
  EXPECT_EQ(grade.water_class(), WaterQuality::CLASS_UNSPECIFIED);
  EXPECT_THAT(grade.working(), ::testing::HasSubstr("I–III类 3 个(60.0%),劣V类 1 个(20.0%)"));
}

TEST_F(WaterBodies, ALakeIsTheMeanOverItsPointsWhateverTheirNumber) {
  water_ = {"大伙房水库", WaterQuality::LAKE, false, {}};
  site_.set_water_body(WaterQuality::LAKE);
  for (int i = 0; i < 6; ++i) {
    Add({{"TP", i < 3 ? 0.02_dec : 0.04_dec}, {"TN", 1.9_dec}, {"CODMN", 3_dec}});
  }
  WaterBodyEvaluation grade = Grade();
  EXPECT_EQ(grade.method(), WaterBodyEvaluation::MEAN_OF_POINTS);
  EXPECT_EQ(grade.water_class(), WaterQuality::III);  // TP 0.03; total nitrogen is no part of it
  EXPECT_EQ(grade.trophic().value(), "");
  EXPECT_THAT(grade.trophic().missing(), ::testing::ElementsAre("CHLA", "TRANSPARENCY"));
  for (ClassifiedSection& one : water_.sections) {
    one.section.factors["CHLA"].emplace(absl::CivilMonth(2023, 5), 4);
    one.section.factors["TRANSPARENCY"].emplace(absl::CivilMonth(2023, 5), 2.5_dec);
  }
  grade = Grade();
  EXPECT_FALSE(grade.trophic().value().empty());
  EXPECT_THAT(grade.working(), ::testing::HasSubstr("综合营养状态指数"));
}

TEST_F(WaterBodies, OfNothingHaveNoGrade) {
  EXPECT_EQ(Grade().grade(), WaterBodyEvaluation::GRADE_UNSPECIFIED);
  Add({{"NH3N", 1}}, false);
  EXPECT_EQ(Grade().grade(), WaterBodyEvaluation::GRADE_UNSPECIFIED);
  EXPECT_EQ(Grade().sections(), 1);
}

std::map<std::string, Ratio> Lake(Decimal chla, Decimal tp, Decimal tn, Decimal transparency,
                                  Decimal codmn) {
  return {{"CHLA", chla}, {"TP", tp}, {"TN", tn}, {"TRANSPARENCY", transparency}, {"CODMN", codmn}};
}

// Computed with 60 digits by another program.
TEST(TrophicIndex, ByExample) {
  const struct {
    std::map<std::string, Ratio> means;
    const char* value;
    TrophicIndex::State state;
  } kCases[] = {
      {Lake(0.6_dec, 0.004_dec, 0.2_dec, 6, 1), "14.2", TrophicIndex::OLIGOTROPHIC},
      {Lake(4, 0.02_dec, 0.8_dec, 2.5_dec, 3), "37.2", TrophicIndex::MESOTROPHIC},
      {Lake(26, 0.11_dec, 1.9_dec, 0.6_dec, 6.2_dec), "59.1", TrophicIndex::LIGHTLY_EUTROPHIC},
      {Lake(60, 0.2_dec, 4, 0.4_dec, 9), "68.9", TrophicIndex::MODERATELY_EUTROPHIC},
      {Lake(160, 0.6_dec, 9, 0.2_dec, 20), "83.9", TrophicIndex::HYPEREUTROPHIC},
  };
  for (const auto& c : kCases) {
    const TrophicIndex index = TrophicIndexOf(c.means);
    EXPECT_EQ(index.value(), c.value);
    EXPECT_EQ(index.state(), c.state) << index.value();
  }
  const TrophicIndex index = TrophicIndexOf(kCases[1].means);
  const char* kWeights[] = {"0.2663", "0.1879", "0.1790", "0.1834", "0.1834"};
  const char* kIndices[] = {"40.06", "30.83", "50.75", "33.40", "30.32"};
  ASSERT_EQ(index.terms_size(), 5);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(index.terms(i).weight(), kWeights[i]);
    EXPECT_EQ(index.terms(i).index(), kIndices[i]);
  }
}

TEST(TrophicIndex, StatesBeginWhereTheyAreSaidTo) {
  EXPECT_EQ(TrophicStateOf(29.9_dec), TrophicIndex::OLIGOTROPHIC);
  EXPECT_EQ(TrophicStateOf(30.0_dec), TrophicIndex::MESOTROPHIC);
  EXPECT_EQ(TrophicStateOf(50.0_dec), TrophicIndex::MESOTROPHIC);
  EXPECT_EQ(TrophicStateOf(50.1_dec), TrophicIndex::LIGHTLY_EUTROPHIC);
  EXPECT_EQ(TrophicStateOf(60.0_dec), TrophicIndex::LIGHTLY_EUTROPHIC);
  EXPECT_EQ(TrophicStateOf(60.1_dec), TrophicIndex::MODERATELY_EUTROPHIC);
  EXPECT_EQ(TrophicStateOf(70.0_dec), TrophicIndex::MODERATELY_EUTROPHIC);
  EXPECT_EQ(TrophicStateOf(70.1_dec), TrophicIndex::HYPEREUTROPHIC);
}

TEST(TrophicIndex, NeedsFiveValuesThatHaveALogarithm) {
  auto means = Lake(4, 0.02_dec, 0.8_dec, 2.5_dec, 3);
  means["TP"] = 0;
  means.erase("CHLA");
  const TrophicIndex index = TrophicIndexOf(means);
  EXPECT_EQ(index.value(), "");
  EXPECT_EQ(index.state(), TrophicIndex::STATE_UNSPECIFIED);
  EXPECT_THAT(index.missing(), ::testing::ElementsAre("CHLA", "TP"));
}

}  // namespace
}  // namespace lucid::indicators
