#include "gateway/breaker.h"

namespace lucid::gateway {

bool Breaker::Admits(absl::Time now) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (silent_ < kMostSilent) return true;
  if (now < next_) return false;
  next_ = now + kPause;
  return true;
}

void Breaker::Answered() {
  std::lock_guard<std::mutex> lock(mutex_);
  silent_ = 0;
}

void Breaker::Unanswered(absl::Duration waited) {
  if (waited < kSilence) return;
  std::lock_guard<std::mutex> lock(mutex_);
  ++silent_;
}

}  // namespace lucid::gateway
