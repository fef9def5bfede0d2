#include "services/indicators/indicators_evaluation.h"

#include "services/base/status.h"
#include "services/indicators/indicators_air_evaluation.h"
#include "services/indicators/indicators_kind_evaluation.h"
#include "services/indicators/indicators_standards_store.h"
#include "services/indicators/indicators_water_evaluation.h"

namespace lucid::indicators {

using v1::Indicator;

namespace {

// Kinds whose values are judged by a standard or made by one.
bool NeedsStandards(Indicator::Kind kind) {
  return kind == Indicator::MEAN || kind == Indicator::CLASS || kind == Indicator::AIR_DAYS ||
         kind == Indicator::COMPOSITE;
}

}  // namespace

absl::StatusOr<Evaluated> Evaluate(Tx& tx, const Question& question) {
  if (!NeedsStandards(question.indicator.kind())) return EvaluateBy(tx, question);
  ASSIGN_OR_RETURN(const std::vector<Edition> editions, LoadEditions(tx));
  Question judged = question;
  judged.editions = editions;
  return EvaluateBy(tx, judged);
}

absl::StatusOr<Evaluated> EvaluateBy(Tx& tx, const Question& question) {
  RETURN_IF_ERROR(CheckQuestion(question));
  switch (question.indicator.kind()) {
    case Indicator::GAUGE:
      return GaugeOf(tx, question);
    case Indicator::REGISTER:
      return question.indicator.register_rule().aggregate() == v1::RegisterRule::SITES
                 ? SitesOf(tx, question)
                 : ItemsOf(tx, question);
    case Indicator::MEAN:
      return MeanOf(tx, question);
    case Indicator::RATIO:
      return RatioOf(tx, question);
    case Indicator::BOUND:
      return BoundOf(tx, question);
    case Indicator::CLASS:
      return SharesOf(tx, question);
    case Indicator::AIR_DAYS:
      return AirDaysOf(tx, question);
    case Indicator::COMPOSITE:
      return CompositeOf(tx, question);
    default:
      return absl::InternalError("an indicator has no kind");
  }
}

}  // namespace lucid::indicators
