// Recording observations, for whoever does it within a transaction of its own.
#pragma once

#include "absl/status/statusor.h"
#include "lucid/indicators/v1/indicators_service.pb.h"
#include "services/base/call.h"
#include "services/base/db.h"

namespace lucid::indicators {

// Records the observations of a batch, all or none, with the one event of all of them.
absl::StatusOr<v1::ObservationBatch> RecordObservations(
    Tx& tx, const Call& call, const v1::BatchCreateObservationsRequest& request);

}  // namespace lucid::indicators
