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

bool HasBegun(const Period& period) { return !period.from || *period.from <= period.last(); }

absl::StatusOr<Evaluated> EvaluateAlone(Tx& tx, const Question& question) {
  RETURN_IF_ERROR(CheckQuestion(question));
  if (!HasBegun(question.period)) return Evaluated{NotBegun(question), {}};
  switch (question.indicator.kind()) {
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
  ASSIGN_OR_RETURN(EvaluatedEach answers, EvaluateEach(tx, absl::MakeConstSpan(&question, 1)));
  return std::move(answers[0]);
}

absl::StatusOr<EvaluatedEach> EvaluateEach(Tx& tx, absl::Span<const Question> questions) {
  EvaluatedEach answers;
  std::vector<Question> means;  // which read what they need together
  std::vector<size_t> places;
  for (const Question& question : questions) {
    if (question.indicator.kind() == Indicator::MEAN && CheckQuestion(question).ok() &&
        HasBegun(question.period)) {
      places.push_back(answers.size());
      means.push_back(question);
      answers.push_back(Evaluated());
    } else {
      answers.push_back(EvaluateAlone(tx, question));
    }
  }
  ASSIGN_OR_RETURN(EvaluatedEach of_means, MeansOf(tx, means));
  for (size_t i = 0; i < places.size(); ++i) answers[places[i]] = std::move(of_means[i]);
  for (const absl::StatusOr<Evaluated>& answer : answers) {
    if (MayPass(answer.status())) return answer.status();
  }
  return answers;
}

absl::StatusOr<std::vector<v1::Evaluation>> AnswersOrWhyNot(Tx& tx,
                                                            absl::Span<const Question> questions) {
  ASSIGN_OR_RETURN(EvaluatedEach results, EvaluateEach(tx, questions));
  std::vector<v1::Evaluation> answers;
  for (size_t i = 0; i < questions.size(); ++i) {
    if (results[i].ok()) {
      answers.push_back(std::move(results[i]->evaluation));
      continue;
    }
    v1::Evaluation& none = answers.emplace_back(StartEvaluation(questions[i]));
    none.set_working(std::string(results[i].status().message()));
  }
  return answers;
}

}  // namespace lucid::indicators
