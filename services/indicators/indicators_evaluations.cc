// Values on request: of one indicator, of several at one time, and step by step.
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "services/base/calendar.h"
#include "services/base/records.h"
#include "services/base/records_each.h"
#include "services/base/region.h"
#include "services/base/timestamps.h"
#include "services/indicators/indicators_comparison_rules.h"
#include "services/indicators/indicators_evaluation.h"
#include "services/indicators/indicators_period_rules.h"
#include "services/indicators/indicators_rules.h"
#include "services/indicators/indicators_series.h"
#include "services/indicators/indicators_service.h"
#include "services/indicators/indicators_standards_store.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {
namespace {

using v1::Evaluation;

// The day up to which data count: not after the day of the call.
absl::StatusOr<absl::CivilDay> AsOf(const std::string& day, absl::CivilDay today) {
  if (day.empty()) return today;
  FieldErrors errors;
  CheckDay(errors, "as_of_day", day, true);
  RETURN_IF_ERROR(errors.status());
  ASSIGN_OR_RETURN(absl::CivilDay as_of, ParseDay(day));
  if (as_of > today) return InvalidField("as_of_day", "must not lie in the future");
  return as_of;
}

absl::StatusOr<v1::Comparison> CompareWith(const Question& question, v1::Comparison::Kind kind,
                                           const Evaluation& evaluation,
                                           const absl::StatusOr<Evaluated>& earlier) {
  // No kind has a value of such a period, or no standard or factor set held in it.
  if (absl::IsInvalidArgument(earlier.status()) || absl::IsNotFound(earlier.status())) {
    return NoComparison(kind, "NO_EARLIER_PERIOD", "这样的上一期没有值");
  }
  RETURN_IF_ERROR(earlier.status());
  return Compare(question, kind, evaluation, earlier->evaluation);
}

// Adds 同比 and 环比 where there is an answer. What an earlier period cannot be asked for is said
// and fails nothing.
absl::Status AddComparisons(Tx& tx, absl::Span<const Question> questions, EvaluatedEach& answers) {
  for (auto kind : {v1::Comparison::YEAR_ON_YEAR, v1::Comparison::PERIOD_ON_PERIOD}) {
    std::vector<size_t> compared;
    std::vector<Question> earlier;
    for (size_t i = 0; i < questions.size(); ++i) {
      if (!answers[i].ok()) continue;
      if (std::optional<Period> period = EarlierPeriod(kind, questions[i].period)) {
        compared.push_back(i);
        earlier.push_back(AskOf(questions[i], *period));
      } else {
        *answers[i]->evaluation.add_comparisons() =
            NoComparison(kind, "NO_EARLIER_PERIOD", "本期从头累计,没有上一期");
      }
    }
    ASSIGN_OR_RETURN(const EvaluatedEach results, EvaluateEach(tx, earlier));
    for (size_t i = 0; i < compared.size(); ++i) {
      absl::StatusOr<Evaluated>& answer = answers[compared[i]];
      absl::StatusOr<v1::Comparison> comparison =
          CompareWith(questions[compared[i]], kind, answer->evaluation, results[i]);
      if (comparison.ok()) {
        *answer->evaluation.add_comparisons() = *std::move(comparison);
      } else {
        answer = comparison.status();
      }
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<EvaluatedEach> Answers(Tx& tx, absl::Span<const Question> questions, bool compare) {
  ASSIGN_OR_RETURN(EvaluatedEach answers, EvaluateEach(tx, questions));
  if (compare) RETURN_IF_ERROR(AddComparisons(tx, questions, answers));
  return answers;
}

// The indicators of a batch, in the order asked for.
absl::StatusOr<std::vector<std::string>> IdsOf(Tx& tx, const Call& call,
                                               const v1::BatchEvaluateIndicatorsRequest& request) {
  const int given =
      !request.ids().empty() + !request.board_id().empty() + !request.headlines_of_region().empty();
  if (given != 1) {
    return InvalidField("ids", "or board_id or headlines_of_region must be given, one of them");
  }
  if (request.ids_size() > kMostOnBoard) return InvalidField("ids", "must be at most 100");
  if (!request.ids().empty()) {
    if (std::set<std::string>(request.ids().begin(), request.ids().end()).size() !=
        static_cast<size_t>(request.ids_size())) {
      return InvalidField("ids", "name an indicator twice");
    }
    return std::vector<std::string>(request.ids().begin(), request.ids().end());
  }
  if (!request.board_id().empty()) {
    ASSIGN_OR_RETURN(v1::Board board, FindFor<v1::Board>(tx, call, request.board_id()));
    return std::vector<std::string>(board.indicator_ids().begin(), board.indicator_ids().end());
  }
  RETURN_IF_ERROR(CheckRegion("headlines_of_region", request.headlines_of_region()));
  ASSIGN_OR_RETURN(std::vector<v1::Indicator> headlines,
                   HeadlinesOf(tx, request.headlines_of_region()));
  std::vector<std::string> ids;
  for (const v1::Indicator& indicator : headlines) ids.push_back(indicator.id());
  return ids;
}

// Says no more than an answer of the whole call would.
void SetError(const absl::Status& status, v1::EvaluationError& error) {
  error.set_code(absl::StatusCodeToString(status.code()));
  error.set_reason(Reason(status));
  error.set_message(ToldMessage(status));
}

absl::StatusOr<Period> PeriodMeant(Tx& tx, const absl::StatusOr<v1::Indicator>& indicator,
                                   const Period& asked) {
  RETURN_IF_ERROR(indicator.status());
  return PeriodOf(tx, *indicator, asked);
}

// Sets the result of each of the indicators asked for, as of one time.
absl::Status AddResults(Tx& tx, const Call& call, const v1::BatchEvaluateIndicatorsRequest& request,
                        const Period& period, v1::BatchEvaluateIndicatorsResponse& response) {
  ASSIGN_OR_RETURN(const std::vector<std::string> ids, IdsOf(tx, call, request));
  ASSIGN_OR_RETURN(const std::vector<Edition> editions, LoadEditions(tx));
  const std::vector<absl::StatusOr<v1::Indicator>> indicators =
      FindEachFor<v1::Indicator>(tx, call, ids);
  std::vector<Question> questions;
  std::vector<v1::IndicatorResult*> asked;
  for (size_t i = 0; i < ids.size(); ++i) {
    v1::IndicatorResult& result = *response.add_results();
    result.set_indicator_id(ids[i]);
    absl::StatusOr<Period> meant = PeriodMeant(tx, indicators[i], period);
    if (MayPass(meant.status())) return meant.status();
    if (!meant.ok()) {
      SetError(meant.status(), *result.mutable_error());
      continue;
    }
    questions.push_back({*indicators[i], *meant, {}, "", nullptr, /*with_records=*/false});
    questions.back().editions = editions;
    asked.push_back(&result);
  }
  ASSIGN_OR_RETURN(EvaluatedEach answers, Answers(tx, questions, request.compare()));
  for (size_t i = 0; i < answers.size(); ++i) {
    if (answers[i].ok()) {
      *asked[i]->mutable_evaluation() = std::move(answers[i]->evaluation);
      *asked[i]->mutable_evaluation()->mutable_as_of() = response.as_of();
    } else {
      SetError(answers[i].status(), *asked[i]->mutable_error());
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Evaluation> IndicatorsService::EvaluateIndicator(
    const Call& call, const v1::EvaluateIndicatorRequest& request) {
  ASSIGN_OR_RETURN(absl::CivilDay as_of, AsOf(request.as_of_day(), call.today));
  ASSIGN_OR_RETURN(Period period,
                   MakePeriod(request.year(), request.from_day(), request.to_day(), as_of));
  return db_.Read([&](Tx& tx) -> absl::StatusOr<Evaluation> {
    ASSIGN_OR_RETURN(v1::Indicator indicator, FindFor<v1::Indicator>(tx, call, request.id()));
    ASSIGN_OR_RETURN(Period meant, PeriodOf(tx, indicator, period));
    Question question{indicator,
                      meant,
                      {},
                      request.unit(),
                      request.has_target() ? &request.target() : nullptr,
                      /*with_records=*/false,
                      request.region()};
    if (request.has_decimals()) question.decimals = request.decimals();
    ASSIGN_OR_RETURN(const std::vector<Edition> editions, EditionsFor(tx, indicator.kind()));
    question.editions = editions;
    ASSIGN_OR_RETURN(EvaluatedEach answers,
                     Answers(tx, absl::MakeConstSpan(&question, 1), request.compare()));
    ASSIGN_OR_RETURN(Evaluated answer, std::move(answers[0]));
    Evaluation evaluation = std::move(answer.evaluation);
    *evaluation.mutable_as_of() = ToTimestamp(call.now);
    return evaluation;
  });
}

absl::StatusOr<v1::BatchEvaluateIndicatorsResponse> IndicatorsService::BatchEvaluateIndicators(
    const Call& call, const v1::BatchEvaluateIndicatorsRequest& request) {
  ASSIGN_OR_RETURN(absl::CivilDay as_of, AsOf(request.as_of_day(), call.today));
  ASSIGN_OR_RETURN(Period period,
                   MakePeriod(request.year(), request.from_day(), request.to_day(), as_of));
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::BatchEvaluateIndicatorsResponse> {
    v1::BatchEvaluateIndicatorsResponse response;
    *response.mutable_as_of() = ToTimestamp(call.now);
    response.set_as_of_day(FormatDay(as_of));
    RETURN_IF_ERROR(AddResults(tx, call, request, period, response));
    return response;
  });
}

absl::StatusOr<v1::IndicatorSeries> IndicatorsService::GetIndicatorSeries(
    const Call& call, const v1::GetIndicatorSeriesRequest& request) {
  using Series = v1::IndicatorSeries;
  FieldErrors errors;
  if (request.step() == Series::STEP_UNSPECIFIED || !Series::Step_IsValid(request.step())) {
    errors.Add("step", "is required");
  }
  CheckDay(errors, "from_day", request.from_day(), true);
  CheckDay(errors, "to_day", request.to_day(), false);
  RETURN_IF_ERROR(errors.status());
  ASSIGN_OR_RETURN(absl::CivilDay from, ParseDay(request.from_day()));
  absl::CivilDay to = call.today;
  if (!request.to_day().empty()) {
    ASSIGN_OR_RETURN(to, ParseDay(request.to_day()));
  }
  if (to < from) return InvalidField("to_day", "must not come before from_day");
  const std::vector<Period> steps = StepsOf(request.step(), from, to, call.today);
  if (steps.size() > kMostSteps) return InvalidField("to_day", "must leave at most 400 steps");
  return db_.Read([&](Tx& tx) -> absl::StatusOr<Series> {
    ASSIGN_OR_RETURN(v1::Indicator indicator, FindFor<v1::Indicator>(tx, call, request.id()));
    Series series;
    series.set_indicator_id(indicator.id());
    series.set_name(indicator.name());
    series.set_step(request.step());
    *series.mutable_as_of() = ToTimestamp(call.now);
    Question question{indicator,
                      {},
                      {},
                      request.unit(),
                      nullptr,
                      /*with_records=*/false,
                      request.region()};
    if (request.has_decimals()) question.decimals = request.decimals();
    series.set_unit(question.answer_unit());
    if (steps.empty()) return series;
    ASSIGN_OR_RETURN(std::vector<Evaluation> evaluations,
                     EvaluateSteps(tx, question, steps, request.cumulative()));
    for (size_t i = 0; i < steps.size(); ++i) {
      const Evaluation& evaluation = evaluations[i];
      v1::SeriesPoint& point = *series.add_points();
      point.set_from_day(FormatDay(*steps[i].from));
      point.set_to_day(FormatDay(steps[i].to));
      point.set_value(evaluation.value());
      point.set_numerator(evaluation.numerator());
      point.set_denominator(evaluation.denominator());
      point.set_samples_used(evaluation.samples_used());
      point.set_samples_required(evaluation.samples_required());
      point.set_validity(evaluation.validity());
      point.set_verdict(evaluation.verdict());
    }
    return series;
  });
}

}  // namespace lucid::indicators
