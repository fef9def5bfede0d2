#include "services/base/deadline.h"

#include "absl/time/clock.h"
#include "services/base/status.h"

namespace lucid {
namespace {

thread_local absl::Time thread_deadline = absl::InfiniteFuture();

}  // namespace

void SetThreadDeadline(absl::Time deadline) { thread_deadline = deadline; }

absl::Time ThreadDeadline() { return thread_deadline; }

absl::Status CheckThreadDeadline() {
  if (thread_deadline == absl::InfiniteFuture() || absl::Now() < thread_deadline) {
    return absl::OkStatus();
  }
  return Fail(absl::StatusCode::kDeadlineExceeded, "DEADLINE",
              "the deadline passed before the call was done");
}

}  // namespace lucid
