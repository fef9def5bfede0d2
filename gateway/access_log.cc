#include "gateway/access_log.h"

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "services/base/utf8.h"

namespace lucid::gateway {

constexpr size_t kBatch = 32 << 10;

absl::string_view HttpDate(absl::Time now) {
  thread_local int64_t second = 0;
  thread_local std::string text;
  const int64_t current = absl::ToUnixSeconds(now);
  if (current != second) {
    second = current;
    text = absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", now, absl::UTCTimeZone());
  }
  return text;
}

void AccessLog::Add(absl::Time time, absl::string_view method, const HttpResponse& response,
                    absl::Duration took) {
  const int status = response.status_sent();
  const size_t bytes = response.prepared ? response.prepared->body.size() : response.body.size();
  const int64_t micros = absl::ToUnixMicros(time);
  if (micros / 1'000'000 != second_) {
    second_ = micros / 1'000'000;
    second_text_ = absl::FormatTime("%Y-%m-%d%ET%H:%M:%S", time, absl::UTCTimeZone());
  }
  absl::StrAppend(&lines_, "{\"time\":\"", second_text_, ".",
                  absl::Dec(micros % 1'000'000, absl::kZeroPad6), "Z\",\"severity\":\"",
                  status >= 500 ? "ERROR" : "INFO",
                  "\",\"program\":\"lucid-gateway\",\"what\":\"request\",\"method\":");
  AppendJsonString(lines_, method);
  absl::StrAppend(&lines_, ",\"route\":\"", response.route, "\",\"status\":", status);
  if (!response.reason.empty()) {
    lines_ += ",\"reason\":";
    AppendJsonString(lines_, response.reason);
  }
  if (!response.trace.empty()) absl::StrAppend(&lines_, ",\"trace\":\"", response.trace, "\"");
  absl::StrAppend(&lines_, ",\"bytes\":", bytes, ",\"us\":", absl::ToInt64Microseconds(took),
                  "}\n");
  if (lines_.size() >= kBatch) Flush();
}

void AccessLog::Flush() {
  if (lines_.empty()) return;
  // A log that cannot be written has nobody to tell.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, lines_.data(), lines_.size());
  lines_.clear();
}

}  // namespace lucid::gateway
