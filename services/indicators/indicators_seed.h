// What a new database begins with.
#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/base/db.h"

namespace lucid::indicators {

// Records the standards and factor sets that the program knows, each with its event, where none are
// recorded yet. What was corrected or added since stays as it is.
absl::Status Seed(Db& db, absl::Time now);

}  // namespace lucid::indicators
