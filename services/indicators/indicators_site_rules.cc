#include "services/indicators/indicators_site_rules.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/base/status.h"
#include "services/indicators/indicators_section_rules.h"
#include "services/indicators/indicators_standards.h"

namespace lucid::indicators {

using v1::Evaluation;

absl::StatusOr<Evaluation> EvaluateClass(const Question& question,
                                         absl::Span<const Section> sections,
                                         const v1::FactorSet* factor_set) {
  const Period& period = question.period;
  if (!period.WholeYear() && !period.WholeMonth()) {
    return InvalidField("to_day", "water classes are those of a calendar year or month");
  }
  const v1::ClassRule& rule = question.indicator.class_rule();
  ASSIGN_OR_RETURN(const Edition* edition,
                   FindEdition("GB 3838", period.to, question.indicator.standard().edition(),
                               question.editions));
  Evaluation evaluation = StartEvaluation(question);
  int assessed = 0, counted = 0, without_target = 0;
  std::string missing;
  for (const Section& section : sections) {
    const std::vector<std::string> required =
        RequiredFactors(rule, factor_set, *edition, *section.site, period.last());
    const SectionClass result =
        ClassifySection(*edition, section, required, period.WholeYear() ? 12 : 1);
    v1::SiteEvaluation& shown = *evaluation.add_sites();
    ShowSection(section, result, required, period, shown);
    if (result.assessed) {
      ++assessed;
      without_target += shown.target_class() == v1::WaterQuality::CLASS_UNSPECIFIED;
      counted += CountsIn(rule.measure(), result.water_class, shown.target_class());
      shown.set_verdict(VerdictOf(rule.measure(), result.water_class, shown.target_class()));
      continue;
    }
    const std::string gaps = DescribeGaps(shown);
    absl::StrAppend(&missing, missing.empty() ? "" : "、", section.site->name(),
                    gaps.empty() ? "" : absl::StrCat("(", gaps, ")"));
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
  NameStandard(*edition, evaluation);
  if (evaluation.standard().empty()) {
    evaluation.set_standard(edition->label());
    evaluation.set_method(edition->method);
  }
  if (rule.measure() == v1::ClassRule::MEETING_TARGET && without_target > 0) {
    absl::StrAppend(&working, ";参评断面中没有目标的 ", without_target, " 个,不计为达到");
  }
  if (!missing.empty()) absl::StrAppend(&working, ";监测月数不足未参评:", missing);
  evaluation.set_working(working);
  return evaluation;
}

}  // namespace lucid::indicators
