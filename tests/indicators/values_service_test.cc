// Values of every kind, and figures, through the handlers, on both engines.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "services/base/calendar.h"
#include "tests/indicators/indicators_fixture.h"

namespace lucid::indicators {
namespace {

using access::v1::LEADER;
using ::testing::HasSubstr;
using v1::Evaluation;

class ValuesServiceTest : public IndicatorsFixture {};
EVERY_ENGINE(ValuesServiceTest);

TEST_P(ValuesServiceTest, Pm25IsJudgedByTheEditionInForce) {
  ASSERT_OK(Site(kStation));
  ASSERT_OK(Indicator(kPm25));
  Year("s", 2023, "35");
  Year("s", 2025, "36");
  auto good = Evaluate("id: 'pm' year: 2023");
  ASSERT_OK(good);
  EXPECT_EQ(good->value(), "35");
  EXPECT_EQ(good->verdict(), Evaluation::MET);
  EXPECT_EQ(good->samples_used(), 365);
  EXPECT_EQ(good->samples_required(), 324);
  // Without a period: the last calendar year that has ended.
  EXPECT_EQ(Evaluate("id: 'pm'")->value(), "36");
  EXPECT_EQ(Evaluate("id: 'pm'")->verdict(), Evaluation::NOT_MET);
  EXPECT_EQ(Evaluate("id: 'pm' year: 2022")->verdict(), Evaluation::NO_DATA);
  // A target of a task judges instead.
  auto asked = Evaluate(
      "id: 'pm' to_day: '2024-06-30'"
      " target { comparator: AT_MOST value: '0.03' unit: 'mg/m³' }");
  ASSERT_OK(asked);
  EXPECT_EQ(asked->period(), "2023");
  EXPECT_EQ(asked->verdict(), Evaluation::NOT_MET);
  EXPECT_THAT(Evaluate("id: 'pm' unit: 'km'"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Evaluate("id: 'pm' year: 2023 decimals: 40"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Evaluate("id: 'pm' from_day: '2023-02-30'"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Evaluate("id: 'pm' year: 2023", CallAs({LEADER}, "110000")),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_P(ValuesServiceTest, HoursMakeADay) {
  ASSERT_OK(Site(kStation));
  ASSERT_OK(Indicator(kPm25));
  for (absl::CivilDay day(2023, 5, 1); day.month() == 5; ++day) {
    std::vector<std::string> hours;
    for (int hour = 0; hour < 20; ++hour) {
      hours.push_back(absl::StrFormat(
          "site_id: 's' factor: 'PM2_5' length: HOUR start: '%sT%02d:00' value: '20' unit: 'μg/m³'",
          FormatDay(day), hour));
    }
    ASSERT_OK(Observe(hours));
  }
  auto month = Evaluate("id: 'pm' from_day: '2023-05-01' to_day: '2023-05-31'");
  ASSERT_OK(month);
  EXPECT_EQ(month->value(), "20");
  EXPECT_EQ(month->samples_used(), 31);
  EXPECT_EQ(month->validity(), Evaluation::VALID);
}

TEST_P(ValuesServiceTest, SectionsMakeTwoRatios) {
  for (auto [id, set, target, value, days] :
       {std::tuple{"a", "NATIONAL", "III", "0.9", "from_day: '2021-01-01'"},
        std::tuple{"b", "NATIONAL", "II", "0.4", "from_day: '2021-01-01'"},
        std::tuple{"old", "NATIONAL", "II", "9", "from_day: '2016-01-01' to_day: '2020-12-31'"},
        std::tuple{"c", "PROVINCIAL", "II", "0.9", "from_day: '2021-01-01'"},
        std::tuple{"d", "PROVINCIAL", "IV", "1.4", "from_day: '2021-01-01'"}}) {
    ASSERT_OK(Site(absl::StrCat("id: '", id, "' region: '210411' name: '", id,
                                "' kind: WATER_SECTION freezes: true set: ", set,
                                " target_class: ", target, " ", days)));
    std::vector<std::string> months;
    for (int month = 3; month <= 10; ++month) {
      months.push_back(absl::StrFormat(
          "site_id: '%s' factor: 'NH3N' length: MONTH start: '2023-%02d-01' value: '%s'"
          " unit: 'mg/L'",
          id, month, value));
    }
    ASSERT_OK(Observe(months));
  }
  const std::string sections = " sites { kind: WATER_SECTION set: ";
  ASSERT_OK(
      Indicator("id: 'n' name: 'n' unit: '个' kind: REGISTER figure_id: 'F18'"
                " register_rule { aggregate: SITES }" +
                sections + "NATIONAL }"));
  ASSERT_OK(
      Indicator("id: 'g' name: 'g' unit: '%' kind: CLASS figure_id: 'F19'"
                " class_rule { measure: GOOD }" +
                sections + "NATIONAL }"));
  ASSERT_OK(
      Indicator("id: 'm' name: 'm' unit: '%' decimals: 1 kind: CLASS figure_id: 'F21'"
                " class_rule { measure: MEETING_TARGET }" +
                sections + "PROVINCIAL }"));
  EXPECT_EQ(Figure("figure: 'F18'")->value(), "2");
  EXPECT_EQ(Figure("figure: 'F18'")->period(), "截至 2023-12-31");
  EXPECT_THAT(Figure("figure: 'F18'")->working(), HasSubstr("有监测数据 2 个"));
  auto good = Figure("figure: 'F19'");
  EXPECT_EQ(good->value(), "100");
  EXPECT_EQ(good->numerator(), "2");
  EXPECT_EQ(good->denominator(), "2");
  EXPECT_EQ(good->record_count(), 2);
  auto meeting = Figure("figure: 'F21'");
  EXPECT_EQ(meeting->value(), "50.0");
  EXPECT_EQ(meeting->numerator(), "1");
  auto by_site = Evaluate("id: 'm' year: 2023");
  ASSERT_OK(by_site);
  EXPECT_EQ(by_site->sites(0).water_class(), v1::WaterQuality::III);
  EXPECT_EQ(by_site->sites(0).verdict(), Evaluation::NOT_MET);
}

TEST_P(ValuesServiceTest, ACapacityIsPrintedInTheFiguresUnit) {
  ASSERT_OK(Indicator("id: 'c' name: '三宝屯' unit: 't/d' kind: GAUGE figure_id: 'F12'"));
  auto value = [](const char* start, const char* number) {
    return absl::StrCat("indicator_id: 'c' factor: 'value' length: INSTANT start: '", start,
                        "' value: '", number, "' unit: 'kg/d'");
  };
  ASSERT_OK(Observe({value("2019-12-01T09:00", "400000000"), value("2022-11-30T09:00", "500000000"),
                     value("2024-10-01", "600000000")}));
  auto figure = Figure("figure: 'F12'");
  ASSERT_OK(figure);
  EXPECT_EQ(figure->value(), "50");
  EXPECT_EQ(figure->unit(), "万吨/日");
  EXPECT_EQ(figure->record_count(), 1);
  EXPECT_EQ(figure->records(0).id(), "indicator/c/value/INSTANT/2022-11-30T09:00");
  EXPECT_EQ(Figure("figure: 'F12' parameters { key: 'to' value: '2020-01-01' }")->value(), "40");
}

TEST_P(ValuesServiceTest, ABoundHoldsInItsWorstYear) {
  ASSERT_OK(
      Indicator("id: 'b' name: '粪污' unit: '%' kind: BOUND figure_id: 'F23'"
                " bound { comparator: AT_LEAST value: '76' unit: '%' }"
                " ratio_rule { numerator_factor: 'used' denominator_factor: 'produced'"
                " unit: '万吨' }"));
  std::vector<std::string> all;
  for (auto [year, used] : {std::pair{2020, "50"}, {2021, "76.33"}, {2022, "80"}, {2023, "90"}}) {
    for (auto [factor, value] : {std::pair{"used", used}, {"produced", "100"}}) {
      all.push_back(absl::StrCat("indicator_id: 'b' factor: '", factor,
                                 "' length: YEAR unit: '万吨' start: '", year, "-01-01' value: '",
                                 value, "'"));
    }
  }
  ASSERT_OK(Observe(all));
  auto figure = Figure("figure: 'F23'");
  ASSERT_OK(figure);
  EXPECT_EQ(figure->value(), "76");
  EXPECT_EQ(figure->bound(), ">=76");
  EXPECT_EQ(figure->verdict(), "MET");
  EXPECT_EQ(figure->record_count(), 6);
  EXPECT_EQ(Figure("figure: 'F23' parameters { key: 'from' value: '2020-01-01' }")->verdict(),
            "NOT_MET");
}

TEST_P(ValuesServiceTest, AFigureWithoutIndicatorSaysSo) {
  auto figure = Figure("figure: 'F16'");
  EXPECT_THAT(figure, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(figure, HasReason("NO_INDICATOR"));
  ASSERT_OK(Indicator(kPm25));
  EXPECT_EQ(Figure("figure: 'F16'")->verdict(), "NO_DATA");
  EXPECT_THAT(Figure("figure: 'F16' parameters { key: 'year' value: 'twenty' }"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Figure("figure: 'F01'"), StatusIs(absl::StatusCode::kInvalidArgument));
  // One indicator feeds a figure.
  EXPECT_THAT(Indicator("name: 'x' unit: 't/d' kind: GAUGE figure_id: 'F16'"),
              StatusIs(absl::StatusCode::kAlreadyExists));
}

}  // namespace
}  // namespace lucid::indicators
