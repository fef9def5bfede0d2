#include "services/indicators/indicators_water_evaluation.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "services/base/status.h"
#include "services/indicators/indicators_samples.h"
#include "services/indicators/indicators_site_rules.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {

using v1::Evaluation;
using v1::Observation;

absl::StatusOr<Evaluated> SharesOf(Tx& tx, const Question& question) {
  ASSIGN_OR_RETURN(std::vector<v1::Site> sites, SitesFor(tx, question));
  std::vector<Section> sections;
  for (const v1::Site& site : sites) {
    if (!InSet(site, question.period)) continue;
    ASSIGN_OR_RETURN(Series series, LoadSeries(tx, SiteSubject(site.id()), "", question.period));
    Section& section = sections.emplace_back(Section{&site, {}});
    std::set<std::string> factors;
    for (const auto& [key, samples] : series) factors.insert(key.first);
    for (const std::string& factor : factors) {
      std::vector<Sample> samples = Of(series, factor, Observation::DAY);
      const std::vector<Sample>& instants = Of(series, factor, Observation::INSTANT);
      samples.insert(samples.end(), instants.begin(), instants.end());
      section.factors[factor] = MonthlyValues(Of(series, factor, Observation::MONTH), samples);
    }
  }
  Evaluated result;
  ASSIGN_OR_RETURN(result.evaluation, EvaluateClass(question, sections));
  for (const v1::SiteEvaluation& shown : result.evaluation.sites()) {
    if (shown.validity() != Evaluation::VALID) continue;
    auto site = absl::c_find_if(sites, [&](const auto& s) { return s.id() == shown.site_id(); });
    result.records.push_back(Reference("sites", site->id(), site->version()));
  }
  return result;
}

}  // namespace lucid::indicators
