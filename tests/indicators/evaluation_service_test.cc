// Comparisons, progress, batches and boards through the handlers, on both engines.
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "tests/indicators/evaluation_fixture.h"

namespace lucid::indicators {
namespace {

using access::v1::LEADER;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using v1::Comparison;
using v1::Evaluation;

class EvaluationServiceTest : public EvaluationFixture {};
EVERY_ENGINE(EvaluationServiceTest);

TEST_P(EvaluationServiceTest, AValueIsComparedWithLastYearAndTheMonthBefore) {
  ASSERT_OK(Site(kStation));
  ASSERT_OK(Indicator(kPm25));
  Year("s", 2022, "40");
  Year("s", 2023, "35");
  auto year = Evaluate("id: 'pm' year: 2023 compare: true");
  ASSERT_OK(year);
  ASSERT_EQ(year->comparisons_size(), 2);
  EXPECT_EQ(year->comparisons(0).kind(), Comparison::YEAR_ON_YEAR);
  EXPECT_EQ(year->comparisons(0).value(), "40");
  EXPECT_EQ(year->comparisons(0).change(), "-5");
  EXPECT_EQ(year->comparisons(0).percent(), "-12.5");
  auto month = Evaluate("id: 'pm' from_day: '2023-01-01' to_day: '2023-01-31' compare: true");
  ASSERT_OK(month);
  EXPECT_EQ(month->comparisons(1).to_day(), "2022-12-31");
  EXPECT_EQ(month->comparisons(1).change(), "-5");
  EXPECT_EQ(Evaluate("id: 'pm' year: 2022 compare: true")->comparisons(0).reason(),
            "NO_EARLIER_DATA");
  EXPECT_EQ(Evaluate("id: 'pm' year: 2024 compare: true")->comparisons(0).reason(), "NO_DATA");
  EXPECT_EQ(Evaluate("id: 'pm' year: 2023")->comparisons_size(), 0);
  EXPECT_THAT(Evaluate("id: 'pm' as_of_day: '2026-11-25'"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(Evaluate("id: 'pm' as_of_day: '2023-06-30'")->value(), "40");
}

TEST_P(EvaluationServiceTest, EveryAnswerIsByTheStandardsRecorded) {
  ASSERT_OK(Site("id: 'a' region: '210411' name: 'a' kind: WATER_SECTION"));
  ASSERT_OK(Site(kStation));
  ASSERT_OK(Indicator(kPm25));
  ASSERT_OK(
      Indicator("id: 'good' name: 'good' unit: '%' decimals: 1 kind: CLASS"
                " class_rule { measure: GOOD } sites { kind: WATER_SECTION }"));
  ASSERT_OK(Formula("half", "%", "[good] ÷ 2"));
  Year("s", 2023, "50");
  std::vector<std::string> months;
  for (int year : {2022, 2023}) {
    for (int month = 1; month <= 12; ++month) {
      months.push_back(
          absl::StrFormat("site_id: 'a' factor: 'COD' length: MONTH start: '%d-%02d-01'"
                          " value: '18' unit: 'mg/L'",
                          year, month));
    }
  }
  ASSERT_OK(Observe(months));
  const std::string years = " step: YEAR from_day: '2022-01-01' to_day: '2023-12-31'";
  const std::string day = "id: 'pm' step: DAY from_day: '2023-05-01' to_day: '2023-05-01'";
  EXPECT_EQ(Evaluate("id: 'half' year: 2023")->value(), "50.0");
  EXPECT_EQ(Series(day)->points(0).verdict(), Evaluation::MET);
  for (const char* correction :
       {"id: 'gb3838-2002' note: '公告' limits { factor: 'COD' grade: 'III' at_most: '15'"
        " unit: 'mg/L' }",
        "id: 'gb3095-2012' note: '公告' limits { factor: 'PM2_5' averaging: DAILY grade: 'II'"
        " at_most: '40' unit: 'μg/m³' }"}) {
    ASSERT_OK(service_.CorrectStandard(CallAs({access::v1::ADMIN}, ""),
                                       From<v1::CorrectStandardRequest>(correction)));
  }
  auto half = Evaluate("id: 'half' year: 2023 compare: true");
  ASSERT_OK(half);
  EXPECT_EQ(half->value(), "0.0");
  EXPECT_EQ(half->comparisons(0).value(), "0.0");
  auto batch = Batch("ids: 'good' ids: 'half' year: 2023");
  ASSERT_OK(batch);
  EXPECT_EQ(batch->results(0).evaluation().value(), "0.0");
  EXPECT_EQ(batch->results(0).evaluation().standard_version(), 2);
  EXPECT_EQ(batch->results(1).evaluation().value(), "0.0");
  EXPECT_THAT(ValuesOf(Series("id: 'good'" + years)), ElementsAre("0.0", "0.0"));
  EXPECT_THAT(ValuesOf(Series("id: 'half'" + years)), ElementsAre("0.0", "0.0"));
  EXPECT_EQ(Series(day)->points(0).verdict(), Evaluation::NOT_MET);
}

TEST_P(EvaluationServiceTest, AYearBeforeTheFactorSetIsNoYearToCompareWith) {
  ASSERT_OK(
      Indicator("id: 'good' name: 'good' unit: '%' kind: CLASS sites { kind: WATER_SECTION }"
                " class_rule { measure: GOOD factor_set: '9+X' }"));
  auto first = Evaluate("id: 'good' year: 2021 compare: true");
  ASSERT_OK(first);
  ASSERT_EQ(first->comparisons_size(), 2);
  EXPECT_EQ(first->comparisons(0).reason(), "NO_EARLIER_PERIOD");
}

TEST_P(EvaluationServiceTest, ProgressTowardsATargetIsShown) {
  Gauge("g", "家", {{"2023-01-01", "10"}, {"2023-07-01", "14"}});
  auto change = From<v1::UpdateIndicatorRequest>(
      "indicator { id: 'g' task_ids: 'task-1' targets { comparator: AT_LEAST value: '20' unit: '家'"
      " baseline: '10' from_day: '2023-01-01' to_day: '2023-12-31' } }"
      " update_mask { paths: 'targets' paths: 'task_ids' }");
  ASSERT_OK(service_.UpdateIndicator(CallAsOffice(), change));
  auto spring = Evaluate("id: 'g' to_day: '2023-03-31'");
  ASSERT_OK(spring);
  EXPECT_EQ(spring->target().progress(), v1::TargetEvaluation::NOT_STARTED);
  EXPECT_THAT(spring->task_ids(), ElementsAre("task-1"));
  EXPECT_EQ(Evaluate("id: 'g' to_day: '2023-07-01'")->target().progress(),
            v1::TargetEvaluation::BEHIND);
  EXPECT_EQ(Evaluate("id: 'g' to_day: '2023-07-01'")->verdict(), Evaluation::NOT_MET);
  EXPECT_FALSE(Evaluate("id: 'g' to_day: '2024-07-01'")->has_target());
}

TEST_P(EvaluationServiceTest, SeveralAreEvaluatedAtOnceEachWithItsOwnError) {
  ASSERT_OK(Site(kStation));
  ASSERT_OK(Indicator(kPm25));
  Year("s", 2023, "35");
  Gauge("g", "家", {{"2023-01-01", "10"}});
  auto batch = Batch("ids: 'pm' ids: 'nowhere' ids: 'g' year: 2023 as_of_day: '2024-09-18'");
  ASSERT_OK(batch);
  ASSERT_EQ(batch->results_size(), 3);
  EXPECT_EQ(batch->results(0).evaluation().value(), "35");
  EXPECT_EQ(batch->results(1).error().code(), "PERMISSION_DENIED");
  EXPECT_EQ(batch->results(2).evaluation().value(), "10");
  EXPECT_EQ(batch->as_of_day(), "2024-09-18");
  // Each kind answers for the period it can have.
  auto spring = Batch("ids: 'pm' ids: 'g' from_day: '2023-01-15' to_day: '2023-02-15'");
  EXPECT_EQ(spring->results(0).error().code(), "INVALID_ARGUMENT");
  EXPECT_EQ(spring->results(1).evaluation().value(), "10");
  auto headlines = Batch("headlines_of_region: '210400' year: 2023 compare: true");
  ASSERT_OK(headlines);
  ASSERT_EQ(headlines->results_size(), 1);
  EXPECT_EQ(headlines->results(0).evaluation().comparisons_size(), 2);
  EXPECT_THAT(Batch("ids: 'pm' headlines_of_region: '210400'"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Batch("year: 2023"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Batch("ids: 'pm' as_of_day: '2027-01-01'"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  std::string many;
  for (int i = 0; i < 101; ++i) absl::StrAppend(&many, "ids: 'g' ");
  EXPECT_THAT(Batch(many), StatusIs(absl::StatusCode::kInvalidArgument));
  auto elsewhere = Batch("ids: 'pm'", CallAs({LEADER}, "110000"));
  EXPECT_EQ(elsewhere->results(0).error().code(), "PERMISSION_DENIED");
}

TEST_P(EvaluationServiceTest, ABoardIsEvaluatedInItsOrder) {
  Gauge("g", "家", {{"2023-01-01", "10"}});
  Gauge("a", "家", {{"2023-01-01", "11"}});
  auto create = [&](const std::string& text) {
    return service_.CreateBoard(
        CallAsOffice(), From<v1::CreateBoardRequest>("board { region: '210400' " + text + " }"));
  };
  ASSERT_OK(create("id: 'b' name: '总览' indicator_ids: 'g' indicator_ids: 'a'"));
  auto batch = Batch("board_id: 'b'");
  ASSERT_OK(batch);
  ASSERT_EQ(batch->results_size(), 2);
  EXPECT_EQ(batch->results(0).indicator_id(), "g");
  EXPECT_EQ(batch->results(1).evaluation().value(), "11");
  EXPECT_THAT(create("name: '总览' indicator_ids: 'g'"),
              StatusIs(absl::StatusCode::kAlreadyExists));
  for (const char* bad : {"name: 'x'", "name: 'x' indicator_ids: 'g' indicator_ids: 'g'",
                          "name: 'x' indicator_ids: 'nowhere'", "indicator_ids: 'g'"}) {
    EXPECT_THAT(create(bad), StatusIs(absl::StatusCode::kInvalidArgument)) << bad;
  }
  auto change = From<v1::UpdateBoardRequest>(
      "board { id: 'b' version: 1 indicator_ids: 'a' } update_mask { paths: 'indicator_ids' }");
  ASSERT_OK(service_.UpdateBoard(CallAsOffice(), change));
  EXPECT_THAT(service_.UpdateBoard(CallAsOffice(), change), HasReason("STALE_VERSION"));
  EXPECT_EQ(
      service_.GetBoard(CallAsOffice(), From<v1::GetBoardRequest>("id: 'b'"))->indicator_ids_size(),
      1);
  EXPECT_EQ(service_.ListBoards(CallAsOffice(), {})->boards_size(), 1);
  EXPECT_THAT(Batch("board_id: 'b'", CallAs({LEADER}, "110000")),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_P(EvaluationServiceTest, APeriodThatHasNotBegunHasNoData) {
  ASSERT_OK(Site(kStation));
  ASSERT_OK(Indicator(kPm25));
  Gauge("sludge", "吨/日", {{"2022-03-01", "600"}});
  ASSERT_OK(Formula("twice", "μg/m³", "[pm] × 2"));
  for (const char* id : {"pm", "sludge", "twice"}) {
    auto evaluation = Evaluate(absl::StrCat("id: '", id, "' year: 2199"));
    ASSERT_OK(evaluation);
    EXPECT_EQ(evaluation->verdict(), Evaluation::NO_DATA) << id;
    EXPECT_EQ(evaluation->to_day(), "2199-12-31");
    EXPECT_EQ(evaluation->period(), "2199");
    EXPECT_THAT(evaluation->working(), HasSubstr("尚未开始"));
  }
  EXPECT_EQ(Evaluate("id: 'pm' year: 2023 as_of_day: '2020-01-01'")->verdict(),
            Evaluation::NO_DATA);
  EXPECT_THAT(Batch("ids: 'pm' ids: 'pm'"), StatusIs(absl::StatusCode::kInvalidArgument));
}

// What is read together for many is what each would read.
TEST_P(EvaluationServiceTest, ABatchSaysOfEachWhatItSaysAlone) {
  const Call beijing = CallAs({access::v1::MONITOR}, "110000");
  ASSERT_OK(Site(kStation));
  ASSERT_OK(
      Site("id: 't' region: '210402' name: 't' kind: AIR_STATION set: NATIONAL"
           " from_day: '2023-02-01'"));
  ASSERT_OK(Site("id: 'b' region: '110101' name: 'b' kind: AIR_STATION", beijing));
  Year("s", 2022, "40");
  Year("s", 2023, "35");
  Year("t", 2023, "20.5");
  std::vector<std::string> ids;
  const auto add = [&](const std::string& id, const std::string& region, const std::string& more) {
    ids.push_back(id);
    ASSERT_OK(service_.CreateIndicator(
        CallAs({access::v1::OFFICE}, "100000"),
        From<v1::CreateIndicatorRequest>(absl::StrCat("indicator { id: '", id, "' name: '", id,
                                                      "' region: '", region, "' ", more, " }"))));
  };
  const std::string mean = "unit: 'μg/m³' decimals: 1 kind: MEAN factor: ";
  add("city", "210400", mean + "'PM2_5' sites { kind: AIR_STATION }");
  add("county", "210411", mean + "'PM2_5' sites { kind: AIR_STATION }");
  add("national", "210400", mean + "'PM2_5' sites { kind: AIR_STATION set: NATIONAL }");
  add("one", "210400", mean + "'PM2_5' sites { kind: AIR_STATION site_ids: 't' }");
  add("none", "210500", mean + "'PM2_5' sites { kind: AIR_STATION }");
  add("province", "210000", mean + "'PM2_5' sites { kind: AIR_STATION }");
  add("country", "100000", mean + "'PM2_5' sites { kind: AIR_STATION }");
  add("beijing", "110000", mean + "'PM2_5' sites { kind: AIR_STATION }");
  add("ozone", "210400", mean + "'O3_8H' sites { kind: AIR_STATION }");
  add("high", "210400",
      mean + "'PM2_5' sites { kind: AIR_STATION } mean_rule { statistic: PERCENTILE }");
  add("days", "210400",
      "unit: '%' kind: AIR_DAYS sites { kind: AIR_STATION } air_days_rule { measure: RATIO }");
  add("half", "210400", "unit: 'μg/m³' kind: FORMULA formula { expression: '[city] ÷ 2' }");
  add("plants", "210400", "unit: '个' kind: GAUGE");
  ids.push_back("nowhere");
  EXPECT_EQ(Evaluate("id: 'one' year: 2023")->value(), "20.5");
  std::string asked;
  for (const std::string& id : ids) absl::StrAppend(&asked, "ids: '", id, "' ");
  for (const Call& call : {CallAs({LEADER}, "100000"), CallAs({LEADER}, "210400")}) {
    for (const char* period :
         {"", "year: 2023", "year: 2022", "year: 2199", "year: 2023 compare: true",
          "from_day: '2023-01-01' to_day: '2023-03-31' compare: true",
          "from_day: '2022-12-01' to_day: '2023-02-28'",
          "from_day: '2023-01-15' to_day: '2023-02-15'", "year: 2023 as_of_day: '2023-07-31'"}) {
      auto batch = Batch(absl::StrCat(asked, period), call);
      ASSERT_OK(batch);
      ASSERT_EQ(batch->results_size(), static_cast<int>(ids.size()));
      for (size_t i = 0; i < ids.size(); ++i) {
        const auto& result = batch->results(static_cast<int>(i));
        auto alone = Evaluate(absl::StrCat("id: '", ids[i], "' ", period), call);
        if (alone.ok()) {
          EXPECT_EQ(result.evaluation().DebugString(), alone->DebugString());
        } else {
          EXPECT_EQ(result.error().code(), absl::StatusCodeToString(alone.status().code()))
              << ids[i] << " " << period;
          EXPECT_EQ(result.error().reason(), Reason(alone.status())) << ids[i] << " " << period;
        }
      }
    }
  }
}

}  // namespace
}  // namespace lucid::indicators
