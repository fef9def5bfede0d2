// Reads what gauges, registers, ratios and bounds are made of, and asks their rules.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "services/base/db.h"
#include "services/indicators/indicators_evaluation.h"

namespace lucid::indicators {

// What an indicator of one of these kinds is made of over a span of time, read once.
class Readings {
 public:
  using Records = std::vector<figures::v1::RecordReference>;

  virtual ~Readings() = default;
  // Evaluates in a period within the span. Adds what it used to `records`, where that is asked for.
  // Periods that begin at the beginning come in order of their ends.
  virtual absl::StatusOr<v1::Evaluation> Evaluate(const Question& question, Records* records) = 0;
};

// Reads on `tx`'s snapshot; the indicator must outlive the answer.
absl::StatusOr<std::unique_ptr<Readings>> Read(Tx& tx, const v1::Indicator& indicator,
                                               const Period& span);

}  // namespace lucid::indicators
