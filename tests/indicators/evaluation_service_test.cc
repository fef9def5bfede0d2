// Formulas, targets, comparisons, boards and series through the service's handlers, on both
// engines.
#include "absl/algorithm/container.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "tests/indicators/indicators_fixture.h"

namespace lucid::indicators {
namespace {

using access::v1::LEADER;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using v1::Comparison;
using v1::Evaluation;

class EvaluationServiceTest : public IndicatorsFixture {
 protected:
  absl::StatusOr<v1::Indicator> Formula(const std::string& id, const std::string& unit,
                                        const std::string& expression,
                                        const std::string& more = "") {
    return Indicator(absl::StrCat("id: '", id, "' name: '", id, "' unit: '", unit,
                                  "' decimals: 1 kind: FORMULA formula { expression: '", expression,
                                  "' } ", more));
  }
  absl::StatusOr<v1::Indicator> ChangeFormula(const std::string& id,
                                              const std::string& expression) {
    return service_.UpdateIndicator(
        CallAsOffice(), From<v1::UpdateIndicatorRequest>(
                            absl::StrCat("indicator { id: '", id, "' formula { expression: '",
                                         expression, "' } } update_mask { paths: 'formula' }")));
  }
  // A capacity with its history.
  void Gauge(const std::string& id, const std::string& unit,
             const std::vector<std::pair<std::string, std::string>>& history) {
    ASSERT_OK(
        Indicator(absl::StrCat("id: '", id, "' name: '", id, "' unit: '", unit, "' kind: GAUGE")));
    std::vector<std::string> observations;
    for (const auto& [day, value] : history) {
      observations.push_back(absl::StrCat("indicator_id: '", id,
                                          "' factor: 'value' length: INSTANT start: '", day,
                                          "T09:00' value: '", value, "' unit: '", unit, "'"));
    }
    if (observations.empty()) return;
    ASSERT_OK(Observe(observations));
  }
  absl::StatusOr<v1::BatchEvaluateIndicatorsResponse> Batch(const std::string& text,
                                                            const Call& call = CallAsOffice()) {
    return service_.BatchEvaluateIndicators(call, From<v1::BatchEvaluateIndicatorsRequest>(text));
  }
  absl::StatusOr<v1::IndicatorSeries> Series(const std::string& text) {
    return service_.GetIndicatorSeries(CallAsOffice(), From<v1::GetIndicatorSeriesRequest>(text));
  }
  static std::vector<std::string> ValuesOf(const absl::StatusOr<v1::IndicatorSeries>& series) {
    std::vector<std::string> values;
    if (!series.ok()) return {std::string(series.status().message())};
    for (const auto& point : series->points()) values.push_back(point.value());
    return values;
  }
};
EVERY_ENGINE(EvaluationServiceTest);

TEST_P(EvaluationServiceTest, AFormulaIsComputedFromItsOperands) {
  Gauge("sludge", "吨/日", {{"2022-03-01", "600"}, {"2023-06-01", "1200"}});
  Gauge("sewage", "万吨/日", {{"2022-11-30", "50"}});
  ASSERT_OK(Formula("share", "%", "[sludge] ÷ [sewage]"));
  ASSERT_OK(Formula("twice", "%", "[share] × 2 + mean([share] over 2 years)"));
  auto share = Evaluate("id: 'share' year: 2023");
  ASSERT_OK(share);
  EXPECT_EQ(share->value(), "0.2");
  EXPECT_EQ(share->exact(), "6/25");
  EXPECT_EQ(share->operands_size(), 2);
  EXPECT_EQ(share->operands(0).value(), "1200");
  EXPECT_THAT(share->working(),
              HasSubstr("[sludge] ÷ [sewage] = 1200 吨/日 ÷ 50 万吨/日 = 0.2400 %"));
  // 2022: 600 ÷ 500 000 = 0.12 %.
  auto twice = Evaluate("id: 'twice' year: 2023 decimals: 2");
  ASSERT_OK(twice);
  EXPECT_EQ(twice->value(), "0.66");
  EXPECT_THAT(twice->working(), HasSubstr("mean(2022: 0.12 %; 2023: 0.24 %)"));
  EXPECT_EQ(Evaluate("id: 'share' year: 2020")->reason(), "NO_OPERAND");
  EXPECT_EQ(Evaluate("id: 'share' year: 2020")->verdict(), Evaluation::NO_DATA);
}

TEST_P(EvaluationServiceTest, AFormulaThatDividesByZeroIsInvalidAndSaysSo) {
  Gauge("a", "家", {{"2023-01-01", "3"}});
  Gauge("zero", "家", {{"2023-01-01", "0"}});
  ASSERT_OK(Formula("q", "%", "[a] ÷ ([zero] − [zero])"));
  auto evaluation = Evaluate("id: 'q' year: 2023");
  ASSERT_OK(evaluation);
  EXPECT_EQ(evaluation->validity(), Evaluation::INVALID_DATA);
  EXPECT_EQ(evaluation->reason(), "DIVISION_BY_ZERO");
  EXPECT_THAT(evaluation->working(), HasSubstr("第 5 个字符处除数为 0"));
}

TEST_P(EvaluationServiceTest, AFormulaThatRefersToItselfIsRefusedAtAnyDepth) {
  Gauge("base", "家", {});
  EXPECT_THAT(Formula("self", "家", "[self] + [base]"), HasReason("FORMULA_CYCLE"));
  EXPECT_THAT(service_.GetIndicator(CallAsOffice(), From<v1::GetIndicatorRequest>("id: 'self'")),
              StatusIs(absl::StatusCode::kPermissionDenied));
  ASSERT_OK(Formula("f0", "家", "[base] + 1 家"));
  for (int i = 1; i <= 40; ++i) {
    ASSERT_OK(Formula(absl::StrCat("f", i), "家", absl::StrCat("[f", i - 1, "] + 1 家")));
  }
  auto cycle = ChangeFormula("f0", "[base] + [f40]");
  EXPECT_THAT(cycle, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(cycle, HasReason("FORMULA_CYCLE"));
  EXPECT_THAT(std::string(cycle.status().message()), HasSubstr("f0 → f40 → f39"));
  // What was refused is not remembered, and what no longer refers closes no circle.
  ASSERT_OK(ChangeFormula("f1", "[base] + 2 家"));
  EXPECT_OK(ChangeFormula("f0", "[base] + [f40]"));
  EXPECT_THAT(ChangeFormula("f1", "[f0] + 1 家"), HasReason("FORMULA_CYCLE"));
}

TEST_P(EvaluationServiceTest, WithoutDaysAFormulaIsOfTheLastYearOrUpToTheDay) {
  ASSERT_OK(Site(kStation));
  ASSERT_OK(Indicator(kPm25));
  Year("s", 2024, "40");
  Year("s", 2025, "35");
  Gauge("g", "家", {{"2025-06-01", "10"}, {"2026-06-01", "20"}});
  ASSERT_OK(Formula("yearly", "μg/m³", "[pm] × 2"));
  ASSERT_OK(Formula("nested", "μg/m³", "[yearly] + [pm]"));
  ASSERT_OK(Formula("counted", "家", "[g] × 2"));
  ASSERT_OK(Formula("mixed", "μg/m³", "[pm] × [g] ÷ 1 家"));
  auto yearly = Evaluate("id: 'yearly' compare: true");
  ASSERT_OK(yearly);
  EXPECT_EQ(yearly->period(), "2025");
  EXPECT_EQ(yearly->value(), "70.0");
  EXPECT_EQ(yearly->comparisons(1).change(), "-10.0");
  EXPECT_EQ(Evaluate("id: 'nested'")->period(), "2025");
  EXPECT_EQ(Evaluate("id: 'nested'")->value(), "105.0");
  EXPECT_EQ(Evaluate("id: 'counted'")->value(), "40.0");
  EXPECT_THAT(Evaluate("id: 'counted'")->period(), HasSubstr("截至 2026-"));
  // Each operand for the period that it has by itself.
  auto mixed = Evaluate("id: 'mixed'");
  ASSERT_OK(mixed);
  EXPECT_EQ(mixed->value(), "700.0");
  EXPECT_EQ(mixed->operands(0).from_day(), "2025-01-01");
  EXPECT_EQ(mixed->operands(1).from_day(), "");
  EXPECT_EQ(Evaluate("id: 'counted' to_day: '2025-12-31'")->value(), "20.0");
}

TEST_P(EvaluationServiceTest, AFormulaFeedsAFigureAndTheOverview) {
  Gauge("sludge", "吨/日", {{"2022-03-01", "600"}});
  Gauge("more", "吨/日", {{"2023-06-01", "600"}});
  ASSERT_OK(Formula("capacity", "吨/日", "[sludge] + [more]", "figure_id: 'F11' headline: true"));
  auto figure = Figure("figure: 'F11'");
  ASSERT_OK(figure);
  EXPECT_EQ(figure->value(), "1200.0");
  EXPECT_THAT(figure->working(), HasSubstr("600 吨/日 + 600 吨/日"));
  EXPECT_EQ(figure->records_size(), 2);
  auto has_cell = [&](const std::string& name) {
    auto summary = service_.Summarize(CallAsOffice(), {});
    EXPECT_OK(summary);
    return absl::c_any_of(summary->cells(), [&](const auto& cell) { return cell.name() == name; });
  };
  EXPECT_TRUE(has_cell("indicators.capacity"));
  // A headline without an answer leaves out its own cell and no other.
  ASSERT_OK(Formula("d0", "吨/日", "[sludge] + 1 吨/日"));
  for (int i = 1; i <= 17; ++i) {
    ASSERT_OK(Formula(absl::StrCat("d", i), "吨/日", absl::StrCat("[d", i - 1, "] + 1 吨/日"),
                      i == 17 ? "headline: true" : ""));
  }
  EXPECT_EQ(Evaluate("id: 'd15'")->value(), "616.0");
  EXPECT_THAT(Evaluate("id: 'd17'"), HasReason("FORMULA_TOO_LARGE"));
  EXPECT_FALSE(has_cell("indicators.d17"));
  EXPECT_TRUE(has_cell("indicators.capacity"));
}

TEST_P(EvaluationServiceTest, AFormulaIsRefusedByPositionUnitAndRegion) {
  Gauge("a", "μg/m³", {});
  Gauge("f", "家", {});
  for (auto [unit, expression, message] :
       {std::tuple{"μg/m³", "[a] + [f]", "position 5"}, std::tuple{"μg/m³", "[a] +", "position 6"},
        std::tuple{"家", "[a] × 2", "cannot express what the formula makes"},
        std::tuple{"μg/m³", "[nowhere] + [a]", "nowhere is no indicator of this region"},
        std::tuple{"μg/m³", "a + 1", "position 1: \"a\" is no declared alias"}}) {
    auto refused = Formula("x", unit, expression);
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument)) << expression;
    EXPECT_THAT(std::string(refused.status().message()), HasSubstr(message)) << expression;
  }
  EXPECT_THAT(Indicator("id: 'x' name: 'x' unit: '家' kind: FORMULA"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Indicator("id: 'x' name: 'x' unit: '家' kind: GAUGE formula { expression: '[f]' }"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(EvaluationServiceTest, AFormulaRunsOverSitesAndParts) {
  for (auto [id, region, value] : {std::tuple{"s", "210411", "30"}, std::tuple{"t", "210402", "40"},
                                   std::tuple{"u", "210411", "38"}}) {
    ASSERT_OK(Site(
        absl::StrCat("id: '", id, "' region: '", region, "' name: '", id, "' kind: AIR_STATION")));
    Year(id, 2023, value);
  }
  ASSERT_OK(Indicator(absl::StrCat(
      kPm25, " targets { comparator: AT_MOST value: '35' unit: 'μg/m³' region: '210411' }")));
  ASSERT_OK(Formula("worst", "μg/m³", "max([pm] over sites) − min([pm] over sites)"));
  EXPECT_EQ(Evaluate("id: 'worst' year: 2023")->value(), "10.0");
  EXPECT_EQ(Evaluate("id: 'worst' year: 2023 region: '210411'")->value(), "8.0");
  // A county by its own stations and its own target.
  auto county = Evaluate("id: 'pm' year: 2023 region: '210411'");
  ASSERT_OK(county);
  EXPECT_EQ(county->value(), "34");
  EXPECT_EQ(county->region(), "210411");
  EXPECT_EQ(county->target().verdict(), Evaluation::MET);
  EXPECT_EQ(county->sites_size(), 2);
  auto city = Evaluate("id: 'pm' year: 2023");
  EXPECT_EQ(city->value(), "36");
  EXPECT_FALSE(city->has_target());
  EXPECT_THAT(Evaluate("id: 'pm' year: 2023 region: '210500'"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  Gauge("g", "家", {});
  EXPECT_THAT(Evaluate("id: 'g' region: '210411'"), StatusIs(absl::StatusCode::kInvalidArgument));
}

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

TEST_P(EvaluationServiceTest, ASeriesHasEveryStep) {
  ASSERT_OK(Site(kStation));
  ASSERT_OK(Indicator(kPm25));
  Year("s", 2023, "35");
  EXPECT_THAT(ValuesOf(Series("id: 'pm' step: YEAR from_day: '2022-05-01' to_day: '2024-01-01'")),
              ElementsAre("", "35", ""));
  auto months = Series("id: 'pm' step: MONTH from_day: '2023-01-01' to_day: '2023-12-31'");
  ASSERT_OK(months);
  ASSERT_EQ(months->points_size(), 12);
  EXPECT_EQ(months->points(1).samples_used(), 28);
  EXPECT_EQ(months->points(1).validity(), Evaluation::VALID);
  auto days = Series("id: 'pm' step: DAY from_day: '2022-12-30' to_day: '2023-12-31'");
  ASSERT_OK(days);
  ASSERT_EQ(days->points_size(), 367);
  EXPECT_EQ(days->points(1).validity(), Evaluation::MISSING);
  EXPECT_EQ(days->points(2).value(), "35");
  EXPECT_EQ(days->points(2).verdict(), Evaluation::MET);
  // Every step answers as an evaluation of its own would.
  for (const auto& point : months->points()) {
    auto alone = Evaluate(
        absl::StrCat("id: 'pm' from_day: '", point.from_day(), "' to_day: '", point.to_day(), "'"));
    ASSERT_OK(alone);
    EXPECT_EQ(alone->value(), point.value());
    EXPECT_EQ(alone->verdict(), point.verdict());
  }
  for (const char* bad : {"id: 'pm' from_day: '2023-01-01'", "id: 'pm' step: DAY",
                          "id: 'pm' step: DAY from_day: '2023-02-30'",
                          "id: 'pm' step: DAY from_day: '2023-02-01' to_day: '2023-01-01'",
                          "id: 'pm' step: DAY from_day: '2020-01-01' to_day: '2023-01-01'",
                          "id: 'pm' step: YEAR from_day: '2023-01-01' unit: 'km'"}) {
    EXPECT_THAT(Series(bad), StatusIs(absl::StatusCode::kInvalidArgument)) << bad;
  }
  EXPECT_TRUE(
      ValuesOf(Series("id: 'pm' step: DAY from_day: '2027-01-01' to_day: '2027-02-01'")).empty());
}

TEST_P(EvaluationServiceTest, ASeriesOfEveryOtherKindIsReadOnce) {
  Gauge("g", "家", {{"2022-06-01", "10"}, {"2023-02-15", "12"}});
  EXPECT_THAT(ValuesOf(Series("id: 'g' step: MONTH from_day: '2022-12-01' to_day: '2023-03-01'")),
              ElementsAre("10", "10", "12", "12"));
  ASSERT_OK(Register("id: 'r' name: '围栏' unit: 'km'"));
  ASSERT_OK(
      Indicator("id: 'f' name: '围栏' unit: 'km' decimals: 1 kind: REGISTER"
                " register_rule { aggregate: SUM register_id: 'r' }"));
  ASSERT_OK(
      Indicator("id: 'd' name: '段' unit: '个' kind: REGISTER"
                " register_rule { aggregate: DISTINCT register_id: 'r' }"));
  for (auto [key, day] : {std::pair{"a", "2022-12-31"}, {"a", "2023-01-05"}, {"b", "2023-03-01"}}) {
    ASSERT_OK(Item(
        absl::StrCat("key: '", key, "' name: 'x' quantity: '500' unit: 'm' day: '", day, "'")));
  }
  const std::string quarter = " step: MONTH from_day: '2023-01-01' to_day: '2023-03-31'";
  EXPECT_THAT(ValuesOf(Series("id: 'f'" + quarter)), ElementsAre("0.5", "0.0", "0.5"));
  EXPECT_THAT(ValuesOf(Series("id: 'f' cumulative: true" + quarter)),
              ElementsAre("1.0", "1.0", "1.5"));
  EXPECT_THAT(ValuesOf(Series("id: 'd' cumulative: true" + quarter)), ElementsAre("1", "1", "2"));
  ASSERT_OK(Formula("per", "km", "[f] ÷ 2"));
  EXPECT_THAT(ValuesOf(Series("id: 'per' decimals: 2" + quarter)),
              ElementsAre("0.25", "0.00", "0.25"));
  ASSERT_OK(
      Indicator("id: 'q' name: 'q' unit: '%' kind: RATIO ratio_rule { unit: 't'"
                " numerator_factor: 'n' denominator_factor: 'm' }"));
  std::vector<std::string> all;
  for (const char* month : {"01", "02"}) {
    for (const char* factor : {"n", "m"}) {
      all.push_back(
          absl::StrFormat("indicator_id: 'q' factor: '%s' length: MONTH unit: 't'"
                          " start: '2023-%s-01' value: '%s'",
                          factor, month, *factor == 'n' ? "3" : "4"));
    }
  }
  ASSERT_OK(Observe(all));
  EXPECT_THAT(ValuesOf(Series("id: 'q'" + quarter)), ElementsAre("75", "75", ""));
  ASSERT_OK(
      Indicator("id: 'b' name: 'b' unit: '%' kind: BOUND"
                " bound { comparator: AT_LEAST value: '76' unit: '%' }"));
  EXPECT_THAT(Series("id: 'b'" + quarter), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace lucid::indicators
