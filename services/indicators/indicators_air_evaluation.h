// Reads what means of air are made of, and asks their rules.
#pragma once

#include "absl/status/statusor.h"
#include "services/base/db.h"
#include "services/indicators/indicators_evaluation.h"

namespace lucid::indicators {

absl::StatusOr<Evaluated> MeanOf(Tx& tx, const Question& question);

}  // namespace lucid::indicators
