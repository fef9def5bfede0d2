// Quality control: what looks wrong in a series, by rules with thresholds. Pure functions; exact,
// no roots and no floating point.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "lucid/indicators/v1/quality.pb.h"
#include "lucid/indicators/v1/site.pb.h"
#include "services/base/call.h"
#include "services/indicators/indicators_runs.h"

namespace lucid::indicators {

// What holds where no rule says otherwise [D].
const std::vector<v1::QualityRule>& QualitySeeds();

// INVALID_ARGUMENT with every violation of the shape: a check has its own thresholds and no others.
absl::Status CheckQualityRule(const v1::QualityRule& rule);

// The rules of one series: for each check that of the site, else of the nearest region, else the
// seed; what is disabled is not checked. `records` are those of this factor and length.
std::vector<v1::QualityRule> RulesFor(absl::Span<const v1::QualityRule> records,
                                      const v1::Site& site, absl::string_view factor,
                                      v1::Observation::Length length);

// How many days before the days checked, and after them, these rules look at.
struct Reach {
  int days_before = 0;
  int days_after = 0;
};
Reach ReachOf(absl::Span<const v1::QualityRule> rules, v1::Observation::Length length);

// One thing that looks wrong.
struct Finding {
  v1::QualityRule::Check check = v1::QualityRule::CHECK_UNSPECIFIED;
  std::string rule_id;
  absl::CivilMinute start;
  int count = 1;
  const Sample* sample = nullptr;  // at `start`; null of a gap
  std::string threshold;
  std::string working;
};

// The days that are checked, both included.
struct Window {
  absl::CivilDay from;
  absl::CivilDay to;
};

// What the rules find in the window. `series` is in order of start and holds what ReachOf() asks
// for; a finding has a part in the window. The same series says the same whatever the windows it is
// checked by: a baseline ends with the day before the value's, and a stretch is found at the value
// that makes it long enough.
absl::StatusOr<std::vector<Finding>> CheckSeries(absl::Span<const v1::QualityRule> rules,
                                                 const std::vector<Sample>& series,
                                                 v1::Observation::Length length, Window window);

// The start of the last of `count` periods that begin at `first`; of an INSTANT `first` itself.
absl::CivilMinute EndOfStretch(absl::CivilMinute first, int count, v1::Observation::Length length);

// The flag of a finding, and what makes it one and the same however often it is found.
v1::QualityFlag FlagOf(const Finding& finding, const v1::Site& site, absl::string_view factor,
                       v1::Observation::Length length);

// Whether the caller may decide on the flag.
absl::Status CheckDecision(const v1::QualityFlag& flag, const Actor& actor,
                           const v1::DecideQualityFlagRequest& request, bool confirm);
// Decides as was checked.
void Decide(v1::QualityFlag& flag, const Actor& actor, absl::Time now,
            const v1::DecideQualityFlagRequest& request, bool confirm);
// Fills what a reader sees and nobody stores: allowed actions.
void Decorate(v1::QualityFlag& flag, const Actor& actor);

}  // namespace lucid::indicators
