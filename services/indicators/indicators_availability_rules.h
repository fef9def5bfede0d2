// 数据获取率: how much of what should have arrived did. Pure functions.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"
#include "lucid/indicators/v1/quality.pb.h"
#include "lucid/indicators/v1/site.pb.h"
#include "services/indicators/indicators_quality_rules.h"
#include "services/indicators/indicators_runs.h"

namespace lucid::indicators {

// How many periods of this length lie whole within the window and are over by `now`; 0 of an
// INSTANT.
int64_t ExpectedPeriods(v1::Observation::Length length, Window window, absl::CivilMinute now);

// One row per series, by factor and length; a site without any has one row that says so.
std::vector<v1::Availability> AvailabilityOf(
    const v1::Site& site,
    const std::map<std::pair<std::string, v1::Observation::Length>, std::vector<Sample>>& series,
    Window window, absl::CivilMinute now);

}  // namespace lucid::indicators
