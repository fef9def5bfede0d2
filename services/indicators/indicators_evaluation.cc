#include "services/indicators/indicators_evaluation.h"

#include "services/base/retry.h"
#include "services/base/status.h"
#include "services/indicators/indicators_air_evaluation.h"
#include "services/indicators/indicators_formula_evaluation.h"
#include "services/indicators/indicators_kind_evaluation.h"
#include "services/indicators/indicators_standards_store.h"
#include "services/indicators/indicators_water_evaluation.h"

namespace lucid::indicators {

using v1::Evaluation;
using v1::Indicator;

namespace {

Evaluation NotBegun(const Question& question) {
  Question whole = question;
  whole.period.as_of = question.period.to;  // no day of it is cut off: there is none yet
  Evaluation none = StartEvaluation(whole);
  none.set_working("期间尚未开始");
  return none;
}

// Kinds whose values are judged by a standard or made by one; of a formula its operands may be.
bool NeedsStandards(Indicator::Kind kind) {
  return kind == Indicator::MEAN || kind == Indicator::CLASS || kind == Indicator::AIR_DAYS ||
         kind == Indicator::COMPOSITE || kind == Indicator::FORMULA;
}

}  // namespace

absl::StatusOr<Period> PeriodOf(Tx& tx, const Indicator& indicator, const Period& asked) {
  return FormulaSession(tx).PeriodOf(indicator, asked);
}

absl::StatusOr<std::vector<Edition>> EditionsFor(Tx& tx, Indicator::Kind kind) {
  return NeedsStandards(kind) ? LoadEditions(tx) : std::vector<Edition>();
}

absl::StatusOr<Evaluated> Evaluate(Tx& tx, const Question& question) {
  ASSIGN_OR_RETURN(const std::vector<Edition> editions, EditionsFor(tx, question.indicator.kind()));
  Question judged = question;
  judged.editions = editions;
  return EvaluateBy(tx, judged);
}

absl::StatusOr<Evaluated> EvaluateBy(Tx& tx, const Question& question) {
  RETURN_IF_ERROR(CheckQuestion(question));
  if (question.period.from && *question.period.from > question.period.last()) {
    return Evaluated{NotBegun(question), {}};
  }
  switch (question.indicator.kind()) {
    case Indicator::MEAN:
      return MeanOf(tx, question);
    case Indicator::CLASS:
      return SharesOf(tx, question);
    case Indicator::AIR_DAYS:
      return AirDaysOf(tx, question);
    case Indicator::COMPOSITE:
      return CompositeOf(tx, question);
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

absl::StatusOr<v1::Evaluation> AnswerOrWhyNot(Tx& tx, const Question& question) {
  absl::StatusOr<Evaluated> result = EvaluateBy(tx, question);
  if (result.ok()) return std::move(result->evaluation);
  if (MayPass(result.status())) return result.status();
  v1::Evaluation none = StartEvaluation(question);
  none.set_working(std::string(result.status().message()));
  return none;
}

}  // namespace lucid::indicators
