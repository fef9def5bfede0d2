#include "gateway/text.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/charconv.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace lucid::gateway {
namespace {

constexpr int64_t kMaxDuration = 315'576'000'000;

// The longest run of digits at the front, removed from `text`.
absl::string_view TakeDigits(absl::string_view& text) {
  size_t n = 0;
  while (n < text.size() && absl::ascii_isdigit(text[n])) ++n;
  absl::string_view digits = text.substr(0, n);
  text.remove_prefix(n);
  return digits;
}

// A JSON number taken apart: ±whole.fraction × 10^exponent.
struct Number {
  bool negative = false;
  absl::string_view whole, fraction;
  int exponent = 0;
};

std::optional<Number> TakeApart(absl::string_view text) {
  Number number;
  number.negative = absl::ConsumePrefix(&text, "-");
  number.whole = TakeDigits(text);
  if (number.whole.empty() || (number.whole.size() > 1 && number.whole[0] == '0')) return {};
  if (absl::ConsumePrefix(&text, ".")) {
    number.fraction = TakeDigits(text);
    if (number.fraction.empty()) return {};
  }
  if (absl::ConsumePrefix(&text, "e") || absl::ConsumePrefix(&text, "E")) {
    const bool minus = absl::ConsumePrefix(&text, "-");
    if (!minus) absl::ConsumePrefix(&text, "+");
    absl::string_view digits = TakeDigits(text);
    if (digits.empty()) return {};
    // Beyond ±100000 nothing is a whole 64-bit number but zero, whatever the exact exponent.
    for (char c : digits) number.exponent = std::min(number.exponent * 10 + (c - '0'), 100'000);
    if (minus) number.exponent = -number.exponent;
  }
  if (!text.empty()) return {};
  return number;
}

// The magnitude of a whole number up to 2^64 - 1.
std::optional<uint64_t> Whole(const Number& number) {
  const int places = static_cast<int>(number.fraction.size()) - number.exponent;
  std::string digits = std::string(number.whole) + std::string(number.fraction);
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.empty()) return 0;
  for (int i = 0; i < places; ++i) {
    if (digits.empty() || digits.back() != '0') return {};
    digits.pop_back();
  }
  if (static_cast<int>(digits.size()) - std::min(places, 0) > 20) return {};
  digits.append(static_cast<size_t>(-std::min(places, 0)), '0');
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return {};
  return value;
}

template <class Real>
std::optional<Real> ParseReal(absl::string_view text) {
  if (!TakeApart(text).has_value()) return {};
  Real value = 0;
  const auto result = absl::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec == std::errc::result_out_of_range && std::abs(value) > 1) return {};
  return value;
}

template <class Real>
void AppendReal(Real value, std::string& out) {
  char buffer[64];
  // Plain digits where a person would write them so.
  const Real size = std::abs(value);
  const auto format = size == 0 || (size >= Real{1e-5} && size < Real{1e17})
                          ? std::chars_format::fixed
                          : std::chars_format::general;
  const auto result = std::to_chars(buffer, buffer + sizeof(buffer), value, format);
  out.append(buffer, result.ptr);
}

bool TakeNanos(absl::string_view& text, int32_t& nanos) {
  nanos = 0;
  if (!absl::ConsumePrefix(&text, ".")) return true;
  absl::string_view digits = TakeDigits(text);
  if (digits.empty() || digits.size() > 9) return false;
  for (size_t i = 0; i < 9; ++i) nanos = nanos * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  return true;
}

void AppendNanos(int32_t nanos, std::string& out) {
  if (nanos == 0) return;
  if (nanos % 1'000'000 == 0) {
    absl::StrAppendFormat(&out, ".%03d", nanos / 1'000'000);
  } else if (nanos % 1'000 == 0) {
    absl::StrAppendFormat(&out, ".%06d", nanos / 1'000);
  } else {
    absl::StrAppendFormat(&out, ".%09d", nanos);
  }
}

// A fixed number of digits followed by `separator`, or -1. No separator: '\0'.
int TakeFixed(absl::string_view& text, size_t width, char separator) {
  if (text.size() < width) return -1;
  int value = 0;
  for (size_t i = 0; i < width; ++i) {
    if (!absl::ascii_isdigit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(width);
  if (separator != '\0' && !absl::ConsumePrefix(&text, absl::string_view(&separator, 1))) return -1;
  return value;
}

// "Z" or "+08:00" as seconds east.
std::optional<int> ParseOffset(absl::string_view text) {
  if (text == "Z") return 0;
  const bool west = absl::ConsumePrefix(&text, "-");
  if (!west && !absl::ConsumePrefix(&text, "+")) return {};
  const int hours = TakeFixed(text, 2, ':');
  const int minutes = TakeFixed(text, 2, '\0');
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || !text.empty()) return {};
  return (west ? -60 : 60) * (hours * 60 + minutes);
}

const int64_t kFirstSecond =
    absl::ToUnixSeconds(absl::FromCivil(absl::CivilSecond(1, 1, 1), absl::UTCTimeZone()));
const int64_t kLastSecond = absl::ToUnixSeconds(
    absl::FromCivil(absl::CivilSecond(9999, 12, 31, 23, 59, 59), absl::UTCTimeZone()));

}  // namespace

std::optional<int64_t> ParseInteger(absl::string_view text, int64_t low, int64_t high) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto plain = std::from_chars(text.data(), end, value);
  const auto number = TakeApart(text);
  if (!number.has_value()) return {};
  if (plain.ec != std::errc() || plain.ptr != end) {
    const auto whole = Whole(*number);
    constexpr uint64_t kLimit = uint64_t{1} << 63;
    if (!whole.has_value() || *whole > kLimit || (*whole == kLimit && !number->negative)) return {};
    value = static_cast<int64_t>(number->negative ? -*whole : *whole);
  }
  if (value < low || value > high) return {};
  return value;
}

