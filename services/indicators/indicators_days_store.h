// How the days of series are kept, by year; made from the runs where they are not kept.
#pragma once

#include <compare>
#include <map>
#include <set>
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

// Years of series, read together as they are kept and unpacked one by one: a packed year is a
// tenth of an unpacked one.
class Years {
 public:
  static absl::StatusOr<Years> Find(Tx& tx, const std::set<YearKey>& keys);
  // One of these, on the snapshot that they were read from.
  absl::StatusOr<ObservedYear> At(Tx& tx, const YearKey& key) const;

 private:
  std::map<YearKey, std::string> kept_;
};

// Keeps the days in place of what was kept.
absl::Status SaveYears(Tx& tx, const std::map<YearKey, ObservedYear>& years);

// Makes all days anew from the runs: DATA_LOSS naming the first series whose kept days differ.
absl::Status CheckYears(Tx& tx);

}  // namespace lucid::indicators
