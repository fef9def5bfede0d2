// Reads what values of air are made of, and asks their rules.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "lucid/indicators/v1/site.pb.h"
#include "services/base/db.h"
#include "services/indicators/indicators_city_rules.h"
#include "services/indicators/indicators_evaluation.h"

namespace lucid::indicators {

absl::StatusOr<Evaluated> MeanOf(Tx& tx, const Question& question);
absl::StatusOr<Evaluated> AirDaysOf(Tx& tx, const Question& question);
absl::StatusOr<Evaluated> CompositeOf(Tx& tx, const Question& question);

// The daily values of a factor at a station that lie in the period.
absl::StatusOr<DayMeans> LoadDailyValues(Tx& tx, const v1::Site& site, const std::string& factor,
                                         const Period& period);

// What the air quality index needs of a station: the daily values of every factor in the period;
// references to them go into `result` where it is given.
absl::StatusOr<StationAir> LoadAir(Tx& tx, const v1::Site& site, const Period& period,
                                   Evaluated* result = nullptr);

}  // namespace lucid::indicators
