// The deadline of the call that a thread works for, so that no work goes on for a caller who no
// longer waits.
#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace lucid {

// This thread now works for a call with this deadline; absl::InfiniteFuture() for none.
void SetThreadDeadline(absl::Time deadline);

// The deadline of the call that this thread works for, to be handed on to a thread that works for
// it.
absl::Time ThreadDeadline();

// DEADLINE_EXCEEDED, reason DEADLINE, when the deadline of this thread's call has passed.
absl::Status CheckThreadDeadline();

}  // namespace lucid
