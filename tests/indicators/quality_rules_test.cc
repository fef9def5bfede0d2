// The checks of quality control: on, just below and just above their thresholds, and as properties.
#include <cmath>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "services/indicators/indicators_availability_rules.h"
#include "services/indicators/indicators_quality_rules.h"
#include "tests/testing/matchers.h"

namespace lucid::indicators {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using v1::Observation;
using v1::QualityRule;

template <class M>
M From(const std::string& text) {
  M message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

const absl::CivilDay kDay(2026, 11, 1);

// Values of one hour after the other, from the first hour of kDay; "" is a missing one.
std::vector<Sample> Hours(const std::vector<std::string>& values, int from = 0) {
  std::vector<Sample> series;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].empty()) continue;
    Sample& sample = series.emplace_back();
    sample.start = absl::CivilMinute(absl::CivilHour(kDay) + from + static_cast<int>(i));
    sample.value = *Decimal::Parse(values[i]);
    sample.unit = "μg/m³";
  }
  return series;
}

std::vector<Finding> Check(const std::string& rule, const std::vector<Sample>& series,
                           Window window = {kDay, kDay + 60}) {
  auto findings = CheckSeries({From<QualityRule>(rule + " factor: 'PM2_5' length: HOUR")}, series,
                              Observation::HOUR, window);
  EXPECT_OK(findings);
  return findings.value_or(std::vector<Finding>());
}

// The hours at which something is found, counted from the first of kDay.
std::vector<int> Found(const std::string& rule, const std::vector<Sample>& series,
                       Window window = {kDay, kDay + 60}) {
  std::vector<int> hours;
  for (const Finding& finding : Check(rule, series, window)) {
    hours.push_back(static_cast<int>(absl::CivilHour(finding.start) - absl::CivilHour(kDay)));
  }
  return hours;
}

TEST(QualityRulesTest, ARangeIncludesItsBounds) {
  const std::string rule = "check: RANGE low: '0' high: '1000'";
  EXPECT_THAT(Found(rule, Hours({"0", "-0.001", "1000", "1000.000", "1000.001", "500"})),
              ElementsAre(1, 4));
  EXPECT_THAT(Found("check: RANGE high: '1' unit: 'mg/m³'", Hours({"1000", "1000.1"})),
              ElementsAre(1));
}

TEST(QualityRulesTest, AJumpIsBetweenNeighbours) {
  const std::string rule = "check: JUMP limit: '100'";
  EXPECT_THAT(Found(rule, Hours({"10", "110", "210.1", "110.1", "10.1"})), ElementsAre(2));
  EXPECT_THAT(Found(rule, Hours({"10", "", "500"})), IsEmpty());
  auto invalid = Hours({"10", "500", "500"});
  invalid[1].invalid = true;
  EXPECT_THAT(Found(rule, invalid), IsEmpty());
  EXPECT_EQ(Check(rule, Hours({"10", "110.5"}))[0].working, "2026-11-01T00:00 10 → 110.5");
}

TEST(QualityRulesTest, AFlatLineIsOneStretch) {
  const std::string rule = "check: FLAT_LINE count: 3";
  EXPECT_THAT(Found(rule, Hours({"5", "5", "6", "6.0", "6.00", "6", "7"})), ElementsAre(2));
  EXPECT_EQ(Check(rule, Hours({"5", "6", "6", "6", "6"}))[0].count, 4);
  EXPECT_THAT(Found(rule, Hours({"6", "6", "", "6", "6"})), IsEmpty());
  auto undetected = Hours({"6", "6", "6"});
  for (Sample& sample : undetected) sample.qualifier = Observation::NOT_DETECTED;
  EXPECT_THAT(Found(rule, undetected), IsEmpty());
}

TEST(QualityRulesTest, AGapCountsWhatIsMissing) {
  const std::string rule = "check: GAP count: 2";
  EXPECT_THAT(Found(rule, Hours({"1", "", "2", "", "", "3"})), ElementsAre(3));
  EXPECT_EQ(Check(rule, Hours({"1", "", "", "", "2"}))[0].count, 3);
  EXPECT_EQ(Check(rule, Hours({"1", "", "", "", "2"}))[0].sample, nullptr);
  auto frozen = Hours({"1", "0", "0", "2"});
  frozen[1].qualifier = frozen[2].qualifier = Observation::FROZEN;
  EXPECT_THAT(Found(rule, frozen), IsEmpty()) << "said to be frozen is not missing";
}

