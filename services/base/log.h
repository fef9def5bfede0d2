// One JSON object per line on stderr. Never personal data: callers log names of things, not texts.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace lucid {

// Builds one log line and writes it, in a single write(2), when it goes out of scope.
//   LogLine("call").Add("method", name).Add("ms", 12);
class LogLine {
 public:
  // `what` names the kind of line: "call", "start", "settle" …
  explicit LogLine(absl::string_view what, absl::string_view severity = "INFO");
  LogLine(const LogLine&) = delete;
  LogLine& operator=(const LogLine&) = delete;
  ~LogLine();

  // Empty texts are left out.
  LogLine& Add(absl::string_view key, absl::string_view text);
  LogLine& Add(absl::string_view key, int64_t number);

 private:
  std::string line_;
};

// Of something that is tried over and over by one thread: says that it fails, again each minute
// while it does, and when it works again.
class FailureLog {
 public:
  // Its lines are of the kind `what` and have `name` under `key`.
  FailureLog(std::string what, std::string key, std::string name);
  void Note(const absl::Status& status);

 private:
  const std::string what_;
  const std::string key_;
  const std::string name_;
  absl::Time next_ = absl::InfinitePast();  // when a failure is said again
};

// The name of this program in every line; set once at start.
void SetLogProgram(absl::string_view name);

}  // namespace lucid
