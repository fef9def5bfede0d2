// From the daily values of stations to those of their city, and to its air quality index. Pure
// functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "lucid/indicators/v1/air_quality.pb.h"
#include "lucid/indicators/v1/site.pb.h"
#include "services/indicators/indicators_air_rules.h"
#include "services/indicators/indicators_value_rules.h"

namespace lucid::indicators {

// Daily values by factor; those of "O3" are the greatest 1-hour values.
using AirDays = std::map<std::string, DayMeans>;

// A station with its daily values.
struct StationAir {
  const v1::Site* site;
  AirDays days;
  // The set in which it counts; unspecified: in any.
  v1::AssessmentSet::Level set = v1::AssessmentSet::LEVEL_UNSPECIFIED;

  Membership counts() const { return Membership(*site, set); }
};

// Whether the station counts on any day of the period.
bool EverCounts(const Membership& counts, const Period& period);
// The values of the days of the period on which the station counts.
DayMeans Counted(const Membership& counts, DayMeans values, const Period& period);
AirDays Counted(const StationAir& station, const Period& period);

// The city's daily values from those of its stations, each on the days on which it counts.
AirDays CityAir(absl::Span<const StationAir> stations, const Period& period,
                const AirStatistics& rules);

// The factors whose daily values the index needs by any of the editions.
std::vector<std::string> FactorsOfIndex(absl::Span<const Edition> editions);

// The index of every day from … to: by `edition`, or where that is empty by the one in force on the
// day. Where none is in force there is no index.
std::vector<v1::AirQuality> IndexDays(const AirDays& values, absl::CivilDay from, absl::CivilDay to,
                                      absl::string_view edition,
                                      absl::Span<const Edition> editions = Editions());

}  // namespace lucid::indicators
