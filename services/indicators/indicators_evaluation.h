// From an indicator and a period to its value: reads what was recorded and asks the rules.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "lucid/figures/v1/figures.pb.h"
#include "lucid/indicators/v1/evaluation.pb.h"
#include "services/base/db.h"
#include "services/indicators/indicators_value_rules.h"

namespace lucid::indicators {

// A value with the records that it was made from: items, sites, or observations by the keys of
// their series and start.
struct Evaluated {
  v1::Evaluation evaluation;
  std::vector<figures::v1::RecordReference> records;
};

// Evaluates on `tx`'s snapshot, by the standards recorded there. INVALID_ARGUMENT when the kind has
// no value over such a period.
absl::StatusOr<Evaluated> Evaluate(Tx& tx, const Question& question);
// The same by the editions that the question brings: who evaluates many reads them once.
absl::StatusOr<Evaluated> EvaluateBy(Tx& tx, const Question& question);

}  // namespace lucid::indicators
