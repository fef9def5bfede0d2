// The air quality index by HJ 633: from the concentrations of a day to indices, class and primary
// pollutants. Pure functions.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "lucid/indicators/v1/air_quality.pb.h"
#include "services/base/ratio.h"
#include "services/indicators/indicators_standards.h"

namespace lucid::indicators {

// The index of one pollutant from its concentration, in the unit of the breakpoints, as it is
// computed: rounded to their digits first, the index rounded up. None where the concentration lies
// above the last breakpoint and another value decides.
std::optional<int> IaqiOf(const Breakpoints& breakpoints, const Ratio& concentration);

// The valid concentrations of a day by factor, "O3" being the greatest 1-hour value.
using Concentrations = std::map<std::string, Ratio>;

// The index of a day: the greatest of the pollutants'. Where one of them is missing, an index above
// 100 is published as it is, any other is not available.
v1::AirQuality IndexOf(const Edition& edition, const Concentrations& concentrations);

v1::AirQuality::Class ClassOf(int aqi);
// "优", "轻度污染".
std::string ClassName(v1::AirQuality::Class air_class);

}  // namespace lucid::indicators