TEST(QualityRulesTest, ACopiedDayIsADuplicate) {
  std::vector<std::string> values;
  for (int i = 0; i < 24; ++i) values.push_back(absl::StrCat(20 + (i * 7) % 11));
  std::vector<std::string> copied = values;
  for (int i = 0; i < 24; ++i) values.push_back(absl::StrCat(50 + i * i % 13));
  values.insert(values.end(), copied.begin(), copied.begin() + 12);
  const std::string rule = "check: DUPLICATE baseline_days: 7";
  EXPECT_THAT(Found(rule + " count: 12", Hours(values)), ElementsAre(48));
  EXPECT_THAT(Found(rule + " count: 13", Hours(values)), IsEmpty());
  // A line that is flat twice is the flat line's matter.
  EXPECT_THAT(Found(rule + " count: 12", Hours(std::vector<std::string>(72, "5"))), IsEmpty());
}

// 30 days of two values in turn: mean 30, median 30, MAD 10, variance 720/719 × 100.
std::vector<Sample> Alternating(const std::vector<std::string>& then) {
  std::vector<std::string> values;
  for (int i = 0; i < 720; ++i) values.push_back(i % 2 == 0 ? "20" : "40");
  values.insert(values.end(), then.begin(), then.end());
  return Hours(values);
}

TEST(QualityRulesTest, AZScoreIsComparedExactly) {
  const std::string rule = "check: Z_SCORE limit: '3' baseline_days: 30 min_samples: 720";
  // 3 × √(720/719) × 10 = 30.0208…
  EXPECT_THAT(Found(rule, Alternating({"60.020", "60.021", "-0.020", "-0.021"})),
              ElementsAre(721, 723));
  const auto found = Check(rule, Alternating({"100"}));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].working,
            "基线 2026-11-01 – 2026-11-30: n = 720, 均值 30.0000, 方差 100.1391; z = 6.99");
  EXPECT_THAT(
      Found("check: Z_SCORE limit: '3' baseline_days: 30 min_samples: 721", Alternating({"100"})),
      IsEmpty())
      << "too short a baseline says nothing";
  EXPECT_THAT(Found("check: Z_SCORE limit: '3' baseline_days: 30",
                    Hours(std::vector<std::string>(720, "5"))),
              IsEmpty());
}

TEST(QualityRulesTest, AModifiedZScoreIsComparedExactly) {
  // 0.6745 × d ÷ 10 > 3.5 where d > 51.8902…
  const std::string rule = "check: MODIFIED_Z limit: '3.5' baseline_days: 30 min_samples: 720";
  EXPECT_THAT(Found(rule, Alternating({"81.8902", "81.8903", "-21.8902", "-21.8903"})),
              ElementsAre(721, 723));
  const auto found = Check(rule, Alternating({"100"}));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].working, HasSubstr("中位数 30.0000, MAD 10.0000; z = 4.72"));
  // An odd number, whose middle is one of them; and no spread at all.
  EXPECT_THAT(Found("check: MODIFIED_Z limit: '3.5' baseline_days: 1 min_samples: 3",
                    Hours({"1", "2", "3", "", "", "", "", "", "", "", "", "",      "",
                           "",  "",  "",  "", "", "", "", "", "", "", "", "7.189", "7.190"})),
              ElementsAre(25));
  EXPECT_THAT(Found("check: MODIFIED_Z limit: '3.5' baseline_days: 30",
                    Hours(std::vector<std::string>(721, "5"))),
              IsEmpty());
}

// A series like a station's: a daily wave, noise, gaps, repeats and outliers.
std::vector<Sample> Random(std::mt19937& random, int hours) {
  std::vector<std::string> values;
  for (int i = 0; i < hours; ++i) {
    const int kind = static_cast<int>(random() % 60);
    if (kind == 0) {
      for (int gap = static_cast<int>(random() % 9); gap > 0; --gap) values.push_back("");
    } else if (kind == 1 && !values.empty()) {
      for (int flat = static_cast<int>(random() % 9); flat > 0; --flat) {
        values.push_back(values.back());
      }
    } else if (kind == 2 && values.size() > 48) {
      for (int copy = 0; copy < 15; ++copy) values.push_back(values[values.size() - 24]);
    } else if (kind == 3) {
      values.push_back(absl::StrCat(200 + random() % 900));
    } else {
      values.push_back(absl::StrCat(20 + 10 * (i % 24) / 24 + random() % 9, ".", random() % 10));
    }
  }
  return Hours(values);
}

const char* const kRules[] = {"check: RANGE low: '0' high: '500'",
                              "check: JUMP limit: '100'",
                              "check: FLAT_LINE count: 5",
                              "check: GAP count: 4",
                              "check: DUPLICATE count: 12 baseline_days: 3",
                              "check: Z_SCORE limit: '4' baseline_days: 5 min_samples: 24",
                              "check: MODIFIED_Z limit: '5' baseline_days: 5 min_samples: 24"};

