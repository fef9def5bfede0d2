// Reads what gauges, registers, ratios and bounds are made of, and asks their rules.
#pragma once

#include "absl/status/statusor.h"
#include "services/base/db.h"
#include "services/indicators/indicators_evaluation.h"

namespace lucid::indicators {

absl::StatusOr<Evaluated> GaugeOf(Tx& tx, const Question& question);
// REGISTER: over the items of a register, and over the sites of a set.
absl::StatusOr<Evaluated> ItemsOf(Tx& tx, const Question& question);
absl::StatusOr<Evaluated> SitesOf(Tx& tx, const Question& question);
absl::StatusOr<Evaluated> RatioOf(Tx& tx, const Question& question);
absl::StatusOr<Evaluated> BoundOf(Tx& tx, const Question& question);

}  // namespace lucid::indicators
