// What an indicator's value rests on, and what touches it. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "lucid/indicators/v1/indicator.pb.h"
#include "lucid/indicators/v1/site.pb.h"
#include "lucid/indicators/v1/verdict.pb.h"

namespace lucid::indicators {

// What an indicator rests on, each by a name: itself and the indicators of its formula, its
// register, the sites of its selection with the factor that counts, its standards and its factor
// set. What changes has names too; an indicator is affected where one of them is among its inputs.
std::vector<std::string> InputsOf(const v1::Indicator& indicator);

// The name of an indicator, as formulas rest on it, of a register, a standard and a factor set.
std::string IndicatorInput(absl::string_view id);
std::string RegisterInput(absl::string_view id);
std::string StandardInput(absl::string_view name);
std::string FactorSetInput(absl::string_view name);
// The names under which an indicator may rest on what is observed of a factor at a site.
std::vector<std::string> ObservationInputs(const v1::Site& site, absl::string_view factor);
// The beginnings of the names under which it may rest on the site itself, whatever the factor; the
// set is left out, because a site may just have left it.
std::vector<std::string> SiteInputs(const v1::Site& site);

// Whether observations that start on the days from … to can be seen in the indicator's current
// period.
bool InCurrentPeriod(const v1::Indicator& indicator, absl::CivilDay from, absl::CivilDay to,
                     absl::CivilDay today);

// Whether `after` says anything else than `before`: another value, printed or not, another verdict,
// standard, target or period. Days that only go on (截至 …) and the working say nothing new.
bool SaysAnotherThing(const v1::IndicatorVerdict& before, const v1::IndicatorVerdict& after);
// Whether the verdict, or that on a target, is another one.
bool Turned(const v1::IndicatorVerdict& before, const v1::IndicatorVerdict& after);

}  // namespace lucid::indicators
