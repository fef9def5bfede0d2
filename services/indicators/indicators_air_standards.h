// What the standards of air say beside limits, as evaluations use it: the counts that make a
// statistic valid (HJ 663, GB 3095 table 4), and the breakpoints of the air quality index (HJ 633).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lucid/indicators/v1/standard.pb.h"
#include "services/base/decimal.h"

namespace lucid::indicators {

// The least numbers of values that make a statistic valid, and how statistics are made.
struct AirStatistics {
  std::string label;  // "HJ 663-2013"
  int hours_per_day = 0;
  int hours_per_window = 0;  // of the eight of a window
  int windows_per_day = 0;
  int first_window_end = 0;  // the hour, labelled by its end; the last window ends at 24
  int days_per_month = 0;
  int days_per_february = 0;
  int days_per_year = 0;
  // Stations of a city: this share, in percent, or the other one where there are fewer than so
  // many.
  int stations_percent = 0;
  int few_stations_percent = 0;
  int few_stations = 0;
  // Which percentile of the daily values assesses a factor, in percent.
  std::map<std::string, int, std::less<>> percentiles;
  // To how many digits the daily values of a station and of a city are rounded before they are used
  // further; a factor that is not listed is not rounded.
  std::map<std::string, int, std::less<>> day_digits;
};

// The breakpoints of one pollutant for one averaging time.
struct Breakpoints {
  std::string factor;
  v1::Limit::Averaging averaging;
  std::string unit;
  int decimals;  // to which a concentration is rounded first
  std::vector<Decimal> concentrations;
  std::vector<int> indices;  // as many
  v1::Breakpoints::Beyond beyond;
};

AirStatistics ReadAirStatistics(const v1::Standard& standard);

// INVALID_ARGUMENT where a concentration is no number.
absl::StatusOr<Breakpoints> ReadBreakpoints(const v1::Breakpoints& breakpoints);

}  // namespace lucid::indicators
