// Formulas through the handlers, on both engines.
#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/indicators/evaluation_fixture.h"

namespace lucid::indicators {
namespace {

using ::testing::HasSubstr;
using v1::Evaluation;

class FormulasServiceTest : public EvaluationFixture {};
EVERY_ENGINE(FormulasServiceTest);

TEST_P(FormulasServiceTest, AFormulaIsComputedFromItsOperands) {
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

TEST_P(FormulasServiceTest, AFormulaThatDividesByZeroIsInvalidAndSaysSo) {
  Gauge("a", "家", {{"2023-01-01", "3"}});
  Gauge("zero", "家", {{"2023-01-01", "0"}});
  ASSERT_OK(Formula("q", "%", "[a] ÷ ([zero] − [zero])"));
  auto evaluation = Evaluate("id: 'q' year: 2023");
  ASSERT_OK(evaluation);
  EXPECT_EQ(evaluation->validity(), Evaluation::INVALID_DATA);
  EXPECT_EQ(evaluation->reason(), "DIVISION_BY_ZERO");
  EXPECT_THAT(evaluation->working(), HasSubstr("第 5 个字符处除数为 0"));
}

TEST_P(FormulasServiceTest, AFormulaThatRefersToItselfIsRefusedAtAnyDepth) {
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

TEST_P(FormulasServiceTest, WithoutDaysAFormulaIsOfTheLastYearOrUpToTheDay) {
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

TEST_P(FormulasServiceTest, AFormulaFeedsAFigureAndTheOverview) {
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

TEST_P(FormulasServiceTest, AFormulaIsRefusedByPositionUnitAndRegion) {
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

TEST_P(FormulasServiceTest, AFormulaRunsOverSitesAndParts) {
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

}  // namespace
}  // namespace lucid::indicators
