#include "services/base/ratio.h"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <utility>

namespace lucid {
namespace {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;

cpp_int PowerOfTen(int exponent) { return boost::multiprecision::pow(cpp_int(10), exponent); }

absl::StatusOr<Decimal> ToDecimal(const cpp_int& mantissa, int scale) {
  if (boost::multiprecision::abs(mantissa) >= PowerOfTen(Decimal::kMaxDigits)) {
    return Fail(absl::StatusCode::kFailedPrecondition, "DECIMAL_OVERFLOW",
                "the rounded number has more than 18 digits");
  }
  return Decimal(static_cast<int64_t>(mantissa), scale);
}

// The greatest whole number that is not above n/d, where d is positive.
cpp_int Floor(const cpp_int& n, const cpp_int& d) {
  cpp_int quotient, rest;
  boost::multiprecision::divide_qr(n, d, quotient, rest);
  return rest < 0 ? cpp_int(quotient - 1) : quotient;
}

}  // namespace

struct Ratio::Number {
  cpp_rational value;

  cpp_int numerator() const { return boost::multiprecision::numerator(value); }
  cpp_int denominator() const { return boost::multiprecision::denominator(value); }
};

Ratio::Ratio(Number number) : number_(std::make_shared<const Number>(std::move(number))) {}

Ratio::Ratio(const Decimal& value)
    : Ratio(Number{cpp_rational(cpp_int(value.mantissa()), PowerOfTen(value.scale()))}) {}

const Ratio::Number& Ratio::number() const {
  static const Number& zero = *new Number();
  return number_ == nullptr ? zero : *number_;
}

Ratio operator+(const Ratio& a, const Ratio& b) {
  return Ratio(Ratio::Number{a.number().value + b.number().value});
}

Ratio operator-(const Ratio& a, const Ratio& b) {
  return Ratio(Ratio::Number{a.number().value - b.number().value});
}

Ratio operator*(const Ratio& a, const Ratio& b) {
  return Ratio(Ratio::Number{a.number().value * b.number().value});
}

absl::StatusOr<Ratio> Ratio::Divide(const Ratio& a, const Ratio& b) {
  if (b.sign() == 0) {
    return Fail(absl::StatusCode::kFailedPrecondition, "DIVISION_BY_ZERO",
                "nothing divides by zero");
  }
  return Ratio(Number{a.number().value / b.number().value});
}

std::strong_ordering operator<=>(const Ratio& a, const Ratio& b) {
  return a.number().value.compare(b.number().value) <=> 0;
}

int Ratio::sign() const { return number().value.sign(); }

absl::StatusOr<Decimal> Ratio::Round(int decimals) const {
  decimals = std::clamp(decimals, 0, Decimal::kMaxDigits);
  // By the absolute value, so that halves of negative numbers go the same way.
  const cpp_int unit = number().denominator();
  cpp_int rounded, rest;
  boost::multiprecision::divide_qr(
      cpp_int(boost::multiprecision::abs(number().numerator()) * PowerOfTen(decimals)), unit,
      rounded, rest);
  const cpp_int twice_rest = rest * 2;
  if (twice_rest > unit || (twice_rest == unit && rounded % 2 == 1)) ++rounded;
  return ToDecimal(sign() < 0 ? cpp_int(-rounded) : rounded, decimals);
}

absl::StatusOr<Decimal> Ratio::RoundUp(int decimals) const {
  ASSIGN_OR_RETURN(Decimal down, (Ratio() - *this).RoundDown(decimals));
  return -down;
}

absl::StatusOr<Decimal> Ratio::RoundDown(int decimals) const {
  decimals = std::clamp(decimals, 0, Decimal::kMaxDigits);
  return ToDecimal(Floor(number().numerator() * PowerOfTen(decimals), number().denominator()),
                   decimals);
}

std::string Ratio::ToString() const { return number().value.str(); }

void RatioSum::Add(const Decimal& value) {
  ++count_;
  __int128 term = value.mantissa();
  for (int i = value.scale(); i < scale_; ++i) term *= 10;
  __int128 sum = mantissa_;
  bool fits = true;
  for (int i = scale_; i < value.scale(); ++i)
    fits = fits && !__builtin_mul_overflow(sum, 10, &sum);
  fits = fits && !__builtin_add_overflow(sum, term, &sum);
  if (!fits) {
    carried_ = Total();
    sum = term;
  }
  mantissa_ = sum;
  scale_ = std::max(scale_, value.scale());
}

Ratio RatioSum::Total() const {
  return carried_ + Ratio(Ratio::Number{cpp_rational(cpp_int(mantissa_), PowerOfTen(scale_))});
}

absl::StatusOr<Ratio> RatioSum::Mean() const { return Ratio::Divide(Total(), count_); }

absl::StatusOr<Decimal> Percent(const Ratio& numerator, const Ratio& denominator, int decimals) {
  ASSIGN_OR_RETURN(Ratio share, Ratio::Divide(numerator, denominator));
  const Ratio percent = share * 100;
  ASSIGN_OR_RETURN(Decimal rounded, percent.Round(decimals));
  if (rounded != Decimal(100) || percent == 100) return rounded;
  return percent < 100 ? percent.RoundDown(decimals) : percent.RoundUp(decimals);
}

}  // namespace lucid
