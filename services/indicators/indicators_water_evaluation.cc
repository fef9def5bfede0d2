#include "services/indicators/indicators_water_evaluation.h"

#include <iterator>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "services/base/status.h"
#include "services/indicators/indicators_samples.h"
#include "services/indicators/indicators_site_rules.h"
#include "services/indicators/indicators_standards_store.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {

using v1::Evaluation;
using v1::Observation;

absl::StatusOr<Section> LoadSection(Tx& tx, const v1::Site& site, const Period& period) {
  ASSIGN_OR_RETURN(Series series, LoadSeries(tx, SiteSubject(site.id()), "", period));
  Section section{&site, {}};
  std::set<std::string> factors;
  for (const auto& [key, samples] : series) factors.insert(key.first);
  for (const std::string& factor : factors) {
    const std::vector<Sample>& months = Of(series, factor, Observation::MONTH);
    std::vector<Sample> samples = Of(series, factor, Observation::DAY);
    const std::vector<Sample>& instants = Of(series, factor, Observation::INSTANT);
    samples.insert(samples.end(), instants.begin(), instants.end());
    section.factors[factor] = MonthlyValues(months, samples);
    samples.insert(samples.end(), months.begin(), months.end());
    absl::c_copy_if(samples, std::back_inserter(section.unusable),
                    [](const Sample& sample) { return !sample.usable(); });
  }
  return section;
}

absl::StatusOr<Evaluated> SharesOf(Tx& tx, const Question& question) {
  ASSIGN_OR_RETURN(std::vector<v1::Site> sites, SitesFor(tx, question));
  std::optional<v1::FactorSet> factor_set;
  if (const std::string& name = question.indicator.class_rule().factor_set(); !name.empty()) {
    ASSIGN_OR_RETURN(factor_set, FactorSetOn(tx, name, question.period.to));
  }
  std::vector<Section> sections;
  for (const v1::Site& site : sites) {
    if (!InSet(site, question.period, question.indicator.sites().set())) continue;
    ASSIGN_OR_RETURN(Section section, LoadSection(tx, site, question.period));
    sections.push_back(std::move(section));
  }
  Evaluated result;
  ASSIGN_OR_RETURN(result.evaluation,
                   EvaluateClass(question, sections, factor_set ? &*factor_set : nullptr));
  for (const v1::SiteEvaluation& shown : result.evaluation.sites()) {
    if (shown.validity() != Evaluation::VALID) continue;
    auto site = absl::c_find_if(sites, [&](const auto& s) { return s.id() == shown.site_id(); });
    result.records.push_back(Reference("sites", site->id(), site->version()));
  }
  return result;
}

}  // namespace lucid::indicators
