#include "services/indicators/indicators_set_rules.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/indicators/indicators_factors.h"

namespace lucid::indicators {
namespace {

using v1::AssessmentSet;
using v1::AssessmentSpan;

constexpr int kMostSpans = 100;  // of one site

bool HoldsOn(const AssessmentSpan& span, const std::string& day) {
  return span.from_day() <= day && (span.to_day().empty() || day <= span.to_day());
}

void CheckSpan(FieldErrors& errors, const std::string& prefix, const AssessmentSpan& span) {
  if (span.set() == AssessmentSet::LEVEL_UNSPECIFIED || !AssessmentSet::Level_IsValid(span.set())) {
    errors.Add(prefix + "set", "is required");
  }
  CheckDay(errors, prefix + "from_day", span.from_day(), true);
  CheckDay(errors, prefix + "to_day", span.to_day(), false);
  if (!span.to_day().empty() && span.to_day() < span.from_day()) {
    errors.Add(prefix + "to_day", "must not come before from_day");
  }
  if (!v1::WaterQuality::Class_IsValid(span.target_class()) ||
      span.target_class() == v1::WaterQuality::WORSE_THAN_V) {
    errors.Add(prefix + "target_class", "must be I … V");
  }
  for (const std::string& code : span.extra_factors()) {
    const Factor* factor = FindFactor(code);
    if (factor == nullptr || factor->medium != Medium::kWater) {
      errors.Add(prefix + "extra_factors", "must be declared factors of water");
    }
  }
}

}  // namespace

std::vector<AssessmentSpan> SpansOf(const v1::Site& site) {
  if (!site.assessments().empty()) return {site.assessments().begin(), site.assessments().end()};
  AssessmentSpan span;
  span.set_set(site.set());
  span.set_from_day(site.from_day());
  span.set_to_day(site.to_day());
  return {span};
}

std::optional<AssessmentSpan> SpanOn(const v1::Site& site, AssessmentSet::Level set,
                                     absl::CivilDay day) {
  const std::string text = FormatDay(day);
  for (AssessmentSpan& span : SpansOf(site)) {
    const bool of_set = set == AssessmentSet::LEVEL_UNSPECIFIED || span.set() == set;
    if (of_set && HoldsOn(span, text)) return std::move(span);
  }
  return std::nullopt;
}

v1::WaterQuality::Class TargetOn(const v1::Site& site, absl::CivilDay day) {
  auto span = SpanOn(site, AssessmentSet::LEVEL_UNSPECIFIED, day);
  if (span && span->target_class() != v1::WaterQuality::CLASS_UNSPECIFIED) {
    return span->target_class();
  }
  return site.target_class();
}

void CheckAssessments(FieldErrors& errors, const v1::Site& site) {
  if (site.assessments_size() > kMostSpans) {
    return errors.Add("assessments", absl::StrCat("must be at most ", kMostSpans));
  }
  for (int i = 0; i < site.assessments_size(); ++i) {
    const AssessmentSpan& span = site.assessments(i);
    const std::string prefix = absl::StrCat("assessments[", i, "].");
    CheckSpan(errors, prefix, span);
    const bool of_water =
        span.target_class() != v1::WaterQuality::CLASS_UNSPECIFIED || !span.extra_factors().empty();
    if (of_water && site.kind() != v1::Site::WATER_SECTION) {
      errors.Add(prefix + "target_class", "and extra_factors belong to a WATER_SECTION");
    }
    for (int k = 0; k < i; ++k) {
      if (!SpansOverlap(site.assessments(k), span)) continue;
      errors.Add(prefix + "from_day",
                 absl::StrCat("and to_day must not overlap those of assessments[", k, "]"));
    }
  }
}

absl::Status CheckSpanPaths(const v1::Site& site, const v1::Site& asked,
                            const std::vector<std::string>& paths) {
  if (absl::c_linear_search(paths, "assessments")) return absl::OkStatus();
  FieldErrors errors;
  if (site.assessments().empty()) {
    const bool moves = site.set() != AssessmentSet::LEVEL_UNSPECIFIED &&
                       absl::c_linear_search(paths, "set") && asked.set() != site.set();
    if (moves) {
      errors.Add("set",
                 "of a site that moves is written as `assessments`, from day to day: what"
                 " it was assessed in before stays");
    }
    return errors.status();
  }
  for (const char* path : {"set", "from_day", "to_day"}) {
    if (absl::c_linear_search(paths, path)) {
      errors.Add(path, "follows from `assessments` of this site; change those");
    }
  }
  return errors.status();
}

void MirrorLastSpan(v1::Site& site) {
  auto last = absl::c_max_element(
      site.assessments(), [](const auto& a, const auto& b) { return a.from_day() < b.from_day(); });
  if (last == site.assessments().end()) return;
  site.set_set(last->set());
  site.set_from_day(last->from_day());
  site.set_to_day(last->to_day());
  if (last->target_class() != v1::WaterQuality::CLASS_UNSPECIFIED) {
    site.set_target_class(last->target_class());
  }
}

}  // namespace lucid::indicators
