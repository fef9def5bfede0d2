#include "services/indicators/indicators_water_body_rules.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/indicators/indicators_factors.h"
#include "services/indicators/indicators_section_rules.h"
#include "services/indicators/indicators_trophic_rules.h"

namespace lucid::indicators {
namespace {

using v1::WaterBodyEvaluation;
using v1::WaterQuality;

constexpr int kFewSections = 5;

// The mean over sections of each section's mean over time, as a section of its own: its months are
// the sections. A factor that only some of them observed is averaged over those.
Section MeanSection(const v1::Site& site, absl::Span<const ClassifiedSection* const> assessed) {
  Section mean{&site, {}};
  absl::CivilMonth place;
  for (const ClassifiedSection* one : assessed) {
    for (const auto& [factor, values] : one->section.factors) {
      if (!values.empty()) mean.factors[factor].emplace(place, MeanOf(values));
    }
    ++place;
  }
  return mean;
}

void CountClasses(absl::Span<const ClassifiedSection* const> assessed,
                  WaterBodyEvaluation& evaluation) {
  std::map<WaterQuality::Class, int> counts;
  for (const ClassifiedSection* one : assessed) ++counts[one->result.water_class];
  int good = 0;
  for (const auto& [water_class, count] : counts) {
    v1::ClassCount& shown = *evaluation.add_classes();
    shown.set_water_class(water_class);
    shown.set_sections(count);
    if (water_class <= WaterQuality::III) good += count;
  }
  const int all = static_cast<int>(assessed.size());
  const int worst = counts[WaterQuality::WORSE_THAN_V];
  evaluation.set_good_percent(Percent(good, all, 1).value().ToString());
  evaluation.set_worse_than_v_percent(Percent(worst, all, 1).value().ToString());
  if (evaluation.method() != WaterBodyEvaluation::SHARES) return;
  evaluation.set_grade(GradeByShares(good, worst, all));
  evaluation.set_working(absl::StrCat(
      "评价断面 ", all, " 个,I–III类 ", good, " 个(", evaluation.good_percent(), "%),劣V类 ", worst,
      " 个(", evaluation.worse_than_v_percent(), "%);", GradeName(evaluation.grade())));
}

void GradeByMeans(const Edition& edition, const WaterBody& water,
                  absl::Span<const ClassifiedSection* const> assessed,
                  WaterBodyEvaluation& evaluation) {
  v1::Site site;
  site.set_water_body(water.body);
  const Section mean = MeanSection(site, assessed);
  const SectionClass result = ClassifySection(edition, mean, {}, 1);
  evaluation.set_water_class(result.water_class);
  evaluation.set_grade(GradeByClass(result.water_class));
  for (const std::string& factor : result.worst_factors) evaluation.add_worst_factors(factor);
  for (const SectionClass::ByFactor& factor : result.factors) {
    ShowFactor(factor, *evaluation.add_factors());
  }
  const bool lake = water.body == WaterQuality::LAKE;
  evaluation.set_working(
      absl::StrCat(lake ? "评价点位 " : "评价断面 ", assessed.size(), " 个",
                   lake ? ",各因子先按时间、再按点位平均" : "(少于 5 个),各因子按断面平均", ";",
                   ClassName(result.water_class), result.worst_factors.empty() ? "" : ",定类因子 ",
                   absl::StrJoin(result.worst_factors, "、",
                                 [](std::string* out, const std::string& factor) {
                                   absl::StrAppend(out, FindFactor(factor)->name);
                                 }),
                   ";", GradeName(evaluation.grade())));
  if (!lake) return;
  std::map<std::string, Ratio> means;
  for (const auto& [factor, values] : mean.factors) means.emplace(factor, MeanOf(values));
  *evaluation.mutable_trophic() = TrophicIndexOf(means);
  if (!evaluation.trophic().value().empty()) {
    absl::StrAppend(evaluation.mutable_working(), ";综合营养状态指数 ",
                    evaluation.trophic().value(), ",",
                    TrophicStateName(evaluation.trophic().state()));
  }
}

}  // namespace

WaterBodyEvaluation GradeOf(const Edition& edition, const WaterBody& water) {
  WaterBodyEvaluation evaluation;
  evaluation.set_name(water.name);
  evaluation.set_body(water.body);
  evaluation.set_basin(water.basin);
  evaluation.set_sections(static_cast<int64_t>(water.sections.size()));
  std::vector<const ClassifiedSection*> assessed;
  for (const ClassifiedSection& one : water.sections) {
    if (one.result.assessed) assessed.push_back(&one);
  }
  evaluation.set_assessed(static_cast<int64_t>(assessed.size()));
  if (assessed.empty()) {
    evaluation.set_working("没有参评断面");
    return evaluation;
  }
  const bool lake = water.body == WaterQuality::LAKE;
  const bool few = assessed.size() < kFewSections;
  evaluation.set_method(lake  ? WaterBodyEvaluation::MEAN_OF_POINTS
                        : few ? WaterBodyEvaluation::MEAN_OF_SECTIONS
                              : WaterBodyEvaluation::SHARES);
  CountClasses(assessed, evaluation);
  if (evaluation.method() != WaterBodyEvaluation::SHARES) {
    GradeByMeans(edition, water, assessed, evaluation);
  }
  return evaluation;
}

WaterBodyEvaluation::Grade GradeByShares(int good, int worst, int assessed) {
  if (assessed == 0) return WaterBodyEvaluation::GRADE_UNSPECIFIED;
  if (good * 100 >= assessed * 90) return WaterBodyEvaluation::EXCELLENT;
  if (good * 100 >= assessed * 75) return WaterBodyEvaluation::GOOD;
  if (worst * 100 < assessed * 20) return WaterBodyEvaluation::LIGHTLY_POLLUTED;
  if (worst * 100 < assessed * 40) return WaterBodyEvaluation::MODERATELY_POLLUTED;
  return WaterBodyEvaluation::HEAVILY_POLLUTED;
}

WaterBodyEvaluation::Grade GradeByClass(WaterQuality::Class water_class) {
  switch (water_class) {
    case WaterQuality::I:
    case WaterQuality::II:
      return WaterBodyEvaluation::EXCELLENT;
    case WaterQuality::III:
      return WaterBodyEvaluation::GOOD;
    case WaterQuality::IV:
      return WaterBodyEvaluation::LIGHTLY_POLLUTED;
    case WaterQuality::V:
      return WaterBodyEvaluation::MODERATELY_POLLUTED;
    case WaterQuality::WORSE_THAN_V:
      return WaterBodyEvaluation::HEAVILY_POLLUTED;
    default:
      return WaterBodyEvaluation::GRADE_UNSPECIFIED;
  }
}

std::string GradeName(WaterBodyEvaluation::Grade grade) {
  static constexpr absl::string_view kNames[] = {"未评价",   "优",       "良好",
                                                 "轻度污染", "中度污染", "重度污染"};
  return std::string(kNames[grade]);
}

}  // namespace lucid::indicators
