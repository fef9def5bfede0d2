// Evaluates formulas: asks each operand on the snapshot of the transaction, once per period and
// site.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "services/base/db.h"
#include "services/indicators/indicators_evaluation.h"
#include "services/indicators/indicators_formula_rules.h"

namespace lucid::indicators {

// What formulas of one snapshot have asked so far, all of them with records or all without, and by
// the same editions of standards.
// Formulas may refer to formulas, 16 deep; that none refers to itself was checked when it was
// stored.
class FormulaSession {
 public:
  // `most`: how many operands may be evaluated; above it, or too deep, FAILED_PRECONDITION, reason
  // FORMULA_TOO_LARGE.
  explicit FormulaSession(Tx& tx, int most = 1000) : tx_(tx), left_(most) {}

  absl::StatusOr<Evaluated> Evaluate(const Question& question);
  // As indicators::PeriodOf().
  absl::StatusOr<Period> PeriodOf(const v1::Indicator& indicator, const Period& asked);

 private:
  class Asker;
  struct Definition {
    v1::Indicator indicator;
    Expression expression;  // of a FORMULA
  };
  using Key = std::tuple<std::string, std::string, std::string, std::string, std::string>;

  absl::StatusOr<const Definition*> Find(const std::string& id);
  absl::StatusOr<const Evaluated*> Answer(const Question& asked);

  Tx& tx_;
  int left_;
  int depth_ = 0;  // formulas that wait for their operands
  std::map<std::string, std::unique_ptr<Definition>> definitions_;
  std::map<Key, std::unique_ptr<Evaluated>> answers_;
};

}  // namespace lucid::indicators
