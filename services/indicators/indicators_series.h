// The values of an indicator step by step, from one reading of what lies in the whole span.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lucid/indicators/v1/evaluation.pb.h"
#include "services/base/db.h"
#include "services/indicators/indicators_value_rules.h"

namespace lucid::indicators {

// The most steps of one series.
inline constexpr int kMostSteps = 400;

// Evaluates the question in each of `steps`, in order of time and at least one, instead of its own
// period. INVALID_ARGUMENT, naming step, where the kind has no values of such steps.
absl::StatusOr<std::vector<v1::Evaluation>> EvaluateSteps(Tx& tx, const Question& question,
                                                          absl::Span<const Period> steps,
                                                          bool cumulative);

}  // namespace lucid::indicators
