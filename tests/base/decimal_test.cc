// Decimals and ratios: what is read, what is printed, and that every result is exact.
#include "services/base/decimal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <type_traits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/base/ratio.h"

namespace lucid {
namespace {

Decimal D(absl::string_view text) { return Decimal::Parse(text).value(); }

// Any decimal at all, with few and with many digits.
Decimal RandomDecimal(std::mt19937_64& random) {
  int64_t mantissa = random() % 1'000'000'000'000'000'000;
  for (int cut = random() % 19; cut > 0; --cut) mantissa /= 10;
  return Decimal(random() % 2 ? mantissa : -mantissa, random() % 19);
}

// --- A slow reference that shares nothing with the code: digits in text, as by hand. ---

// Rounds "ddd.ddd" to `decimals` places, half to even, looking at characters only.
std::string RoundByHand(std::string text, int decimals) {
  const bool negative = absl::StartsWith(text, "-");
  if (negative) text = text.substr(1);
  size_t point = text.find('.');
  std::string whole = text.substr(0, point);
  std::string fraction = point == text.npos ? "" : text.substr(point + 1);
  while (static_cast<int>(fraction.size()) < decimals) fraction += '0';
  std::string kept = whole + fraction.substr(0, decimals), dropped = fraction.substr(decimals);
  bool up = false;
  if (!dropped.empty()) {
    const bool alone = dropped.find_first_not_of('0', 1) == dropped.npos;
    const bool odd = (kept.back() - '0') % 2 == 1;
    up = dropped[0] > '5' || (dropped[0] == '5' && (!alone || odd));
  }
  for (int i = static_cast<int>(kept.size()) - 1; up && i >= 0; --i) {
    up = kept[i] == '9';
    kept[i] = up ? '0' : kept[i] + 1;
  }
  if (up) kept = "1" + kept;
  std::string out = kept.substr(0, kept.size() - decimals);
  if (decimals > 0) out += "." + kept.substr(kept.size() - decimals);
  const bool zero = out.find_first_not_of("0.") == out.npos;
  return negative && !zero ? "-" + out : out;
}

// The digits of n/d by long division, `places` behind the point, and "1" more where a rest stays.
std::string DivideByHand(int64_t n, int64_t d, int places) {
  const bool negative = (n < 0) != (d < 0) && n != 0;
  unsigned __int128 rest = n < 0 ? -n : n, by = d < 0 ? -d : d;
  std::string out = absl::StrCat(negative ? "-" : "", static_cast<uint64_t>(rest / by), ".");
  rest %= by;
  for (int i = 0; i < places; ++i) {
    rest *= 10;
    out += static_cast<char>('0' + static_cast<int>(rest / by));
    rest %= by;
  }
  return out + (rest == 0 ? "0" : "1");
}

// --- Reading and printing ---

TEST(Decimal, KeepsItsDigits) {
  for (absl::string_view text :
       {"0", "0.0", "35", "35.0", "54.564", "-0.5", "-12", "16833", "0.05", "100.00",
        "999999999999999999", "-999999999999999999", "0.999999999999999999", "0.000000000000000001",
        "123456789.123456789"}) {
    EXPECT_EQ(D(text).ToString(), text);
  }
  EXPECT_EQ(D("-0").ToString(), "0");
  EXPECT_EQ(D("-0.00").ToString(), "0.00");
}

TEST(Decimal, RefusesWhatIsNotADecimalAndSaysWhy) {
  const struct {
    std::string text, rule;
  } kRefused[] = {
      {"", "it has no digits"},
      {"-", "it has no digits"},
      {"+1", "a plus sign is not written"},
      {"-+1", "a plus sign is not written"},
      {" 1", "it contains a space"},
      {"1 ", "it contains a space"},
      {"1\n", "it contains a space"},
      {"1 000", "it contains a space"},
      {"NaN", "it must be a finite number"},
      {"nan", "it must be a finite number"},
      {"inf", "it must be a finite number"},
      {"-Infinity", "it must be a finite number"},
      {"1e3", "an exponent is not allowed; write the digits out"},
      {"1.5E-2", "an exponent is not allowed; write the digits out"},
      {"1,000", "digits are not grouped"},
      {".5", "a digit must stand before the point"},
      {"-.5", "a digit must stand before the point"},
      {".", "a digit must stand before the point"},
      {"5.", "a digit must stand behind the point"},
      {"007", "a leading zero is not written"},
      {"-00.5", "a leading zero is not written"},
      {"1000000000000000000", "it has more than 18 digits"},
      {"0.0000000000000000000", "it has more than 18 digits"},
      {"1.000000000000000000", "it has more than 18 digits"},
      {std::string(100000, '9'), "it has more than 18 digits"},
      {"１２", "only the digits 0 to 9, one point and a leading minus are allowed"},
      {"一", "only the digits 0 to 9, one point and a leading minus are allowed"},
      {"1.2.3", "only the digits 0 to 9, one point and a leading minus are allowed"},
      {"--1", "only the digits 0 to 9, one point and a leading minus are allowed"},
      {"1-", "only the digits 0 to 9, one point and a leading minus are allowed"},
      {"−1", "only the digits 0 to 9, one point and a leading minus are allowed"},
      {"0x10", "only the digits 0 to 9, one point and a leading minus are allowed"},
      {"1%", "only the digits 0 to 9, one point and a leading minus are allowed"},
      {std::string("1\0", 2), "only the digits 0 to 9, one point and a leading minus are allowed"},
  };
  for (const auto& [text, rule] : kRefused) {
    absl::Status status = Decimal::Parse(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(status.message(), "is not a decimal: " + rule) << text;
    EXPECT_EQ(Reason(status), "NOT_A_DECIMAL");
  }
}

TEST(Decimal, ARequestFieldIsNamedWithTheRuleItBreaks) {
  FieldErrors errors;
  CheckDecimal(errors, "observation.value", "1e3", true);
  CheckDecimal(errors, "target.value", "", true);
  CheckDecimal(errors, "project.investment", "", false);
  CheckDecimal(errors, "quantity.value", "54.564", true);
  EXPECT_EQ(errors.status().message(),
            "observation.value is not a decimal: an exponent is not allowed; write the digits out; "
            "target.value is not a decimal: it has no digits");
}

TEST(Decimal, ANumberInTheSourceIsExact) {
  EXPECT_EQ((0.05_dec).ToString(), "0.05");
  EXPECT_EQ((35.0_dec).ToString(), "35.0");
  EXPECT_EQ((-7_dec).ToString(), "-7");
  static_assert((0.00005_dec).scale() == 5);
  static_assert(!std::is_convertible_v<double, Decimal>);
  static_assert(!std::is_convertible_v<double, Ratio>);
}

TEST(Decimal, PrintsWhatItReads) {
  std::mt19937_64 random(8170);
  for (int i = 0; i < 20000; ++i) {
    const Decimal value = RandomDecimal(random);
    absl::StatusOr<Decimal> again = Decimal::Parse(value.ToString());
    ASSERT_TRUE(again.ok()) << value.ToString() << again.status();
    EXPECT_EQ(again->mantissa(), value.mantissa());
    EXPECT_EQ(again->scale(), value.scale());
  }
}

// --- Order and arithmetic ---

TEST(Decimal, ComparesByValueWhateverTheDigits) {
  EXPECT_EQ(D("35"), D("35.0"));
  EXPECT_EQ(D("0"), D("0.000000000000000000"));
  EXPECT_LT(D("-0.1"), D("-0.09"));
  EXPECT_LT(D("0.999999999999999999"), D("1"));
  EXPECT_LT(D("-999999999999999999"), D("0.999999999999999999"));
  EXPECT_GT(D("76.1"), 76);
  EXPECT_EQ(D("76.00"), 76);
}

TEST(Decimal, AddsAndMultipliesExactly) {
  const struct {
    absl::string_view a, b, sum, difference, product;
  } kCases[] = {
      {"35.0", "1", "36.0", "34.0", "35.0"},
      {"1.5", "2.0", "3.5", "-0.5", "3.00"},
      {"0.1", "0.2", "0.3", "-0.1", "0.02"},
      {"-0.05", "0.050", "0.000", "-0.100", "-0.00250"},
      {"500000", "0.0001", "500000.0001", "499999.9999", "50.0000"},
      {"999999999999999998", "1.0", "999999999999999999", "999999999999999997",
       "999999999999999998"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Decimal::Add(D(c.a), D(c.b))->ToString(), c.sum);
    EXPECT_EQ(Decimal::Subtract(D(c.a), D(c.b))->ToString(), c.difference);
    EXPECT_EQ(Decimal::Multiply(D(c.a), D(c.b))->ToString(), c.product);
  }
}

TEST(Decimal, AResultThatDoesNotFitIsRefusedNotCut) {
  const Decimal most = D("999999999999999999");
  for (const auto& result :
       {Decimal::Add(most, 1), Decimal::Subtract(-most, 1), Decimal::Multiply(most, 10),
        Decimal::Add(most, D("0.1")), Decimal::Multiply(most, most),
        Decimal::Multiply(D("0.0000000001"), D("0.0000000001"))}) {
    EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(Reason(result.status()), "DECIMAL_OVERFLOW");
  }
}

TEST(Decimal, AgreesWithRatiosOnEveryResult) {
  std::mt19937_64 random(3095);
  int fitted = 0;
  for (int i = 0; i < 20000; ++i) {
    const Decimal a = RandomDecimal(random), b = RandomDecimal(random);
    const absl::StatusOr<Decimal> sum = Decimal::Add(a, b), product = Decimal::Multiply(a, b);
    if (sum.ok()) {
      EXPECT_EQ(Ratio(*sum), Ratio(a) + b) << a.ToString() << " " << b.ToString();
    }
    if (product.ok()) {
      EXPECT_EQ(Ratio(*product), Ratio(a) * b) << a.ToString() << " " << b.ToString();
    }
    EXPECT_TRUE((a <=> b) == (Ratio(a) <=> Ratio(b))) << a.ToString() << " " << b.ToString();
    fitted += sum.ok() + product.ok();
  }
  EXPECT_GT(fitted, 10000);
}

// --- Rounding ---

TEST(Decimal, RoundsByTheVectorsOfTheStandard) {
  const struct {
    absl::string_view text;
    int decimals;
    absl::string_view rounded;
  } kVectors[] = {
      {"12.1498", 0, "12"},   {"12.1498", 1, "12.1"},
      {"10.5002", 0, "11"},   {"1.050", 1, "1.0"},
      {"0.35", 1, "0.4"},     {"28.175", 2, "28.18"},
      {"28.165", 2, "28.16"}, {"15.4546", 0, "15"},
      {"35.5", 0, "36"},      {"60.5", 0, "60"},
      {"-0.35", 1, "-0.4"},   {"-1.050", 1, "-1.0"},
      {"-10.5002", 0, "-11"}, {"-0.4", 0, "0"},
      {"0.5", 0, "0"},        {"1.5", 0, "2"},
      {"2.5", 0, "2"},        {"2.50000001", 0, "3"},
      {"35", 1, "35.0"},      {"54.564", 3, "54.564"},
      {"9.95", 1, "10.0"},    {"99999999999999999.9", 0, "100000000000000000"},
      {"0", 3, "0.000"},
  };
  for (const auto& [text, decimals, rounded] : kVectors) {
    EXPECT_EQ(D(text).Round(decimals).ToString(), rounded) << text;
    EXPECT_EQ(Ratio(D(text)).Round(decimals)->ToString(), rounded) << text;
  }
}

TEST(Decimal, RoundsLikeByHandOnceAndForAll) {
  std::mt19937_64 random(663);
  for (int i = 0; i < 20000; ++i) {
    // Short fractions, so that halves are common.
    const Decimal value(static_cast<int64_t>(random() % 2'000'000'000) - 1'000'000'000,
                        random() % 10);
    const int decimals = random() % 10;
    const Decimal rounded = value.Round(decimals);
    EXPECT_EQ(rounded.ToString(), RoundByHand(value.ToString(), decimals)) << value.ToString();
    EXPECT_EQ(rounded.Round(decimals).ToString(), rounded.ToString());
    EXPECT_EQ((-value).Round(decimals), -rounded);
    EXPECT_EQ(Ratio(value).Round(decimals)->ToString(), rounded.ToString());
  }
}

TEST(Decimal, RoundsInOneStepOnly) {
  EXPECT_EQ(D("15.4546").Round(3).Round(2).Round(1).Round(0), 16);
  EXPECT_EQ(D("15.4546").Round(0), 15);
}

// --- Ratios ---

TEST(Ratio, RoundsAnyQuotientLikeLongDivision) {
  std::mt19937_64 random(3838);
  for (int i = 0; i < 20000; ++i) {
    const int64_t n = static_cast<int64_t>(random() % 2'000'000) - 1'000'000;
    const int64_t d = static_cast<int64_t>(random() % 2'000) - 1'000;
    if (d == 0) continue;
    const int decimals = random() % 8;
    const Ratio quotient = Ratio::Divide(n, d).value();
    EXPECT_EQ(quotient.Round(decimals)->ToString(), RoundByHand(DivideByHand(n, d, 30), decimals))
        << n << "/" << d;
    const Decimal up = quotient.RoundUp(decimals).value();
    const Decimal down = quotient.RoundDown(decimals).value();
    EXPECT_LE(Ratio(down), quotient);
    EXPECT_LE(quotient, Ratio(up));
    EXPECT_LT(Ratio(up) - down, Ratio(Decimal(1, decimals)) + Decimal(1, 18));
  }
}

TEST(Ratio, IsExactWhereDecimalsEnd) {
  const Ratio third = Ratio::Divide(1, 3).value();
  EXPECT_EQ(third + third + third, 1);
  EXPECT_EQ(third.ToString(), "1/3");
  EXPECT_EQ((third * 3).ToString(), "1");
  EXPECT_EQ((Ratio() - third).Round(3)->ToString(), "-0.333");
  // Huge intermediate numbers do no harm.
  Ratio power = 1;
  for (int i = 0; i < 100; ++i) power = power * D("999999999999999999");
  EXPECT_EQ(Ratio::Divide(power * D("0.5"), power).value(), D("0.5"));
  EXPECT_EQ(Reason(power.Round(0).status()), "DECIMAL_OVERFLOW");
}

// The same sum in numbers that fit into 64 bits and in such as do not.
TEST(Ratio, IsTheSameWhateverItsSize) {
  std::mt19937_64 random(7);
  const Ratio huge = Ratio(Decimal(999'999'999'999'999'999)) * Decimal(999'999'999'999'999'999) *
                     Decimal(999'999'999'999'999'999);
  for (int i = 0; i < 20'000; ++i) {
    const auto number = [&] {
      const int64_t n = static_cast<int64_t>(random() >> (random() % 60)) / 10;
      const int64_t d = static_cast<int64_t>(random() >> (4 + random() % 59)) / 10 + 1;
      return Ratio::Divide(Decimal(random() % 2 ? n : -n), Decimal(d)).value();
    };
    const Ratio a = number(), b = number();
    EXPECT_EQ(a + b, (a + huge) + (b - huge));
    EXPECT_EQ(a - b, (a + huge) - (b + huge));
    EXPECT_EQ(a * b, Ratio::Divide(a * huge * b, huge).value());
    EXPECT_EQ((a <=> b), (a + huge) <=> (b + huge));
    EXPECT_EQ((a + b).ToString(), ((a + huge) + (b - huge)).ToString());
    const int decimals = static_cast<int>(random() % 7);
    absl::StatusOr<Decimal> down = a.RoundDown(decimals);
    if (!down.ok()) continue;
    EXPECT_LE(Ratio(*down), a);
    EXPECT_LT(a, Ratio(*down) + Decimal(1, decimals));
  }
}

TEST(Ratio, NothingDividesByZero) {
  for (const auto& status : {Ratio::Divide(1, 0).status(), Ratio::Divide(0, D("0.00")).status(),
                             Percent(1, 0, 1).status(), RatioSum().Mean().status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(Reason(status), "DIVISION_BY_ZERO");
  }
}

TEST(RatioSum, AddsUpLikeOneByOne) {
  std::mt19937_64 random(2012);
  for (int round = 0; round < 20; ++round) {
    RatioSum sum;
    Ratio slow;
    // The first rounds hold only the largest numbers, whose sum outgrows 128 bits.
    for (int i = 0; i < 1000; ++i) {
      const Decimal value = round < 3 ? Decimal(999'999'999'999'999'999 - i, 18 * (i % 7 == 0))
                                      : RandomDecimal(random);
      sum.Add(value);
      slow = slow + value;
    }
    EXPECT_EQ(sum.Total(), slow);
    EXPECT_EQ(sum.count(), 1000);
    EXPECT_EQ(sum.Mean().value() * 1000, slow);
  }
}

TEST(RatioSum, AddsUpFractionsOfAnyDenominator) {
  std::mt19937_64 random(663);
  for (int64_t most : {24, 1000, 1'000'000'000}) {
    RatioSum sum;
    Ratio slow;
    for (int i = 0; i < 200; ++i) {
      const int64_t denominator = 1 + static_cast<int64_t>(random() % most);
      Ratio value = Ratio::Divide(RandomDecimal(random), denominator).value();
      if (i % 50 == 0) value = value * value * value;  // larger than 64 bits
      sum.Add(value);
      slow = slow + value;
    }
    EXPECT_EQ(sum.Total(), slow) << most;
  }
}

TEST(Percent, OfPublishedFigures) {
  const struct {
    int part, whole;
    absl::string_view percent;
  } kVectors[] = {
      {319, 345, "92.5"},  {132, 177, "74.6"},        {49, 56, "87.5"},       {4, 6, "66.7"},
      {22, 24, "91.7"},    {216, 224, "96.4"},        {19243, 19267, "99.9"}, {9789, 9982, "98.1"},
      {492, 1427, "34.5"}, {492 + 291, 1427, "54.9"}, {15, 15, "100.0"},      {0, 15, "0.0"},
  };
  for (const auto& [part, whole, percent] : kVectors) {
    EXPECT_EQ(Percent(part, whole, 1)->ToString(), percent) << part << "/" << whole;
  }
}

TEST(Percent, SaysAHundredOnlyOfEqualNumbers) {
  EXPECT_EQ(Percent(9999, 10000, 0)->ToString(), "99");
  EXPECT_EQ(Percent(9999, 10000, 1)->ToString(), "99.9");
  EXPECT_EQ(Percent(9999, 10000, 2)->ToString(), "99.99");
  EXPECT_EQ(Percent(10001, 10000, 0)->ToString(), "101");
  EXPECT_EQ(Percent(10001, 10000, 1)->ToString(), "100.1");
  EXPECT_EQ(Percent(D("12.50"), D("12.5"), 0)->ToString(), "100");
  EXPECT_EQ(Percent(-7, -7, 2)->ToString(), "100.00");
  std::mt19937_64 random(28);
  for (int i = 0; i < 20000; ++i) {
    const int whole = 1 + random() % 100000, decimals = random() % 3;
    const int part = std::max<int>(0, whole - random() % 20);
    EXPECT_EQ(*Percent(part, whole, decimals) == 100, part == whole) << part << "/" << whole;
  }
}

}  // namespace
}  // namespace lucid
