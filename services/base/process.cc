#include "services/base/process.h"

#include <signal.h>

#include "absl/synchronization/mutex.h"
#include "services/base/log.h"

namespace lucid {
namespace {

sigset_t EndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

void StartProcess(absl::string_view name) {
  SetLogProgram(name);
  const sigset_t signals = EndSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  // Debian builds Abseil without NDEBUG: every mutex of gRPC would search for lock cycles.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
}

void WaitForEnd() {
  const sigset_t signals = EndSignals();
  int number = 0;
  sigwait(&signals, &number);
  LogLine("drain").Add("signal", number);
}

}  // namespace lucid