using Key = std::pair<int, absl::CivilMinute>;

TEST(QualityRulesTest, DayByDayFindsWhatTheWholeFinds) {
  std::mt19937 random(20261126);
  for (int round = 0; round < 20; ++round) {
    const std::vector<Sample> series = Random(random, 24 * 12);
    for (const char* text : kRules) {
      const std::vector<QualityRule> rules = {
          From<QualityRule>(absl::StrCat(text, " factor: 'PM2_5' length: HOUR"))};
      const Reach reach = ReachOf(rules, Observation::HOUR);
      std::set<Key> whole, daily;
      const absl::CivilDay last = series.back().day();
      const auto of_all = CheckSeries(rules, series, Observation::HOUR, {kDay, last});
      ASSERT_OK(of_all);
      for (const Finding& f : *of_all) {
        whole.insert({f.check, f.start});
      }
      for (absl::CivilDay day = kDay; day <= last; ++day) {
        // Only what the rules say that they look at.
        std::vector<Sample> part;
        for (const Sample& sample : series) {
          if (day - reach.days_before <= sample.day() && sample.day() <= day + reach.days_after) {
            part.push_back(sample);
          }
        }
        const auto of_day = CheckSeries(rules, part, Observation::HOUR, {day, day});
        ASSERT_OK(of_day);
        for (const Finding& f : *of_day) {
          daily.insert({f.check, f.start});
        }
      }
      EXPECT_EQ(whole, daily) << text << " in round " << round;
    }
  }
}

TEST(QualityRulesTest, OutliersAreThoseOfAPlainComputation) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    const std::vector<Sample> series = Random(random, 24 * 10);
    std::set<absl::CivilMinute> exact, plain, unsure;
    for (const Finding& f : Check(kRules[5], series)) exact.insert(f.start);
    for (const Sample& sample : series) {
      std::vector<long double> baseline;
      for (const Sample& other : series) {
        if (sample.day() - 5 <= other.day() && other.day() < sample.day()) {
          baseline.push_back(other.value.mantissa() / std::pow(10.0L, other.value.scale()));
        }
      }
      if (baseline.size() < 24) continue;
      long double sum = 0, squares = 0;
      for (long double value : baseline) sum += value;
      const long double mean = sum / baseline.size();
      for (long double value : baseline) squares += (value - mean) * (value - mean);
      const long double deviation = std::sqrt(squares / (baseline.size() - 1));
      const long double z =
          std::abs(sample.value.mantissa() / std::pow(10.0L, sample.value.scale()) - mean) /
          deviation;
      if (std::abs(z - 4) < 1e-9L) unsure.insert(sample.start);
      if (z > 4) plain.insert(sample.start);
    }
    if (unsure.empty()) {
      EXPECT_EQ(exact, plain);
    }
  }
}

TEST(QualityRulesTest, TheNearestRuleHoldsAndTheSeedElse) {
  const auto site = From<v1::Site>("id: 's' region: '210411' kind: AIR_STATION");
  const std::string range = "factor: 'PM2_5' length: HOUR check: RANGE";
  auto high = [&](const std::vector<QualityRule>& records) -> std::string {
    for (const QualityRule& rule : RulesFor(records, site, "PM2_5", Observation::HOUR)) {
      if (rule.check() == QualityRule::RANGE) return rule.high();
    }
    return "none";
  };
  EXPECT_EQ(high({}), "1000");
  const auto country = From<QualityRule>(range + " region: '100000' high: '1'");
  const auto city = From<QualityRule>(range + " region: '210400' high: '2'");
  const auto county = From<QualityRule>(range + " region: '210411' high: '3'");
  const auto own = From<QualityRule>(range + " region: '210000' site_id: 's' high: '4'");
  const auto other = From<QualityRule>(range + " region: '210411' site_id: 't' high: '5'");
  const auto off = From<QualityRule>(range + " region: '210411' site_id: 's' disabled: true");
  EXPECT_EQ(high({country}), "1");
  EXPECT_EQ(high({city, country}), "2");
  EXPECT_EQ(high({country, city, county, other}), "3");
  EXPECT_EQ(high({own, county, city}), "4");
  EXPECT_EQ(high({county, off}), "none");
}

TEST(QualityRulesTest, EverySeedIsAGoodRule) {
  EXPECT_FALSE(QualitySeeds().empty());
  std::set<std::string> seen;
  for (const QualityRule& seed : QualitySeeds()) {
    EXPECT_OK(CheckQualityRule(seed)) << seed.ShortDebugString();
    EXPECT_TRUE(seen.insert(absl::StrCat(seed.factor(), seed.length(), seed.check())).second)
        << seed.ShortDebugString();
  }
}

