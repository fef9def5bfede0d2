#include "services/indicators/indicators_air_evaluation.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "services/base/status.h"
#include "services/indicators/indicators_days_store.h"
#include "services/indicators/indicators_samples.h"
#include "services/indicators/indicators_site_rules.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {

using v1::Indicator;
using v1::Observation;

namespace {

// The days on which a station counts, with the revisions of those that were observed as such.
absl::Status AddRecords(Tx& tx, const v1::Site& site, const std::string& factor,
                        const Period& period, const StationDays& station, Evaluated& result) {
  const std::string subject = SiteSubject(site.id());
  ASSIGN_OR_RETURN(Series series, LoadSeries(tx, subject, factor, period));
  std::map<absl::CivilDay, int> revisions;
  for (const Sample& day : Of(series, factor, Observation::DAY))
    revisions[day.day()] = day.revision;
  const Membership membership(site);
  for (const auto& [day, mean] : station.means) {
    if (!period.Contains(day) || !membership.Contains(day)) continue;
    Sample counted;
    counted.start = absl::CivilMinute(day);
    counted.revision = revisions[day];
    result.records.push_back(Reference(subject, factor, Observation::DAY, counted));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Evaluated> MeanOf(Tx& tx, const Question& question) {
  const Indicator& indicator = question.indicator;
  ASSIGN_OR_RETURN(std::vector<v1::Site> sites,
                   SelectSites(tx, indicator.region(), indicator.sites()));
  Evaluated result;
  std::vector<YearKey> keys;
  for (const v1::Site& site : sites) {
    keys.push_back(
        {SiteSubject(site.id()), indicator.factor(), absl::CivilYear(question.period.to)});
  }
  ASSIGN_OR_RETURN(const std::vector<ObservedYear> years, FindYears(tx, keys));
  std::vector<StationDays> stations;
  for (size_t i = 0; i < sites.size(); ++i) {
    stations.push_back({&sites[i], DailyMeans(years[i])});
    if (!question.with_records) continue;
    RETURN_IF_ERROR(
        AddRecords(tx, sites[i], indicator.factor(), question.period, stations.back(), result));
  }
  ASSIGN_OR_RETURN(result.evaluation, EvaluateMean(question, stations));
  return result;
}

}  // namespace lucid::indicators
