// Daily values of air by HJ 663-2013 and the validity counts of GB 3095 table 4: from hours to the
// day, and from stations to the city. Pure functions.
//
// The standards label an hour by its end, observations by their start: the hour that starts at
// 00:00 is hour 1 of its day, and the one that starts at 23:00 is hour 24 of the same day.
#pragma once

#include <boost/container/flat_map.hpp>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "lucid/indicators/v1/site.pb.h"
#include "services/base/ratio.h"
#include "services/indicators/indicators_days.h"
#include "services/indicators/indicators_runs.h"
#include "services/indicators/indicators_standards.h"

namespace lucid::indicators {

// A day as a number, which is cheaper to find and to compare than a date.
class DayNumber {
 public:
  DayNumber(absl::CivilDay day) : number_(day - absl::CivilDay(1970)) {}
  operator absl::CivilDay() const { return absl::CivilDay(1970) + number_; }

  DayNumber operator+(int64_t days) const { return DayNumber(number_ + days); }
  auto operator<=>(const DayNumber& other) const = default;

 private:
  explicit DayNumber(int64_t number) : number_(number) {}

  int64_t number_;
};

// Valid daily values by day.
using DayMeans = boost::container::flat_map<DayNumber, Ratio>;

// The factor whose hourly values make the daily values of this one: O3 of O3_8H, else itself.
absl::string_view HourlyFactorOf(absl::string_view factor);

// Over what the limits for daily values of the factor are averaged.
v1::Limit::Averaging DailyAveragingOf(absl::string_view factor);

// The daily values of a factor at one station: those observed, and where a day has none, made from
// the hours of HourlyFactorOf(factor), rounded to the digits of the edition if it has any.
DayMeans DailyValues(absl::string_view factor, absl::Span<const Sample> days,
                     absl::Span<const Sample> hours,
                     const AirStatistics& rules = LatestAirStatistics(),
                     absl::Span<const Edition> editions = Editions());

// The same where a day's value is the mean of its hours, if enough of them are usable.
DayMeans DailyMeans(absl::Span<const Sample> days, absl::Span<const Sample> hours,
                    const AirStatistics& rules = LatestAirStatistics());
DayMeans DailyMeans(const ObservedYear& year, const AirStatistics& rules = LatestAirStatistics());

// The greatest 8-hour mean of each day over the windows that end at hours 8 … 24. A window needs 6
// of its hours, a day 14 windows or a greatest mean above the limit of grade II that is in force
// that day by the editions.
DayMeans DailyMax8h(absl::Span<const Sample> days, absl::Span<const Sample> hours,
                    const AirStatistics& rules = LatestAirStatistics(),
                    absl::Span<const Edition> editions = Editions());

// The greatest usable hourly value of each day.
DayMeans DailyMax1h(absl::Span<const Sample> hours);

// On which days a site counts in its city's value: it is in the set (unspecified: in any) and no
// clean control station 清洁对照点 then.
class Membership {
 public:
  // Days in a row, the last one included.
  struct Span {
    absl::CivilDay from;
    absl::CivilDay to;
  };

  explicit Membership(const v1::Site& site,
                      v1::AssessmentSet::Level set = v1::AssessmentSet::LEVEL_UNSPECIFIED);
  bool Contains(absl::CivilDay day) const;
  // The parts of from … to that it contains, in their order.
  std::vector<Span> Within(absl::CivilDay from, absl::CivilDay to) const;

 private:
  std::vector<Span> spans_;  // in their order, apart from each other
};

// A station with its daily values.
struct Station {
  Membership counts;
  DayMeans means;
};

// The city's daily values: each the mean over the stations that count on that day, where enough of
// them are valid.
DayMeans CityMeans(absl::Span<const Station> stations, absl::CivilDay from, absl::CivilDay to,
                   const AirStatistics& rules = LatestAirStatistics());

// Rounded to the digits of the edition for daily values of the factor, where it has any.
DayMeans RoundDays(DayMeans days, absl::string_view factor, const AirStatistics& rules);

}  // namespace lucid::indicators
