// How the days of series are kept, by year; made from the runs where they are not kept.
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "services/base/db.h"
#include "services/indicators/indicators_days.h"

namespace lucid::indicators {

// Whether the days of this series are kept: the factors of air at sites, whose means are made from
// hours.
bool KeepsDays(absl::string_view subject, absl::string_view factor);

// One year of one series that keeps its days.
struct YearKey {
  std::string subject;
  std::string factor;
  absl::CivilYear year;

  friend std::strong_ordering operator<=>(const YearKey& a, const YearKey& b) = default;
};

// The days of these series, in the order of the keys, which are all different.
absl::StatusOr<std::vector<ObservedYear>> FindYears(Tx& tx, absl::Span<const YearKey> keys);

// Keeps the days in place of what was kept.
absl::Status SaveYears(Tx& tx, absl::Span<const YearKey> keys,
                       absl::Span<const ObservedYear> years);

// Makes all days anew from the runs: DATA_LOSS naming the first series whose kept days differ.
absl::Status CheckYears(Tx& tx);

}  // namespace lucid::indicators
