// Instants inside are absl::Time, on the wire google.protobuf.Timestamp; both to the microsecond.
#pragma once

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace lucid {

google::protobuf::Timestamp ToTimestamp(absl::Time time);
absl::Time ToTime(const google::protobuf::Timestamp& time);

}  // namespace lucid
