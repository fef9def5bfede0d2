// Any two texts, one to a line, as decimals and as days: what is read prints as it was written, and
// arithmetic and rounding agree with exact fractions.
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_split.h"
#include "services/base/calendar.h"
#include "services/base/decimal.h"
#include "services/base/ratio.h"
#include "tests/fuzz/expect.h"

namespace lucid {
namespace {

bool IsNegativeZero(absl::string_view text) {
  return text[0] == '-' && text.find_first_not_of("-0.") == text.npos;
}

void CheckReading(absl::string_view text) {
  absl::StatusOr<Decimal> value = Decimal::Parse(text);
  if (value.ok()) EXPECT(value->ToString() == text || IsNegativeZero(text));
  if (!value.ok()) EXPECT(Reason(value.status()) == "NOT_A_DECIMAL");
  absl::StatusOr<absl::CivilDay> day = ParseDay(text);
  if (day.ok()) EXPECT(FormatDay(*day) == text);
}

void CheckRounding(const Decimal& value) {
  for (int decimals = 0; decimals <= Decimal::kMaxDigits; ++decimals) {
    const Decimal rounded = value.Round(decimals);
    EXPECT(rounded.Round(decimals) == rounded);
    EXPECT((-value).Round(decimals) == -rounded);
    absl::StatusOr<Decimal> exact = Ratio(value).Round(decimals);
    if (exact.ok()) EXPECT(exact->ToString() == rounded.ToString());
    // Never further away than half a unit of the last place.
    const Ratio away = Ratio(rounded) - value;
    const Ratio half = Ratio(Decimal(5, 1)) * Decimal(1, decimals);
    EXPECT(away <= half && Ratio() - half <= away);
  }
}

void CheckArithmetic(const Decimal& a, const Decimal& b) {
  absl::StatusOr<Decimal> sum = Decimal::Add(a, b);
  if (sum.ok()) EXPECT(Ratio(*sum) == Ratio(a) + b);
  absl::StatusOr<Decimal> difference = Decimal::Subtract(a, b);
  if (difference.ok()) EXPECT(Ratio(*difference) == Ratio(a) - b);
  absl::StatusOr<Decimal> product = Decimal::Multiply(a, b);
  if (product.ok()) EXPECT(Ratio(*product) == Ratio(a) * b);
  EXPECT((a <=> b) == (Ratio(a) <=> Ratio(b)));
  absl::StatusOr<Ratio> quotient = Ratio::Divide(a, b);
  EXPECT(quotient.ok() == (b.sign() != 0));
  if (quotient.ok()) EXPECT(*quotient * b == a);
  absl::StatusOr<Decimal> percent = Percent(a, b, 1);
  if (percent.ok()) EXPECT((*percent == 100) == (a == b));
}

}  // namespace
}  // namespace lucid

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const std::pair<std::string, std::string> texts = absl::StrSplit(input, absl::MaxSplits('\n', 1));
  lucid::CheckReading(texts.first);
  lucid::CheckReading(texts.second);
  absl::StatusOr<lucid::Decimal> a = lucid::Decimal::Parse(texts.first);
  absl::StatusOr<lucid::Decimal> b = lucid::Decimal::Parse(texts.second);
  if (a.ok()) lucid::CheckRounding(*a);
  if (a.ok() && b.ok()) lucid::CheckArithmetic(*a, *b);
  return 0;
}
