// What may be observed, and how a new observation meets an old one. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "lucid/indicators/v1/indicator.pb.h"
#include "lucid/indicators/v1/observation.pb.h"
#include "lucid/indicators/v1/site.pb.h"
#include "services/indicators/indicators_runs.h"

namespace lucid::indicators {

// What values of one factor must look like.
struct ValueRule {
  std::string unit;
  bool keeps_unit = false;  // stored as written; otherwise converted into `unit`
  int max_decimals = 9;
  bool may_be_negative = false;
};
// Of a factor at a site: declared, and of the site's medium. INVALID_ARGUMENT naming `factor`.
absl::StatusOr<ValueRule> ValueRuleOf(const v1::Site& site, absl::string_view factor);
// Of an indicator that has observations of its own.
absl::StatusOr<ValueRule> ValueRuleOf(const v1::Indicator& indicator, absl::string_view factor);

// The sample that an observation writes. INVALID_ARGUMENT with every violation: what is no exact
// decimal (NaN, an exponent, an infinity), negative where it cannot be, in no or another unit, with
// too many digits, of a period that does not begin there or has not ended by `now`,
// but for an hour that has begun.
absl::StatusOr<Sample> ReadObservation(const v1::Observation& observation, const ValueRule& rule,
                                       absl::CivilMinute now);
// Back; the series is for the caller to add.
v1::Observation WriteObservation(const Sample& sample, v1::Observation::Length length);

// The most values of a run.
inline constexpr int kMostInRun = 10'000;

// The samples that a run writes, in order, each with its place in `values`. The same rules as for
// single observations; a violation names the first value that breaks it ("values[17]").
struct RunSample {
  int index;
  Sample sample;
};
absl::StatusOr<std::vector<RunSample>> ReadRun(const v1::Run& run, const ValueRule& rule,
                                               absl::CivilMinute now);

// What a new observation did to its run.
struct Merged {
  enum class Effect { kCreated, kUnchanged, kCorrected };
  Effect effect = Effect::kCreated;
  // Of a correction.
  Sample before;
  Sample after;
};
// Puts the sample in its place in `samples` (in order of start). The same value again changes
// nothing; another value corrects the old one and needs a note, its own or `reason`:
// FAILED_PRECONDITION, reason CORRECTION_NEEDS_REASON.
absl::StatusOr<Merged> Merge(const Sample& sample, std::vector<Sample>& samples,
                             absl::string_view reason = "");

}  // namespace lucid::indicators
