// 综合营养状态指数 TLI(Σ) of lakes, by 总站生字〔2001〕090 号. Pure functions. An assumption: the
// constants are as published studies cite them, not checked with the document.
//
//   TLI(Σ) = Σ Wj · TLI(j), Wj = rj² / Σ r²
//   TLI(chl-a) = 10 (2.5 + 1.086 ln chl-a)      chl-a in mg/m³, r = 1
//   TLI(TP)    = 10 (9.436 + 1.624 ln TP)       TP in mg/L, r = 0.84
//   TLI(TN)    = 10 (5.453 + 1.694 ln TN)       TN in mg/L, r = 0.82
//   TLI(SD)    = 10 (5.118 − 1.94 ln SD)        SD in m, r = −0.83
//   TLI(CODMn) = 10 (0.109 + 2.661 ln CODMn)    CODMn in mg/L, r = 0.83
//
// Means and weights are exact fractions. Logarithms are not, so everything behind them is computed
// with 50 decimal digits (Boost's cpp_dec_float_50), and the sum is rounded once, to one decimal by
// GB/T 8170. The state is that of the rounded index, so that what is printed and how it is graded
// cannot contradict each other.
#pragma once

#include <map>
#include <string>

#include "lucid/indicators/v1/water_quality.pb.h"
#include "services/base/ratio.h"

namespace lucid::indicators {

// The index of the means by factor, each in the factor's unit. Without value, naming what is
// missing, where one of the five was not observed or is 0.
v1::TrophicIndex TrophicIndexOf(const std::map<std::string, Ratio>& means);

// The state of an index with one decimal.
v1::TrophicIndex::State TrophicStateOf(const Decimal& index);

// "中营养".
std::string TrophicStateName(v1::TrophicIndex::State state);

}  // namespace lucid::indicators
