// Single JSON values as text: numbers, times, durations, masks and bytes, read strictly and printed
// canonically.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace lucid::gateway {

struct Seconds {
  int64_t seconds = 0;
  int32_t nanos = 0;
};

// An integer within [low, high] from JSON number text; "1.50e1" is 15. Absent when the text is no
// JSON number, not whole, or out of range.
std::optional<int64_t> ParseInteger(absl::string_view text, int64_t low, int64_t high);
std::optional<uint64_t> ParseUnsigned(absl::string_view text, uint64_t high);

// A finite number from JSON number text, correctly rounded; absent when it overflows.
std::optional<double> ParseDouble(absl::string_view text);
std::optional<float> ParseFloat(absl::string_view text);

// The shortest digits that read back as the same value. The value is finite.
void AppendDouble(double value, std::string& out);
void AppendFloat(float value, std::string& out);

// RFC 3339 with Z or an offset, years 0001 to 9999, at most nine fractional digits.
std::optional<Seconds> ParseTimestamp(absl::string_view text);
// Absent when out of range. "2024-09-18T01:02:03.500Z": 0, 3, 6 or 9 fractional digits.
std::optional<std::string> PrintTimestamp(const Seconds& time);

// "-1.5s", at most ±315 576 000 000 s.
std::optional<Seconds> ParseDuration(absl::string_view text);
std::optional<std::string> PrintDuration(const Seconds& duration);

// Standard or URL-safe alphabet, padded or not, no white space.
std::optional<std::string> ParseBase64(absl::string_view text);

// "dueDay" → "due_day"; proto names pass through.
std::string SnakeCase(absl::string_view path);
// "due_day" → "dueDay".
std::string CamelCase(absl::string_view path);
// Whether a proto path comes back from its CamelCase: "a_1", "a__b" and "aB" do not.
bool HasCamelCase(absl::string_view path);

}  // namespace lucid::gateway
