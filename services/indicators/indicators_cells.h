// Indicators as cells of dashboards.
#pragma once

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "lucid/indicators/v1/indicator.pb.h"
#include "lucid/types/v1/summary.pb.h"
#include "services/base/db.h"
#include "services/indicators/indicators_standards.h"

namespace lucid::indicators {

// Whether an indicator without any value has a cell too.
enum class Without { kLeftOut, kShown };

// Adds the cell of each indicator: the newest value there is on `day`, in the last five years where
// it is yearly. By `editions`, which are those recorded.
absl::Status AddCells(Tx& tx, absl::Span<const v1::Indicator> indicators, absl::CivilDay day,
                      Without without, absl::Span<const Edition> editions,
                      types::v1::Summary& summary);

}  // namespace lucid::indicators
