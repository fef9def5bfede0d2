#include "services/indicators/indicators_air_evaluation.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/status.h"
#include "services/indicators/indicators_air_days_rules.h"
#include "services/indicators/indicators_air_statistic_rules.h"
#include "services/indicators/indicators_composite_rules.h"
#include "services/indicators/indicators_days_store.h"
#include "services/indicators/indicators_mean_rules.h"
#include "services/indicators/indicators_samples.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {
namespace {

using v1::Indicator;
using v1::Observation;

// The daily values of one factor at a station, with what they are made of, and the greatest 1-hour
// values where other hours than its own make them.
struct FactorDays {
  DayMeans values;
  std::map<absl::CivilDay, Sample> observed;
  std::map<absl::CivilDay, int> hour_revisions;  // of the hours of each day together
  DayMeans max_1h;
};
absl::StatusOr<FactorDays> LoadDays(Tx& tx, const v1::Site& site, const std::string& factor,
                                    const Period& period) {
  const std::string subject = SiteSubject(site.id());
  const std::string hourly(HourlyFactorOf(factor));
  ASSIGN_OR_RETURN(Series series, LoadSeries(tx, subject, factor, period));
  if (hourly != factor) {
    ASSIGN_OR_RETURN(Series others, LoadSeries(tx, subject, hourly, period));
    series.merge(others);
  }
  const std::vector<Sample>& days = Of(series, factor, Observation::DAY);
  const std::vector<Sample>& hours = Of(series, hourly, Observation::HOUR);
  FactorDays loaded;
  loaded.values = DailyValues(factor, days, hours, AirStatisticsOn(period.to));
  for (const Sample& day : days) loaded.observed[day.day()] = day;
  for (const Sample& hour : hours) loaded.hour_revisions[hour.day()] += hour.revision;
  if (hourly != factor) loaded.max_1h = DailyMax1h(hours);
  return loaded;
}

// The daily means of a factor at each of the sites, from the days that are kept by year.
absl::StatusOr<std::vector<DayMeans>> LoadMeans(Tx& tx, absl::Span<const v1::Site> sites,
                                                const std::string& factor, const Period& period) {
  RETURN_IF_ERROR(CheckStatisticPeriod(period));
  const absl::CivilYear first(*period.from), last(period.to);
  std::vector<YearKey> keys;
  for (const v1::Site& site : sites) {
    for (absl::CivilYear year = first; year <= last; ++year) {
      keys.push_back({SiteSubject(site.id()), factor, year});
    }
  }
  ASSIGN_OR_RETURN(const std::vector<ObservedYear> years, FindYears(tx, keys));
  const AirStatistics& rules = AirStatisticsOn(period.to);
  std::vector<DayMeans> means;
  const size_t years_of_site = last - first + 1;
  for (size_t i = 0; i < years.size(); i += years_of_site) {
    DayMeans of_site = DailyMeans(years[i], rules);
    for (size_t k = 1; k < years_of_site; ++k) {
      const DayMeans more = DailyMeans(years[i + k], rules);
      of_site.insert(more.begin(), more.end());
    }
    means.push_back(RoundDays(std::move(of_site), factor, rules));
  }
  return means;
}

// Names the days that count: as observed, or else the hours of the day together, as
// "site/ID/PM2_5/HOUR/2023-06-01" with all their corrections.
void AddDayRecords(const v1::Site& site, const std::string& factor, const FactorDays& days,
                   Evaluated& result) {
  const Membership membership(site);
  const std::string subject = SiteSubject(site.id());
  for (const auto& [day, value] : days.values) {
    if (!membership.Contains(day)) continue;
    auto observed = days.observed.find(day);
    if (observed != days.observed.end()) {
      result.records.push_back(Reference(subject, factor, Observation::DAY, observed->second));
      continue;
    }
    auto hours = days.hour_revisions.find(day);
    result.records.push_back(
        Reference("observations",
                  absl::StrCat(subject, "/", HourlyFactorOf(factor), "/HOUR/", FormatDay(day)),
                  hours == days.hour_revisions.end() ? 1 : hours->second + 1));
  }
}

// Evaluates a kind that needs the daily values of every factor of the index.
template <class Rule>
absl::StatusOr<Evaluated> EvaluateAir(Tx& tx, const Question& question, Rule rule) {
  ASSIGN_OR_RETURN(std::vector<v1::Site> sites, SitesFor(tx, question));
  Evaluated result;
  std::vector<StationAir> stations;
  for (const v1::Site& site : sites) {
    ASSIGN_OR_RETURN(StationAir station,
                     LoadAir(tx, site, question.period, question.with_records ? &result : nullptr));
    stations.push_back(std::move(station));
  }
  ASSIGN_OR_RETURN(result.evaluation, rule(question, stations));
  return result;
}

}  // namespace

absl::StatusOr<Evaluated> MeanOf(Tx& tx, const Question& question) {
  const Indicator& indicator = question.indicator;
  ASSIGN_OR_RETURN(std::vector<v1::Site> sites, SitesFor(tx, question));
  Evaluated result;
  std::vector<StationDays> stations;
  if (!question.with_records && DailyAveragingOf(indicator.factor()) == v1::Limit::DAILY) {
    ASSIGN_OR_RETURN(std::vector<DayMeans> means,
                     LoadMeans(tx, sites, indicator.factor(), question.period));
    for (size_t i = 0; i < sites.size(); ++i) stations.push_back({&sites[i], std::move(means[i])});
    ASSIGN_OR_RETURN(result.evaluation, EvaluateMean(question, stations));
    return result;
  }
  for (const v1::Site& site : sites) {
    ASSIGN_OR_RETURN(FactorDays days, LoadDays(tx, site, indicator.factor(), question.period));
    AddDayRecords(site, indicator.factor(), days, result);
    stations.push_back({&site, std::move(days.values)});
  }
  ASSIGN_OR_RETURN(result.evaluation, EvaluateMean(question, stations));
  return result;
}

absl::StatusOr<Evaluated> AirDaysOf(Tx& tx, const Question& question) {
  return EvaluateAir(tx, question, EvaluateAirDays);
}

absl::StatusOr<Evaluated> CompositeOf(Tx& tx, const Question& question) {
  return EvaluateAir(tx, question, EvaluateComposite);
}

absl::StatusOr<DayMeans> LoadDailyValues(Tx& tx, const v1::Site& site, const std::string& factor,
                                         const Period& period) {
  ASSIGN_OR_RETURN(FactorDays days, LoadDays(tx, site, factor, period));
  return std::move(days.values);
}

absl::StatusOr<StationAir> LoadAir(Tx& tx, const v1::Site& site, const Period& period,
                                   Evaluated* result) {
  StationAir station{&site, {}};
  for (const std::string& factor : FactorsOfIndex()) {
    ASSIGN_OR_RETURN(FactorDays days, LoadDays(tx, site, factor, period));
    if (result != nullptr) AddDayRecords(site, factor, days, *result);
    station.days[factor] = std::move(days.values);
    const std::string hourly(HourlyFactorOf(factor));
    if (hourly != factor) station.days[hourly] = std::move(days.max_1h);
  }
  return station;
}

}  // namespace lucid::indicators
