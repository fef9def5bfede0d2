// AIR_DAYS: days by the class of their air quality index, as a count or as a share of the valid
// days. Pure functions.
#pragma once

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lucid/indicators/v1/evaluation.pb.h"
#include "services/indicators/indicators_city_rules.h"
#include "services/indicators/indicators_value_rules.h"

namespace lucid::indicators {

// INVALID_ARGUMENT for a period without a first day, or of more than ten years.
absl::Status CheckDaysPeriod(const Period& period);

// The same where the period is none of those.
absl::StatusOr<v1::Evaluation> EvaluateAirDays(const Question& question,
                                               absl::Span<const StationAir> stations);

}  // namespace lucid::indicators
