#include "services/indicators/indicators_air_rules.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/indicators/indicators_set_rules.h"

namespace lucid::indicators {
namespace {

constexpr absl::CivilDay kEarliest(1900, 1, 1), kLatest(2200, 12, 31);

absl::CivilDay DayOr(const std::string& text, absl::CivilDay otherwise) {
  return ParseDay(text).value_or(otherwise);
}

// The days of [from, to] that have a mean, and their sum.
PeriodMean MeanOver(const DayMeans& days, absl::CivilDay from, absl::CivilDay to) {
  PeriodMean result;
  Ratio sum;
  for (auto day = days.lower_bound(from); day != days.end() && day->first <= to; ++day) {
    sum = sum + day->second;
    ++result.used;
  }
  if (result.used > 0) result.mean = Ratio::Divide(sum, result.used).value();
  return result;
}

int RequiredIn(absl::CivilMonth month) {
  return month.month() == 2 ? kAirValidity.days_per_february : kAirValidity.days_per_month;
}

// Notes a month with too few days; answers whether it has enough.
bool CheckMonth(const DayMeans& days, absl::CivilMonth month, std::string& shortfall) {
  int used = MeanOver(days, absl::CivilDay(month), absl::CivilDay(month + 1) - 1).used;
  if (used >= RequiredIn(month)) return true;
  absl::StrAppend(&shortfall, shortfall.empty() ? "" : ",", month.month(), "月 ", used, " 天(须 ",
                  RequiredIn(month), " 天)");
  return false;
}

}  // namespace

DayMeans DailyMeans(absl::Span<const Sample> days, absl::Span<const Sample> hours) {
  DayMeans means;
  std::map<absl::CivilDay, RatioSum> by_day;
  for (const Sample& hour : hours) {
    if (hour.usable()) by_day[hour.day()].Add(hour.used());
  }
  for (const auto& [day, sum] : by_day) {
    if (sum.count() >= kAirValidity.hours_per_day) means.emplace(day, sum.Mean().value());
  }
  for (const Sample& day : days) {
    if (day.usable()) means.insert_or_assign(day.day(), day.used());
    // A daily value that was marked invalid is not replaced by its hours.
    if (!day.usable()) means.erase(day.day());
  }
  return means;
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

DayMeans CityMeans(absl::Span<const Station> stations, absl::CivilDay from, absl::CivilDay to) {
  DayMeans means;
  for (absl::CivilDay day = from; day <= to; ++day) {
    int counting = 0, valid = 0;
    Ratio sum;
    for (const Station& station : stations) {
      if (!station.counts.Contains(day)) continue;
      ++counting;
      auto mean = station.means.find(day);
      if (mean == station.means.end()) continue;
      ++valid;
      sum = sum + mean->second;
    }
    const int percent = counting < kAirValidity.few_stations ? kAirValidity.few_stations_percent
                                                             : kAirValidity.stations_percent;
    if (valid == 0 || valid * 100 < counting * percent) continue;
    means.emplace(day, Ratio::Divide(sum, valid).value());
  }
  return means;
}

PeriodMean AnnualMean(const DayMeans& days, absl::CivilYear year) {
  PeriodMean result = MeanOver(days, absl::CivilDay(year), absl::CivilDay(year + 1) - 1);
  result.required = kAirValidity.days_per_year;
  bool enough = result.used >= result.required;
  if (!enough) {
    result.shortfall = absl::StrCat("全年 ", result.used, " 天(须 ", result.required, " 天)");
  }
  for (int month = 0; month < 12; ++month) {
    if (!CheckMonth(days, absl::CivilMonth(year) + month, result.shortfall)) enough = false;
  }
  result.valid = enough;
  return result;
}

PeriodMean MonthlyMean(const DayMeans& days, absl::CivilMonth month) {
  PeriodMean result = MeanOver(days, absl::CivilDay(month), absl::CivilDay(month + 1) - 1);
  result.required = RequiredIn(month);
  result.valid = CheckMonth(days, month, result.shortfall);
  return result;
}

}  // namespace lucid::indicators
