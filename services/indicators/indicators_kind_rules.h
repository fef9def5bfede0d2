// How the kinds that need no sites become values: gauges, registers, ratios and bounds. Pure
// functions.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lucid/indicators/v1/evaluation.pb.h"
#include "services/indicators/indicators_runs.h"
#include "services/indicators/indicators_value_rules.h"

namespace lucid::indicators {

// GAUGE: the latest observation up to the end of the period, which holds until the next; null where
// there is none.
absl::StatusOr<v1::Evaluation> EvaluateGauge(const Question& question, const Sample* latest);

// REGISTER: the items that count in the period, added up one by one.
struct Item {
  std::string key;
  std::string quantity;  // empty: none
  std::string unit;
};
class ItemTotals {
 public:
  // `unit`: in which quantities are added up; empty: they are not.
  explicit ItemTotals(std::string unit) : unit_(std::move(unit)) {}
  absl::Status Add(const Item& item);

  int64_t count() const { return count_; }
  int64_t distinct() const { return static_cast<int64_t>(keys_.size()); }
  const Ratio& sum() const { return sum_; }

 private:
  std::string unit_;
  int64_t count_ = 0;
  absl::flat_hash_set<std::string> keys_;
  Ratio sum_;
};
absl::StatusOr<v1::Evaluation> EvaluateItems(const Question& question, const ItemTotals& totals);

// REGISTER of SITES: how many there are in the set at the end of the period, and beside it, where
// that is asked, how many of them have data.
absl::StatusOr<v1::Evaluation> EvaluateSites(const Question& question, int64_t sites,
                                             std::optional<int64_t> with_data);

// RATIO: all numerators of the period over all denominators, times the rule's multiplier. A period
// counts when both have a value; each must be there for the ratio to be valid.
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
