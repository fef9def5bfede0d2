#include "services/base/process.h"

#include <malloc.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
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

// How much freed memory at the top of an arena is kept for what comes next. glibc's own 128 KiB
// make an evaluation of many series return and fetch the same pages over and over.
constexpr int kKeptBytes = 2 << 20;

}  // namespace

std::vector<std::string> ReadFlags(int argc, char** argv, absl::string_view usage) {
  absl::SetProgramUsageMessage(usage);
  absl::FlagsUsageConfig config;
  config.contains_help_flags = [](absl::string_view file) {
    return !absl::StrContains(file, "absl/");
  };
  absl::SetFlagsUsageConfig(config);
  const std::vector<char*> words = absl::ParseCommandLine(argc, argv);
  return {words.begin() + 1, words.end()};
}

void StartProcess(absl::string_view name) {
  SetLogProgram(name);
  const sigset_t signals = EndSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  umask(077);
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
  mallopt(M_MMAP_THRESHOLD, kKeptBytes / 2);
  // Debian builds Abseil without NDEBUG: every mutex of gRPC would search for lock cycles.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
}

void EndBySignals() {
  for (int number : {SIGTERM, SIGINT}) {
    signal(number, [](int caught) { _exit(128 + caught); });
  }
  const sigset_t signals = EndSignals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void WaitForEnd() {
  const sigset_t signals = EndSignals();
  int number = 0;
  sigwait(&signals, &number);
  LogLine("drain").Add("signal", number);
}

void EndProcess() {
  LogLine("stop");
  _exit(0);
}

}  // namespace lucid
