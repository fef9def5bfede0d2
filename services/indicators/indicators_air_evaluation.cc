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

// The daily values of one factor at a station, and the greatest 1-hour values where other hours
// than its own make them.
struct FactorDays {
  DayMeans values;
  DayMeans max_1h;
};

// Means of hours, from the days that are kept by year.
absl::StatusOr<std::vector<FactorDays>> LoadMeans(Tx& tx, absl::Span<const v1::Site> sites,
                                                  const std::string& factor, const Period& period,
                                                  absl::Span<const Edition> editions) {
  const absl::CivilYear first(*period.from), last(period.to);
  std::vector<YearKey> keys;
  for (const v1::Site& site : sites) {
    for (absl::CivilYear year = first; year <= last; ++year) {
      keys.push_back({SiteSubject(site.id()), factor, year});
    }
  }
  ASSIGN_OR_RETURN(const std::vector<ObservedYear> years, FindYears(tx, keys));
  const AirStatistics& rules = AirStatisticsOn(period.to, editions);
  std::vector<FactorDays> loaded(sites.size());
  const size_t years_of_site = last - first + 1;
  for (size_t i = 0; i < years.size(); ++i) {
    DayMeans& days = loaded[i / years_of_site].values;
    DayMeans of_year = DailyMeans(years[i], rules);
    if (days.empty()) {
      days = std::move(of_year);
    } else {
      days.insert(boost::container::ordered_unique_range, of_year.begin(), of_year.end());
    }
  }
  for (FactorDays& days : loaded) days.values = RoundDays(std::move(days.values), factor, rules);
  return loaded;
}

// What windows of hours make, from the hours.
absl::StatusOr<FactorDays> LoadWindows(Tx& tx, const v1::Site& site, const std::string& factor,
                                       const Period& period, absl::Span<const Edition> editions) {
  const std::string subject = SiteSubject(site.id());
  const std::string hourly(HourlyFactorOf(factor));
  ASSIGN_OR_RETURN(Series series, LoadSeries(tx, subject, factor, period));
  ASSIGN_OR_RETURN(Series others, LoadSeries(tx, subject, hourly, period));
  const std::vector<Sample>& hours = Of(others, hourly, Observation::HOUR);
  return FactorDays{DailyValues(factor, Of(series, factor, Observation::DAY), hours,
                                AirStatisticsOn(period.to, editions), editions),
                    DailyMax1h(hours)};
}

// Of each of the sites.
absl::StatusOr<std::vector<FactorDays>> LoadDays(Tx& tx, absl::Span<const v1::Site> sites,
                                                 const std::string& factor, const Period& period,
                                                 absl::Span<const Edition> editions) {
  if (HourlyFactorOf(factor) == factor) return LoadMeans(tx, sites, factor, period, editions);
  std::vector<FactorDays> loaded;
  for (const v1::Site& site : sites) {
    ASSIGN_OR_RETURN(FactorDays days, LoadWindows(tx, site, factor, period, editions));
    loaded.push_back(std::move(days));
  }
  return loaded;
}

// Names the days that count: as observed, or else the hours of the day together, as
// "site/ID/PM2_5/HOUR/2023-06-01" with all their corrections.
absl::Status AddDayRecords(Tx& tx, const v1::Site& site, const Question& question,
                           const std::string& factor, const DayMeans& values, Evaluated& result) {
  const std::string subject = SiteSubject(site.id());
  const std::string hourly(HourlyFactorOf(factor));
  ASSIGN_OR_RETURN(Series series, LoadSeries(tx, subject, factor, question.period));
  if (hourly != factor) {
    ASSIGN_OR_RETURN(Series others, LoadSeries(tx, subject, hourly, question.period));
    series.merge(others);
  }
  std::map<absl::CivilDay, Sample> observed;
  std::map<absl::CivilDay, int> hour_revisions;  // of the hours of each day together
  for (const Sample& day : Of(series, factor, Observation::DAY)) observed[day.day()] = day;
  for (const Sample& hour : Of(series, hourly, Observation::HOUR)) {
    hour_revisions[hour.day()] += hour.revision;
  }
  const Membership counts(site, question.indicator.sites().set());
  for (const auto& [day, value] : Counted(counts, values, question.period)) {
    if (auto found = observed.find(day); found != observed.end()) {
      result.records.push_back(Reference(subject, factor, Observation::DAY, found->second));
      continue;
    }
    auto hours = hour_revisions.find(day);
    result.records.push_back(Reference("observations",
                                       absl::StrCat(subject, "/", hourly, "/HOUR/", FormatDay(day)),
                                       hours == hour_revisions.end() ? 1 : hours->second + 1));
  }
  return absl::OkStatus();
}