TEST(QualityRulesTest, ACheckHasItsOwnThresholds) {
  const std::string common = "region: '210400' factor: 'PM2_5' length: HOUR ";
  const std::pair<const char*, const char*> kCases[] = {
      {"check: RANGE", "low"},
      {"check: RANGE low: '1e3'", "low"},
      {"check: RANGE low: '5' high: '1'", "low"},
      {"check: RANGE low: '0' limit: '3'", "limit"},
      {"check: JUMP", "limit"},
      {"check: JUMP limit: '0'", "limit"},
      {"check: JUMP limit: '5' unit: '亩'", "unit"},
      {"check: FLAT_LINE count: 1", "count"},
      {"check: GAP count: 1001", "count"},
      {"check: Z_SCORE limit: '3'", "baseline_days"},
      {"check: Z_SCORE limit: '3' baseline_days: 1831", "baseline_days"},
      {"check: Z_SCORE limit: '3' baseline_days: 30 min_samples: 1", "min_samples"},
      {"check: Z_SCORE limit: 'NaN' baseline_days: 30", "limit"},
      {"check: DUPLICATE count: 12", "baseline_days"},
      {"", "check"},
  };
  for (const auto& [text, field] : kCases) {
    absl::Status checked = CheckQualityRule(From<QualityRule>(common + text));
    EXPECT_THAT(checked, StatusIs(absl::StatusCode::kInvalidArgument)) << text;
    EXPECT_THAT(std::string(checked.message()), HasSubstr(field)) << text;
  }
}

TEST(AvailabilityRulesTest, ExpectedIsWhatIsOver) {
  const absl::CivilMinute now(2026, 11, 24, 12, 30);
  struct Case {
    Observation::Length length;
    Window window;
    int64_t expected;
  };
  const Case kCases[] = {
      {Observation::HOUR, {absl::CivilDay(2026, 11, 23), absl::CivilDay(2026, 11, 23)}, 24},
      {Observation::HOUR, {absl::CivilDay(2026, 11, 23), absl::CivilDay(2026, 11, 24)}, 36},
      {Observation::HOUR, {absl::CivilDay(2026, 11, 25), absl::CivilDay(2026, 11, 26)}, 0},
      {Observation::HOUR, {absl::CivilDay(2024, 1, 1), absl::CivilDay(2024, 12, 31)}, 8784},
      {Observation::DAY, {absl::CivilDay(2026, 11, 1), absl::CivilDay(2026, 11, 30)}, 23},
      {Observation::DAY, {absl::CivilDay(2025, 2, 1), absl::CivilDay(2025, 2, 28)}, 28},
      {Observation::MONTH, {absl::CivilDay(2026, 1, 1), absl::CivilDay(2026, 12, 31)}, 10},
      {Observation::MONTH, {absl::CivilDay(2026, 1, 2), absl::CivilDay(2026, 3, 31)}, 2},
      {Observation::MONTH, {absl::CivilDay(2026, 1, 2), absl::CivilDay(2026, 1, 31)}, 0},
      {Observation::YEAR, {absl::CivilDay(2025, 1, 1), absl::CivilDay(2025, 12, 31)}, 1},
      {Observation::YEAR, {absl::CivilDay(2026, 1, 1), absl::CivilDay(2026, 12, 31)}, 0},
      {Observation::INSTANT, {absl::CivilDay(2025, 1, 1), absl::CivilDay(2025, 12, 31)}, 0},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(ExpectedPeriods(c.length, c.window, now), c.expected)
        << Observation::Length_Name(c.length) << " " << c.window.from << " " << c.window.to;
  }
}

TEST(AvailabilityRulesTest, TheHourUnderWayIsNotCountedYet) {
  v1::Site site;
  std::map<std::pair<std::string, Observation::Length>, std::vector<Sample>> series;
  for (int hour : {10, 11, 12}) {
    Sample sample;
    sample.start = absl::CivilMinute(2026, 11, 24, hour, 0);
    series[{"PM2_5", Observation::HOUR}].push_back(sample);
  }
  const Window today{absl::CivilDay(2026, 11, 24), absl::CivilDay(2026, 11, 24)};
  const auto rows = AvailabilityOf(site, series, today, absl::CivilMinute(2026, 11, 24, 12, 30));
  EXPECT_EQ(rows[0].expected(), 12);
  EXPECT_EQ(rows[0].received(), 2);
}

}  // namespace
}  // namespace lucid::indicators
