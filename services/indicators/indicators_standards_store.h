// How standards and factor sets are stored, and how evaluations read them.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "lucid/indicators/v1/standard.pb.h"
#include "services/base/db.h"
#include "services/base/records.h"
#include "services/indicators/indicators_standards.h"

namespace lucid {

template <>
const Table& TableOf<indicators::v1::Standard>();
template <>
const Table& TableOf<indicators::v1::FactorSet>();

namespace indicators {

// Every edition recorded, by name and first day in force: what evaluations on this snapshot are
// judged by.
absl::StatusOr<std::vector<Edition>> LoadEditions(Tx& tx);

// Every record of this name, by first day.
absl::StatusOr<std::vector<v1::Standard>> StandardsNamed(Tx& tx, absl::string_view name);
absl::StatusOr<std::vector<v1::FactorSet>> FactorSetsNamed(Tx& tx, absl::string_view name);

// The factor set that holds on the day; NOT_FOUND, reason NO_FACTOR_SET.
absl::StatusOr<v1::FactorSet> FactorSetOn(Tx& tx, absl::string_view name, absl::CivilDay day);

}  // namespace indicators
}  // namespace lucid
