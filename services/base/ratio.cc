#include "services/base/ratio.h"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <limits>
#include <numeric>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace lucid {
namespace {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;

cpp_int PowerOfTen(int exponent) { return boost::multiprecision::pow(cpp_int(10), exponent); }

// Up to 18.
int64_t SmallPowerOfTen(int exponent) {
  int64_t power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

__int128 CommonDivisor(__int128 a, __int128 b) {
  while (b != 0) a = std::exchange(b, a % b);
  return a < 0 ? -a : a;
}

absl::Status TooManyDigits() {
  return Fail(absl::StatusCode::kFailedPrecondition, "DECIMAL_OVERFLOW",
              "the rounded number has more than 18 digits");
}

absl::StatusOr<Decimal> ToDecimal(const cpp_int& mantissa, int scale) {
  if (boost::multiprecision::abs(mantissa) >= PowerOfTen(Decimal::kMaxDigits)) {
    return TooManyDigits();
  }
  return Decimal(static_cast<int64_t>(mantissa), scale);
}

absl::StatusOr<Decimal> ToDecimal(__int128 mantissa, int scale) {
  const int64_t limit = SmallPowerOfTen(Decimal::kMaxDigits);
  if (mantissa >= limit || mantissa <= -limit) return TooManyDigits();
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

Ratio::Ratio(Number number) {
  const cpp_int numerator = number.numerator(), denominator = number.denominator();
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  if (boost::multiprecision::abs(numerator) <= kMost && denominator <= kMost) {
    numerator_ = static_cast<int64_t>(numerator);
    denominator_ = static_cast<int64_t>(denominator);
  } else {
    big_ = std::make_shared<const Number>(std::move(number));
  }
}

Ratio::Ratio(const Decimal& value)
    : numerator_(value.mantissa()), denominator_(SmallPowerOfTen(value.scale())) {}

Ratio Ratio::OfLarge(__int128 numerator, __int128 denominator) {
  __int128 common = CommonDivisor(numerator, denominator);
  if (denominator < 0) common = -common;
  numerator /= common;
  denominator /= common;
  if (Fits(numerator) && Fits(denominator)) {
    return Ratio(static_cast<int64_t>(numerator), static_cast<int64_t>(denominator));
  }
  return Ratio(Number{cpp_rational(cpp_int(numerator), cpp_int(denominator))});
}

Ratio::Number Ratio::number() const {
  return big_ ? *big_ : Number{cpp_rational(cpp_int(numerator_), cpp_int(denominator_))};
}

Ratio operator+(const Ratio& a, const Ratio& b) {
  if (a.big_ || b.big_) return Ratio(Ratio::Number{a.number().value + b.number().value});
  // Sums of many fractions stay small over the least common denominator.
  const __int128 an = a.numerator_, bn = b.numerator_;
  const int64_t ad = a.denominator_, bd = b.denominator_;
  if (ad == bd) return Ratio::Of(an + bn, ad);
  if (ad % bd == 0) return Ratio::Of(an + bn * (ad / bd), ad);
  if (bd % ad == 0) return Ratio::Of(an * (bd / ad) + bn, bd);
  const int64_t common = std::gcd(ad, bd);
  const __int128 left = an * (bd / common), right = bn * (ad / common);
  return Ratio::Of(left + right, static_cast<__int128>(ad / common) * bd);
}

Ratio operator-(const Ratio& a, const Ratio& b) {
  if (a.big_ || b.big_) return Ratio(Ratio::Number{a.number().value - b.number().value});
  return a + Ratio::Of(-static_cast<__int128>(b.numerator_), b.denominator_);
}

Ratio operator*(const Ratio& a, const Ratio& b) {
  if (a.big_ || b.big_) return Ratio(Ratio::Number{a.number().value * b.number().value});
  return Ratio::Of(static_cast<__int128>(a.numerator_) * b.numerator_,
                   static_cast<__int128>(a.denominator_) * b.denominator_);
}

absl::StatusOr<Ratio> Ratio::Divide(const Ratio& a, const Ratio& b) {
  if (b.sign() == 0) {
    return Fail(absl::StatusCode::kFailedPrecondition, "DIVISION_BY_ZERO",
                "nothing divides by zero");
  }
  if (a.big_ || b.big_) return Ratio(Number{a.number().value / b.number().value});
  return Of(static_cast<__int128>(a.numerator_) * b.denominator_,
            static_cast<__int128>(a.denominator_) * b.numerator_);
}

std::strong_ordering operator<=>(const Ratio& a, const Ratio& b) {
  if (a.big_ || b.big_) return a.number().value.compare(b.number().value) <=> 0;
  return static_cast<__int128>(a.numerator_) * b.denominator_ <=>
         static_cast<__int128>(b.numerator_) * a.denominator_;
}

int Ratio::sign() const { return big_ ? big_->value.sign() : (numerator_ > 0) - (numerator_ < 0); }

absl::StatusOr<Decimal> Ratio::Round(int decimals) const {
  decimals = std::clamp(decimals, 0, Decimal::kMaxDigits);
  // By the absolute value, so that halves of negative numbers go the same way.
  if (!big_) {
    const __int128 number = numerator_, size = number < 0 ? -number : number;
    const __int128 scaled = size * SmallPowerOfTen(decimals);
    __int128 rounded = scaled / denominator_;
    const __int128 twice_rest = scaled % denominator_ * 2;
    if (twice_rest > denominator_ || (twice_rest == denominator_ && rounded % 2 == 1)) ++rounded;
    return ToDecimal(number < 0 ? -rounded : rounded, decimals);
  }
  const cpp_int unit = big_->denominator();
  cpp_int rounded, rest;
  boost::multiprecision::divide_qr(
      cpp_int(boost::multiprecision::abs(big_->numerator()) * PowerOfTen(decimals)), unit, rounded,
      rest);
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
  if (!big_) {
    const __int128 scaled = static_cast<__int128>(numerator_) * SmallPowerOfTen(decimals);
    const __int128 down = scaled / denominator_ - (scaled % denominator_ < 0);
    return ToDecimal(down, decimals);
  }
  return ToDecimal(Floor(big_->numerator() * PowerOfTen(decimals), big_->denominator()), decimals);
}

std::string Ratio::ToString() const { return number().value.str(); }

absl::StatusOr<Ratio> Ratio::Parse(absl::string_view text) {
  const absl::Status refused =
      Fail(absl::StatusCode::kInvalidArgument, "NOT_A_RATIO", "is not a fraction in lowest terms");
  const size_t slash = text.find('/');
  absl::string_view digits = text;
  const bool negative = absl::ConsumePrefix(&digits, "-");
  for (size_t i = 0; i < digits.size(); ++i) {
    if (!absl::ascii_isdigit(digits[i]) && i + negative != slash) return refused;
  }
  const std::string above(digits.substr(0, slash == text.npos ? slash : slash - negative));
  const std::string below(slash == text.npos ? "1" : text.substr(slash + 1));
  if (above.empty() || below.empty() || (above.size() > 1 && above[0] == '0') || below[0] == '0') {
    return refused;
  }
  cpp_rational value{cpp_int(above), cpp_int(below)};
  if (negative) value = -value;
  Ratio ratio(Number{std::move(value)});
  if (ratio.ToString() != text) return refused;
  return ratio;
}

void RatioSum::Add(const Ratio& value) {
  ++count_;
  if (value.big_ || !AddSmall(value.numerator_, value.denominator_)) {
    carried_ = Total() + value;
    numerator_ = 0;
  }
}

bool RatioSum::AddSmall(int64_t numerator, int64_t denominator) {
  if (numerator_ == 0) denominator_ = denominator;
  if (denominator != denominator_) {
    const int64_t times = denominator_ / denominator;
    if (times * denominator != denominator_) {
      const int64_t growth = denominator / std::gcd(denominator_, denominator);
      int64_t grown = 0, common = 0;
      if (__builtin_mul_overflow(numerator_, growth, &grown) ||
          __builtin_mul_overflow(denominator_, growth, &common)) {
        return false;
      }
      numerator_ = grown;
      denominator_ = common;
    }
    if (__builtin_mul_overflow(numerator, denominator_ / denominator, &numerator)) return false;
  }
  int64_t sum = 0;
  if (__builtin_add_overflow(numerator_, numerator, &sum)) return false;
  numerator_ = sum;
  return true;
}

Ratio RatioSum::Total() const { return carried_ + Ratio(numerator_, denominator_); }

absl::StatusOr<Ratio> RatioSum::Mean() const {
  if (count_ == 0 || carried_.sign() != 0) return Ratio::Divide(Total(), count_);
  return Ratio::Of(numerator_, static_cast<__int128>(denominator_) * count_);
}

absl::StatusOr<Decimal> Percent(const Ratio& numerator, const Ratio& denominator, int decimals) {
  ASSIGN_OR_RETURN(Ratio share, Ratio::Divide(numerator, denominator));
  const Ratio percent = share * 100;
  ASSIGN_OR_RETURN(Decimal rounded, percent.Round(decimals));
  if (rounded != Decimal(100) || percent == 100) return rounded;
  return percent < 100 ? percent.RoundDown(decimals) : percent.RoundUp(decimals);
}

}  // namespace lucid
