// What numbers measure: dimensions as powers of base dimensions, so that formulas can multiply and
// divide quantities and cannot add what does not add. Pure functions.
#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/base/ratio.h"

namespace lucid::indicators {

// A product of powers of base dimensions; a plain number or a share has none.
class Dimension {
 public:
  Dimension() = default;
  explicit Dimension(std::map<std::string, int> powers);

  friend Dimension operator*(const Dimension& a, const Dimension& b);
  friend Dimension operator/(const Dimension& a, const Dimension& b);
  friend bool operator==(const Dimension& a, const Dimension& b) = default;
  bool none() const { return powers_.empty(); }
  // "mass·time^-1"; "number" where there is none.
  std::string ToString() const;

 private:
  std::map<std::string, int> powers_;
};

// What a declared unit measures, and how many of its base units it is: 吨/日 is mass·time^-1 and
// 1000/24 kg/h. Units that count things are each a dimension of their own.
struct Measure {
  Dimension dimension;
  Ratio factor;
};
// Fails like FindUnit().
absl::StatusOr<Measure> MeasureOf(absl::string_view unit);

}  // namespace lucid::indicators
