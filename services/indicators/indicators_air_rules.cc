#include "services/indicators/indicators_air_rules.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

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
  return text.empty() ? otherwise : ParseDay(text).value_or(otherwise);
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

bool CountsOn(absl::CivilDay day, const v1::Site& site, v1::AssessmentSet::Level set) {
  const auto role = absl::c_find_if(site.roles(), [&](const v1::StationRole& dated) {
    return DayOr(dated.from_day(), kEarliest) <= day && day <= DayOr(dated.to_day(), kLatest);
  });
  const bool control = role != site.roles().end() && role->role() == v1::StationRole::CLEAN_CONTROL;
  return !control && SpanOn(site, set, day).has_value();
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
  const DayNumber january = absl::CivilDay(year.year());
  for (int i = 0; i < year.size(); ++i) {
    const ObservedYear::Daily daily = year.daily(i);
    if (daily == v1::ObservedDays::USABLE) {
      means.emplace_back(january + i, year.value(i));
    } else if (daily == v1::ObservedDays::DAILY_UNSPECIFIED &&
               year.hours(i) >= rules.hours_per_day) {
      // A daily value that was marked invalid is not replaced by its hours.
      means.emplace_back(january + i, year.mean(i));
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
  // Nothing changes between two of these days, and nothing counts from the last one on.
  std::set<absl::CivilDay> changes;
  const auto add_changes = [&](const auto& dated) {
    changes.insert(DayOr(dated.from_day(), kEarliest));
    changes.insert(DayOr(dated.to_day(), kLatest) + 1);
  };
  absl::c_for_each(SpansOf(site), add_changes);
  absl::c_for_each(site.roles(), add_changes);
  for (auto day = changes.begin(); std::next(day) != changes.end(); ++day) {
    if (!CountsOn(*day, site, set)) continue;
    if (spans_.empty() || spans_.back().to + 1 != *day) spans_.push_back({*day, *day});
    spans_.back().to = *std::next(day) - 1;
  }
}

bool Membership::Contains(absl::CivilDay day) const {
  return absl::c_any_of(spans_,
                        [&](const Span& span) { return span.from <= day && day <= span.to; });
}

std::vector<Membership::Span> Membership::Within(absl::CivilDay from, absl::CivilDay to) const {
  std::vector<Span> within;
  for (const Span& span : spans_) {
    const Span part{std::max(span.from, from), std::min(span.to, to)};
    if (part.from <= part.to) within.push_back(part);
  }
  return within;
}

DayMeans CityMeans(absl::Span<const Station> stations, absl::CivilDay from, absl::CivilDay to,
                   const AirStatistics& rules) {
  if (to < from) return {};
  const int days = static_cast<int>(to - from) + 1;
  struct Values {
    std::vector<char> counts;       // by day
    DayMeans::const_iterator next;  // the first not before the day
    DayMeans::const_iterator end;
  };
  std::vector<Values> values;
  for (const auto& [counts, means] : stations) {
    Values& of_station =
        values.emplace_back(Values{std::vector<char>(days), means.lower_bound(from), means.end()});
    for (const Membership::Span& span : counts.Within(from, to)) {
      std::fill_n(of_station.counts.begin() + (span.from - from), span.to - span.from + 1, true);
    }
  }
  DayMeans::sequence_type means;
  means.reserve(days);
  const DayNumber first = from;
  for (int i = 0; i < days; ++i) {
    const DayNumber day = first + i;
    int counting = 0;
    RatioSum valid;
    for (Values& of_station : values) {
      const bool has_value = of_station.next != of_station.end && of_station.next->first == day;
      counting += of_station.counts[i];
      if (of_station.counts[i] && has_value) valid.Add(of_station.next->second);
      of_station.next += has_value;
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
