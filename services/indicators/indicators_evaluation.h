// From an indicator and a period to its value: reads what was recorded and asks the rules.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lucid/figures/v1/figures.pb.h"
#include "lucid/indicators/v1/evaluation.pb.h"
#include "services/base/db.h"
#include "services/indicators/indicators_value_rules.h"

namespace lucid::indicators {

// A value with the records that it was made from: items, sites, or observations by the keys of
// their series and start.
struct Evaluated {
  v1::Evaluation evaluation;
  std::vector<figures::v1::RecordReference> records;
};

// The period that `asked` means for an indicator: PeriodFor() its kind. A formula of yearly values
// alone is yearly too; one that rests on anything else counts from the beginning, and asks each
// operand for the period that the operand would have by itself.
absl::StatusOr<Period> PeriodOf(Tx& tx, const v1::Indicator& indicator, const Period& asked);

// Evaluates on `tx`'s snapshot, by the standards recorded there. INVALID_ARGUMENT when the kind has
// no value over such a period.
absl::StatusOr<Evaluated> Evaluate(Tx& tx, const Question& question);
// The same by the editions that the question brings: who evaluates many reads them once.
absl::StatusOr<Evaluated> EvaluateBy(Tx& tx, const Question& question);
// The same of several questions, in their order, with fewer questions to the database. Fails as a
// whole where the database does.
using EvaluatedEach = std::vector<absl::StatusOr<Evaluated>>;
absl::StatusOr<EvaluatedEach> EvaluateEach(Tx& tx, absl::Span<const Question> questions);
// The editions recorded on `tx`'s snapshot, where values of the kind rest on any.
absl::StatusOr<std::vector<Edition>> EditionsFor(Tx& tx, v1::Indicator::Kind kind);

// As EvaluateEach() without the records; where a question has no answer, that is the answer:
// NO_DATA, with why in its working.
absl::StatusOr<std::vector<v1::Evaluation>> AnswersOrWhyNot(Tx& tx,
                                                            absl::Span<const Question> questions);

}  // namespace lucid::indicators
