#include "services/indicators/indicators_air_standards.h"

#include "absl/strings/str_cat.h"
#include "services/base/status.h"

namespace lucid::indicators {

AirStatistics ReadAirStatistics(const v1::Standard& standard) {
  const v1::AirValidity& validity = standard.air_validity();
  AirStatistics read;
  read.label = absl::StrCat(standard.name(), "-", standard.edition());
  read.hours_per_day = validity.hours_per_day();
  read.hours_per_window = validity.hours_per_window();
  read.windows_per_day = validity.windows_per_day();
  read.first_window_end = validity.first_window_end();
  read.days_per_month = validity.days_per_month();
  read.days_per_february = validity.days_per_february();
  read.days_per_year = validity.days_per_year();
  read.stations_percent = validity.stations_percent();
  read.few_stations_percent = validity.few_stations_percent();
  read.few_stations = validity.few_stations();
  for (const v1::AirValidity::Percentile& one : validity.percentiles()) {
    read.percentiles.emplace(one.factor(), one.percent());
  }
  for (const v1::AirValidity::Digits& one : validity.day_digits()) {
    read.day_digits.emplace(one.factor(), one.decimals());
  }
  return read;
}

absl::StatusOr<Breakpoints> ReadBreakpoints(const v1::Breakpoints& breakpoints) {
  Breakpoints read{breakpoints.factor(),
                   breakpoints.averaging(),
                   breakpoints.unit(),
                   breakpoints.decimals(),
                   {},
                   {breakpoints.indices().begin(), breakpoints.indices().end()},
                   breakpoints.beyond()};
  for (const std::string& text : breakpoints.concentrations()) {
    ASSIGN_OR_RETURN(Decimal concentration, Decimal::Parse(text));
    read.concentrations.push_back(concentration);
  }
  return read;
}

}  // namespace lucid::indicators
