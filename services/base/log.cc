#include "services/base/log.h"

#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/base/utf8.h"

namespace lucid {
namespace {

std::string& Program() {
  static std::string program = "lucid";
  return program;
}

}  // namespace

void SetLogProgram(absl::string_view name) { Program() = std::string(name); }

LogLine::LogLine(absl::string_view what, absl::string_view severity) {
  line_ = absl::StrCat("{\"time\":\"",
                       absl::FormatTime("%Y-%m-%d%ET%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone()),
                       "\",\"severity\":\"", severity, "\",\"program\":\"", Program(), "\"");
  Add("what", what);
}

LogLine::~LogLine() {
  line_ += "}\n";
  // A log that cannot be written has nobody to tell.
  [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, line_.data(), line_.size());
}

LogLine& LogLine::Add(absl::string_view key, absl::string_view text) {
  if (text.empty()) return *this;
  line_ += ',';
  AppendJsonString(line_, key);
  line_ += ':';
  AppendJsonString(line_, text);
  return *this;
}

LogLine& LogLine::Add(absl::string_view key, int64_t number) {
  line_ += ',';
  AppendJsonString(line_, key);
  absl::StrAppend(&line_, ":", number);
  return *this;
}

}  // namespace lucid
