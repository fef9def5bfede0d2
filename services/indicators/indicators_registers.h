// How items enter a register, one by one or by table.
#pragma once

#include "absl/status/status.h"
#include "lucid/indicators/v1/register.pb.h"
#include "services/base/call.h"
#include "services/base/db.h"

namespace lucid::indicators {

// Fills in what the register decides, and checks the item.
absl::Status CompleteItem(const Call& call, const v1::Register& record, v1::RegisterItem& item);
// Completes the item and stores it.
absl::Status InsertItem(Tx& tx, const Call& call, const v1::Register& record,
                        v1::RegisterItem& item);

}  // namespace lucid::indicators
