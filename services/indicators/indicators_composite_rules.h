// COMPOSITE: the sum of a city's statistics, each divided by its limit. Pure functions.
#pragma once

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lucid/indicators/v1/evaluation.pb.h"
#include "services/indicators/indicators_city_rules.h"
#include "services/indicators/indicators_value_rules.h"

namespace lucid::indicators {

// The limits are those of the edition in force at the end of the period, unless the indicator
// chooses one; a limit that is not known answers NO_STANDARD, a term without data NO_DATA.
absl::StatusOr<v1::Evaluation> EvaluateComposite(const Question& question,
                                                 absl::Span<const StationAir> stations);

}  // namespace lucid::indicators
