// The standards that values are judged by: editions with their limits, each with its days in force.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "lucid/indicators/v1/indicator.pb.h"
#include "lucid/indicators/v1/site.pb.h"
#include "lucid/indicators/v1/standard.pb.h"
#include "services/base/decimal.h"
#include "services/base/ratio.h"
#include "services/indicators/indicators_air_standards.h"

namespace lucid::indicators {

// One limit. A value complies when it lies within both bounds, the bounds included.
struct Limit {
  std::string factor;
  v1::Limit::Averaging averaging;
  std::string grade;  // "II" of an area, or the class of the water
  std::optional<Decimal> at_least;
  std::optional<Decimal> at_most;
  std::string unit;
  v1::WaterQuality::Body body = v1::WaterQuality::BODY_UNSPECIFIED;  // unspecified: both
  std::string instead_of = "";  // the factor in whose place this one may comply
};

// One edition of a standard in one phase, as evaluations use it: the record, read.
struct Edition {
  std::string id;
  int64_t version = 0;
  std::string name;     // "GB 3095"
  std::string edition;  // "2012"
  absl::CivilDay from;
  std::optional<absl::CivilDay> to;
  v1::Standard::Method method = v1::Standard::METHOD_UNSPECIFIED;
  std::vector<Limit> limits;
  std::vector<Breakpoints> breakpoints;  // of HJ 633
  AirStatistics air_statistics;          // of HJ 663

  std::string label() const { return name + "-" + edition; }
};

// INVALID_ARGUMENT where a day, number or body is none.
absl::StatusOr<Edition> ReadEdition(const v1::Standard& standard);

// The standard of the air quality index, and that of the statistics of air.
inline constexpr absl::string_view kIndexStandard = "HJ 633";
inline constexpr absl::string_view kStatisticsStandard = "HJ 663";

// The editions that every database begins with, by name and first day in force.
const std::vector<Edition>& Editions();

// The one of `editions` (by first day in force) that is in force on `day`. With `edition` given,
// that one whatever the day, in its phase on the day or the phase nearest to it. NOT_FOUND, reason
// NO_STANDARD, where there is none.
absl::StatusOr<const Edition*> FindEdition(absl::string_view name, absl::CivilDay day,
                                           absl::string_view edition = "",
                                           absl::Span<const Edition> editions = Editions());
// The last that every database begins with.
const AirStatistics& LatestAirStatistics();

// The limit of this edition, or null: limits that could not be confirmed are absent, not guessed.
const Limit* FindLimit(const Edition& edition, absl::string_view factor,
                       v1::Limit::Averaging averaging, absl::string_view grade,
                       v1::WaterQuality::Body body = v1::WaterQuality::BODY_UNSPECIFIED);

// The breakpoints of this edition for the factor, or null.
const Breakpoints* FindBreakpoints(const Edition& edition, absl::string_view factor);

// The counts in force on the day. Before the first edition they are that one's, for a count is no
// limit.
const AirStatistics& AirStatisticsOn(absl::CivilDay day,
                                     absl::Span<const Edition> editions = Editions());
// The last that every database begins with.
const AirStatistics& LatestAirStatistics();

// Whether the value complies, compared by the method: as computed, or rounded to the digits of the
// limit.
bool Complies(const Limit& limit, v1::Standard::Method method, const Ratio& value);

// "GB 3095-2012 二级 年平均 ≤ 35 μg/m³".
std::string Describe(const Edition& edition, const Limit& limit);

}  // namespace lucid::indicators
