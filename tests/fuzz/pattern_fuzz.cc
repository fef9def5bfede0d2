// Any text as a path pattern and as percent-encoded: what is read can be written again and then
// reads the same.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "gateway/routes.h"
#include "services/base/utf8.h"
#include "tests/fuzz/expect.h"

namespace lucid::gateway {
namespace {

void CheckPattern(absl::string_view text) {
  const absl::StatusOr<Pattern> pattern = ParsePattern(text);
  if (!pattern.ok()) return;
  std::string written;
  for (const std::string& segment : pattern->segments) {
    EXPECT(!segment.empty());
    absl::StrAppend(&written, "/", segment);
  }
  if (!pattern->verb.empty()) absl::StrAppend(&written, ":", pattern->verb);
  for (const Variable& variable : pattern->variables) {
    EXPECT(!variable.field.empty() && variable.begin < pattern->segments.size());
    EXPECT(variable.end == 0 || variable.begin < variable.end);
    EXPECT(variable.end <= pattern->segments.size());
  }
  const absl::StatusOr<Pattern> again = ParsePattern(written);
  EXPECT(again.ok() && again->segments == pattern->segments && again->verb == pattern->verb);
}

void CheckPercent(absl::string_view text, bool plus) {
  const std::optional<std::string> decoded = PercentDecode(text, plus);
  if (decoded.has_value()) EXPECT(IsUtf8(*decoded) && decoded->size() <= text.size());
  std::string encoded;
  for (const char c : text) absl::StrAppendFormat(&encoded, "%%%02x", static_cast<uint8_t>(c));
  const std::optional<std::string> back = PercentDecode(encoded, plus);
  EXPECT(back.has_value() == IsUtf8(text));
  if (back.has_value()) EXPECT(*back == text);
}

}  // namespace
}  // namespace lucid::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  lucid::gateway::CheckPattern(text);
  lucid::gateway::CheckPercent(text, false);
  lucid::gateway::CheckPercent(text, true);
  return 0;
}
