// In which set a site is assessed on which day, and towards which class. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "lucid/indicators/v1/site.pb.h"
#include "services/base/status.h"

namespace lucid::indicators {

// Whether two that hold from one day to another, or on, hold on the same day.
template <class Dated, class Other>
bool SpansOverlap(const Dated& a, const Other& b) {
  return (a.to_day().empty() || b.from_day() <= a.to_day()) &&
         (b.to_day().empty() || a.from_day() <= b.to_day());
}

// The spans of a site, by days: its `assessments`, or the one that `set` writes.
std::vector<v1::AssessmentSpan> SpansOf(const v1::Site& site);

// The span of `set` (unspecified: of any) on the day.
std::optional<v1::AssessmentSpan> SpanOn(const v1::Site& site, v1::AssessmentSet::Level set,
                                         absl::CivilDay day);

// The class that the section must reach on the day; unspecified where there is none.
v1::WaterQuality::Class TargetOn(const v1::Site& site, absl::CivilDay day);

// Violations of the assessments: incomplete ones, and such that hold on the same day.
void CheckAssessments(FieldErrors& errors, const v1::Site& site);

// INVALID_ARGUMENT for a change of what follows from `assessments`, or of the only set to the one
// that is asked for: those are to be changed.
absl::Status CheckSpanPaths(const v1::Site& site, const v1::Site& asked,
                            const std::vector<std::string>& paths);

// Sets what follows from `assessments`: `set` and its days are those of the last span, and so is
// the target where that span has one.
void MirrorLastSpan(v1::Site& site);

}  // namespace lucid::indicators
