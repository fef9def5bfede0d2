// Alarms from thresholds on arriving observations.
#pragma once

#include "absl/status/status.h"
#include "lucid/events/v1/events.pb.h"
#include "services/base/call.h"
#include "services/base/db.h"

namespace lucid::indicators {

// Raises the alarms of what an accepted batch brought: each observation once per rule.
absl::Status RaiseAlarms(Tx& tx, const Call& call, const events::v1::Event& event);

}  // namespace lucid::indicators
