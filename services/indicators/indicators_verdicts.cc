#include "services/indicators/indicators_verdicts.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lucid/indicators/v1/standard.pb.h"
#include "services/base/calendar.h"
#include "services/base/records.h"
#include "services/base/timestamps.h"
#include "services/indicators/indicators_evaluation.h"
#include "services/indicators/indicators_runs.h"
#include "services/indicators/indicators_service.h"
#include "services/indicators/indicators_store.h"
#include "services/indicators/indicators_target_rules.h"
#include "services/indicators/indicators_verdict_rules.h"
#include "services/indicators/indicators_verdicts_store.h"

namespace lucid::indicators {
namespace {

using Ids = std::set<std::string>;
using v1::IndicatorVerdict;

// Marks them, and whatever rests on them by a formula.
absl::Status MarkWithDependents(Tx& tx, const Call& call, const Ids& touched, Ids reached) {
  Ids due = touched;
  std::vector<std::string> open(reached.begin(), reached.end());
  while (!open.empty()) {
    const std::string id = std::move(open.back());
    open.pop_back();
    ASSIGN_OR_RETURN(Ids dependents, FindByInputs(tx, {IndicatorInput(id)}));
    for (const std::string& dependent : dependents) {
      if (dependent == id) continue;
      due.insert(dependent);
      if (reached.insert(dependent).second) open.push_back(dependent);
    }
  }
  for (const std::string& id : due) RETURN_IF_ERROR(MarkDue(tx, id, call.now));
  return absl::OkStatus();
}

absl::Status MarkWithDependents(Tx& tx, const Call& call, const Ids& touched) {
  return MarkWithDependents(tx, call, touched, touched);
}

absl::Status OnIndicator(Tx& tx, const Call& call, const v1::Indicator& indicator) {
  RETURN_IF_ERROR(SaveInputs(tx, indicator.id(), InputsOf(indicator)));
  return MarkWithDependents(tx, call, {indicator.id()});
}

absl::StatusOr<Ids> RestingOn(Tx& tx, const v1::Span& span) {
  if (!span.indicator_id().empty()) return Ids{span.indicator_id()};
  absl::StatusOr<v1::Site> site = Find<v1::Site>(tx, span.site_id());
  if (site.status().code() == absl::StatusCode::kNotFound) return Ids();
  RETURN_IF_ERROR(site.status());
  return FindByInputs(tx, ObservationInputs(*site, span.factor()));
}

// Observations touch what sees them in its current period. A formula may look at other periods of
// its operands, so it is touched whatever the days.
absl::Status OnBatch(Tx& tx, const Call& call, const v1::ObservationBatch& batch) {
  Ids touched, reached;
  std::map<std::string, v1::Indicator> known;
  for (const v1::Span& span : batch.spans()) {
    ASSIGN_OR_RETURN(absl::CivilMinute first, ParseStart(span.first(), span.length()));
    ASSIGN_OR_RETURN(absl::CivilMinute last, ParseStart(span.last(), span.length()));
    ASSIGN_OR_RETURN(Ids ids, RestingOn(tx, span));
    for (const std::string& id : ids) {
      auto [indicator, is_new] = known.try_emplace(id);
      if (is_new) {
        ASSIGN_OR_RETURN(indicator->second, Find<v1::Indicator>(tx, id));
      }
      if (InCurrentPeriod(indicator->second, absl::CivilDay(first), absl::CivilDay(last),
                          call.today)) {
        touched.insert(id);
      }
      reached.insert(id);
    }
  }
  return MarkWithDependents(tx, call, touched, std::move(reached));
}

// How the region judged stands to its target, if it has one in force.
void AddTarget(const Question& question, const v1::Evaluation& evaluation,
               IndicatorVerdict& verdict) {
  const v1::Target* target = TargetOf(question);
  if (target == nullptr) return;
  v1::TargetVerdict& stand = *verdict.add_targets();
  stand.set_region(question.judged_region());
  stand.set_standard(Describe(*target));
  stand.set_value(evaluation.value());
  stand.set_validity(evaluation.validity());
  stand.set_verdict(evaluation.has_target() ? evaluation.target().verdict() : evaluation.verdict());
  stand.set_progress(evaluation.target().progress());
}

IndicatorVerdict VerdictOf(const v1::Indicator& indicator, const v1::Evaluation& evaluation) {
  IndicatorVerdict verdict;
  verdict.set_id(indicator.id());
  verdict.set_region(indicator.region());
  verdict.set_name(indicator.name());
  verdict.set_from_day(evaluation.from_day());
  verdict.set_to_day(evaluation.to_day());
  verdict.set_period(evaluation.period());
  verdict.set_value(evaluation.value());
  verdict.set_unit(evaluation.unit());
  verdict.set_validity(evaluation.validity());
  verdict.set_verdict(evaluation.verdict());
  verdict.set_standard(evaluation.standard());
  verdict.set_working(evaluation.working());
  verdict.set_indicator_version(indicator.version());
  verdict.set_exact(evaluation.exact());
  return verdict;
}

// Evaluates the current period: the whole, and each part that has a target of its own.
absl::StatusOr<IndicatorVerdict> EvaluateToday(Tx& tx, const Call& call,
                                               const v1::Indicator& indicator) {
  ASSIGN_OR_RETURN(Period period,
                   PeriodOf(tx, indicator, Period{std::nullopt, call.today, call.today}));
  ASSIGN_OR_RETURN(const std::vector<Edition> editions, EditionsFor(tx, indicator.kind()));
  Question question{indicator, period, {}, "", nullptr, /*with_records=*/false};
  question.editions = editions;
  std::vector<Question> questions = {question};
  for (const std::string& part : PartsWithTargets(question)) {
    questions.push_back(question);
    questions.back().region = part;
  }
  ASSIGN_OR_RETURN(const std::vector<v1::Evaluation> answers, AnswersOrWhyNot(tx, questions));
  IndicatorVerdict verdict = VerdictOf(indicator, answers[0]);
  for (size_t i = 0; i < answers.size(); ++i) AddTarget(questions[i], answers[i], verdict);
  return verdict;
}

// Keeps the verdict where it says another thing than the one before.
absl::Status Keep(Tx& tx, Call call, IndicatorVerdict verdict) {
  absl::StatusOr<IndicatorVerdict> before = Find<IndicatorVerdict>(tx, verdict.id());
  const bool is_first = before.status().code() == absl::StatusCode::kNotFound;
  if (!is_first) RETURN_IF_ERROR(before.status());
  if (!is_first && !SaysAnotherThing(*before, verdict)) return absl::OkStatus();
  call.method = is_first || Turned(*before, verdict) ? "VerdictChanged" : "ValueChanged";
  const bool turned = is_first || before->verdict() != verdict.verdict();
  *verdict.mutable_since() = turned ? ToTimestamp(call.now) : before->since();
  if (is_first) return Insert(tx, call, verdict);
  verdict.set_previous_verdict(turned ? before->verdict() : before->previous_verdict());
  verdict.set_version(before->version());
  *verdict.mutable_create_time() = before->create_time();
  return Update(tx, call, verdict);
}

}  // namespace

absl::Status MarkTouched(Tx& tx, const Call& call, const events::v1::Event& event) {
  v1::Indicator indicator;
  v1::ObservationBatch batch;
  v1::RegisterItem item;
  v1::Site site;
  v1::Standard standard;
  v1::FactorSet factor_set;
  if (event.record().UnpackTo(&batch)) return OnBatch(tx, call, batch);
  if (event.record().UnpackTo(&indicator)) return OnIndicator(tx, call, indicator);
  if (event.record().UnpackTo(&item)) {
    ASSIGN_OR_RETURN(Ids ids, FindByInputs(tx, {RegisterInput(item.register_id())}));
    return MarkWithDependents(tx, call, ids);
  }
  if (event.record().UnpackTo(&site)) {
    ASSIGN_OR_RETURN(Ids ids, FindByInputPrefixes(tx, SiteInputs(site)));
    return MarkWithDependents(tx, call, ids);
  }
  if (event.record().UnpackTo(&standard)) {
    ASSIGN_OR_RETURN(Ids ids, FindByInputs(tx, {StandardInput(standard.name())}));
    return MarkWithDependents(tx, call, ids);
  }
  if (event.record().UnpackTo(&factor_set)) {
    ASSIGN_OR_RETURN(Ids ids, FindByInputs(tx, {FactorSetInput(factor_set.name())}));
    return MarkWithDependents(tx, call, ids);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> EvaluateDue(Db& db, const Call& call) {
  const std::string today = FormatDay(call.today);
  std::optional<Due> due;
  IndicatorVerdict verdict;
  bool new_day = false;
  RETURN_IF_ERROR(db.Read([&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(new_day, DayIsNew(tx, today));
    if (new_day) return absl::OkStatus();
    ASSIGN_OR_RETURN(due, NextDue(tx));
    if (!due) return absl::OkStatus();
    ASSIGN_OR_RETURN(v1::Indicator indicator, Find<v1::Indicator>(tx, due->indicator_id));
    ASSIGN_OR_RETURN(verdict, EvaluateToday(tx, call, indicator));
    return absl::OkStatus();
  }));
  if (new_day) {
    RETURN_IF_ERROR(db.Write([&](Tx& tx) { return MarkAllDue(tx, today, call.now); }));
    return true;
  }
  if (!due) return false;
  RETURN_IF_ERROR(db.Write([&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(bool mine, SettleDue(tx, *due, call.now));
    return mine ? Keep(tx, call, verdict) : absl::OkStatus();
  }));
  return true;
}

absl::StatusOr<v1::IndicatorVerdict> IndicatorsService::GetIndicatorVerdict(
    const Call& call, const v1::GetIndicatorVerdictRequest& request) {
  return db_.Read([&](Tx& tx) { return FindFor<IndicatorVerdict>(tx, call, request.id()); });
}

absl::StatusOr<v1::ListIndicatorVerdictsResponse> IndicatorsService::ListIndicatorVerdicts(
    const Call& call, const v1::ListIndicatorVerdictsRequest& request) {
  Query query;
  query.Region("region", request.region())
      .Equals("verdict", int64_t{request.verdict()})
      .OrderBy(request.order_by(), {"id"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListIndicatorVerdictsResponse> {
    v1::ListIndicatorVerdictsResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_verdicts(),
                         *response.mutable_next_page_token()));
    return response;
  });
}

}  // namespace lucid::indicators
