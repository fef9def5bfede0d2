// Exact decimal numbers that keep their digits: 35 and 35.0 are equal and print differently.
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/base/status.h"

namespace lucid {

// At most 18 digits, not counting a zero before the point, of which `scale` (0 … 18) stand behind
// it. There is no negative zero, no infinity and nothing that is not a number; no operation passes
// through double.
class Decimal {
 public:
  static constexpr int kMaxDigits = 18;

  // 0.
  constexpr Decimal() = default;
  // A whole number of at most 18 digits, such as a count. Nothing converts from double.
  template <std::integral Whole>
  constexpr Decimal(Whole whole) : Decimal(static_cast<int64_t>(whole), 0) {}
  // mantissa ÷ 10^scale: Decimal(545, 1) is 54.5. Ends the program when there are more than 18
  // digits or the scale is not 0 … 18: for numbers that the code knows.
  constexpr Decimal(int64_t mantissa, int scale) : mantissa_(mantissa), scale_(scale) {
    if (mantissa < -kMaxMantissa || mantissa > kMaxMantissa || scale < 0 || scale > kMaxDigits) {
      std::abort();
    }
  }

  // The number that `text` writes: "-"?, digits, and a fraction where there is a point. Refuses
  // with a message that says which rule is broken (a leading "+" or zero, an exponent, spaces,
  // digits of other scripts, more than 18 digits …): INVALID_ARGUMENT, reason NOT_A_DECIMAL.
  static absl::StatusOr<Decimal> Parse(absl::string_view text);
  // As Parse() reads it, digits kept.
  std::string ToString() const;

  // -2_dec.
  constexpr Decimal operator-() const { return Decimal(-mantissa_, scale_); }

  constexpr int64_t mantissa() const { return mantissa_; }
  constexpr int scale() const { return scale_; }
  // -1, 0 or 1.
  constexpr int sign() const { return (mantissa_ > 0) - (mantissa_ < 0); }

  // By value, whatever the digits.
  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == 0; }

  // Exact, with the digits that the operation calls for (35.0 + 1 = 36.0; 1.5 × 2.0 = 3.00). Zeros
  // at the end are dropped where 18 digits would not hold them; where the number itself does not
  // fit: FAILED_PRECONDITION, reason DECIMAL_OVERFLOW.
  static absl::StatusOr<Decimal> Add(const Decimal& a, const Decimal& b);
  static absl::StatusOr<Decimal> Subtract(const Decimal& a, const Decimal& b);
  static absl::StatusOr<Decimal> Multiply(const Decimal& a, const Decimal& b);

  // The number rounded to `decimals` (0 … 18) places by GB/T 8170-2008, in one step: 4 down, 6 up,
  // 5 with anything behind it up, 5 alone to even; a negative number by its absolute value. Fills
  // up with zeros (35 to 1 place is 35.0) as far as 18 digits hold them.
  Decimal Round(int decimals) const;

 private:
  static constexpr int64_t kMaxMantissa = 999'999'999'999'999'999;

  static absl::StatusOr<Decimal> Fit(__int128 mantissa, int scale);

  int64_t mantissa_ = 0;
  int scale_ = 0;
};

// A number in the source: 0.05_dec, -2_dec. What is not a decimal does not compile.
consteval Decimal operator""_dec(const char* digits) {
  int64_t mantissa = 0;
  int scale = 0;
  bool behind_point = false;
  for (; *digits != 0; ++digits) {
    if (*digits == '.' && !behind_point) {
      behind_point = true;
    } else if (*digits >= '0' && *digits <= '9') {
      mantissa = mantissa * 10 + (*digits - '0');
      scale += behind_point;
    } else {
      std::abort();
    }
  }
  return Decimal(mantissa, scale);
}

// Adds a violation unless `text` is a decimal; an absent one is a violation only when `required`.
void CheckDecimal(FieldErrors& errors, absl::string_view field, absl::string_view text,
                  bool required);

}  // namespace lucid
