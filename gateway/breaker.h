// A circuit breaker: when a service leaves calls without any answer, callers are told at once
// instead of waiting for their deadlines too.
#pragma once

#include <mutex>

#include "absl/time/time.h"

namespace lucid::gateway {

// Of one service. A service that cannot be reached needs none: gRPC says so at once.
class Breaker {
 public:
  // How long a call must have waited in vain to count: shorter deadlines are the caller's matter.
  static constexpr absl::Duration kSilence = absl::Seconds(5);
  // So many in a row open it.
  static constexpr int kMostSilent = 20;
  // Then one call goes through in each such time, until one is answered.
  static constexpr absl::Duration kPause = absl::Seconds(1);

  // Whether a call may go to the service.
  bool Admits(absl::Time now);
  // A call that went was answered, by whatever status.
  void Answered();
  // A call that went found no answer before its deadline.
  void Unanswered(absl::Duration waited);

 private:
  std::mutex mutex_;
  int silent_ = 0;  // in a row
  absl::Time next_ = absl::InfinitePast();
};

}  // namespace lucid::gateway
