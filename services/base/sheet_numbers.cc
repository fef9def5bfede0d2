#include "services/base/sheet_numbers.h"

#include <algorithm>
#include <cmath>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"

namespace lucid {
namespace {

constexpr int kShownDigits = 15;
constexpr int kMostExponent = 30;
constexpr int64_t kMinutesOfDay = int64_t{24} * 60;

// digits × 10^exponent.
struct Number {
  bool negative = false;
  std::string digits;  // without zeros in front
  int exponent = 0;
};

bool Parse(absl::string_view text, Number& number) {
  number.negative = absl::ConsumePrefix(&text, "-");
  const size_t e = text.find_first_of("eE");
  if (e != absl::string_view::npos) {
    absl::string_view exponent = text.substr(e + 1);
    absl::ConsumePrefix(&exponent, "+");
    if (!absl::SimpleAtoi(exponent, &number.exponent)) return false;
    text = text.substr(0, e);
  }
  const size_t point = text.find('.');
  number.digits = std::string(text.substr(0, point));
  if (point != absl::string_view::npos) {
    absl::StrAppend(&number.digits, text.substr(point + 1));
    number.exponent -= static_cast<int>(text.size() - point - 1);
  }
  if (number.digits.empty() || number.digits.size() > 40 || number.exponent > kMostExponent ||
      number.exponent < -2 * kMostExponent ||
      !absl::c_all_of(number.digits, [](char c) { return absl::ascii_isdigit(c); })) {
    return false;
  }
  number.digits.erase(0, number.digits.find_first_not_of('0'));
  return true;
}

// Half up, as spreadsheet programs do.
void Round(Number& number) {
  if (number.digits.size() <= kShownDigits) return;
  const bool up = number.digits[kShownDigits] >= '5';
  number.exponent += static_cast<int>(number.digits.size()) - kShownDigits;
  number.digits.resize(kShownDigits);
  if (!up) return;
  int at = kShownDigits - 1;
  while (at >= 0 && number.digits[at] == '9') number.digits[at--] = '0';
  if (at >= 0) {
    ++number.digits[at];
  } else {
    number.digits.insert(0, "1");
  }
}

}  // namespace

std::string ShownNumber(absl::string_view stored) {
  Number number;
  if (!Parse(stored, number)) return std::string(stored);
  Round(number);
  while (number.exponent < 0 && !number.digits.empty() && number.digits.back() == '0') {
    number.digits.pop_back();
    ++number.exponent;
  }
  if (number.digits.empty()) return "0";
  std::string text = number.digits;
  if (number.exponent >= 0) {
    text.append(number.exponent, '0');
  } else {
    const size_t behind = -number.exponent;
    if (text.size() <= behind) text.insert(0, behind + 1 - text.size(), '0');
    text.insert(text.size() - behind, ".");
  }
  return number.negative ? "-" + text : text;
}

std::string ShownTime(absl::string_view stored, bool from_1904) {
  double days = 0;
  if (!absl::SimpleAtod(stored, &days) || !(days >= 1 && days < 200'000)) {
    return std::string(stored);
  }
  // A time is stored as a binary fraction of a day; the nearest minute is what was typed.
  const int64_t minutes = std::llround(days * kMinutesOfDay);
  const absl::CivilDay first =
      from_1904 ? absl::CivilDay(1904, 1, 1) : absl::CivilDay(1899, 12, 30);
  const absl::CivilMinute time = absl::CivilMinute(first) + minutes;
  std::string day = absl::FormatCivilTime(absl::CivilDay(time));
  if (minutes % kMinutesOfDay == 0) return day;
  return absl::StrFormat("%sT%02d:%02d", day, time.hour(), time.minute());
}

bool ShowsTime(absl::string_view format) {
  bool quoted = false, bracketed = false;
  for (size_t i = 0; i < format.size(); ++i) {
    const char c = format[i];
    if (c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '[' || c == ']')) {
      bracketed = c == '[';
    } else if (!quoted && !bracketed && absl::StrContains("yYmMdDhHsS", std::string(1, c))) {
      return true;
    }
  }
  return false;
}

}  // namespace lucid
