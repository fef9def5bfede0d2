// Reads what values of air are made of, and asks their rules.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lucid/indicators/v1/site.pb.h"
#include "services/base/db.h"
#include "services/indicators/indicators_city_rules.h"
#include "services/indicators/indicators_evaluation.h"

namespace lucid::indicators {

// Of several questions, with fewer questions to the database.
absl::StatusOr<EvaluatedEach> MeansOf(Tx& tx, absl::Span<const Question> questions);
absl::StatusOr<Evaluated> AirDaysOf(Tx& tx, const Question& question);
absl::StatusOr<Evaluated> CompositeOf(Tx& tx, const Question& question);

// The daily values of a factor at each of the sites by the editions: those of the period, and where
// days are kept by year those around it. The period has a first day.
absl::StatusOr<std::vector<DayMeans>> LoadDailyValues(Tx& tx, absl::Span<const v1::Site> sites,
                                                      const std::string& factor,
                                                      const Period& period,
                                                      absl::Span<const Edition> editions);

// What the air quality index needs of stations of a set: the daily values of every factor in the
// period by the editions. The sites must outlive the answer; the period has a first day.
absl::StatusOr<std::vector<StationAir>> LoadAir(Tx& tx, absl::Span<const v1::Site> sites,
                                                v1::AssessmentSet::Level set, const Period& period,
                                                absl::Span<const Edition> editions);

}  // namespace lucid::indicators
