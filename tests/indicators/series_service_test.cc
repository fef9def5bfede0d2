// Series through the handlers, on both engines.
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "tests/indicators/evaluation_fixture.h"

namespace lucid::indicators {
namespace {

using ::testing::ElementsAre;
using v1::Evaluation;

class SeriesServiceTest : public EvaluationFixture {};
EVERY_ENGINE(SeriesServiceTest);

TEST_P(SeriesServiceTest, ASeriesHasEveryStep) {
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

TEST_P(SeriesServiceTest, ASeriesOfEveryOtherKindIsReadOnce) {
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
