// Exact fractions: sums, means and shares are computed without any rounding and rounded once.
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/base/decimal.h"

namespace lucid {

// A rational number of any size. A value like a number: copies are cheap and nothing changes one.
class Ratio {
 public:
  // 0.
  Ratio() = default;
  Ratio(const Decimal& value);
  template <std::integral Whole>
  Ratio(Whole whole) : Ratio(Decimal(whole)) {}

  // numerator ÷ denominator, which is not 0.
  static Ratio Of(__int128 numerator, __int128 denominator) {
    if (denominator <= 0 || !Fits(numerator) || !Fits(denominator)) {
      return OfLarge(numerator, denominator);
    }
    return Ratio(static_cast<int64_t>(numerator), static_cast<int64_t>(denominator));
  }

  friend Ratio operator+(const Ratio& a, const Ratio& b);
  friend Ratio operator-(const Ratio& a, const Ratio& b);
  friend Ratio operator*(const Ratio& a, const Ratio& b);
  // FAILED_PRECONDITION, reason DIVISION_BY_ZERO, where `b` is 0.
  static absl::StatusOr<Ratio> Divide(const Ratio& a, const Ratio& b);

  friend std::strong_ordering operator<=>(const Ratio& a, const Ratio& b);
  friend bool operator==(const Ratio& a, const Ratio& b) { return (a <=> b) == 0; }
  // -1, 0 or 1.
  int sign() const;

  // The number to `decimals` (0 … 18) places by GB/T 8170-2008, like Decimal::Round, with exactly
  // that many digits behind the point. FAILED_PRECONDITION, reason DECIMAL_OVERFLOW, where these do
  // not fit.
  absl::StatusOr<Decimal> Round(int decimals) const;
  // The least decimal of so many places that is not below the number (IAQI is rounded up).
  absl::StatusOr<Decimal> RoundUp(int decimals) const;
  // The greatest decimal of so many places that is not above the number.
  absl::StatusOr<Decimal> RoundDown(int decimals) const;

  // In lowest terms, for a working: "2000/3", "-5".
  std::string ToString() const;
  // What ToString() writes. INVALID_ARGUMENT, reason NOT_A_RATIO, for any other text.
  static absl::StatusOr<Ratio> Parse(absl::string_view text);

 private:
  struct Number;
  friend class RatioSum;

  explicit Ratio(Number number);
  Ratio(int64_t numerator, int64_t denominator)
      : numerator_(numerator), denominator_(denominator) {}
  static bool Fits(__int128 number) { return number == static_cast<int64_t>(number); }
  static Ratio OfLarge(__int128 numerator, __int128 denominator);
  Number number() const;

  // Nearly every number fits here, not always in lowest terms; the denominator is positive.
  int64_t numerator_ = 0;
  int64_t denominator_ = 1;
  std::shared_ptr<const Number> big_;  // instead, where it does not
};

// Adds up many numbers exactly: while their least common denominator is small, for about what it
// costs in integers.
class RatioSum {
 public:
  void Add(const Ratio& value);

  int64_t count() const { return count_; }
  Ratio Total() const;
  // FAILED_PRECONDITION, reason DIVISION_BY_ZERO, where nothing was added.
  absl::StatusOr<Ratio> Mean() const;

 private:
  // Whether it still fits; where not, the sum is as it was.
  bool AddSmall(int64_t numerator, int64_t denominator);

  Ratio carried_;          // what no longer fitted
  int64_t numerator_ = 0;  // the rest of the sum, over denominator_
  int64_t denominator_ = 1;
  int64_t count_ = 0;
};

// numerator ÷ denominator in percent, to `decimals` places by GB/T 8170-2008; only equal numbers
// print as 100: where rounding would make 100 of another ratio, the answer is the nearest value on
// its own side of it (9999 of 10000 to no places is 99, to one place 99.9). Fails like Divide() and
// Round().
absl::StatusOr<Decimal> Percent(const Ratio& numerator, const Ratio& denominator, int decimals);

}  // namespace lucid
