#include "services/indicators/indicators_formula_evaluation.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/records.h"
#include "services/base/status.h"
#include "services/indicators/indicators_samples.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {

using v1::Evaluation;
using v1::Indicator;

namespace {

constexpr int kMostNested = 16;
constexpr size_t kLongestExact = 400;  // characters; longer fractions only cost time

absl::Status TooLarge(absl::string_view why) {
  return Fail(absl::StatusCode::kFailedPrecondition, "FORMULA_TOO_LARGE", why);
}

}  // namespace

// Answers the operands of one evaluation and keeps what it was told.
class FormulaSession::Asker final : public Operands {
 public:
  Asker(FormulaSession& session, const Question& question)
      : session_(session),
        region_(question.region),
        with_records_(question.with_records),
        editions_(question.editions) {}

  absl::StatusOr<OperandValue> ValueOf(const std::string& id, const Slice& slice) override {
    ASSIGN_OR_RETURN(const Definition* definition, session_.Find(id));
    ASSIGN_OR_RETURN(const Evaluated* answer, session_.Answer(QuestionOf(*definition, slice)));
    Show(*definition, slice, *answer);
    OperandValue value;
    value.unit = definition->indicator.unit();
    const Evaluation& evaluation = answer->evaluation;
    if (evaluation.exact().size() > kLongestExact) {
      return TooLarge("the exact value of an operand has too many digits");
    }
    if (!evaluation.exact().empty()) {
      ASSIGN_OR_RETURN(value.value, Ratio::Parse(evaluation.exact()));
    }
    value.validity = evaluation.validity();
    return value;
  }

  absl::StatusOr<std::vector<std::string>> SitesOf(const std::string& id,
                                                   const Slice& slice) override {
    ASSIGN_OR_RETURN(const Definition* definition, session_.Find(id));
    ASSIGN_OR_RETURN(std::vector<v1::Site> sites,
                     SitesFor(session_.tx_, QuestionOf(*definition, slice)));
    const v1::AssessmentSet::Level set = definition->indicator.sites().set();
    std::vector<std::string> ids;
    for (const v1::Site& site : sites) {
      if (InSet(site, slice.period, set)) ids.push_back(site.id());
    }
    return ids;
  }

  // Moves what was asked into the result of the formula.
  void Finish(Evaluated& result) {
    for (auto& operand : operands_) *result.evaluation.add_operands() = std::move(operand);
    result.records = std::move(records_);
  }

 private:
  // A part of the formula's region is asked of what has that part.
  Question QuestionOf(const Definition& definition, const Slice& slice) const {
    const Indicator& indicator = definition.indicator;
    Question question{indicator, slice.period, {}, "", nullptr, with_records_};
    if (HasParts(indicator) && indicator.region() != region_) question.region = region_;
    question.site = slice.site;
    question.editions = editions_;
    return question;
  }

  void Show(const Definition& definition, const Slice& slice, const Evaluated& answer) {
    const Evaluation& evaluation = answer.evaluation;
    v1::OperandEvaluation shown;
    shown.set_indicator_id(definition.indicator.id());
    shown.set_name(definition.indicator.name());
    shown.set_from_day(evaluation.from_day());
    shown.set_to_day(evaluation.to_day());
    shown.set_site_id(slice.site);
    shown.set_value(evaluation.value());
    shown.set_unit(evaluation.unit());
    shown.set_validity(evaluation.validity());
    operands_.push_back(std::move(shown));
    for (const auto& record : answer.records) {
      if (known_.insert(record.collection() + "/" + record.id()).second) {
        records_.push_back(record);
      }
    }
  }

  FormulaSession& session_;
  const std::string region_;
  const bool with_records_;
  const absl::Span<const Edition> editions_;
  std::vector<v1::OperandEvaluation> operands_;
  std::vector<figures::v1::RecordReference> records_;
  std::set<std::string> known_;
};

absl::StatusOr<Period> FormulaSession::PeriodOf(const Indicator& indicator, const Period& asked) {
  if (asked.from || indicator.kind() != Indicator::FORMULA) {
    return PeriodFor(indicator.kind(), asked);
  }
  std::vector<std::string> open = {indicator.id()};
  std::set<std::string> reached = {indicator.id()};
  while (!open.empty()) {
    const std::string id = std::move(open.back());
    open.pop_back();
    ASSIGN_OR_RETURN(const Definition* definition, Find(id));
    const Indicator::Kind kind = definition->indicator.kind();
    if (kind != Indicator::FORMULA && !PeriodFor(kind, asked).from) return asked;
    for (std::string& operand : OperandIds(definition->expression)) {
      if (reached.insert(operand).second) open.push_back(std::move(operand));
    }
  }
  return PeriodFor(Indicator::MEAN, asked);
}

absl::StatusOr<const FormulaSession::Definition*> FormulaSession::Find(const std::string& id) {
  std::unique_ptr<Definition>& known = definitions_[id];
  if (known != nullptr) return known.get();
  auto found = std::make_unique<Definition>();
  ASSIGN_OR_RETURN(found->indicator, lucid::Find<Indicator>(tx_, id));
  if (found->indicator.kind() == Indicator::FORMULA) {
    ASSIGN_OR_RETURN(found->expression, ReadFormula(found->indicator.formula()));
  }
  known = std::move(found);
  return known.get();
}

absl::StatusOr<const Evaluated*> FormulaSession::Answer(const Question& asked) {
  const Indicator& indicator = asked.indicator;
  ASSIGN_OR_RETURN(const Period period, PeriodOf(indicator, asked.period));
  const Question question = AskOf(asked, period);
  std::unique_ptr<Evaluated>& answer =
      answers_[{indicator.id(), period.from ? FormatDay(*period.from) : "", FormatDay(period.to),
                question.region, question.site}];
  if (answer != nullptr) return answer.get();
  if (left_-- <= 0) {
    return TooLarge("the formula asks for too many values at once");
  }
  absl::StatusOr<Evaluated> evaluated =
      indicator.kind() == Indicator::FORMULA ? Evaluate(question) : EvaluateBy(tx_, question);
  RETURN_IF_ERROR(evaluated.status());
  answer = std::make_unique<Evaluated>(*std::move(evaluated));
  return answer.get();
}

absl::StatusOr<Evaluated> FormulaSession::Evaluate(const Question& question) {
  ASSIGN_OR_RETURN(const Definition* definition, Find(question.indicator.id()));
  if (depth_ == kMostNested) return TooLarge("formulas refer to formulas more than 16 deep");
  Asker asker(*this, question);
  ++depth_;
  absl::StatusOr<Computed> computed =
      Compute(definition->expression, {question.period, question.site}, asker);
  --depth_;
  RETURN_IF_ERROR(computed.status());
  Evaluated result;
  ASSIGN_OR_RETURN(result.evaluation, EvaluateFormula(question, definition->expression, *computed));
  asker.Finish(result);
  return result;
}

}  // namespace lucid::indicators
