// What imports of tables share: how refused rows are answered.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "lucid/indicators/v1/indicators_service.pb.h"

namespace lucid::indicators {

// Counts a row; INVALID_ARGUMENT, reason TOO_MANY_ROWS, where there are too many.
absl::Status CountRow(v1::Import& result);

// Counts a refused row, and says why while there is room.
void RefuseRow(int64_t row, const absl::Status& status, v1::Import& result);

// Puts the errors in order of row.
void SortErrors(v1::Import& result);

}  // namespace lucid::indicators
