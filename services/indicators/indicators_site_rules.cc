#include "services/indicators/indicators_site_rules.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/base/status.h"
#include "services/indicators/indicators_section_rules.h"
#include "services/indicators/indicators_standards.h"

namespace lucid::indicators {
namespace {

using v1::Evaluation;

PeriodMean PeriodMeanOf(const Period& period, const DayMeans& days) {
  auto year = period.WholeYear();
  return year ? AnnualMean(days, *year) : MonthlyMean(days, *period.WholeMonth());
}

// The means of the days of the period on which the station counts; absent when it never does.
std::optional<DayMeans> Counted(const StationDays& station, const Membership& membership,
                                const Period& period) {
  DayMeans counted;
  bool counts = false;
  for (absl::CivilDay day = *period.from; day <= period.last(); ++day) {
    if (!membership.Contains(day)) continue;
    counts = true;
    auto mean = station.means.find(day);
    if (mean != station.means.end()) counted.insert(*mean);
  }
  if (!counts) return std::nullopt;
  return counted;
}

absl::Status ShowStation(const Question& question, const v1::Site& site, const DayMeans& days,
                         v1::SiteEvaluation& shown) {
  PeriodMean mean = PeriodMeanOf(question.period, days);
  shown.set_site_id(site.id());
  shown.set_name(site.name());
  shown.set_samples_used(mean.used);
  shown.set_samples_required(mean.required);
  if (!mean.mean) {
    shown.set_validity(Evaluation::MISSING);
    return absl::OkStatus();
  }
  shown.set_validity(mean.valid ? Evaluation::VALID : Evaluation::INVALID_DATA);
  ASSIGN_OR_RETURN(*shown.mutable_value(), Print(question, *mean.mean));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Evaluation> EvaluateMean(const Question& question,
                                        absl::Span<const StationDays> stations) {
  const Period& period = question.period;
  if (!period.WholeYear() && !period.WholeMonth()) {
    return InvalidField("to_day", "a mean by HJ 663 is that of a calendar year or month");
  }
  Evaluation evaluation = StartEvaluation(question);
  std::vector<Station> counting;
  for (const StationDays& station : stations) {
    Membership membership(*station.site, question.indicator.sites().set());
    std::optional<DayMeans> days = Counted(station, membership, period);
    if (!days) continue;
    RETURN_IF_ERROR(ShowStation(question, *station.site, *days, *evaluation.add_sites()));
    counting.push_back({std::move(membership), *std::move(days)});
  }
  PeriodMean mean = PeriodMeanOf(period, CityMeans(counting, *period.from, period.last()));
  evaluation.set_samples_used(mean.used);
  evaluation.set_samples_required(mean.required);
  std::string working = absl::StrCat("评价点位 ", counting.size(), " 个");
  if (size_t never = stations.size() - counting.size(); never > 0) {
    absl::StrAppend(&working, ",不计入的点位(清洁对照点等)", never, " 个");
  }
  absl::StrAppend(&working, ";HJ 663-2013 城市日均值有效 ", mean.used, " 天(须 ", mean.required,
                  " 天)");
  if (!mean.shortfall.empty()) absl::StrAppend(&working, ";数据不足:", mean.shortfall);
  if (mean.mean) {
    RETURN_IF_ERROR(SetValue(question, *mean.mean, mean.valid, evaluation));
    absl::StrAppend(&working, ";算术平均 ", Unrounded(question, *mean.mean), " → ",
                    evaluation.value(), " ", evaluation.unit());
  }
  evaluation.set_working(working);
  return evaluation;
}

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
  int assessed = 0, counted = 0;
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
  if (!missing.empty()) absl::StrAppend(&working, ";监测月数不足未参评:", missing);
  evaluation.set_working(working);
  return evaluation;
}

}  // namespace lucid::indicators
