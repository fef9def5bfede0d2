// Quality control of what arrives: events mark what waits, and what waits is checked.
#pragma once

#include "absl/status/statusor.h"
#include "lucid/events/v1/events.pb.h"
#include "services/base/call.h"
#include "services/base/db.h"

namespace lucid::indicators {

// Marks what a batch brought, where it is fresh: the period of its last value ended within a week
// before its arrival, and the batch is not historical.
absl::Status MarkArrivals(Tx& tx, const Call& call, const events::v1::Event& event);

// Checks one series that waits: on a snapshot, and then in a Write that flags what was not flagged
// before. Answers whether one waited.
absl::StatusOr<bool> CheckArrived(Db& db, const Call& call);

}  // namespace lucid::indicators
