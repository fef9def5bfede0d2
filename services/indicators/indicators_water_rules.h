// Classes of surface water by GB 3838-2002 and 地表水环境质量评价办法 (2011). Pure functions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "lucid/indicators/v1/evaluation.pb.h"
#include "lucid/indicators/v1/indicator.pb.h"
#include "lucid/indicators/v1/site.pb.h"
#include "lucid/indicators/v1/standard.pb.h"
#include "services/base/ratio.h"
#include "services/indicators/indicators_runs.h"
#include "services/indicators/indicators_standards.h"

namespace lucid::indicators {

// The class of water by one factor alone, in the unit of its limits; unspecified where the standard
// has none for it.
v1::WaterQuality::Class ClassOf(const Edition& edition, absl::string_view factor,
                                const Ratio& value, v1::WaterQuality::Body body);

// The monthly values of one factor at a section, from the first month of the period on.
using Months = std::map<absl::CivilMonth, Ratio>;

// A month's value is its monthly observation, or else the mean of its samples (days, instants).
Months MonthlyValues(absl::Span<const Sample> months, absl::Span<const Sample> samples);

// The mean over the months, of which there is at least one.
Ratio MeanOf(const Months& values);

// A section with what was observed in the period.
struct Section {
  const v1::Site* site;
  std::map<std::string, Months> factors;
  std::vector<Sample> unusable = {};  // of any factor: dry, frozen, in maintenance or invalid
};

// The factors of which a section needs its months: those that the rule lists, or those of its
// factor set (null: none is named) that the standard has limits for, with the section's own where
// the set adds them.
std::vector<std::string> RequiredFactors(const v1::ClassRule& rule, const v1::FactorSet* set,
                                         const Edition& edition, const v1::Site& site,
                                         absl::CivilDay day);

// A section's class is that of its worst factor; each factor's that of its mean over the months, or
// the better one that a factor in its place reaches: dissolved oxygen is of class I also where the
// mean of its observed saturation (DO_SATURATION) over the same months is 90 % or more. Saturation
// is not derived from temperature, which would need the pressure too: where it was not observed,
// the concentration alone decides.
struct SectionClass {
  struct ByFactor {
    std::string factor;
    Ratio mean;
    int months = 0;
    v1::WaterQuality::Class water_class = v1::WaterQuality::CLASS_UNSPECIFIED;
  };
  bool assessed = false;  // enough months of every factor required
  int months = 0;         // the fewest of any factor required; of none required, with any factor
                          // that has limits
  int required = 0;
  v1::WaterQuality::Class water_class = v1::WaterQuality::CLASS_UNSPECIFIED;
  std::vector<std::string> worst_factors;  // empty in class I
  std::vector<ByFactor> factors;           // those with limits, by name
};

// How many months of samples `months_in_period` need: every one, but 8 of a year where the water
// freezes.
int RequiredMonths(const v1::Site& site, int months_in_period);

SectionClass ClassifySection(const Edition& edition, const Section& section,
                             const std::vector<std::string>& required_factors,
                             int months_in_period);

// The months from … to in which a required factor has no value (of none required: in which no
// factor that has limits has), each with the reason reported for it.
std::vector<v1::MonthNotAssessed> MonthsNotAssessed(
    const Section& section, const SectionClass& result,
    const std::vector<std::string>& required_factors, absl::CivilMonth first,
    absl::CivilMonth last);

// Whether a section of this class counts in the share that is measured. A section without a target
// does not meet it.
bool CountsIn(v1::ClassRule::Measure measure, v1::WaterQuality::Class water_class,
              v1::WaterQuality::Class target);

// "III类", "劣V类".
std::string ClassName(v1::WaterQuality::Class water_class);

}  // namespace lucid::indicators
