// How the kinds that need no sites become values: gauges, registers, ratios and bounds. Pure
// functions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lucid/indicators/v1/evaluation.pb.h"
#include "services/indicators/indicators_runs.h"
#include "services/indicators/indicators_value_rules.h"

namespace lucid::indicators {

// GAUGE: the latest observation; null where there is none in the period.
absl::StatusOr<v1::Evaluation> EvaluateGauge(const Question& question, const Sample* latest);

// REGISTER: items that count in the period.
struct Item {
  std::string key;
  std::string quantity;  // empty: none
  std::string unit;
};
absl::StatusOr<v1::Evaluation> EvaluateItems(const Question& question,
                                             absl::Span<const Item> items);

// REGISTER of SITES: how many there are in the set at the end of the period, and beside it how many
// of them have data.
absl::StatusOr<v1::Evaluation> EvaluateSites(const Question& question, int64_t sites,
                                             int64_t with_data);

// RATIO: all numerators of the period over all denominators. A period counts when both have a
// value; each must be there for the ratio to be valid.
struct RatioSamples {
  v1::Observation::Length length = v1::Observation::LENGTH_UNSPECIFIED;
  std::vector<Sample> numerators;  // usable ones of this length, in order of start
  std::vector<Sample> denominators;
};
absl::StatusOr<v1::Evaluation> EvaluateRatio(const Question& question, const RatioSamples& samples);

// BOUND: the worst year of the period must satisfy the bound. Of each year either its value or its
// ratio is known.
struct YearValue {
  int year = 0;
  const Sample* value = nullptr;
  const RatioSamples* ratio = nullptr;
};
absl::StatusOr<v1::Evaluation> EvaluateBound(const Question& question,
                                             absl::Span<const YearValue> years);

}  // namespace lucid::indicators
