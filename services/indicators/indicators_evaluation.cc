#include "services/indicators/indicators_evaluation.h"

#include "services/base/status.h"
#include "services/indicators/indicators_air_evaluation.h"
#include "services/indicators/indicators_formula_evaluation.h"
#include "services/indicators/indicators_kind_evaluation.h"
#include "services/indicators/indicators_water_evaluation.h"

namespace lucid::indicators {

using v1::Indicator;

absl::StatusOr<Evaluated> Evaluate(Tx& tx, const Question& question) {
  RETURN_IF_ERROR(CheckQuestion(question));
  switch (question.indicator.kind()) {
    case Indicator::MEAN:
      return MeanOf(tx, question);
    case Indicator::CLASS:
      return SharesOf(tx, question);
    case Indicator::FORMULA:
      return FormulaSession(tx).Evaluate(question);
    default: {
      ASSIGN_OR_RETURN(std::unique_ptr<Readings> readings,
                       Read(tx, question.indicator, question.period));
      Evaluated result;
      ASSIGN_OR_RETURN(result.evaluation, readings->Evaluate(question, &result.records));
      return result;
    }
  }
}

}  // namespace lucid::indicators
