#include "services/indicators/indicators_air_evaluation.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/status.h"
#include "services/indicators/indicators_samples.h"
#include "services/indicators/indicators_site_rules.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {

using v1::Indicator;
using v1::Observation;

namespace {

// Names the days that count: as observed, or else the hours of the day together, as
// "site/ID/PM2_5/HOUR/2023-06-01" with all their corrections.
void AddDays(const v1::Site& site, const std::string& factor, const Series& series,
             const DayMeans& means, Evaluated& result) {
  std::map<absl::CivilDay, int> revisions;
  for (const Sample& hour : Of(series, factor, Observation::HOUR)) {
    revisions[hour.day()] += hour.revision;
  }
  std::map<absl::CivilDay, const Sample*> days;
  for (const Sample& day : Of(series, factor, Observation::DAY)) days[day.day()] = &day;
  const Membership membership(site);
  const std::string subject = SiteSubject(site.id());
  for (const auto& [day, mean] : means) {
    if (!membership.Contains(day)) continue;
    auto observed = days.find(day);
    result.records.push_back(
        observed != days.end()
            ? Reference(subject, factor, Observation::DAY, *observed->second)
            : Reference("observations",
                        absl::StrCat(subject, "/", factor, "/HOUR/", FormatDay(day)),
                        revisions[day] + 1));
  }
}

}  // namespace

absl::StatusOr<Evaluated> MeanOf(Tx& tx, const Question& question) {
  const Indicator& indicator = question.indicator;
  ASSIGN_OR_RETURN(std::vector<v1::Site> sites, SitesFor(tx, question));
  Evaluated result;
  std::vector<StationDays> stations;
  for (const v1::Site& site : sites) {
    const std::string subject = SiteSubject(site.id());
    ASSIGN_OR_RETURN(Series series, LoadSeries(tx, subject, indicator.factor(), question.period));
    const std::vector<Sample>& days = Of(series, indicator.factor(), Observation::DAY);
    stations.push_back(
        {&site, DailyMeans(days, Of(series, indicator.factor(), Observation::HOUR))});
    AddDays(site, indicator.factor(), series, stations.back().means, result);
  }
  ASSIGN_OR_RETURN(result.evaluation, EvaluateMean(question, stations));
  return result;
}

}  // namespace lucid::indicators
