#include "services/indicators/indicators_air_evaluation.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "services/base/status.h"
#include "services/indicators/indicators_samples.h"
#include "services/indicators/indicators_site_rules.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {

using v1::Indicator;
using v1::Observation;

absl::StatusOr<Evaluated> MeanOf(Tx& tx, const Question& question) {
  const Indicator& indicator = question.indicator;
  ASSIGN_OR_RETURN(std::vector<v1::Site> sites,
                   SelectSites(tx, indicator.region(), indicator.sites()));
  Evaluated result;
  std::vector<StationDays> stations;
  for (const v1::Site& site : sites) {
    const std::string subject = SiteSubject(site.id());
    ASSIGN_OR_RETURN(Series series, LoadSeries(tx, subject, indicator.factor(), question.period));
    const std::vector<Sample>& days = Of(series, indicator.factor(), Observation::DAY);
    stations.push_back(
        {&site, DailyMeans(days, Of(series, indicator.factor(), Observation::HOUR))});
    const Membership membership(site, indicator.sites().set());
    std::map<absl::CivilDay, int> revisions;
    for (const Sample& day : days) revisions[day.day()] = day.revision;
    for (const auto& [day, mean] : stations.back().means) {
      if (!membership.Contains(day)) continue;
      Sample counted;
      counted.start = absl::CivilMinute(day);
      counted.revision = revisions[day];
      result.records.push_back(Reference(subject, indicator.factor(), Observation::DAY, counted));
    }
  }
  ASSIGN_OR_RETURN(result.evaluation, EvaluateMean(question, stations));
  return result;
}

}  // namespace lucid::indicators
