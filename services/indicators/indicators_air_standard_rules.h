// What may be recorded as the breakpoints of HJ 633 or the counts of HJ 663. Pure functions.
#pragma once

#include "lucid/indicators/v1/standard.pb.h"
#include "services/base/status.h"

namespace lucid::indicators {

// Violations of the breakpoints: of a factor that is none of air or twice there, in another unit
// than the factor's, or whose concentrations and indices do not grow from 0 step by step.
void CheckBreakpoints(FieldErrors& errors, const v1::Standard& standard);

// Violations of the counts: more than a day, month or year has, or none.
void CheckAirValidity(FieldErrors& errors, const v1::AirValidity& validity);

}  // namespace lucid::indicators
