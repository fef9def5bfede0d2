// Any text as a single JSON value: what is read prints canonically and reads back the same.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gateway/text.h"
#include "tests/fuzz/expect.h"

namespace lucid::gateway {
namespace {

void CheckNumbers(absl::string_view text) {
  const auto integer =
      ParseInteger(text, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max());
  const auto natural = ParseUnsigned(text, std::numeric_limits<uint64_t>::max());
  if (integer.has_value() && *integer >= 0) EXPECT(natural == static_cast<uint64_t>(*integer));
  if (integer.has_value()) EXPECT(ParseInteger(absl::StrCat(*integer), *integer, *integer));
  if (natural.has_value()) EXPECT(ParseUnsigned(absl::StrCat(*natural), *natural) == natural);
  const auto real = ParseDouble(text);
  if (integer.has_value()) EXPECT(real.has_value());
  if (real.has_value()) {
    EXPECT(std::isfinite(*real));
    std::string printed;
    AppendDouble(*real, printed);
    EXPECT(ParseDouble(printed) == real);
  }
  if (const auto narrow = ParseFloat(text)) {
    EXPECT(real.has_value());
    std::string printed;
    AppendFloat(*narrow, printed);
    EXPECT(ParseFloat(printed) == narrow);
  }
}

void CheckTimes(absl::string_view text) {
  if (const auto time = ParseTimestamp(text)) {
    const auto printed = PrintTimestamp(*time);
    EXPECT(printed.has_value());
    const auto again = ParseTimestamp(*printed);
    EXPECT(again.has_value() && again->seconds == time->seconds && again->nanos == time->nanos);
  }
  if (const auto duration = ParseDuration(text)) {
    const auto printed = PrintDuration(*duration);
    EXPECT(printed.has_value());
    const auto again = ParseDuration(*printed);
    EXPECT(again.has_value() && again->seconds == duration->seconds &&
           again->nanos == duration->nanos);
  }
}

void CheckBytesAndNames(absl::string_view text) {
  if (const auto bytes = ParseBase64(text)) {
    EXPECT(ParseBase64(absl::Base64Escape(*bytes)) == bytes);
    EXPECT(ParseBase64(absl::WebSafeBase64Escape(*bytes)) == bytes);
  }
  EXPECT(ParseBase64(absl::Base64Escape(text)) == std::string(text));
  const std::string snake = SnakeCase(text);
  EXPECT(SnakeCase(CamelCase(snake)) == snake);
}

}  // namespace
}  // namespace lucid::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  lucid::gateway::CheckNumbers(text);
  lucid::gateway::CheckTimes(text);
  lucid::gateway::CheckBytesAndNames(text);
  return 0;
}
