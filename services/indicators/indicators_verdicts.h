// Verdicts follow what they rest on: events mark which are due, and what is due is evaluated.
#pragma once

#include "absl/status/statusor.h"
#include "lucid/events/v1/events.pb.h"
#include "services/base/call.h"
#include "services/base/db.h"

namespace lucid::indicators {

// Marks the verdicts that an event of this service touches, and only these.
absl::Status MarkTouched(Tx& tx, const Call& call, const events::v1::Event& event);

// Evaluates one verdict that is due: on a snapshot, and then in a Write that keeps it if it says
// another thing and nobody was faster. Answers whether one was due.
absl::StatusOr<bool> EvaluateDue(Db& db, const Call& call);

}  // namespace lucid::indicators
