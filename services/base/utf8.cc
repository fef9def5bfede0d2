#include "services/base/utf8.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace lucid {
namespace {

void AppendEscaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      absl::StrAppend(&out, "\\u00", absl::Hex(c, absl::kZeroPad2));
  }
}

}  // namespace

size_t Utf8Length(absl::string_view text) {
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

bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

size_t CodePoints(absl::string_view text) {
  size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(std::max<size_t>(Utf8Length(text), 1));
  return count;
}

std::string Shortened(absl::string_view text, size_t most) {
  if (text.size() <= most) return std::string(text);
  size_t end = most;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
  return absl::StrCat(text.substr(0, end), "…");
}

void AppendJsonString(std::string& out, absl::string_view text) {
  out += '"';
  size_t plain = 0;  // from here nothing has been appended yet
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    const bool escape = c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
    const size_t length = escape ? 1 : Utf8Length(text.substr(i));
    if (escape || length == 0) {
      out.append(text.data() + plain, i - plain);
      if (escape) {
        AppendEscaped(out, c);
      } else {
        out += "\xEF\xBF\xBD";
      }
      plain = i + 1;
    }
    i += length == 0 ? 1 : length;
  }
  out.append(text.data() + plain, text.size() - plain);
  out += '"';
}

}  // namespace lucid
