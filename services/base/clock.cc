#include "services/base/clock.h"

#include <atomic>
#include <fstream>
#include <memory>
#include <string>

#include "absl/flags/flag.h"
#include "absl/time/clock.h"
#include "services/base/follower.h"
#include "services/base/identity_flags.h"

ABSL_FLAG(std::string, test_clock, "",
          "Development only: a file with the number of seconds by which the clock is moved.");

namespace lucid {

absl::StatusOr<std::function<absl::Time()>> ClockFromFlags() {
  const std::string path = absl::GetFlag(FLAGS_test_clock);
  if (path.empty()) return std::function<absl::Time()>(absl::Now);
  if (!IsDevelopment()) {
    return absl::FailedPreconditionError("--test_clock is for development (--development) only");
  }
  auto offset = std::make_shared<std::atomic<int64_t>>(0);
  auto reader = std::make_shared<Periodic>(absl::Milliseconds(100), [path, offset] {
    int64_t seconds = 0;
    if (std::ifstream(path) >> seconds) *offset = seconds;
  });
  return std::function<absl::Time()>(
      [offset, reader] { return absl::Now() + absl::Seconds(offset->load()); });
}

}  // namespace lucid
