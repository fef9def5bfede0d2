#include "services/indicators/indicators_period_rules.h"

#include <algorithm>

#include "services/base/calendar.h"

namespace lucid::indicators {
namespace {

absl::CivilDay MonthEnd(absl::CivilMonth month) { return absl::CivilDay(month + 1) - 1; }

absl::CivilDay DayEarlierBy(absl::CivilDay day, int months) {
  const absl::CivilMonth month = absl::CivilMonth(day) - months;
  return std::min(absl::CivilDay(month) + (day.day() - 1), MonthEnd(month));
}

}  // namespace

bool IsWholeMonths(const Period& period) {
  return period.from && period.from->day() == 1 &&
         period.to == MonthEnd(absl::CivilMonth(period.to));
}

bool IsWholeYears(const Period& period) {
  return IsWholeMonths(period) && period.from->month() == 1 && period.to.month() == 12;
}

Period EarlierBy(const Period& period, int months) {
  Period earlier = period;
  if (period.from) earlier.from = DayEarlierBy(*period.from, months);
  earlier.to = DayEarlierBy(period.last(), months);
  if (IsWholeMonths(period) && period.last() == period.to) {
    earlier.to = MonthEnd(absl::CivilMonth(period.to) - months);
  }
  return earlier;
}

std::optional<Period> PreviousPeriod(const Period& period) {
  if (!period.from) return std::nullopt;
  if (IsWholeMonths(period)) {
    const absl::CivilMonth first(*period.from), last(period.to);
    return EarlierBy(period, static_cast<int>(last - first) + 1);
  }
  const absl::CivilDay end = *period.from - 1;
  return Period{end - (period.last() - *period.from), end, period.as_of};
}

std::vector<Period> StepsOf(v1::IndicatorSeries::Step step, absl::CivilDay from, absl::CivilDay to,
                            absl::CivilDay as_of) {
  std::vector<Period> steps;
  absl::CivilDay first = from;
  if (step == v1::IndicatorSeries::MONTH) first = absl::CivilDay(absl::CivilMonth(from));
  if (step == v1::IndicatorSeries::YEAR) first = absl::CivilDay(absl::CivilYear(from));
  while (first <= to && first <= as_of) {
    absl::CivilDay next = first + 1;
    if (step == v1::IndicatorSeries::MONTH) next = absl::CivilDay(absl::CivilMonth(first) + 1);
    if (step == v1::IndicatorSeries::YEAR) next = absl::CivilDay(absl::CivilYear(first) + 1);
    steps.push_back({first, next - 1, as_of});
    first = next;
  }
  return steps;
}

std::string ShortName(const Period& period) {
  if (period.from && *period.from == period.last()) return FormatDay(period.last());
  if (period.WholeMonth()) return FormatDay(*period.from).substr(0, 7);
  return period.ToString();
}

}  // namespace lucid::indicators
