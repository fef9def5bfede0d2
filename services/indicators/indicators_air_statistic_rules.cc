#include "services/indicators/indicators_air_statistic_rules.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/base/status.h"

namespace lucid::indicators {
namespace {

constexpr int kMonthsOfYear = 12;

int RequiredIn(absl::CivilMonth month, const AirStatistics& rules) {
  return month.month() == 2 ? rules.days_per_february : rules.days_per_month;
}

void Note(absl::string_view what, int used, int required, std::string& shortfall) {
  absl::StrAppend(&shortfall, shortfall.empty() ? "" : ",", what, " ", used, " 天(须 ", required,
                  " 天)");
}

}  // namespace

Ratio PercentileOf(std::vector<Ratio> values, const Ratio& percent) {
  std::sort(values.begin(), values.end());
  const Ratio place =
      Ratio::Divide(Ratio(static_cast<int64_t>(values.size()) - 1) * percent, 100).value();
  const int64_t below = place.RoundDown(0).value().mantissa();
  const Ratio& low = values[below];
  if (place == Ratio(below)) return low;
  return low + (values[below + 1] - low) * (place - Ratio(below));
}

absl::StatusOr<Statistic> StatisticOf(const v1::MeanRule& rule, absl::string_view factor,
                                      const AirStatistics& rules) {
  if (rule.statistic() != v1::MeanRule::PERCENTILE) return Statistic{std::nullopt, "算术平均"};
  if (!rule.percent().empty()) {
    ASSIGN_OR_RETURN(Decimal percent, Decimal::Parse(rule.percent()));
    return Statistic{percent, absl::StrCat("第", percent.ToString(), "百分位数")};
  }
  auto found = rules.percentiles.find(factor);
  if (found == rules.percentiles.end()) {
    return InvalidField("mean_rule.percent", "is required: the standard names none for the factor");
  }
  return Statistic{Ratio(found->second), absl::StrCat("第", found->second, "百分位数")};
}

absl::Status CheckStatisticPeriod(const Period& period) {
  const bool whole_months = period.from && period.from->day() == 1 && (period.to + 1).day() == 1;
  if (!whole_months ||
      absl::CivilMonth(period.to) - absl::CivilMonth(*period.from) + 1 > kMonthsOfYear) {
    return InvalidField("to_day",
                        "a statistic by HJ 663 is that of a calendar year, a month, or of several "
                        "whole months, at most twelve; days are steps of a series");
  }
  return absl::OkStatus();
}

PeriodValue EvaluateStatistic(const Statistic& statistic, const DayMeans& days,
                              const Period& period, const AirStatistics& rules) {
  PeriodValue result;
  const auto begin = days.lower_bound(*period.from), end = days.upper_bound(period.last());
  result.used = static_cast<int>(end - begin);
  auto of_month = begin;
  for (absl::CivilMonth month(*period.from); absl::CivilDay(month) <= period.to; ++month) {
    const auto next = std::min(end, days.lower_bound(absl::CivilDay(month + 1)));
    const int used = static_cast<int>(next - std::exchange(of_month, next));
    const int required = RequiredIn(month, rules);
    result.required += required;
    if (used >= required) continue;
    Note(absl::StrCat(month.month(), "月"), used, required, result.shortfall);
  }
  if (period.WholeYear()) {
    result.required = rules.days_per_year;
    if (result.used < result.required) {
      std::string months = std::exchange(result.shortfall, "");
      Note("全年", result.used, result.required, result.shortfall);
      if (!months.empty()) absl::StrAppend(&result.shortfall, ",", months);
    }
  }
  result.valid = result.shortfall.empty();
  if (result.used == 0) return result;
  if (statistic.percent) {
    std::vector<Ratio> values;
    for (auto day = begin; day != end; ++day) values.push_back(day->second);
    result.value = PercentileOf(std::move(values), *statistic.percent);
  } else {
    RatioSum sum;
    for (auto day = begin; day != end; ++day) sum.Add(day->second);
    result.value = sum.Mean().value();
  }
  return result;
}

}  // namespace lucid::indicators
