#include "services/base/log.h"

#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace lucid {
namespace {

std::string& Program() {
  static std::string program = "lucid";
  return program;
}

// The length of the valid UTF-8 sequence at the front of `text`, or 0.
size_t SequenceLength(absl::string_view text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  auto continues = [&](size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0 && continues(1)) return 2;
  if (first >= 0xE0 && first < 0xF0 && continues(1) && continues(2)) {
    if (first == 0xE0 && byte(1) < 0xA0) return 0;
    if (first == 0xED && byte(1) >= 0xA0) return 0;
    return 3;
  }
  if (first >= 0xF0 && first < 0xF5 && continues(1) && continues(2) && continues(3)) {
    if (first == 0xF0 && byte(1) < 0x90) return 0;
    if (first == 0xF4 && byte(1) >= 0x90) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

void AppendJsonString(std::string& out, absl::string_view text) {
  out += '"';
  while (!text.empty()) {
    char c = text[0];
    size_t length = SequenceLength(text);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      length = 1;
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppend(&out, absl::StrFormat("\\u%04x", c));
    } else {
      out.append(text.data(), length);
    }
    text.remove_prefix(length);
  }
  out += '"';
}

void SetLogProgram(absl::string_view name) { Program() = std::string(name); }

LogLine::LogLine(absl::string_view what, absl::string_view severity) {
  line_ = absl::StrCat(
      "{\"time\":\"", absl::FormatTime("%Y-%m-%d%ET%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone()),
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
