// Reads what the quality of water is judged by, and asks its rules.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "lucid/indicators/v1/site.pb.h"
#include "services/base/db.h"
#include "services/indicators/indicators_evaluation.h"
#include "services/indicators/indicators_water_rules.h"

namespace lucid::indicators {

// The section with everything observed there in the period; keeps a pointer to `site`.
absl::StatusOr<Section> LoadSection(Tx& tx, const v1::Site& site, const Period& period);

// CLASS.
absl::StatusOr<Evaluated> SharesOf(Tx& tx, const Question& question);

}  // namespace lucid::indicators
