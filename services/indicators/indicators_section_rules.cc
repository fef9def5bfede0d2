#include "services/indicators/indicators_section_rules.h"

#include <array>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/indicators/indicators_factors.h"
#include "services/indicators/indicators_set_rules.h"

namespace lucid::indicators {

using v1::Evaluation;
using v1::Observation;
using v1::WaterQuality;

std::pair<absl::CivilMonth, absl::CivilMonth> MonthsOf(const Period& period) {
  // A month that has not ended yet is not missing.
  return {absl::CivilMonth(*period.from), absl::CivilMonth(period.last() + 1) - 1};
}

void ShowFactor(const SectionClass::ByFactor& factor, v1::FactorEvaluation& shown) {
  constexpr int kMostDecimals = 6;
  shown.set_factor(factor.factor);
  std::optional<Decimal> exact = AsDecimal(factor.mean, kMostDecimals);
  shown.set_value(exact ? exact->ToString()
                        : factor.mean.Round(kMostDecimals).value_or(Decimal()).ToString());
  shown.set_unit(std::string(FindFactor(factor.factor)->unit));
  shown.set_samples_used(factor.months);
  shown.set_water_class(factor.water_class);
}

void ShowSection(const Section& section, const SectionClass& result,
                 const std::vector<std::string>& required_factors, const Period& period,
                 v1::SiteEvaluation& shown) {
  const v1::Site& site = *section.site;
  shown.set_site_id(site.id());
  shown.set_name(site.name());
  shown.set_region(site.region());
  shown.set_water_name(site.water_name());
  shown.set_samples_used(result.months);
  shown.set_samples_required(result.required);
  shown.set_target_class(TargetOn(site, period.last()));
  for (const SectionClass::ByFactor& factor : result.factors) {
    ShowFactor(factor, *shown.add_factors());
  }
  const auto [first, last] = MonthsOf(period);
  for (v1::MonthNotAssessed& gap :
       MonthsNotAssessed(section, result, required_factors, first, last)) {
    *shown.add_not_assessed() = std::move(gap);
  }
  if (!result.assessed) {
    const bool none = result.months == 0;
    shown.set_validity(none ? Evaluation::MISSING : Evaluation::INVALID_DATA);
    shown.set_verdict(none ? Evaluation::NO_DATA : Evaluation::INVALID);
    return;
  }
  shown.set_validity(Evaluation::VALID);
  shown.set_water_class(result.water_class);
  for (const std::string& factor : result.worst_factors) shown.add_worst_factors(factor);
}

Evaluation::Verdict VerdictOf(v1::ClassRule::Measure measure, WaterQuality::Class water_class,
                              WaterQuality::Class target) {
  const bool counts = CountsIn(measure, water_class, target);
  return counts != (measure == v1::ClassRule::WORSE_THAN_V) ? Evaluation::MET : Evaluation::NOT_MET;
}

std::string DescribeGaps(const v1::SiteEvaluation& shown) {
  constexpr int kInvalid = Observation::Qualifier_MAX + 1;
  static constexpr absl::string_view kReasons[] = {"未报", "",         "断流",
                                                   "封冻", "设备维护", "数据无效"};
  std::array<int, kInvalid + 1> counts = {};
  for (const v1::MonthNotAssessed& gap : shown.not_assessed()) {
    ++counts[gap.invalid() ? kInvalid : static_cast<int>(gap.reason())];
  }
  std::string text;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    absl::StrAppend(&text, text.empty() ? "" : ",", kReasons[i], " ", counts[i], " 个月");
  }
  return text;
}

}  // namespace lucid::indicators
