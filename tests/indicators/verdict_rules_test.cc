// What an indicator rests on, and what touches it.
#include "absl/algorithm/container.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "services/indicators/indicators_verdict_rules.h"

namespace lucid::indicators {
namespace {

using ::testing::UnorderedElementsAre;

template <class M>
M From(const std::string& text) {
  M message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

bool Touches(const v1::Site& site, const std::string& factor, const v1::Indicator& indicator) {
  const auto inputs = InputsOf(indicator);
  return absl::c_any_of(ObservationInputs(site, factor), [&](const std::string& name) {
    return absl::c_linear_search(inputs, name);
  });
}

TEST(VerdictRulesTest, AnIndicatorRestsOnWhatItsKindNames) {
  EXPECT_THAT(InputsOf(From<v1::Indicator>("id: 'g' kind: GAUGE")),
              UnorderedElementsAre("indicator/g"));
  EXPECT_THAT(InputsOf(From<v1::Indicator>(
                  "id: 'r' kind: REGISTER register_rule { register_id: 'ledger' }")),
              UnorderedElementsAre("indicator/r", "register/ledger"));
  EXPECT_THAT(InputsOf(From<v1::Indicator>("id: 'm' region: '210400' kind: MEAN factor: 'PM2_5'"
                                           " sites { kind: AIR_STATION }"
                                           " standard { name: 'GB 3095' }")),
              UnorderedElementsAre("indicator/m", "sites/AIR_STATION/210400/PM2_5",
                                   "standard/GB 3095", "standard/HJ 663"));
  EXPECT_THAT(InputsOf(From<v1::Indicator>("id: 'd' region: '210400' kind: AIR_DAYS"
                                           " sites { kind: AIR_STATION }")),
              UnorderedElementsAre("indicator/d", "sites/AIR_STATION/210400/*", "standard/GB 3095",
                                   "standard/HJ 633", "standard/HJ 663"));
  EXPECT_THAT(InputsOf(From<v1::Indicator>("id: 'c' region: '210400' kind: CLASS"
                                           " sites { kind: WATER_SECTION site_ids: ['a', 'b'] }")),
              UnorderedElementsAre("indicator/c", "site/a/*", "site/b/*", "standard/GB 3838"));
  EXPECT_THAT(InputsOf(From<v1::Indicator>("id: 's' region: '210400' kind: CLASS"
                                           " class_rule { factor_set: '9+X' }")),
              UnorderedElementsAre("indicator/s", "standard/GB 3838", "factor_set/9+X"));
  EXPECT_THAT(InputsOf(From<v1::Indicator>(
                  "id: 'f' kind: FORMULA formula { expression: 'max(x, [b]) − x ÷ 2'"
                  " operands { alias: 'x' indicator_id: 'a' } }")),
              UnorderedElementsAre("indicator/f", "indicator/a", "indicator/b"));
}

TEST(VerdictRulesTest, ObservationsTouchWhatCountsThemAndNothingElse) {
  const auto station = From<v1::Site>("id: 's' region: '210411' kind: AIR_STATION");
  const std::string mean = "id: 'm' kind: MEAN factor: 'PM2_5' sites { kind: AIR_STATION }";
  struct Case {
    const char* factor;
    std::string indicator;
    bool touches;
  };
  const Case kCases[] = {
      {"PM2_5", mean + " region: '210411'", true},
      {"PM2_5", mean + " region: '210400'", true},
      {"PM2_5", mean + " region: '210000'", true},
      {"PM2_5", mean + " region: '100000'", true},
      {"PM2_5", mean + " region: '210402'", false},
      {"PM2_5", mean + " region: '210500'", false},
      {"PM10", mean + " region: '210400'", false},
      {"O3", "kind: MEAN region: '210400' factor: 'O3_8H' sites { kind: AIR_STATION }", true},
      {"PM2_5", "kind: CLASS region: '210400' sites { kind: WATER_SECTION }", false},
      {"SO2", "kind: AIR_DAYS region: '210400' sites { kind: AIR_STATION }", true},
      {"SO2", "kind: COMPOSITE region: '210400' sites { kind: AIR_STATION }", true},
      {"PM2_5",
       "kind: MEAN factor: 'PM2_5' region: '210400'"
       " sites { kind: AIR_STATION site_ids: 's' }",
       true},
      {"PM2_5",
       "kind: MEAN factor: 'PM2_5' region: '210400'"
       " sites { kind: AIR_STATION site_ids: 't' }",
       false},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(Touches(station, c.factor, From<v1::Indicator>(c.indicator)), c.touches)
        << c.factor << " and " << c.indicator;
  }
}

TEST(VerdictRulesTest, OnlyTheCurrentPeriodCounts) {
  const absl::CivilDay today(2026, 11, 26);
  const auto mean = From<v1::Indicator>("kind: MEAN");
  const auto gauge = From<v1::Indicator>("kind: GAUGE");
  auto in = [&](const v1::Indicator& indicator, absl::CivilDay from, absl::CivilDay to) {
    return InCurrentPeriod(indicator, from, to, today);
  };
  EXPECT_TRUE(in(mean, absl::CivilDay(2025, 12, 31), absl::CivilDay(2025, 12, 31)));
  EXPECT_TRUE(in(mean, absl::CivilDay(2024, 12, 31), absl::CivilDay(2025, 1, 1)));
  EXPECT_FALSE(in(mean, absl::CivilDay(2024, 1, 1), absl::CivilDay(2024, 12, 31)));
  EXPECT_FALSE(in(mean, absl::CivilDay(2026, 1, 1), absl::CivilDay(2026, 11, 25)));
  EXPECT_TRUE(in(gauge, absl::CivilDay(1999, 1, 1), absl::CivilDay(1999, 1, 1)));
  EXPECT_FALSE(in(gauge, absl::CivilDay(2026, 11, 27), absl::CivilDay(2026, 11, 28)));
}

TEST(VerdictRulesTest, AnotherDayAndAnotherWordingSayNothingNew) {
  const auto before = From<v1::IndicatorVerdict>(
      "verdict: MET value: '35' unit: 'μg/m³' to_day: '2026-11-25' working: 'a'");
  v1::IndicatorVerdict after = before;
  after.set_to_day("2026-11-26");
  after.set_period("截至 2026-11-26");
  after.set_working("b");
  after.set_indicator_version(2);
  EXPECT_FALSE(SaysAnotherThing(before, after));
  after.set_value("35.0");
  EXPECT_TRUE(SaysAnotherThing(before, after));
  after = before;
  after.set_verdict(v1::Evaluation::NOT_MET);
  EXPECT_TRUE(SaysAnotherThing(before, after));
  after = before;
  after.set_from_day("2026-01-01");
  EXPECT_TRUE(SaysAnotherThing(before, after));
}

}  // namespace
}  // namespace lucid::indicators
