#include "services/indicators/indicators_series.h"

#include <memory>
#include <string>
#include <utility>

#include "services/base/status.h"
#include "services/base/units.h"
#include "services/indicators/indicators_air_evaluation.h"
#include "services/indicators/indicators_evaluation.h"
#include "services/indicators/indicators_factors.h"
#include "services/indicators/indicators_formula_evaluation.h"
#include "services/indicators/indicators_kind_evaluation.h"
#include "services/indicators/indicators_samples.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {
namespace {

using v1::Evaluation;
using v1::Indicator;

// Formulas of a series ask their operands in every step.
constexpr int kMostOperands = 10'000;

absl::Status CheckStep(const Indicator& indicator, const Period& step) {
  const bool year = step.WholeYear().has_value(), month = step.WholeMonth().has_value();
  if (indicator.kind() == Indicator::BOUND && !year) {
    return InvalidField("step", "must be YEAR: a bound holds year by year");
  }
  if (indicator.kind() == Indicator::CLASS && !year && !month) {
    return InvalidField("step", "must be MONTH or YEAR: classes are those of months and years");
  }
  return absl::OkStatus();
}

// The answer of one step: nothing where no standard and no factor set holds in it.
absl::StatusOr<Evaluation> AnswerOrNothing(Tx& tx, const Question& question) {
  absl::StatusOr<Evaluated> result = EvaluateBy(tx, question);
  if (result.ok()) return std::move(result->evaluation);
  if (absl::IsNotFound(result.status())) return StartEvaluation(question);
  return result.status();
}

// The city's value of one day, with how many of its stations have one.
absl::StatusOr<Evaluation> CityDay(const Question& question, const DayMeans& city,
                                   absl::Span<const Station> stations) {
  const absl::CivilDay day = question.period.to;
  Evaluation evaluation = StartEvaluation(question);
  int counting = 0, used = 0;
  for (const Station& station : stations) {
    if (!station.counts.Contains(day)) continue;
    ++counting;
    used += station.means.count(day) > 0;
  }
  evaluation.set_samples_used(used);
  evaluation.set_samples_required(counting);
  if (auto mean = city.find(day); mean != city.end()) {
    const Factor* factor = FindFactor(question.indicator.factor());
    if (factor == nullptr) return absl::InternalError("a mean has no declared factor");
    ASSIGN_OR_RETURN(Ratio value, Convert(mean->second, factor->unit, question.indicator.unit()));
    RETURN_IF_ERROR(SetValue(question, value, true, evaluation));
  } else if (used > 0) {
    SetInvalid("TOO_FEW_STATIONS", "有效点位不足", evaluation);
  }
  return evaluation;
}

// The city's daily values, from one reading of each station.
absl::StatusOr<std::vector<Evaluation>> CityDays(Tx& tx, const Question& question,
                                                 absl::Span<const Period> steps) {
  const std::string& factor = question.indicator.factor();
  const Period span{steps.front().from, steps.back().to, steps.back().as_of};
  ASSIGN_OR_RETURN(std::vector<v1::Site> sites, SitesFor(tx, question));
  ASSIGN_OR_RETURN(const std::vector<DayMeans> values,
                   LoadDailyValues(tx, sites, factor, span, question.editions));
  std::vector<Station> stations;
  for (size_t i = 0; i < sites.size(); ++i) {
    const Membership counts(sites[i], question.indicator.sites().set());
    stations.push_back({counts, Counted(counts, values[i], span)});
  }
  const AirStatistics& rules = AirStatisticsOn(span.to, question.editions);
  const DayMeans city =
      RoundDays(CityMeans(stations, *span.from, span.last(), rules), factor, rules);
  std::vector<Evaluation> evaluations;
  for (const Period& step : steps) {
    ASSIGN_OR_RETURN(Evaluation evaluation, CityDay(AskOf(question, step), city, stations));
    evaluations.push_back(std::move(evaluation));
  }
  return evaluations;
}

}  // namespace

absl::StatusOr<std::vector<Evaluation>> EvaluateSteps(Tx& tx, const Question& asked,
                                                      absl::Span<const Period> steps,
                                                      bool cumulative) {
  const Indicator& indicator = asked.indicator;
  ASSIGN_OR_RETURN(const std::vector<Edition> editions, EditionsFor(tx, indicator.kind()));
  Question question = asked;
  question.editions = editions;
  RETURN_IF_ERROR(CheckQuestion(question));
  RETURN_IF_ERROR(CheckStep(indicator, steps.front()));
  std::vector<Evaluation> evaluations;
  switch (indicator.kind()) {
    case Indicator::MEAN:
      if (steps.front().from == steps.front().to) return CityDays(tx, question, steps);
      [[fallthrough]];
    case Indicator::CLASS:
    case Indicator::AIR_DAYS:
    case Indicator::COMPOSITE:
      // Each step reads for itself; days are kept by year, so a month reads those of its year.
      for (const Period& step : steps) {
        ASSIGN_OR_RETURN(Evaluation evaluation, AnswerOrNothing(tx, AskOf(question, step)));
        evaluations.push_back(std::move(evaluation));
      }
      return evaluations;
    case Indicator::FORMULA: {
      FormulaSession session(tx, kMostOperands);
      for (const Period& step : steps) {
        ASSIGN_OR_RETURN(Evaluated result, session.Evaluate(AskOf(question, step)));
        evaluations.push_back(std::move(result.evaluation));
      }
      return evaluations;
    }
    default: {
      const bool from_the_beginning = cumulative && indicator.kind() == Indicator::REGISTER;
      Period span{steps.front().from, steps.back().to, steps.back().as_of};
      if (from_the_beginning) span.from.reset();
      ASSIGN_OR_RETURN(std::unique_ptr<Readings> readings, Read(tx, indicator, span));
      for (Period step : steps) {
        if (from_the_beginning) step.from.reset();
        ASSIGN_OR_RETURN(Evaluation evaluation, readings->Evaluate(AskOf(question, step), nullptr));
        evaluations.push_back(std::move(evaluation));
      }
      return evaluations;
    }
  }
}

}  // namespace lucid::indicators
