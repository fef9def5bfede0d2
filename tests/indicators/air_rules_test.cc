// Daily values of air: validity counts on, just below and just above, the windows of ozone, and who
// counts in a city.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "absl/algorithm/container.h"
#include "services/base/calendar.h"
#include "services/indicators/indicators_air_rules.h"

namespace lucid::indicators {
namespace {

std::vector<Sample> Hours(absl::CivilDay day, int count, Decimal value) {
  std::vector<Sample> hours(count);
  for (int i = 0; i < count; ++i) {
    hours[i].start = absl::CivilMinute(absl::CivilHour(day) + i);
    hours[i].value = value;
  }
  return hours;
}

TEST(DailyMeans, NeedTwentyHours) {
  const absl::CivilDay day(2023, 5, 1);
  EXPECT_EQ(DailyMeans({}, Hours(day, 20, 35)).count(day), 1u);
  EXPECT_EQ(DailyMeans({}, Hours(day, 19, 35)).count(day), 0u);
  auto hours = Hours(day, 20, 35);
  hours[7].invalid = true;
  EXPECT_EQ(DailyMeans({}, hours).count(day), 0u);
  hours = Hours(day, 24, 30);
  hours[3].value = 54;
  EXPECT_EQ(DailyMeans({}, hours).at(day), Ratio(31));
}

TEST(DailyMeans, ADailyValueGoesBeforeItsHours) {
  const absl::CivilDay day(2023, 5, 1);
  Sample daily;
  daily.start = absl::CivilMinute(day);
  daily.value = 40;
  EXPECT_EQ(DailyMeans({daily}, Hours(day, 24, 35)).at(day), Ratio(40));
  daily.invalid = true;
  EXPECT_EQ(DailyMeans({daily}, Hours(day, 24, 35)).count(day), 0u);
}

TEST(DailyMeans, WhatWasNotDetectedCountsAsHalfTheLimit) {
  const absl::CivilDay day(2023, 5, 1);
  auto hours = Hours(day, 24, 0.05_dec);
  for (Sample& hour : hours) hour.qualifier = v1::Observation::NOT_DETECTED;
  EXPECT_EQ(DailyMeans({}, hours).at(day), Ratio(0.025_dec));
}

// The hours of one day from 00:00 on; an empty text is a missing hour.
std::vector<Sample> HoursOf(absl::CivilDay day, const std::vector<std::string>& values) {
  std::vector<Sample> hours;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].empty()) continue;
    Sample& hour = hours.emplace_back();
    hour.start = absl::CivilMinute(absl::CivilHour(day) + static_cast<int>(i));
    hour.value = Decimal::Parse(values[i]).value();
  }
  return hours;
}

const absl::CivilDay kDay(2023, 6, 1);

// An hour is labelled by its end: windows end at 08 … 24, so the first is made of the hours that
// start at 00:00 … 07:00, and the last of those that start at 16:00 … 23:00.
TEST(DailyMax8h, WindowsEndAtEightToTwentyFourAndStayWithinTheDay) {
  for (int first = 0; first + 8 <= 24; ++first) {
    std::vector<std::string> values(24, "10");
    for (int i = first; i < first + 8; ++i) values[i] = "90";
    EXPECT_EQ(DailyMax8h({}, HoursOf(kDay, values)).at(kDay), Ratio(90)) << first;
  }
  // Seven hours at the end of one day and one at the beginning of the next are in no window.
  std::vector<Sample> hours = HoursOf(kDay, std::vector<std::string>(24, "8"));
  for (Sample& hour : HoursOf(kDay + 1, std::vector<std::string>(24, "8"))) hours.push_back(hour);
  for (int i = 17; i <= 24; ++i) hours[i].value = 80;
  DayMeans days = DailyMax8h({}, hours);
  EXPECT_EQ(days.at(kDay), Ratio(71));      // (8 + 7 × 80) ÷ 8
  EXPECT_EQ(days.at(kDay + 1), Ratio(17));  // (80 + 7 × 8) ÷ 8
}

TEST(DailyMax8h, AWindowNeedsSixHours) {
  for (int last = 15; last <= 24; ++last) {
    std::vector<std::string> values(24);
    for (int hour = 0; hour < last; ++hour) values[hour] = "50";
    // Windows with at least 6 of 8 hours: those that end by last + 2.
    const int windows = std::min(24, last + 2) - 8 + 1;
    EXPECT_EQ(DailyMax8h({}, HoursOf(kDay, values)).count(kDay), windows >= 14 ? 1u : 0u) << last;
  }
}

