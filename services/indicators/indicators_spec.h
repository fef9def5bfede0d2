// The indicators service as a program needs it.
#pragma once

#include "services/base/server.h"

namespace lucid::indicators {

// What follows from an event of this service: alarms at once, and marks of what is due.
absl::Status OnOwnEvent(Tx& tx, const Call& call, const events::v1::Event& event);
// A piece of what is due: a verdict, and a series that arrived. Answers whether there may be more.
absl::StatusOr<bool> DoWhatIsDue(Db& db, const Call& call);

// Its name, schema, records, and how it is made.
ServiceSpec IndicatorsSpec();

}  // namespace lucid::indicators
