#include "services/indicators/indicators_air_evaluation.h"

#include <map>
#include <set>
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

using v1::Observation;

// Years of series that are in memory together, packed to about 1 KB each.
constexpr size_t kMostYearsAtOnce = 256;

// The daily values of one factor at a station, and the greatest 1-hour values where other hours
// than its own make them.
struct FactorDays {
  DayMeans values;
  DayMeans max_1h;
};

std::vector<std::string> SubjectsOf(absl::Span<const v1::Site* const> sites) {
  std::vector<std::string> subjects;
  for (const v1::Site* site : sites) subjects.push_back(SiteSubject(site->id()));
  return subjects;
}
std::vector<std::string> SubjectsOf(absl::Span<const v1::Site> sites) {
  std::vector<std::string> subjects;
  for (const v1::Site& site : sites) subjects.push_back(SiteSubject(site.id()));
  return subjects;
}

bool IsMeanOfHours(const std::string& factor) { return HourlyFactorOf(factor) == factor; }

// The years that the daily values in a period are made from, where these are means of hours.
void AddKeys(absl::Span<const std::string> subjects, const std::string& factor,
             const Period& period, std::set<YearKey>& keys) {
  if (!IsMeanOfHours(factor)) return;
  const absl::CivilYear last(period.to);
  for (const std::string& subject : subjects) {
    for (absl::CivilYear year(*period.from); year <= last; ++year) {
      keys.insert({subject, factor, year});
    }
  }
}

// Means of hours, from the days that are kept by year.
absl::StatusOr<std::vector<FactorDays>> MakeMeans(Tx& tx, const Years& years,
                                                  absl::Span<const std::string> subjects,
                                                  const std::string& factor, const Period& period,
                                                  absl::Span<const Edition> editions) {
  const absl::CivilYear last(period.to);
  const AirStatistics& rules = AirStatisticsOn(period.to, editions);
  std::vector<FactorDays> made;
  for (const std::string& subject : subjects) {
    DayMeans days;
    for (absl::CivilYear year(*period.from); year <= last; ++year) {
      ASSIGN_OR_RETURN(ObservedYear observed, years.At(tx, {subject, factor, year}));
      DayMeans of_year = DailyMeans(observed, rules);
      if (days.empty()) {
        days = std::move(of_year);
      } else {
        days.insert(boost::container::ordered_unique_range, of_year.begin(), of_year.end());
      }
    }
    made.push_back({RoundDays(std::move(days), factor, rules), {}});
  }
  return made;
}

// What windows of hours make, from the hours.
absl::StatusOr<std::vector<FactorDays>> LoadWindows(Tx& tx, absl::Span<const std::string> subjects,
                                                    const std::string& factor, const Period& period,
                                                    absl::Span<const Edition> editions) {
  const std::string hourly(HourlyFactorOf(factor));
  std::vector<FactorDays> loaded;
  for (const std::string& subject : subjects) {
    ASSIGN_OR_RETURN(Series series, LoadSeries(tx, subject, factor, period));
    ASSIGN_OR_RETURN(Series others, LoadSeries(tx, subject, hourly, period));
    const std::vector<Sample>& hours = Of(others, hourly, Observation::HOUR);
    loaded.push_back({DailyValues(factor, Of(series, factor, Observation::DAY), hours,
                                  AirStatisticsOn(period.to, editions), editions),
                      DailyMax1h(hours)});
  }
  return loaded;
}

// Of each of the sites, of whose years those of AddKeys() were found.
absl::StatusOr<std::vector<FactorDays>> MakeDays(Tx& tx, const Years& years,
                                                 absl::Span<const std::string> subjects,
                                                 const std::string& factor, const Period& period,
                                                 absl::Span<const Edition> editions) {
  return IsMeanOfHours(factor) ? MakeMeans(tx, years, subjects, factor, period, editions)
                               : LoadWindows(tx, subjects, factor, period, editions);
}

absl::StatusOr<std::vector<FactorDays>> LoadDays(Tx& tx, absl::Span<const std::string> subjects,
                                                 const std::string& factor, const Period& period,
                                                 absl::Span<const Edition> editions) {
  std::set<YearKey> keys;
  AddKeys(subjects, factor, period, keys);
  ASSIGN_OR_RETURN(const Years years, Years::Find(tx, keys));
  return MakeDays(tx, years, subjects, factor, period, editions);
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

// A MEAN at its sites, of whose years those of AddKeys() were found.
absl::StatusOr<Evaluated> MeanOf(Tx& tx, const Question& question,
                                 absl::Span<const v1::Site* const> sites, const Years& years) {
  RETURN_IF_ERROR(CheckStatisticPeriod(question.period));
  const std::string& factor = question.indicator.factor();
  ASSIGN_OR_RETURN(std::vector<FactorDays> days, MakeDays(tx, years, SubjectsOf(sites), factor,
                                                          question.period, question.editions));
  Evaluated result;
  std::vector<StationDays> stations;
  for (size_t i = 0; i < sites.size(); ++i) {
    if (question.with_records) {
      RETURN_IF_ERROR(AddDayRecords(tx, *sites[i], question, factor, days[i].values, result));
    }
    stations.push_back({sites[i], std::move(days[i].values)});
  }
  ASSIGN_OR_RETURN(result.evaluation, EvaluateMean(question, std::move(stations)));
  return result;
}

}  // namespace

absl::StatusOr<EvaluatedEach> MeansOf(Tx& tx, absl::Span<const Question> questions) {
  ASSIGN_OR_RETURN(const SitesOfEach all, SitesForEach(tx, questions));
  EvaluatedEach answers;
  while (answers.size() < questions.size()) {
    std::set<YearKey> keys;
    size_t end = answers.size();
    for (; end < questions.size() && keys.size() < kMostYearsAtOnce; ++end) {
      const Question& question = questions[end];
      if (!CheckStatisticPeriod(question.period).ok()) continue;
      AddKeys(SubjectsOf(all.sites[end]), question.indicator.factor(), question.period, keys);
    }
    ASSIGN_OR_RETURN(const Years years, Years::Find(tx, keys));
    while (answers.size() < end) {
      const size_t i = answers.size();
      answers.push_back(MeanOf(tx, questions[i], all.sites[i], years));
    }
  }
  return answers;
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
  ASSIGN_OR_RETURN(std::vector<FactorDays> loaded,
                   LoadDays(tx, SubjectsOf(sites), factor, period, editions));
  std::vector<DayMeans> values;
  for (FactorDays& days : loaded) values.push_back(std::move(days.values));
  return values;
}

absl::StatusOr<std::vector<StationAir>> LoadAir(Tx& tx, absl::Span<const v1::Site> sites,
                                                v1::AssessmentSet::Level set, const Period& period,
                                                absl::Span<const Edition> editions) {
  std::vector<StationAir> stations;
  for (const v1::Site& site : sites) stations.push_back({&site, {}, set});
  const std::vector<std::string> subjects = SubjectsOf(sites);
  for (const std::string& factor : FactorsOfIndex(editions)) {
    ASSIGN_OR_RETURN(std::vector<FactorDays> days,
                     LoadDays(tx, subjects, factor, period, editions));
    const std::string hourly(HourlyFactorOf(factor));
    for (size_t i = 0; i < sites.size(); ++i) {
      stations[i].days[factor] = std::move(days[i].values);
      if (hourly != factor) stations[i].days[hourly] = std::move(days[i].max_1h);
    }
  }
  return stations;
}

}  // namespace lucid::indicators
