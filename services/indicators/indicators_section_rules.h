// How a water section and its class are shown. Pure functions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"
#include "lucid/indicators/v1/evaluation.pb.h"
#include "services/indicators/indicators_value_rules.h"
#include "services/indicators/indicators_water_rules.h"

namespace lucid::indicators {

// The months of the period that are over, of which a section is asked: the first and the last.
std::pair<absl::CivilMonth, absl::CivilMonth> MonthsOf(const Period& period);

// The mean of a factor, to six decimals at most, with its class.
void ShowFactor(const SectionClass::ByFactor& factor, v1::FactorEvaluation& shown);

// The section with its class, the class it must reach at the end of the period, and the months that
// were not assessed. Its verdict is NO_DATA or INVALID where it was not assessed, and unset else.
void ShowSection(const Section& section, const SectionClass& result,
                 const std::vector<std::string>& required_factors, const Period& period,
                 v1::SiteEvaluation& shown);

// Whether an assessed section meets what is measured: for the share of the worst, not to be in it.
v1::Evaluation::Verdict VerdictOf(v1::ClassRule::Measure measure,
                                  v1::WaterQuality::Class water_class,
                                  v1::WaterQuality::Class target);

// "断流 2 个月,未报 1 个月"; empty where every month was assessed.
std::string DescribeGaps(const v1::SiteEvaluation& shown);

}  // namespace lucid::indicators
