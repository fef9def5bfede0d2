#include "services/base/decimal.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace lucid {
namespace {

// Two mantissas brought to a common scale stay below 10^36, their sum below 2^127.
__int128 PowerOfTen(int exponent) {
  __int128 power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

absl::Status NotADecimal(absl::string_view rule) {
  return Fail(absl::StatusCode::kInvalidArgument, "NOT_A_DECIMAL",
              absl::StrCat("is not a decimal: ", rule));
}

// The rule that a text breaks which is not digits with at most one point.
absl::string_view RuleAgainst(absl::string_view text) {
  if (text.empty()) return "it has no digits";
  if (text[0] == '+') return "a plus sign is not written";
  if (absl::c_any_of(text, absl::ascii_isspace)) return "it contains a space";
  if (absl::EqualsIgnoreCase(text, "nan") || absl::StartsWithIgnoreCase(text, "inf")) {
    return "it must be a finite number";
  }
  if (absl::ascii_isdigit(text[0]) && text.find_first_of("eE") != text.npos) {
    return "an exponent is not allowed; write the digits out";
  }
  if (text.find(',') != text.npos) return "digits are not grouped";
  return "only the digits 0 to 9, one point and a leading minus are allowed";
}

}  // namespace

absl::StatusOr<Decimal> Decimal::Parse(absl::string_view text) {
  absl::string_view digits = text;
  const bool negative = absl::ConsumePrefix(&digits, "-");
  const size_t point = digits.find('.');
  const absl::string_view whole = digits.substr(0, point);
  const absl::string_view fraction = point == digits.npos ? "" : digits.substr(point + 1);
  if (!absl::c_all_of(whole, absl::ascii_isdigit) ||
      !absl::c_all_of(fraction, absl::ascii_isdigit) || digits.empty()) {
    return NotADecimal(RuleAgainst(digits));
  }
  if (whole.empty()) return NotADecimal("a digit must stand before the point");
  if (point != digits.npos && fraction.empty()) {
    return NotADecimal("a digit must stand behind the point");
  }
  if (whole.size() > 1 && whole[0] == '0') return NotADecimal("a leading zero is not written");
  if ((whole == "0" ? 0 : whole.size()) + fraction.size() > kMaxDigits) {
    return NotADecimal(absl::StrCat("it has more than ", kMaxDigits, " digits"));
  }
  int64_t mantissa = 0;
  if (!absl::SimpleAtoi(absl::StrCat(whole, fraction), &mantissa)) {
    return NotADecimal(RuleAgainst(digits));
  }
  return Decimal(negative ? -mantissa : mantissa, static_cast<int>(fraction.size()));
}

std::string Decimal::ToString() const {
  std::string digits = absl::StrCat(std::abs(mantissa_));
  const size_t behind = scale_;
  if (digits.size() <= behind) digits.insert(0, behind + 1 - digits.size(), '0');
  if (behind > 0) digits.insert(digits.size() - behind, 1, '.');
  return mantissa_ < 0 ? absl::StrCat("-", digits) : digits;
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  const int scale = std::max(a.scale_, b.scale_);
  return a.mantissa_ * PowerOfTen(scale - a.scale_) <=> b.mantissa_ * PowerOfTen(scale - b.scale_);
}

absl::StatusOr<Decimal> Decimal::Fit(__int128 mantissa, int scale) {
  const auto too_long = [&] {
    return scale > kMaxDigits || mantissa > kMaxMantissa || mantissa < -kMaxMantissa;
  };
  while (too_long() && scale > 0 && mantissa % 10 == 0) {
    mantissa /= 10;
    --scale;
  }
  if (too_long()) {
    return Fail(absl::StatusCode::kFailedPrecondition, "DECIMAL_OVERFLOW",
                absl::StrCat("the result has more than ", kMaxDigits, " digits"));
  }
  return Decimal(static_cast<int64_t>(mantissa), scale);
}

absl::StatusOr<Decimal> Decimal::Add(const Decimal& a, const Decimal& b) {
  const int scale = std::max(a.scale_, b.scale_);
  return Fit(
      a.mantissa_ * PowerOfTen(scale - a.scale_) + b.mantissa_ * PowerOfTen(scale - b.scale_),
      scale);
}

absl::StatusOr<Decimal> Decimal::Subtract(const Decimal& a, const Decimal& b) { return Add(a, -b); }

absl::StatusOr<Decimal> Decimal::Multiply(const Decimal& a, const Decimal& b) {
  return Fit(static_cast<__int128>(a.mantissa_) * b.mantissa_, a.scale_ + b.scale_);
}

Decimal Decimal::Round(int decimals) const {
  decimals = std::clamp(decimals, 0, kMaxDigits);
  if (decimals >= scale_) {
    Decimal filled = *this;
    while (filled.scale_ < decimals && std::abs(filled.mantissa_) <= kMaxMantissa / 10) {
      filled.mantissa_ *= 10;
      ++filled.scale_;
    }
    return filled;
  }
  const int64_t unit = static_cast<int64_t>(PowerOfTen(scale_ - decimals));
  const int64_t magnitude = std::abs(mantissa_);
  int64_t rounded = magnitude / unit;
  const int64_t twice_rest = 2 * (magnitude % unit);
  if (twice_rest > unit || (twice_rest == unit && rounded % 2 == 1)) ++rounded;
  return Decimal(mantissa_ < 0 ? -rounded : rounded, decimals);
}

void CheckDecimal(FieldErrors& errors, absl::string_view field, absl::string_view text,
                  bool required) {
  if (text.empty() && !required) return;
  absl::StatusOr<Decimal> parsed = Decimal::Parse(text);
  if (!parsed.ok()) errors.Add(field, parsed.status());
}

}  // namespace lucid
