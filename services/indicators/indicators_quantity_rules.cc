#include "services/indicators/indicators_quantity_rules.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/base/status.h"
#include "services/base/units.h"

namespace lucid::indicators {
namespace {

// The declared dimensions that are made of others, with one base unit of theirs in base units of
// those. A year is not a number of days, so amounts per year stay apart.
struct Derived {
  absl::string_view dimension;
  std::vector<std::pair<std::string, int>> powers;
  Ratio factor;
};

const std::vector<Derived>& DerivedDimensions() {
  static const auto& derived = *new std::vector<Derived>{
      {"area", {{"length", 2}}, 1},
      {"volume", {{"length", 3}}, 1},
      {"mass per day", {{"mass", 1}, {"time", -1}}, Ratio::Divide(1, 24).value()},
      {"mass per year", {{"mass", 1}, {"year", -1}}, 1},
      {"flow", {{"length", 3}, {"time", -1}}, Ratio::Divide(1, 24).value()},
      {"concentration", {{"mass", 1}, {"length", -3}}, Decimal(1, 9)},
      {"power", {{"energy", 1}, {"time", -1}}, 1},
      {"share", {}, 1},
      {"number", {}, 1},
  };
  return derived;
}

}  // namespace

Dimension::Dimension(std::map<std::string, int> powers) : powers_(std::move(powers)) {
  std::erase_if(powers_, [](const auto& power) { return power.second == 0; });
}

Dimension operator*(const Dimension& a, const Dimension& b) {
  std::map<std::string, int> powers = a.powers_;
  for (const auto& [base, power] : b.powers_) powers[base] += power;
  return Dimension(std::move(powers));
}

Dimension operator/(const Dimension& a, const Dimension& b) {
  std::map<std::string, int> powers = a.powers_;
  for (const auto& [base, power] : b.powers_) powers[base] -= power;
  return Dimension(std::move(powers));
}

std::string Dimension::ToString() const {
  if (none()) return "number";
  return absl::StrJoin(powers_, "·", [](std::string* out, const auto& power) {
    absl::StrAppend(out, power.first);
    if (power.second != 1) absl::StrAppend(out, "^", power.second);
  });
}

absl::StatusOr<Measure> MeasureOf(absl::string_view unit) {
  ASSIGN_OR_RETURN(const Unit* declared, FindUnit(unit));
  for (const Derived& derived : DerivedDimensions()) {
    if (derived.dimension != declared->dimension) continue;
    return Measure{Dimension({derived.powers.begin(), derived.powers.end()}),
                   declared->factor() * derived.factor};
  }
  return Measure{Dimension({{std::string(declared->dimension), 1}}), declared->factor()};
}

}  // namespace lucid::indicators
