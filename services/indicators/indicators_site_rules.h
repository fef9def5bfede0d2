// How the kind that rests on water sections becomes a value. Pure functions.
#pragma once

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lucid/indicators/v1/evaluation.pb.h"
#include "services/indicators/indicators_value_rules.h"
#include "services/indicators/indicators_water_rules.h"

namespace lucid::indicators {

// CLASS: the share of sections, over a calendar year or month. The factor set is the one that the
// rule names, where it names one.
absl::StatusOr<v1::Evaluation> EvaluateClass(const Question& question,
                                             absl::Span<const Section> sections,
                                             const v1::FactorSet* factor_set = nullptr);

}  // namespace lucid::indicators