std::optional<uint64_t> ParseUnsigned(absl::string_view text, uint64_t high) {
  const auto number = TakeApart(text);
  if (!number.has_value()) return {};
  const auto whole = Whole(*number);
  if (!whole.has_value() || *whole > high || (number->negative && *whole != 0)) return {};
  return *whole;
}

std::optional<double> ParseDouble(absl::string_view text) { return ParseReal<double>(text); }
std::optional<float> ParseFloat(absl::string_view text) { return ParseReal<float>(text); }
void AppendDouble(double value, std::string& out) { AppendReal(value, out); }
void AppendFloat(float value, std::string& out) { AppendReal(value, out); }

std::optional<Seconds> ParseTimestamp(absl::string_view text) {
  const int year = TakeFixed(text, 4, '-');
  const int month = TakeFixed(text, 2, '-');
  const int day = TakeFixed(text, 2, 'T');
  const int hour = TakeFixed(text, 2, ':');
  const int minute = TakeFixed(text, 2, ':');
  const int second = TakeFixed(text, 2, '\0');
  if (year < 1 || month < 1 || day < 1 || hour < 0 || minute < 0 || second < 0) return {};
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  if (civil.month() != month || civil.day() != day || civil.hour() != hour ||
      civil.minute() != minute || civil.second() != second) {
    return {};
  }
  Seconds time;
  if (!TakeNanos(text, time.nanos)) return {};
  const auto offset = ParseOffset(text);
  if (!offset.has_value()) return {};
  time.seconds = absl::ToUnixSeconds(absl::FromCivil(civil, absl::UTCTimeZone())) - *offset;
  if (time.seconds < kFirstSecond || time.seconds > kLastSecond) return {};
  return time;
}

std::optional<std::string> PrintTimestamp(const Seconds& time) {
  if (time.seconds < kFirstSecond || time.seconds > kLastSecond) return {};
  if (time.nanos < 0 || time.nanos > 999'999'999) return {};
  const auto civil = absl::ToCivilSecond(absl::FromUnixSeconds(time.seconds), absl::UTCTimeZone());
  std::string out = absl::StrFormat("%04d-%02d-%02dT%02d:%02d:%02d", civil.year(), civil.month(),
                                    civil.day(), civil.hour(), civil.minute(), civil.second());
  AppendNanos(time.nanos, out);
  out += 'Z';
  return out;
}

std::optional<Seconds> ParseDuration(absl::string_view text) {
  const bool negative = absl::ConsumePrefix(&text, "-");
  absl::string_view whole = TakeDigits(text);
  Seconds duration;
  if (whole.empty() || whole.size() > 12 || !TakeNanos(text, duration.nanos) || text != "s") {
    return {};
  }
  for (char c : whole) duration.seconds = duration.seconds * 10 + (c - '0');
  if (duration.seconds > kMaxDuration) return {};
  if (negative) return Seconds{-duration.seconds, -duration.nanos};
  return duration;
}

std::optional<std::string> PrintDuration(const Seconds& duration) {
  const bool mixed =
      (duration.seconds < 0 && duration.nanos > 0) || (duration.seconds > 0 && duration.nanos < 0);
  if (mixed || duration.seconds > kMaxDuration || duration.seconds < -kMaxDuration ||
      duration.nanos > 999'999'999 || duration.nanos < -999'999'999) {
    return {};
  }
  std::string out = duration.seconds < 0 || duration.nanos < 0 ? "-" : "";
  absl::StrAppendFormat(&out, "%d", std::abs(duration.seconds));
  AppendNanos(std::abs(duration.nanos), out);
  out += 's';
  return out;
}

std::optional<std::string> ParseBase64(absl::string_view text) {
  std::string standard(text);
  for (char& c : standard) {
    if (c == '-') c = '+';
    if (c == '_') c = '/';
    // Abseil takes a point for padding too.
    if (absl::ascii_isspace(c) || c == '.') return {};
  }
  std::string bytes;
  if (!absl::Base64Unescape(standard, &bytes)) return {};
  return bytes;
}

std::string SnakeCase(absl::string_view path) {
  std::string out;
  for (char c : path) {
    if (absl::ascii_isupper(c)) out += '_';
    out += absl::ascii_tolower(c);
  }
  return out;
}

std::string CamelCase(absl::string_view path) {
  std::string out;
  for (size_t i = 0; i < path.size(); ++i) {
    const bool joins = path[i] == '_' && i + 1 < path.size() && absl::ascii_islower(path[i + 1]);
    out += joins ? absl::ascii_toupper(path[++i]) : path[i];
  }
  return out;
}

bool HasCamelCase(absl::string_view path) {
  for (size_t i = 0; i < path.size(); ++i) {
    if (absl::ascii_isupper(path[i])) return false;
    if (path[i] == '_' && (i + 1 == path.size() || !absl::ascii_islower(path[i + 1]))) return false;
  }
  return true;
}

}  // namespace lucid::gateway
