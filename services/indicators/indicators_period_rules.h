// Periods made from periods: earlier ones to compare with, and the steps of a longer one. Pure
// functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lucid/indicators/v1/series.pb.h"
#include "services/indicators/indicators_value_rules.h"

namespace lucid::indicators {

// The same period so many months earlier: whole months stay whole months, and other days keep their
// number as far as the month has it (February 29 becomes the 28th). What of a period lies after
// as_of has no counterpart.
Period EarlierBy(const Period& period, int months);

// The period before, as long: as many whole months, or as many days. None before the beginning.
std::optional<Period> PreviousPeriod(const Period& period);

// The calendar days, months or years from the one that holds `from` to the one that holds `to`,
// each with the same as_of; those that begin after as_of are left out.
std::vector<Period> StepsOf(v1::IndicatorSeries::Step step, absl::CivilDay from, absl::CivilDay to,
                            absl::CivilDay as_of);

// Whether the period is made of whole calendar months, or whole calendar years.
bool IsWholeMonths(const Period& period);
bool IsWholeYears(const Period& period);

// The shortest name: "2023", "2023-05", "2023-05-01", else Period::ToString().
std::string ShortName(const Period& period);

}  // namespace lucid::indicators
