// The clock of this process, which a development-only flag can move for tests.
#pragma once

#include <functional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace lucid {

// The real clock; or, with --test_clock=FILE, the real clock moved by the whole number of seconds
// that the file holds, read again every tenth of a second. FAILED_PRECONDITION when the flag is
// used without --development.
absl::StatusOr<std::function<absl::Time()>> ClockFromFlags();

}  // namespace lucid