TEST(DailyMax8h, ADayNeedsFourteenWindowsOrAValueAboveTheLimit) {
  std::vector<std::string> values(24);
  for (int hour = 0; hour < 18; ++hour) values[hour] = "160";  // 13 windows
  EXPECT_EQ(DailyMax8h({}, HoursOf(kDay, values)).count(kDay), 0u);
  values[18] = "160";  // 14
  EXPECT_EQ(DailyMax8h({}, HoursOf(kDay, values)).at(kDay), Ratio(160));
  // Above the limit, compared with the digits of the limit: 160.5 is 160, 160.6 is 161.
  for (auto [value, counts] : {std::pair{"160", 0u}, {"160.5", 0u}, {"160.6", 1u}, {"161", 1u}}) {
    std::vector<std::string> few(24);
    for (int hour = 0; hour < 6; ++hour) few[hour] = value;
    EXPECT_EQ(DailyMax8h({}, HoursOf(kDay, few)).count(kDay), counts) << value;
  }
  // Where no edition is known there is no limit to be above.
  std::vector<std::string> few(24);
  for (int hour = 0; hour < 6; ++hour) few[hour] = "500";
  EXPECT_TRUE(DailyMax8h({}, HoursOf(absl::CivilDay(2015, 6, 1), few)).empty());
  EXPECT_TRUE(DailyMax8h({}, {}).empty());
}

TEST(DailyMax8h, InvalidHoursAreGapsAndADailyValueGoesFirst) {
  std::vector<Sample> hours = HoursOf(kDay, std::vector<std::string>(24, "50"));
  hours[3].value = 900;
  hours[3].invalid = true;
  EXPECT_EQ(DailyMax8h({}, hours).at(kDay), Ratio(50));
  for (Sample& hour : hours) hour.invalid = true;
  EXPECT_TRUE(DailyMax8h({}, hours).empty());
  Sample daily;
  daily.start = absl::CivilMinute(kDay);
  daily.value = 77;
  EXPECT_EQ(DailyMax8h({daily}, hours).at(kDay), Ratio(77));
}

TEST(DailyMax8h, ExactFractionsAreCompared) {
  std::vector<std::string> values(24, "100");
  values[0] = "100.001";
  EXPECT_EQ(DailyMax8h({}, HoursOf(kDay, values)).at(kDay) * 8, Ratio(800.001_dec));
}

TEST(DailyMax1h, IsTheGreatestHour) {
  std::vector<std::string> values(24, "100");
  values[23] = "250.5";
  EXPECT_EQ(DailyMax1h(HoursOf(kDay, values)).at(kDay), Ratio(250.5_dec));
  EXPECT_TRUE(DailyMax1h({}).empty());
}

TEST(DailyValues, AreMadeByTheRuleOfTheFactorAndRoundedByTheEdition) {
  EXPECT_EQ(HourlyFactorOf("O3_8H"), "O3");
  EXPECT_EQ(HourlyFactorOf("CO"), "CO");
  std::vector<std::string> values(24, "10");
  for (int hour = 0; hour < 8; ++hour) values[hour] = "90.5";
  const std::vector<Sample> hours = HoursOf(kDay, values);
  EXPECT_EQ(DailyValues("O3_8H", {}, hours).at(kDay), Ratio(90.5_dec));
  EXPECT_EQ(DailyValues("PM10", {}, hours).at(kDay) * 3, Ratio(110.5_dec));
  AirStatistics rules = LatestAirStatistics();
  EXPECT_TRUE(rules.day_digits.empty());  // HJ 663-2013: intermediate results are exact
  rules.day_digits = {{"O3_8H", 0}};
  EXPECT_EQ(DailyValues("O3_8H", {}, hours, rules).at(kDay), Ratio(90));
  EXPECT_EQ(DailyValues("PM10", {}, hours, rules).at(kDay) * 3, Ratio(110.5_dec));
}

TEST(DailyMeans, TheDayOfFebruary29IsADay) {
  const absl::CivilDay leap(2024, 2, 29);
  EXPECT_EQ(DailyMeans({}, HoursOf(leap, std::vector<std::string>(24, "7"))).at(leap), Ratio(7));
}

v1::Site StationSite(const std::string& id) {
  v1::Site site;
  site.set_id(id);
  site.set_kind(v1::Site::AIR_STATION);
  return site;
}

TEST(Membership, AStationsRoleIsDated) {
  v1::Site site = StationSite("s");
  site.set_from_day("2022-01-01");
  site.set_to_day("2023-12-31");
  auto& role = *site.add_roles();
  role.set_role(v1::StationRole::CLEAN_CONTROL);
  role.set_from_day("2023-01-01");
  role.set_to_day("2023-06-30");
  Membership membership(site);
  EXPECT_FALSE(membership.Contains(absl::CivilDay(2021, 12, 31)));
  EXPECT_TRUE(membership.Contains(absl::CivilDay(2022, 1, 1)));
  EXPECT_FALSE(membership.Contains(absl::CivilDay(2023, 1, 1)));
  EXPECT_FALSE(membership.Contains(absl::CivilDay(2023, 6, 30)));
  EXPECT_TRUE(membership.Contains(absl::CivilDay(2023, 7, 1)));
  EXPECT_FALSE(membership.Contains(absl::CivilDay(2024, 1, 1)));
}

// By the rule itself, day by day: in the set, and the first role that holds is not the control's.
bool CountsOn(const v1::Site& site, v1::AssessmentSet::Level set, absl::CivilDay day) {
  const auto holds = [&](const auto& dated) {
    const std::string text = FormatDay(day);
    return dated.from_day() <= text && (dated.to_day().empty() || text <= dated.to_day());
  };
  const auto role = absl::c_find_if(site.roles(), holds);
  const bool control = role != site.roles().end() && role->role() == v1::StationRole::CLEAN_CONTROL;
  return !control && absl::c_any_of(site.assessments(), [&](const v1::AssessmentSpan& span) {
    return span.set() == set && holds(span);
  });
}

