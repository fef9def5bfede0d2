#include "services/indicators/indicators_city_rules.h"

#include <set>

#include "services/base/calendar.h"
#include "services/indicators/indicators_aqi_rules.h"

namespace lucid::indicators {

bool EverCounts(const v1::Site& site, const Period& period) {
  const Membership membership(site);
  for (absl::CivilDay day = *period.from; day <= period.last(); ++day) {
    if (membership.Contains(day)) return true;
  }
  return false;
}

DayMeans Counted(const v1::Site& site, const DayMeans& values, const Period& period) {
  const Membership membership(site);
  DayMeans counted;
  counted.reserve(values.size());
  for (const auto& [day, value] : values) {
    if (period.Contains(day) && membership.Contains(day)) {
      counted.emplace_hint(counted.end(), day, value);
    }
  }
  return counted;
}

AirDays CityAir(absl::Span<const StationAir> stations, const Period& period) {
  const AirStatistics& rules = AirStatisticsOn(period.to);
  std::map<std::string, std::vector<Station>> by_factor;
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
          {Membership(*station.site), days == station.days.end() ? DayMeans() : days->second});
    }
    city[factor] =
        RoundDays(CityMeans(counting, *period.from, period.last(), rules), factor, rules);
  }
  return city;
}

const std::vector<std::string>& FactorsOfIndex() {
  static const auto& factors = *[] {
    std::set<std::string> found;
    for (const AqiTable& table : AqiTables()) {
      for (const Breakpoints& row : table.breakpoints) {
        if (row.averaging != v1::Limit::HOURLY) found.insert(row.factor);
      }
    }
    return new std::vector<std::string>(found.begin(), found.end());
  }();
  return factors;
}

std::vector<v1::AirQuality> IndexDays(const AirDays& values, absl::CivilDay from, absl::CivilDay to,
                                      absl::string_view edition) {
  std::vector<v1::AirQuality> days;
  for (absl::CivilDay day = from; day <= to; ++day) {
    v1::AirQuality& quality = days.emplace_back();
    absl::StatusOr<const AqiTable*> table = FindAqiTable(day, edition);
    if (table.ok()) {
      Concentrations concentrations;
      for (const auto& [factor, of_days] : values) {
        auto value = of_days.find(day);
        if (value != of_days.end()) concentrations.emplace(factor, value->second);
      }
      quality = IndexOf(**table, concentrations);
    } else {
      quality.set_na_reason("NA:当日无已知现行的 HJ 633");
    }
    quality.set_day(FormatDay(day));
  }
  return days;
}

}  // namespace lucid::indicators
