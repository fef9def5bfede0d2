#include "services/indicators/indicators_site_rules.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/base/status.h"
#include "services/indicators/indicators_standards.h"

namespace lucid::indicators {
namespace {

using v1::Evaluation;

// What a section contributes; answers whether it counts in the share.
absl::StatusOr<bool> ShowSection(const Edition& edition, v1::ClassRule::Measure measure,
                                 const v1::Site& site, const SectionClass& result,
                                 v1::SiteEvaluation& shown) {
  shown.set_site_id(site.id());
  shown.set_name(site.name());
  shown.set_samples_used(result.months);
  shown.set_samples_required(result.required);
  shown.set_target_class(site.target_class());
  for (const SectionClass::ByFactor& factor : result.factors) {
    const Limit* limit = FindLimit(edition, factor.factor, v1::Limit::AVERAGING_UNSPECIFIED, "III",
                                   site.water_body());
    v1::FactorEvaluation& one = *shown.add_factors();
    one.set_factor(factor.factor);
    ASSIGN_OR_RETURN(Decimal mean, factor.mean.Round(6));
    one.set_value(mean.ToString());
    if (limit != nullptr) one.set_unit(limit->unit);
    one.set_samples_used(factor.months);
    one.set_water_class(factor.water_class);
  }
  if (!result.assessed) {
    shown.set_validity(result.months == 0 ? Evaluation::MISSING : Evaluation::INVALID_DATA);
    shown.set_verdict(result.months == 0 ? Evaluation::NO_DATA : Evaluation::INVALID);
    return false;
  }
  shown.set_validity(Evaluation::VALID);
  shown.set_water_class(result.water_class);
  for (const std::string& factor : result.worst_factors) shown.add_worst_factors(factor);
  const bool counts = CountsIn(measure, result.water_class, site.target_class());
  // To be among the worst is to fail; to be in the other shares is to meet them.
  const bool good = counts != (measure == v1::ClassRule::WORSE_THAN_V);
  shown.set_verdict(good ? Evaluation::MET : Evaluation::NOT_MET);
  return counts;
}

}  // namespace

absl::StatusOr<Evaluation> EvaluateClass(const Question& question,
                                         absl::Span<const Section> sections) {
  const auto year = question.period.WholeYear();
  if (!year && !question.period.WholeMonth()) {
    return InvalidField("to_day", "water classes are those of a calendar year or month");
  }
  const v1::ClassRule& rule = question.indicator.class_rule();
  const std::vector<std::string> required(rule.required_factors().begin(),
                                          rule.required_factors().end());
  ASSIGN_OR_RETURN(const Edition* edition, FindEdition("GB 3838", question.period.to,
                                                       question.indicator.standard().edition()));
  Evaluation evaluation = StartEvaluation(question);
  int assessed = 0, counted = 0;
  std::string missing;
  for (const Section& section : sections) {
    SectionClass result = ClassifySection(*edition, section, required, year ? 12 : 1);
    ASSIGN_OR_RETURN(bool counts, ShowSection(*edition, rule.measure(), *section.site, result,
                                              *evaluation.add_sites()));
    assessed += result.assessed;
    counted += counts;
    if (!result.assessed) {
      absl::StrAppend(&missing, missing.empty() ? "" : "、", section.site->name());
    }
  }
  evaluation.set_samples_used(assessed);
  evaluation.set_samples_required(static_cast<int64_t>(sections.size()));
  static constexpr absl::string_view kMeasures[] = {"", "I–III类", "达到本断面目标", "劣V类"};
  std::string working = absl::StrCat("断面 ", sections.size(), " 个,参评 ", assessed, " 个,其中",
                                     kMeasures[rule.measure()], " ", counted, " 个");
  if (assessed > 0) {
    RETURN_IF_ERROR(SetShare(question, Ratio(counted), Ratio(assessed), true, evaluation));
    absl::StrAppend(&working, ";", counted, " ÷ ", assessed, " = ", evaluation.value(), " ",
                    evaluation.unit());
  }
  if (evaluation.standard().empty()) {
    evaluation.set_standard(edition->label());
    evaluation.set_method(edition->method);
  }
  if (!missing.empty()) absl::StrAppend(&working, ";监测月数不足未参评:", missing);
  evaluation.set_working(working);
  return evaluation;
}

}  // namespace lucid::indicators
