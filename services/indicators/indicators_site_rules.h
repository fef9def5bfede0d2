// How the kinds that rest on sites become values: means of air and shares of water sections. Pure
// functions.
#pragma once

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lucid/indicators/v1/evaluation.pb.h"
#include "lucid/indicators/v1/site.pb.h"
#include "services/indicators/indicators_air_rules.h"
#include "services/indicators/indicators_value_rules.h"
#include "services/indicators/indicators_water_rules.h"

namespace lucid::indicators {

// MEAN: the city's mean over a calendar year or month. A station with its site, and its daily
// values by the rules of DailyMeans().
struct StationDays {
  const v1::Site* site;
  DayMeans means;
};
absl::StatusOr<v1::Evaluation> EvaluateMean(const Question& question,
                                            absl::Span<const StationDays> stations);

// CLASS: the share of sections, over a calendar year or month. The factor set is the one that the
// rule names, where it names one.
absl::StatusOr<v1::Evaluation> EvaluateClass(const Question& question,
                                             absl::Span<const Section> sections,
                                             const v1::FactorSet* factor_set = nullptr);

}  // namespace lucid::indicators
