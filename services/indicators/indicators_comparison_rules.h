// 同比 and 环比: a value against that of an earlier period. Pure functions.
#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "lucid/indicators/v1/evaluation.pb.h"
#include "services/indicators/indicators_value_rules.h"

namespace lucid::indicators {

// The period to compare with; none for what has no period before.
std::optional<Period> EarlierPeriod(v1::Comparison::Kind kind, const Period& period);

// Compares two evaluations of one indicator: computed before rounding and rounded once, in the
// answer's unit; shares in percentage points. Where they cannot be compared the answer says why.
absl::StatusOr<v1::Comparison> Compare(const Question& question, v1::Comparison::Kind kind,
                                       const v1::Evaluation& now, const v1::Evaluation& then);

// A comparison for which there is no earlier evaluation.
v1::Comparison NoComparison(v1::Comparison::Kind kind, absl::string_view reason,
                            absl::string_view because);

}  // namespace lucid::indicators
