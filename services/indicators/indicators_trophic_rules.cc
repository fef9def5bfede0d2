#include "services/indicators/indicators_trophic_rules.h"

#include <boost/multiprecision/cpp_dec_float.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/indicators/indicators_factors.h"

namespace lucid::indicators {
namespace {

using boost::multiprecision::cpp_dec_float_50;
using v1::TrophicIndex;

struct LogTerm {
  absl::string_view factor;
  Decimal constant;
  Decimal slope;        // of the natural logarithm
  Decimal correlation;  // r with chl-a; squared, so its sign does not matter
};
constexpr LogTerm kTerms[] = {
    {"CHLA", 2.5_dec, 1.086_dec, 1_dec},       {"TP", 9.436_dec, 1.624_dec, 0.84_dec},
    {"TN", 5.453_dec, 1.694_dec, 0.82_dec},    {"TRANSPARENCY", 5.118_dec, -1.94_dec, 0.83_dec},
    {"CODMN", 0.109_dec, 2.661_dec, 0.83_dec},
};

cpp_dec_float_50 Real(const Ratio& value) {
  const std::string text = value.ToString();
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('/', 1));
  cpp_dec_float_50 real(parts.first);
  if (!parts.second.empty()) real /= cpp_dec_float_50(parts.second);
  return real;
}

// Rounded half to even, like Decimal::Round. A tie within 50 digits is a tie.
Decimal Round(const cpp_dec_float_50& value, int decimals) {
  const cpp_dec_float_50 scaled = value * pow(cpp_dec_float_50(10), decimals);
  const cpp_dec_float_50 below = floor(scaled);
  const cpp_dec_float_50 rest = scaled - below;
  const cpp_dec_float_50 half("0.5");
  int64_t whole = below.convert_to<int64_t>();
  if (rest > half || (rest == half && whole % 2 != 0)) ++whole;
  return Decimal(whole, decimals);
}

Ratio SumOfSquares() {
  Ratio sum;
  for (const LogTerm& term : kTerms) sum = sum + Ratio(term.correlation) * Ratio(term.correlation);
  return sum;
}

}  // namespace

TrophicIndex TrophicIndexOf(const std::map<std::string, Ratio>& means) {
  TrophicIndex result;
  cpp_dec_float_50 sum = 0;
  const Ratio squares = SumOfSquares();
  for (const LogTerm& term : kTerms) {
    auto mean = means.find(std::string(term.factor));
    if (mean == means.end() || mean->second.sign() <= 0) {
      result.add_missing(std::string(term.factor));
      continue;
    }
    const Ratio weight =
        Ratio::Divide(Ratio(term.correlation) * Ratio(term.correlation), squares).value();
    const cpp_dec_float_50 index =
        10 * (Real(term.constant) + Real(term.slope) * log(Real(mean->second)));
    sum += Real(weight) * index;
    v1::TrophicTerm& shown = *result.add_terms();
    shown.set_factor(std::string(term.factor));
    absl::StatusOr<Decimal> rounded = mean->second.Round(6);
    shown.set_mean(rounded.ok() ? rounded->ToString() : mean->second.ToString());
    shown.set_unit(std::string(FindFactor(term.factor)->unit));
    shown.set_weight(weight.Round(4).value().ToString());
    shown.set_index(Round(index, 2).ToString());
  }
  if (!result.missing().empty()) return result;
  const Decimal value = Round(sum, 1);
  result.set_value(value.ToString());
  result.set_state(TrophicStateOf(value));
  return result;
}

TrophicIndex::State TrophicStateOf(const Decimal& index) {
  if (index < 30) return TrophicIndex::OLIGOTROPHIC;
  if (index <= 50) return TrophicIndex::MESOTROPHIC;
  if (index <= 60) return TrophicIndex::LIGHTLY_EUTROPHIC;
  if (index <= 70) return TrophicIndex::MODERATELY_EUTROPHIC;
  return TrophicIndex::HYPEREUTROPHIC;
}

std::string TrophicStateName(TrophicIndex::State state) {
  static constexpr absl::string_view kNames[] = {"未评价",     "贫营养",     "中营养",
                                                 "轻度富营养", "中度富营养", "重度富营养"};
  return std::string(kNames[state]);
}

}  // namespace lucid::indicators