// Evaluates a kind that needs the daily values of every factor of the index.
template <class Rule>
absl::StatusOr<Evaluated> EvaluateAir(Tx& tx, const Question& question, Rule rule) {
  ASSIGN_OR_RETURN(std::vector<v1::Site> sites, SitesFor(tx, question));
  Evaluated result;
  ASSIGN_OR_RETURN(
      std::vector<StationAir> stations,
      LoadAir(tx, sites, question.indicator.sites().set(), question.period, question.editions));
  ASSIGN_OR_RETURN(result.evaluation, rule(question, stations));
  if (!question.with_records) return result;
  for (const StationAir& station : stations) {
    for (const std::string& factor : FactorsOfIndex(question.editions)) {
      RETURN_IF_ERROR(
          AddDayRecords(tx, *station.site, question, factor, station.days.at(factor), result));
    }
  }
  return result;
}

}  // namespace

absl::StatusOr<Evaluated> MeanOf(Tx& tx, const Question& question) {
  RETURN_IF_ERROR(CheckStatisticPeriod(question.period));
  const Indicator& indicator = question.indicator;
  ASSIGN_OR_RETURN(std::vector<v1::Site> sites, SitesFor(tx, question));
  ASSIGN_OR_RETURN(std::vector<FactorDays> days,
                   LoadDays(tx, sites, indicator.factor(), question.period, question.editions));
  Evaluated result;
  std::vector<StationDays> stations;
  for (size_t i = 0; i < sites.size(); ++i) {
    if (question.with_records) {
      RETURN_IF_ERROR(
          AddDayRecords(tx, sites[i], question, indicator.factor(), days[i].values, result));
    }
    stations.push_back({&sites[i], std::move(days[i].values)});
  }
  ASSIGN_OR_RETURN(result.evaluation, EvaluateMean(question, std::move(stations)));
  return result;
}

absl::StatusOr<Evaluated> AirDaysOf(Tx& tx, const Question& question) {
  RETURN_IF_ERROR(CheckDaysPeriod(question.period));
  return EvaluateAir(tx, question, EvaluateAirDays);
}

absl::StatusOr<Evaluated> CompositeOf(Tx& tx, const Question& question) {
  RETURN_IF_ERROR(CheckStatisticPeriod(question.period));
  return EvaluateAir(tx, question, EvaluateComposite);
}

absl::StatusOr<std::vector<DayMeans>> LoadDailyValues(Tx& tx, absl::Span<const v1::Site> sites,
                                                      const std::string& factor,
                                                      const Period& period,
                                                      absl::Span<const Edition> editions) {
  ASSIGN_OR_RETURN(std::vector<FactorDays> loaded, LoadDays(tx, sites, factor, period, editions));
  std::vector<DayMeans> values;
  for (FactorDays& days : loaded) values.push_back(std::move(days.values));
  return values;
}

absl::StatusOr<std::vector<StationAir>> LoadAir(Tx& tx, absl::Span<const v1::Site> sites,
                                                v1::AssessmentSet::Level set, const Period& period,
                                                absl::Span<const Edition> editions) {
  std::vector<StationAir> stations;
  for (const v1::Site& site : sites) stations.push_back({&site, {}, set});
  for (const std::string& factor : FactorsOfIndex(editions)) {
    ASSIGN_OR_RETURN(std::vector<FactorDays> days, LoadDays(tx, sites, factor, period, editions));
    const std::string hourly(HourlyFactorOf(factor));
    for (size_t i = 0; i < sites.size(); ++i) {
      stations[i].days[factor] = std::move(days[i].values);
      if (hourly != factor) stations[i].days[hourly] = std::move(days[i].max_1h);
    }
  }
  return stations;
}

}  // namespace lucid::indicators
