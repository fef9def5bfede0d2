// What an indicator of air must say. Pure functions.
#pragma once

#include "lucid/indicators/v1/indicator.pb.h"
#include "services/base/status.h"

namespace lucid::indicators {

// Violations of a MEAN, AIR_DAYS or COMPOSITE, whose rules are there.
void CheckAirIndicator(FieldErrors& errors, const v1::Indicator& indicator);

}  // namespace lucid::indicators
