// MEAN: the mean or a percentile of a city's daily values over a calendar year, or over months.
// Pure functions.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "lucid/indicators/v1/evaluation.pb.h"
#include "lucid/indicators/v1/site.pb.h"
#include "services/indicators/indicators_air_rules.h"
#include "services/indicators/indicators_value_rules.h"

namespace lucid::indicators {

// A station with its daily values by the rules of DailyValues().
struct StationDays {
  const v1::Site* site;
  DayMeans means;
};
// Each counts on the days on which it is in the set of the indicator's selection.
absl::StatusOr<v1::Evaluation> EvaluateMean(const Question& question,
                                            std::vector<StationDays> stations);

}  // namespace lucid::indicators