TEST(Membership, ItsSpansAreTheDaysOnWhichTheSiteCounts) {
  const absl::CivilDay first(2023, 12, 1), last(2024, 3, 31);
  std::mt19937 random(11);
  const auto date = [&](auto& dated) {
    const absl::CivilDay from = first + static_cast<int>(random() % 130);
    if (random() % 4 != 0) dated.set_from_day(FormatDay(from));
    if (random() % 4 != 0) dated.set_to_day(FormatDay(from + static_cast<int>(random() % 40)));
  };
  for (int round = 0; round < 500; ++round) {
    v1::Site site = StationSite("s");
    for (size_t i = 0, count = 1 + random() % 4; i < count; ++i) {
      auto& span = *site.add_assessments();
      span.set_set(random() % 2 == 0 ? v1::AssessmentSet::NATIONAL : v1::AssessmentSet::PROVINCIAL);
      date(span);
    }
    for (size_t i = 0, count = random() % 4; i < count; ++i) {
      auto& role = *site.add_roles();
      role.set_role(random() % 2 == 0 ? v1::StationRole::CLEAN_CONTROL
                                      : v1::StationRole::ASSESSMENT);
      date(role);
    }
    const Membership membership(site, v1::AssessmentSet::NATIONAL);
    std::set<absl::CivilDay> in_spans;
    absl::CivilDay end = first - 1;
    for (const Membership::Span& span : membership.Within(first, last)) {
      EXPECT_GT(span.from, end) << site.DebugString();
      for (absl::CivilDay day = span.from; day <= span.to; ++day) in_spans.insert(day);
      end = span.to;
    }
    for (absl::CivilDay day = first; day <= last; ++day) {
      const bool counts = CountsOn(site, v1::AssessmentSet::NATIONAL, day);
      ASSERT_EQ(membership.Contains(day), counts) << FormatDay(day) << site.DebugString();
      ASSERT_EQ(in_spans.contains(day), counts) << FormatDay(day) << site.DebugString();
    }
  }
}

TEST(CityMeans, NeedThreeQuartersOfTheStationsOrHalfOfFew) {
  const absl::CivilDay day(2023, 5, 1);
  const struct {
    int stations, valid;
    bool mean;
  } kCases[] = {{1, 1, true}, {1, 0, false}, {2, 1, true}, {3, 1, false},
                {3, 2, true}, {4, 2, false}, {4, 3, true}, {5, 3, false},
                {5, 4, true}, {8, 5, false}, {8, 6, true}, {0, 0, false}};
  for (const auto& c : kCases) {
    std::vector<Station> stations;
    for (int i = 0; i < c.stations; ++i) {
      DayMeans means;
      if (i < c.valid) means.emplace(day, Ratio(10 + i));
      stations.push_back({Membership(StationSite("s")), means});
    }
    DayMeans city = CityMeans(stations, day, day);
    ASSERT_EQ(city.size(), c.mean ? 1u : 0u) << c.stations << "/" << c.valid;
    // The mean of 10, 11, …
    if (c.mean) {
      EXPECT_EQ(city.at(day) * 2, Ratio(20 + c.valid - 1));
    }
  }
}

TEST(CityMeans, AStationThatChangesItsRoleCountsWhileItIsOne) {
  v1::Site changing = StationSite("c");
  v1::StationRole& role = *changing.add_roles();
  role.set_role(v1::StationRole::CLEAN_CONTROL);
  role.set_from_day("2023-07-01");
  const absl::CivilDay before(2023, 6, 30), after(2023, 7, 1);
  const DayMeans low = {{before, 10}, {after, 10}}, high = {{before, 30}, {after, 30}};
  std::vector<Station> stations = {{Membership(StationSite("s")), high},
                                   {Membership(changing), low}};
  const DayMeans city = CityMeans(stations, before, after);
  EXPECT_EQ(city.at(before), Ratio(20));
  EXPECT_EQ(city.at(after), Ratio(30));
}

// A city's value lies between the least and the greatest of its stations.
TEST(CityMeans, LieBetweenTheStations) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<Station> stations;
    std::vector<Ratio> valid;
    const int count = 1 + static_cast<int>(random() % 9);
    for (int i = 0; i < count; ++i) {
      DayMeans means;
      if (random() % 5 != 0) {
        means.emplace(kDay, Ratio(Decimal(static_cast<int64_t>(random() % 1'000'000), 3)));
        valid.push_back(means.at(kDay));
      }
      stations.push_back({Membership(StationSite("s")), means});
    }
    const DayMeans city = CityMeans(stations, kDay, kDay);
    if (city.empty()) continue;
    EXPECT_GE(city.at(kDay), *std::min_element(valid.begin(), valid.end()));
    EXPECT_LE(city.at(kDay), *std::max_element(valid.begin(), valid.end()));
  }
}

}  // namespace
}  // namespace lucid::indicators
