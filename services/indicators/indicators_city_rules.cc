#include "services/indicators/indicators_city_rules.h"

#include <set>

#include "services/base/calendar.h"
#include "services/indicators/indicators_aqi_rules.h"

namespace lucid::indicators {

bool EverCounts(const Membership& counts, const Period& period) {
  return !counts.Within(*period.from, period.last()).empty();
}

DayMeans Counted(const Membership& counts, DayMeans values, const Period& period) {
  DayMeans counted;
  for (const Membership::Span& span : counts.Within(*period.from, period.last())) {
    const auto begin = values.lower_bound(span.from), end = values.upper_bound(span.to);
    if (begin == values.begin() && end == values.end()) return values;
    counted.insert(boost::container::ordered_unique_range, begin, end);
  }
  return counted;
}

AirDays Counted(const StationAir& station, const Period& period) {
  const Membership counts = station.counts();
  AirDays days;
  for (const auto& [factor, values] : station.days) days[factor] = Counted(counts, values, period);
  return days;
}

AirDays CityAir(absl::Span<const StationAir> stations, const Period& period,
                const AirStatistics& rules) {
  std::set<std::string> factors;
  for (const StationAir& station : stations) {
    for (const auto& [factor, days] : station.days) factors.insert(factor);
  }
  AirDays city;
  for (const std::string& factor : factors) {
    std::vector<Station> counting;
    for (const StationAir& station : stations) {
      auto days = station.days.find(factor);
      counting.push_back(
          {station.counts(), days == station.days.end() ? DayMeans() : days->second});
    }
    city[factor] =
        RoundDays(CityMeans(counting, *period.from, period.last(), rules), factor, rules);
  }
  return city;
}

std::vector<std::string> FactorsOfIndex(absl::Span<const Edition> editions) {
  std::set<std::string> found;
  for (const Edition& edition : editions) {
    for (const Breakpoints& row : edition.breakpoints) {
      if (row.averaging != v1::Limit::HOURLY) found.insert(row.factor);
    }
  }
  return {found.begin(), found.end()};
}

std::vector<v1::AirQuality> IndexDays(const AirDays& values, absl::CivilDay from, absl::CivilDay to,
                                      absl::string_view edition,
                                      absl::Span<const Edition> editions) {
  std::vector<v1::AirQuality> days;
  for (absl::CivilDay day = from; day <= to; ++day) {
    v1::AirQuality& quality = days.emplace_back();
    absl::StatusOr<const Edition*> index = FindEdition(kIndexStandard, day, edition, editions);
    if (index.ok()) {
      Concentrations concentrations;
      for (const auto& [factor, of_days] : values) {
        auto value = of_days.find(day);
        if (value != of_days.end()) concentrations.emplace(factor, value->second);
      }
      quality = IndexOf(**index, concentrations);
    } else {
      quality.set_na_reason("NA:当日无已知现行的 HJ 633");
    }
    quality.set_day(FormatDay(day));
  }
  return days;
}

}  // namespace lucid::indicators
