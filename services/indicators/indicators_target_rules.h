// Targets: which one judges, and how far a value has come on the way from its baseline. Pure
// functions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lucid/indicators/v1/evaluation.pb.h"
#include "services/indicators/indicators_value_rules.h"

namespace lucid::indicators {

// The target of the region judged that is in force on the last day of the period, or null.
const v1::Target* TargetOf(const Question& question);

// The other regions that have a target in force on that day: parts of the region judged.
std::vector<std::string> PartsWithTargets(const Question& question);

// "目标 ≤ 35 μg/m³".
std::string Describe(const v1::Target& target);

// Violations of the targets of an indicator: each by itself, and two of one region that hold on the
// same day.
void CheckTargets(FieldErrors& errors, const v1::Indicator& indicator);

// Violations of a baseline: it needs both days and lies on the worse side of the target.
void CheckBaseline(FieldErrors& errors, const std::string& field, const v1::Target& target);

// How the value, in the indicator's unit, stands to the target. One that is not valid stands
// nowhere: INVALID.
absl::StatusOr<v1::TargetEvaluation> StandTo(const v1::Target& target, const Question& question,
                                             const Ratio& value, bool valid);

}  // namespace lucid::indicators
