// How imports are stored, and the rows that a job has still to store.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lucid/indicators/v1/import.pb.h"
#include "services/base/db.h"
#include "services/base/records.h"

namespace lucid {

template <>
const Table& TableOf<indicators::v1::Import>();

namespace indicators {

// Keeps a part of an import until it is stored.
absl::Status InsertPart(Tx& tx, const std::string& import_id, int64_t number,
                        const v1::ImportPart& part);
// A kept part, and whether it is the last one. DATA_LOSS where there is none.
struct KeptPart {
  v1::ImportPart part;
  bool is_last = false;
};
absl::StatusOr<KeptPart> FindPart(Tx& tx, const std::string& import_id, int64_t number);
absl::Status DeletePart(Tx& tx, const std::string& import_id, int64_t number);

}  // namespace indicators
}  // namespace lucid
