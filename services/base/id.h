// Ids of records: UUIDv7 when the suite makes them, a short lower-case name when the caller does.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace lucid {

// A new UUIDv7 (RFC 9562) for `now`, as 36 lower-case characters. Within this process each is
// greater than the one before, also when `now` stands still or goes back. An id can be guessed from
// its neighbours: it is a name, never a secret.
std::string NewId(absl::Time now);

// INVALID_ARGUMENT for `field` unless `id` may be given by a caller at creation: 1 to 63 characters
// of a-z, 0-9 and '-', the first not '-'. Every UUID in lower case is one.
absl::Status CheckId(absl::string_view field, absl::string_view id);

}  // namespace lucid
