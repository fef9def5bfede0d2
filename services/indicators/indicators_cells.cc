#include "services/indicators/indicators_cells.h"

#include "absl/strings/str_cat.h"
#include "services/base/status.h"
#include "services/base/summary.h"
#include "services/indicators/indicators_evaluation.h"

namespace lucid::indicators {
namespace {

constexpr int kMostYearsBack = 5;

Period YearBefore(const Period& period) {
  const absl::CivilYear year = absl::CivilYear(*period.from) - 1;
  return {absl::CivilDay(year), absl::CivilDay(year + 1) - 1, period.as_of};
}

void AddCellFor(const v1::Indicator& indicator, const v1::Evaluation& value,
                types::v1::Summary& summary) {
  AddCell(summary, absl::StrCat("indicators.", indicator.id()),
          absl::StrCat(indicator.name(), "(", value.period(), ")"), value.value(), value.unit(),
          value.working());
  if (value.verdict() == v1::Evaluation::VERDICT_UNSPECIFIED) return;
  summary.mutable_cells(summary.cells_size() - 1)
      ->set_verdict(v1::Evaluation::Verdict_Name(value.verdict()));
}

}  // namespace

absl::Status AddCellOf(Tx& tx, const v1::Indicator& indicator, absl::CivilDay day, Without without,
                       absl::Span<const Edition> editions, types::v1::Summary& summary) {
  ASSIGN_OR_RETURN(const Period current, PeriodOf(tx, indicator, Period{std::nullopt, day, day}));
  std::optional<v1::Evaluation> newest;
  Period period = current;
  for (int back = 0; back < kMostYearsBack; ++back) {
    Question question{indicator, period, {}, "", nullptr, /*with_records=*/false};
    question.editions = editions;
    ASSIGN_OR_RETURN(v1::Evaluation value, AnswerOrWhyNot(tx, question));
    if (value.validity() != v1::Evaluation::MISSING) {
      AddCellFor(indicator, value, summary);
      return absl::OkStatus();
    }
    if (!newest) newest = std::move(value);
    if (!period.from) break;
    period = YearBefore(period);
  }
  if (without == Without::kShown) AddCellFor(indicator, *newest, summary);
  return absl::OkStatus();
}

}  // namespace lucid::indicators
