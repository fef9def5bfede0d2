// The declared factors 监测因子: what can be observed at a site, in which unit.
#pragma once

#include <vector>

#include "absl/strings/string_view.h"

namespace lucid::indicators {

enum class Medium { kAir, kWater };

struct Factor {
  absl::string_view code;  // "PM2_5"
  absl::string_view name;  // as printed: "PM2.5"
  Medium medium;
  absl::string_view unit;        // in which values are kept
  int max_decimals;              // more digits than an instrument gives are refused
  bool may_be_negative = false;  // a temperature; a concentration never is
};

// The factor, or null when none of this code is declared.
const Factor* FindFactor(absl::string_view code);

// Every factor, by medium.
const std::vector<Factor>& Factors();

}  // namespace lucid::indicators
