// The days of a year: what hours and daily values add up to, kept and read back.
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/indicators/indicators_days.h"
#include "tests/testing/matchers.h"

namespace lucid::indicators {
namespace {

using v1::Observation;
using v1::ObservedDays;

constexpr absl::CivilYear kYear(2024);
constexpr absl::CivilMonth kMay(2024, 5);
constexpr int kFirstOfMay = 31 + 29 + 31 + 30;

Sample At(absl::CivilMinute start, Decimal value) {
  Sample sample;
  sample.start = start;
  sample.value = value;
  return sample;
}

TEST(ObservedYear, AddsUpTheUsableHoursOfADay) {
  ObservedYear year(kYear);
  EXPECT_EQ(year.size(), 366);
  std::vector<Sample> hours = {At(absl::CivilMinute(2024, 5, 1, 0, 0), 35),
                               At(absl::CivilMinute(2024, 5, 1, 23, 0), 0.5_dec),
                               At(absl::CivilMinute(2024, 5, 2, 0, 0), 7)};
  hours.push_back(At(absl::CivilMinute(2024, 5, 2, 1, 0), 1000));
  hours.back().invalid = true;
  year.SetMonth(Observation::HOUR, kMay, hours);
  EXPECT_EQ(year.hours(kFirstOfMay), 2);
  EXPECT_EQ(year.sum(kFirstOfMay), Ratio(35.5_dec));
  EXPECT_EQ(year.hours(kFirstOfMay + 1), 1);
  EXPECT_EQ(year.sum(kFirstOfMay + 1), Ratio(7));
  EXPECT_EQ(year.hours(kFirstOfMay - 1), 0);
}

TEST(ObservedYear, DailyValuesStandBesideHours) {
  ObservedYear year(kYear);
  year.SetMonth(Observation::HOUR, kMay,
                std::vector<Sample>{At(absl::CivilMinute(2024, 5, 1, 5, 0), 35)});
  std::vector<Sample> days = {At(absl::CivilMinute(2024, 5, 1), 40),
                              At(absl::CivilMinute(2024, 5, 2), 41)};
  days[1].invalid = true;
  year.SetMonth(Observation::DAY, kMay, days);
  EXPECT_EQ(year.daily(kFirstOfMay), ObservedDays::USABLE);
  EXPECT_EQ(year.value(kFirstOfMay), Ratio(40));
  EXPECT_EQ(year.hours(kFirstOfMay), 1);
  EXPECT_EQ(year.daily(kFirstOfMay + 1), ObservedDays::UNUSABLE);
  year.SetMonth(Observation::DAY, kMay, {});
  EXPECT_EQ(year.daily(kFirstOfMay), ObservedDays::DAILY_UNSPECIFIED);
  EXPECT_EQ(year.hours(kFirstOfMay), 1);
}

TEST(ObservedYear, OtherLengthsMakeNoDays) {
  ObservedYear year(kYear);
  year.SetMonth(Observation::MONTH, kMay,
                std::vector<Sample>{At(absl::CivilMinute(2024, 5, 1), 35)});
  EXPECT_TRUE(year == ObservedYear(kYear));
}

TEST(ObservedYear, IsReadBackAsItWasKept) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    ObservedYear year(kYear);
    for (int month = 0; month < 12; ++month) {
      for (auto length : {Observation::HOUR, Observation::DAY}) {
        if (random() % 3 == 0) continue;
        std::vector<Sample> samples;
        const absl::CivilMonth of = absl::CivilMonth(kYear) + month;
        for (absl::CivilDay day(of); absl::CivilMonth(day) == of; ++day) {
          samples.push_back(At(absl::CivilMinute(day),
                               Decimal(random() % 1'000'000, static_cast<int>(random() % 4))));
          samples.back().invalid = random() % 9 == 0;
          if (random() % 9 == 0) samples.back().qualifier = Observation::NOT_DETECTED;
        }
        year.SetMonth(length, of, samples);
      }
    }
    std::optional<ObservedDays> packed = year.Pack();
    ASSERT_TRUE(packed.has_value());
    absl::StatusOr<ObservedYear> read = ObservedYear::Unpack(*packed, kYear);
    ASSERT_OK(read);
    EXPECT_TRUE(*read == year);
  }
}

TEST(ObservedYear, NumbersThatDoNotFitAreNotKept) {
  ObservedYear year(kYear);
  const Decimal large(999'999'999'999'999'999, 0), fine(1, 18);
  year.SetMonth(Observation::HOUR, kMay,
                std::vector<Sample>{At(absl::CivilMinute(2024, 5, 1, 0, 0), large),
                                    At(absl::CivilMinute(2024, 5, 1, 1, 0), fine)});
  EXPECT_EQ(year.sum(kFirstOfMay), Ratio(large) + fine);
  EXPECT_FALSE(year.Pack().has_value());
}

TEST(ObservedYear, WhatContradictsItselfIsDataLoss) {
  ObservedDays days;
  days.add_hours(3);
  EXPECT_THAT(ObservedYear::Unpack(days, kYear), StatusIs(absl::StatusCode::kDataLoss));
  days.add_sums(3);
  EXPECT_THAT(ObservedYear::Unpack(days, kYear), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace lucid::indicators
