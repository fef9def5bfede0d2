// Reads what shares of water sections are made of, and asks their rules.
#pragma once

#include "absl/status/statusor.h"
#include "services/base/db.h"
#include "services/indicators/indicators_evaluation.h"

namespace lucid::indicators {

absl::StatusOr<Evaluated> SharesOf(Tx& tx, const Question& question);

}  // namespace lucid::indicators
