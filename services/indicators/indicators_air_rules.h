// Means of air by HJ 663-2013 and the validity counts of GB 3095 table 4: hour → day → month →
// year, and from stations to the city. Pure functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "lucid/indicators/v1/site.pb.h"
#include "services/base/ratio.h"
#include "services/indicators/indicators_runs.h"

namespace lucid::indicators {

// The least numbers of values that make a mean valid.
struct AirValidity {
  int hours_per_day = 20;
  int days_per_month = 27;
  int days_per_february = 25;
  int days_per_year = 324;
  // Stations of a city: this share, in percent, or the other one where there are fewer than four.
  int stations_percent = 75;
  int few_stations_percent = 50;
  int few_stations = 4;
};
inline constexpr AirValidity kAirValidity;

// Valid 24-hour means by day.
using DayMeans = std::map<absl::CivilDay, Ratio>;

// The daily means of one station: daily values as observed, and where a day has none, the mean of
// its hourly values if enough of them are usable.
DayMeans DailyMeans(absl::Span<const Sample> days, absl::Span<const Sample> hours);

// On which days a site counts in its city's value: it is in the set (unspecified: in any) and no
// clean control station 清洁对照点 then.
class Membership {
 public:
  explicit Membership(const v1::Site& site,
                      v1::AssessmentSet::Level set = v1::AssessmentSet::LEVEL_UNSPECIFIED);
  bool Contains(absl::CivilDay day) const;

 private:
  struct Days {
    absl::CivilDay from;
    absl::CivilDay to;
    bool counts;
  };
  std::vector<Days> in_set_;
  std::vector<Days> roles_;
};

// A station with its daily means.
struct Station {
  Membership counts;
  DayMeans means;
};

// The city's daily means: each the mean over the stations that count on that day, where enough of
// them are valid.
DayMeans CityMeans(absl::Span<const Station> stations, absl::CivilDay from, absl::CivilDay to);

// A mean over days, with what makes it valid or not.
struct PeriodMean {
  std::optional<Ratio> mean;  // absent where there is no day at all
  int used = 0;               // days
  int required = 0;
  bool valid = false;
  std::string shortfall;  // why it is not valid: "2月 24 天(须 25 天)"
};

// The mean over the days of a calendar year, or of a calendar month.
PeriodMean AnnualMean(const DayMeans& days, absl::CivilYear year);
PeriodMean MonthlyMean(const DayMeans& days, absl::CivilMonth month);

}  // namespace lucid::indicators
