#include "services/base/log.h"

#include <unistd.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "prometheus/gauge.h"
#include "services/base/metrics.h"
#include "services/base/utf8.h"

namespace lucid {
namespace {

constexpr absl::Duration kFailurePeriod = absl::Minutes(1);

prometheus::Gauge& Failing(const std::string& what, const std::string& name) {
  static auto& family = prometheus::BuildGauge()
                            .Name("lucid_failing")
                            .Help("1 while what is tried over and over fails, else 0.")
                            .Register(Metrics());
  return family.Add({{"what", what}, {"name", name}});
}

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

FailureLog::FailureLog(std::string what, std::string key, std::string name)
    : what_(std::move(what)), key_(std::move(key)), name_(std::move(name)) {}

void FailureLog::Note(const absl::Status& status) {
  Failing(what_, name_).Set(status.ok() ? 0 : 1);
  const bool was_failing = next_ != absl::InfinitePast();
  if (status.ok()) {
    if (was_failing) LogLine(what_).Add(key_, name_).Add("code", "OK");
    next_ = absl::InfinitePast();
    return;
  }
  const absl::Time now = absl::Now();
  if (now < next_) return;
  next_ = now + kFailurePeriod;
  LogLine(what_, "WARNING")
      .Add(key_, name_)
      .Add("code", absl::StatusCodeToString(status.code()))
      .Add("error", status.message());
}

}  // namespace lucid
