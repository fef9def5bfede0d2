// Statistics of air over months and years by HJ 663: means and percentiles of daily values, with
// the counts that make them valid. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "lucid/indicators/v1/indicator.pb.h"
#include "services/base/ratio.h"
#include "services/indicators/indicators_air_rules.h"
#include "services/indicators/indicators_air_standards.h"
#include "services/indicators/indicators_value_rules.h"

namespace lucid::indicators {

// The values at 1 + (n − 1) · percent/100 in their order, linear between neighbours. `values` must
// not be empty, `percent` lie in 0 … 100.
Ratio PercentileOf(std::vector<Ratio> values, const Ratio& percent);

// Which statistic of daily values.
struct Statistic {
  std::optional<Ratio> percent;  // of a percentile; absent: the mean
  std::string name;              // "年平均", "第95百分位数"
};
// That of the rule: the percentile is HJ 663's for the factor where the rule names none.
// INVALID_ARGUMENT where neither names one.
absl::StatusOr<Statistic> StatisticOf(const v1::MeanRule& rule, absl::string_view factor,
                                      const AirStatistics& rules);

// A statistic over days, with what makes it valid or not.
struct PeriodValue {
  std::optional<Ratio> value;  // absent where there is no day at all
  int used = 0;                // days
  int required = 0;
  bool valid = false;
  std::string shortfall;  // why it is not valid: "2月 24 天(须 25 天)"
};

// Whether the standard has statistics over such a period: a calendar month or year; and, by our own
// declaration, several whole months up to twelve, each of which must be valid. INVALID_ARGUMENT
// otherwise.
absl::Status CheckStatisticPeriod(const Period& period);

// The statistic of the days of the period, which must have passed CheckStatisticPeriod().
PeriodValue EvaluateStatistic(const Statistic& statistic, const DayMeans& days,
                              const Period& period, const AirStatistics& rules);

}  // namespace lucid::indicators
