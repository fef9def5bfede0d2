#include "services/indicators/indicators_air_rules.h"

#include <algorithm>
#include <array>
#include <map>

#include "absl/algorithm/container.h"
#include "services/base/calendar.h"
#include "services/indicators/indicators_set_rules.h"
#include "services/indicators/indicators_standards.h"

namespace lucid::indicators {
namespace {

constexpr absl::CivilDay kEarliest(1900, 1, 1), kLatest(2200, 12, 31);
constexpr absl::string_view kOzone8h = "O3_8H";
constexpr int kHours = 24, kWindow = 8;

absl::CivilDay DayOr(const std::string& text, absl::CivilDay otherwise) {
  return ParseDay(text).value_or(otherwise);
}

// Values that are in the order of their days already.
DayMeans InOrder(DayMeans::sequence_type values) {
  DayMeans means;
  means.adopt_sequence(boost::container::ordered_unique_range, std::move(values));
  return means;
}

// Puts daily values as observed in place of those made from hours.
DayMeans Observed(absl::Span<const Sample> days, DayMeans means) {
  for (const Sample& day : days) {
    if (day.usable()) means.insert_or_assign(day.day(), day.used());
    // A daily value that was marked invalid is not replaced by its hours.
    if (!day.usable()) means.erase(day.day());
  }
  return means;
}

// The greatest 8-hour mean of a day, with how many windows have one.
struct Max8h {
  std::optional<Ratio> mean;
  int windows = 0;
};
Max8h FindMax8h(const std::array<std::optional<Decimal>, kHours>& hours,
                const AirStatistics& rules) {
  Max8h result;
  for (int end = rules.first_window_end; end <= kHours; ++end) {
    RatioSum sum;
    for (int hour = std::max(0, end - kWindow); hour < end; ++hour) {
      if (hours[hour]) sum.Add(*hours[hour]);
    }
    if (sum.count() < rules.hours_per_window) continue;
    ++result.windows;
    Ratio mean = sum.Mean().value();
    if (!result.mean || mean > *result.mean) result.mean = std::move(mean);
  }
  return result;
}

// Whether the value is above the limit of grade II in force that day; no limit is above nothing.
bool IsAboveLimit(absl::CivilDay day, const Ratio& value, absl::Span<const Edition> editions) {
  absl::StatusOr<const Edition*> edition = FindEdition("GB 3095", day, "", editions);
  if (!edition.ok()) return false;
  const Limit* limit = FindLimit(**edition, kOzone8h, v1::Limit::MAX_8H, "II");
  return limit != nullptr && !Complies(*limit, (*edition)->method, value);
}

}  // namespace

absl::string_view HourlyFactorOf(absl::string_view factor) {
  return factor == kOzone8h ? "O3" : factor;
}

v1::Limit::Averaging DailyAveragingOf(absl::string_view factor) {
  return factor == kOzone8h ? v1::Limit::MAX_8H : v1::Limit::DAILY;
}

DayMeans DailyValues(absl::string_view factor, absl::Span<const Sample> days,
                     absl::Span<const Sample> hours, const AirStatistics& rules,
                     absl::Span<const Edition> editions) {
  DayMeans values = factor == kOzone8h ? DailyMax8h(days, hours, rules, editions)
                                       : DailyMeans(days, hours, rules);
  return RoundDays(std::move(values), factor, rules);
}

DayMeans DailyMeans(absl::Span<const Sample> days, absl::Span<const Sample> hours,
                    const AirStatistics& rules) {
  std::map<absl::CivilYear, ObservedYear> years;
  const auto add = [&](absl::Span<const Sample> samples, v1::Observation::Length length) {
    for (size_t begin = 0, end = 0; begin < samples.size(); begin = end) {
      const absl::CivilMonth month(samples[begin].start);
      while (end < samples.size() && absl::CivilMonth(samples[end].start) == month) ++end;
      const absl::CivilYear year(month);
      years.try_emplace(year, year)
          .first->second.SetMonth(length, month, samples.subspan(begin, end - begin));
    }
  };
  add(hours, v1::Observation::HOUR);
  add(days, v1::Observation::DAY);
  DayMeans means;
  for (const auto& [year, observed] : years) {
    const DayMeans of_year = DailyMeans(observed, rules);
    means.insert(of_year.begin(), of_year.end());
  }
  return means;
}

DayMeans DailyMeans(const ObservedYear& year, const AirStatistics& rules) {
  DayMeans::sequence_type means;
  means.reserve(year.size());
  absl::CivilDay day(year.year());
  for (int i = 0; i < year.size(); ++i, ++day) {
    const ObservedDay observed = year.At(i);
    if (observed.daily == v1::ObservedDays::USABLE) {
      means.emplace_back(day, observed.value);
    } else if (observed.daily == v1::ObservedDays::DAILY_UNSPECIFIED &&
               observed.hours >= rules.hours_per_day) {
      // A daily value that was marked invalid is not replaced by its hours.
      means.emplace_back(day, Ratio::Divide(observed.sum, observed.hours).value());
    }
  }
  return InOrder(std::move(means));
}

DayMeans DailyMax8h(absl::Span<const Sample> days, absl::Span<const Sample> hours,
                    const AirStatistics& rules, absl::Span<const Edition> editions) {
  std::map<absl::CivilDay, std::array<std::optional<Decimal>, kHours>> by_day;
  for (const Sample& hour : hours) {
    if (hour.usable()) by_day[hour.day()][hour.start.hour()] = hour.used();
  }
  DayMeans values;
  for (const auto& [day, of_day] : by_day) {
    const Max8h max = FindMax8h(of_day, rules);
    if (!max.mean) continue;
    if (max.windows >= rules.windows_per_day || IsAboveLimit(day, *max.mean, editions)) {
      values.emplace(day, *max.mean);
    }
  }
  return Observed(days, std::move(values));
}

DayMeans DailyMax1h(absl::Span<const Sample> hours) {
  DayMeans values;
  for (const Sample& hour : hours) {
    if (!hour.usable()) continue;
    Ratio value = hour.used();
    auto [day, is_new] = values.emplace(hour.day(), value);
    if (!is_new && value > day->second) day->second = value;
  }
  return values;
}

Membership::Membership(const v1::Site& site, v1::AssessmentSet::Level set) {
  for (const v1::AssessmentSpan& span : SpansOf(site)) {
    if (set != v1::AssessmentSet::LEVEL_UNSPECIFIED && span.set() != set) continue;
    in_set_.push_back({DayOr(span.from_day(), kEarliest), DayOr(span.to_day(), kLatest), true});
  }
  for (const v1::StationRole& role : site.roles()) {
    roles_.push_back({DayOr(role.from_day(), kEarliest), DayOr(role.to_day(), kLatest),
                      role.role() != v1::StationRole::CLEAN_CONTROL});
  }
}

bool Membership::Contains(absl::CivilDay day) const {
  if (absl::c_none_of(in_set_,
                      [&](const Days& span) { return span.from <= day && day <= span.to; })) {
    return false;
  }
  for (const Days& role : roles_) {
    if (role.from <= day && day <= role.to) return role.counts;
  }
  return true;
}

DayMeans CityMeans(absl::Span<const Station> stations, absl::CivilDay from, absl::CivilDay to,
                   const AirStatistics& rules) {
  if (to < from) return {};
  DayMeans::sequence_type means;
  means.reserve(to - from + 1);
  std::vector<DayMeans::const_iterator>
      next;  // of each station: the first value not before the day
  for (const Station& station : stations) next.push_back(station.means.lower_bound(from));
  for (absl::CivilDay day = from; day <= to; ++day) {
    int counting = 0;
    RatioSum valid;
    for (size_t i = 0; i < stations.size(); ++i) {
      const bool has_value = next[i] != stations[i].means.end() && next[i]->first == day;
      const bool counts = stations[i].counts.Contains(day);
      counting += counts;
      if (counts && has_value) valid.Add(next[i]->second);
      next[i] += has_value;
    }
    const int percent =
        counting < rules.few_stations ? rules.few_stations_percent : rules.stations_percent;
    if (valid.count() == 0 || valid.count() * 100 < int64_t{counting} * percent) continue;
    means.emplace_back(day, valid.Mean().value());
  }
  return InOrder(std::move(means));
}

DayMeans RoundDays(DayMeans days, absl::string_view factor, const AirStatistics& rules) {
  auto digits = rules.day_digits.find(factor);
  if (digits == rules.day_digits.end()) return days;
  for (auto& [day, value] : days) {
    absl::StatusOr<Decimal> rounded = value.Round(digits->second);
    if (rounded.ok()) value = *rounded;
  }
  return days;
}

}  // namespace lucid::indicators
