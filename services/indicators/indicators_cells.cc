#include "services/indicators/indicators_cells.h"

#include <optional>
#include <utility>
#include <vector>

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

absl::Status AddCells(Tx& tx, absl::Span<const v1::Indicator> indicators, absl::CivilDay day,
                      Without without, absl::Span<const Edition> editions,
                      types::v1::Summary& summary) {
  struct Cell {
    const v1::Indicator& indicator;
    Period period;                        // asked next
    std::optional<v1::Evaluation> shown;  // the newest value, or else the newest answer
    bool done = false;
  };
  std::vector<Cell> cells;
  for (const v1::Indicator& indicator : indicators) {
    ASSIGN_OR_RETURN(Period period, PeriodOf(tx, indicator, Period{std::nullopt, day, day}));
    cells.push_back({indicator, period, std::nullopt});
  }
  for (int back = 0; back < kMostYearsBack; ++back) {
    std::vector<Cell*> asking;
    std::vector<Question> questions;
    for (Cell& cell : cells) {
      if (cell.done) continue;
      asking.push_back(&cell);
      questions.push_back({cell.indicator, cell.period, {}, "", nullptr, /*with_records=*/false});
      questions.back().editions = editions;
    }
    ASSIGN_OR_RETURN(std::vector<v1::Evaluation> answers, AnswersOrWhyNot(tx, questions));
    for (size_t i = 0; i < asking.size(); ++i) {
      Cell& cell = *asking[i];
      const bool has_value = answers[i].validity() != v1::Evaluation::MISSING;
      if (has_value || !cell.shown) cell.shown = std::move(answers[i]);
      cell.done = has_value || !cell.period.from;
      if (!cell.done) cell.period = YearBefore(cell.period);
    }
  }
  for (const Cell& cell : cells) {
    const bool has_value = cell.shown->validity() != v1::Evaluation::MISSING;
    if (has_value || without == Without::kShown) AddCellFor(cell.indicator, *cell.shown, summary);
  }
  return absl::OkStatus();
}

}  // namespace lucid::indicators
