// The air quality index: every breakpoint of both editions on, just below and just above, classes,
// primary pollutants, and what is not available.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "services/indicators/indicators_aqi_rules.h"
#include "services/indicators/indicators_city_rules.h"
#include "tests/testing/matchers.h"

namespace lucid::indicators {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using v1::AirQuality;

const Edition& Edition2012() { return **FindEdition("HJ 633", absl::CivilDay(2023, 1, 1)); }
const Edition& Edition2026() { return **FindEdition("HJ 633", absl::CivilDay(2026, 3, 1)); }

std::optional<int> Iaqi(const Edition& table, absl::string_view factor, Decimal concentration) {
  return IaqiOf(*FindBreakpoints(table, factor), concentration);
}

TEST(Iaqi, VectorsOfTheSpecification) {
  EXPECT_EQ(Iaqi(Edition2012(), "PM2_5", 75), 100);
  EXPECT_EQ(Iaqi(Edition2026(), "PM2_5", 75), 114);
  EXPECT_EQ(Iaqi(Edition2026(), "PM2_5", 60), 100);
  EXPECT_EQ(Iaqi(Edition2026(), "PM10", 150), 112);
  // 35.5 is half-even to 36; 60.5 to 60.
  EXPECT_EQ(Iaqi(Edition2012(), "PM2_5", 35.5_dec), 52);
  EXPECT_EQ(ClassOf(52), AirQuality::GOOD);
  EXPECT_EQ(Iaqi(Edition2026(), "PM2_5", 60.5_dec), 100);
  EXPECT_EQ(Iaqi(Edition2012(), "PM2_5", 0), 0);
  // One above a node lies above its index: rounded up, never to nearest.
  EXPECT_EQ(Iaqi(Edition2012(), "PM2_5", 1), 2);  // 1.43
  EXPECT_EQ(Iaqi(Edition2012(), "PM2_5", 7), 10);
}

// The tables as the standards print them, apart from the code's.
struct Row {
  const char* factor;
  int decimals;
  std::vector<int> concentrations;
};
const std::vector<Row>& Rows(bool edition_2026) {
  static const auto& before = *new std::vector<Row>{
      {"PM2_5", 0, {0, 35, 75, 115, 150, 250, 350, 500}},
      {"PM10", 0, {0, 50, 150, 250, 350, 420, 500, 600}},
      {"SO2", 0, {0, 50, 150, 475, 800, 1600, 2100, 2620}},
      {"NO2", 0, {0, 40, 80, 180, 280, 565, 750, 940}},
      {"CO", 1, {0, 2, 4, 14, 24, 36, 48, 60}},
      {"O3_8H", 0, {0, 100, 160, 215, 265, 800}},
  };
  static const auto& after = *[] {
    auto* rows = new std::vector<Row>(before);
    (*rows)[0].concentrations[2] = 60;
    (*rows)[1].concentrations[2] = 120;
    return rows;
  }();
  return edition_2026 ? after : before;
}
constexpr int kIndices[] = {0, 50, 100, 150, 200, 300, 400, 500};

TEST(Iaqi, EveryBreakpointOnBelowAndAbove) {
  for (bool edition_2026 : {false, true}) {
    const Edition& table = edition_2026 ? Edition2026() : Edition2012();
    for (const Row& row : Rows(edition_2026)) {
      const Decimal step = row.decimals == 0 ? 1_dec : 0.1_dec;
      for (size_t i = 0; i < row.concentrations.size(); ++i) {
        const Decimal node = row.concentrations[i];
        EXPECT_EQ(Iaqi(table, row.factor, node), kIndices[i]) << row.factor << " " << i;
        if (i > 0) {
          const int below = *Iaqi(table, row.factor, *Decimal::Subtract(node, step));
          EXPECT_LE(below, kIndices[i]);
          EXPECT_GE(below, kIndices[i - 1]);
          // Less than half of the last digit below is the node itself.
          const Decimal near = *Decimal::Subtract(node, *Decimal::Multiply(step, 0.4_dec));
          EXPECT_EQ(Iaqi(table, row.factor, near), kIndices[i]);
        }
        if (i + 1 < row.concentrations.size()) {
          const int above = *Iaqi(table, row.factor, *Decimal::Add(node, step));
          EXPECT_GT(above, kIndices[i]);
          EXPECT_LE(above, kIndices[i + 1]);
        }
      }
    }
    EXPECT_EQ(table.breakpoints.size(), edition_2026 ? 6u : 7u);
  }
}

TEST(Iaqi, AboveTheLastBreakpointItStaysOrAnotherValueDecides) {
  for (const char* factor : {"PM2_5", "PM10", "SO2", "NO2", "CO"}) {
    EXPECT_EQ(Iaqi(Edition2012(), factor, 9999), 500) << factor;
    EXPECT_EQ(Iaqi(Edition2026(), factor, 9999), 500) << factor;
  }
  EXPECT_EQ(Iaqi(Edition2012(), "O3_8H", 800), 300);
  EXPECT_EQ(Iaqi(Edition2012(), "O3_8H", 800.5_dec), 300);  // half-even: 800
  EXPECT_EQ(Iaqi(Edition2012(), "O3_8H", 801), std::nullopt);
  EXPECT_EQ(Iaqi(Edition2026(), "O3_8H", 801), 300);
  EXPECT_EQ(Iaqi(Edition2012(), "O3", 800), 300);
  EXPECT_EQ(Iaqi(Edition2012(), "O3", 1000), 400);
  EXPECT_EQ(FindBreakpoints(Edition2026(), "O3"), nullptr);
}

TEST(Iaqi, NeverFallsAsTheConcentrationGrows) {
  std::mt19937 random(3);
  for (const Edition* table : {&Edition2012(), &Edition2026()}) {
    for (const Breakpoints& row : table->breakpoints) {
      int before = 0;
      Decimal concentration = 0;
      while (concentration <= row.concentrations.back()) {
        const int iaqi = *IaqiOf(row, concentration);
        EXPECT_GE(iaqi, before) << row.factor << " " << concentration.ToString();
        before = iaqi;
        concentration = *Decimal::Add(
            concentration, Decimal(static_cast<int64_t>(random() % 3000), row.decimals + 3));
      }
    }
  }
}

TEST(Classes, ChangeAfterTheirLastIndex) {
  for (auto [aqi, name] : {std::pair{0, "优"},
                           {50, "优"},
                           {51, "良"},
                           {100, "良"},
                           {101, "轻度污染"},
                           {150, "轻度污染"},
                           {151, "中度污染"},
                           {200, "中度污染"},
                           {201, "重度污染"},
                           {300, "重度污染"},
                           {301, "严重污染"},
                           {500, "严重污染"}}) {
    EXPECT_EQ(ClassName(ClassOf(aqi)), name) << aqi;
  }
}

Concentrations Clean() {
  return {{"SO2", 5}, {"NO2", 10}, {"PM10", 20}, {"CO", 0.4_dec}, {"O3_8H", 60}, {"PM2_5", 14}};
}

TEST(Index, IsTheGreatestOfItsPollutants) {
  Concentrations air = Clean();
  AirQuality quality = IndexOf(Edition2012(), air);
  EXPECT_EQ(quality.aqi(), 30);  // O3: 60 of 100
  EXPECT_EQ(quality.air_class(), AirQuality::EXCELLENT);
  EXPECT_THAT(quality.primary_pollutants(), IsEmpty());
  EXPECT_EQ(quality.standard(), "HJ 633-2012");
  EXPECT_EQ(quality.pollutants_size(), 6);
  air["PM10"] = 150;
  quality = IndexOf(Edition2012(), air);
  EXPECT_EQ(quality.aqi(), 100);
  EXPECT_THAT(quality.primary_pollutants(), ElementsAre("PM10"));
  quality = IndexOf(Edition2026(), air);
  EXPECT_EQ(quality.aqi(), 112);
  EXPECT_EQ(quality.air_class(), AirQuality::LIGHTLY_POLLUTED);
  EXPECT_EQ(quality.standard(), "HJ 633-2026");
}

TEST(Index, ListsTiedPrimaryPollutantsAndNoneUpTo50) {
  Concentrations air = Clean();
  air["PM10"] = 150;
  air["PM2_5"] = 75;
  EXPECT_THAT(IndexOf(Edition2012(), air).primary_pollutants(), ElementsAre("PM10", "PM2_5"));
  air["PM10"] = 50;
  air["PM2_5"] = 35;
  EXPECT_EQ(IndexOf(Edition2012(), air).aqi(), 50);
  EXPECT_THAT(IndexOf(Edition2012(), air).primary_pollutants(), IsEmpty());
  air["PM10"] = 51;
  EXPECT_EQ(IndexOf(Edition2012(), air).aqi(), 51);
  EXPECT_THAT(IndexOf(Edition2012(), air).primary_pollutants(), ElementsAre("PM10"));
}

TEST(Index, WithAPollutantMissingIsPublishedOnlyAbove100) {
  for (const char* missing : {"SO2", "NO2", "PM10", "CO", "O3_8H"}) {
    Concentrations air = Clean();
    air.erase(missing);
    AirQuality quality = IndexOf(Edition2012(), air);
    EXPECT_FALSE(quality.has_aqi()) << missing;
    EXPECT_THAT(quality.na_reason(), HasSubstr(missing));
    EXPECT_EQ(quality.air_class(), AirQuality::CLASS_UNSPECIFIED);
    EXPECT_THAT(quality.primary_pollutants(), IsEmpty());
    air["PM2_5"] = 75;  // exactly 100
    EXPECT_FALSE(IndexOf(Edition2012(), air).has_aqi());
    air["PM2_5"] = 76;  // 102
    quality = IndexOf(Edition2012(), air);
    EXPECT_EQ(quality.aqi(), 102);
    EXPECT_THAT(quality.na_reason(), IsEmpty());
    EXPECT_THAT(quality.primary_pollutants(), ElementsAre("PM2_5"));
  }
  EXPECT_FALSE(IndexOf(Edition2012(), {}).has_aqi());
  EXPECT_FALSE(IndexOf(Edition2012(), {{"O3", 300}}).has_aqi());
}

TEST(Index, OzoneAbove800IsAQuestionOfTheEdition) {
  Concentrations air = Clean();
  air["O3_8H"] = 900;
  AirQuality quality = IndexOf(Edition2012(), air);
  EXPECT_FALSE(quality.has_aqi());  // without hourly values nothing is known
  air["O3"] = 1000;
  quality = IndexOf(Edition2012(), air);
  EXPECT_EQ(quality.aqi(), 400);
  EXPECT_THAT(quality.pollutants(4).note(), HasSubstr("1 小时值 1000"));
  quality = IndexOf(Edition2026(), air);
  EXPECT_EQ(quality.aqi(), 300);
  EXPECT_THAT(quality.pollutants(4).note(), HasSubstr("按 300 计"));
}

TEST(Index, ShowsTheConcentrationsThatItUsed) {
  Concentrations air = Clean();
  air["CO"] = 1.25_dec;
  air["PM2_5"] = 35.5_dec;
  const AirQuality quality = IndexOf(Edition2012(), air);
  for (const v1::PollutantIndex& pollutant : quality.pollutants()) {
    if (pollutant.factor() == "CO") {
      EXPECT_EQ(pollutant.concentration(), "1.2");
      EXPECT_EQ(pollutant.unit(), "mg/m³");
      EXPECT_EQ(pollutant.iaqi(), 30);
    }
    if (pollutant.factor() == "PM2_5") {
      EXPECT_EQ(pollutant.concentration(), "36");
      EXPECT_EQ(pollutant.iaqi(), 52);
    }
  }
}

TEST(Editions, AreInForceFromDayToDay) {
  for (auto [day, edition] : {std::pair{absl::CivilDay(2016, 1, 1), "2012"},
                              {absl::CivilDay(2026, 2, 28), "2012"},
                              {absl::CivilDay(2026, 3, 1), "2026"},
                              {absl::CivilDay(2040, 1, 1), "2026"}}) {
    EXPECT_EQ((*FindEdition("HJ 633", day))->edition, edition);
  }
  EXPECT_THAT(FindEdition("HJ 633", absl::CivilDay(2015, 12, 31)), HasReason("NO_STANDARD"));
  EXPECT_EQ((*FindEdition("HJ 633", absl::CivilDay(2015, 12, 31), "2012"))->edition, "2012");
  EXPECT_EQ((*FindEdition("HJ 633", absl::CivilDay(2023, 1, 1), "2026"))->edition, "2026");
  EXPECT_THAT(FindEdition("HJ 633", absl::CivilDay(2023, 1, 1), "2000"), HasReason("NO_STANDARD"));
}

TEST(Editions, TheCountsAreThoseOfTheStandard) {
  const AirStatistics& counts = LatestAirStatistics();
  EXPECT_EQ(counts.label, "HJ 663-2013");
  EXPECT_EQ(counts.hours_per_day, 20);
  EXPECT_EQ(counts.hours_per_window, 6);
  EXPECT_EQ(counts.windows_per_day, 14);
  EXPECT_EQ(counts.days_per_month, 27);
  EXPECT_EQ(counts.days_per_february, 25);
  EXPECT_EQ(counts.days_per_year, 324);
  EXPECT_EQ(counts.percentiles.size(), 6u);
  EXPECT_TRUE(counts.day_digits.empty());
  // What is older than the first edition goes by it too.
  EXPECT_EQ(AirStatisticsOn(absl::CivilDay(2000, 1, 1)).label, "HJ 663-2013");
}

TEST(IndexDays, GoesByTheEditionOfEachDayOrByOne) {
  AirDays air;
  for (const auto& [factor, value] : Clean()) {
    for (absl::CivilDay day(2026, 2, 28); day <= absl::CivilDay(2026, 3, 2); ++day) {
      air[factor].emplace(day, value);
    }
  }
  for (auto& [day, value] : air["PM2_5"]) value = 75;
  air["SO2"].erase(absl::CivilDay(2026, 3, 2));
  const absl::CivilDay from(2026, 2, 28), to(2026, 3, 2);
  auto days = IndexDays(air, from, to, "");
  ASSERT_EQ(days.size(), 3u);
  EXPECT_EQ(days[0].aqi(), 100);
  EXPECT_EQ(days[1].aqi(), 114);
  EXPECT_EQ(days[1].day(), "2026-03-01");
  EXPECT_EQ(days[2].aqi(), 114);  // SO2 is missing, and it is above 100
  days = IndexDays(air, from, to, "2012");
  EXPECT_EQ(days[1].aqi(), 100);
  EXPECT_FALSE(days[2].has_aqi());
  const absl::CivilDay early(2015, 5, 1);
  EXPECT_THAT(IndexDays(air, early, early, "")[0].na_reason(), HasSubstr("HJ 633"));
}

}  // namespace
}  // namespace lucid::indicators
