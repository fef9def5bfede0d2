// How rules and flags of quality control are stored, and which arrivals wait to be checked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lucid/indicators/v1/quality.pb.h"
#include "services/base/db.h"
#include "services/base/records.h"

namespace lucid {

template <>
const Table& TableOf<indicators::v1::QualityRule>();
template <>
const Table& TableOf<indicators::v1::QualityFlag>();

namespace indicators {

// The rules about this factor and length, of the region and those above it.
absl::StatusOr<std::vector<v1::QualityRule>> FindQualityRules(Tx& tx, absl::string_view region,
                                                              absl::string_view factor,
                                                              v1::Observation::Length length);

// What makes a flag one and the same: series, start, check, and how often the value was corrected.
std::string FlagKey(const v1::QualityFlag& flag);
// Whether it was raised before.
absl::StatusOr<bool> IsFlagged(Tx& tx, const v1::QualityFlag& flag);

// A part of a series that arrived and waits to be checked.
struct Arrival {
  std::string site_id;
  std::string factor;
  v1::Observation::Length length = v1::Observation::LENGTH_UNSPECIFIED;
  std::string first;  // starts
  std::string last;
  int64_t mark = 0;  // how often something arrived
  int64_t done = 0;  // and how often had when it was last checked
};
// Adds it to what waits of its series.
absl::Status MarkArrival(Tx& tx, const Arrival& arrival);
// One that waits.
absl::StatusOr<std::optional<Arrival>> NextArrival(Tx& tx);
// Says that it was checked; false where another has said so since.
absl::StatusOr<bool> SettleArrival(Tx& tx, const Arrival& arrival);

}  // namespace indicators
}  // namespace lucid
