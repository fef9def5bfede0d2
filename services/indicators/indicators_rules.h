// What may be recorded: the shape of indicators, sites, registers, items and observations, and how
// a new observation meets an old one. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "lucid/indicators/v1/board.pb.h"
#include "lucid/indicators/v1/indicator.pb.h"
#include "lucid/indicators/v1/observation.pb.h"
#include "lucid/indicators/v1/register.pb.h"
#include "lucid/indicators/v1/site.pb.h"
#include "services/indicators/indicators_runs.h"

namespace lucid::indicators {

// INVALID_ARGUMENT with every violation of the shape. The rules of a kind must be there, and those
// of other kinds must not.
absl::Status CheckIndicator(const v1::Indicator& indicator);
// The most indicators of a board, and of one evaluation of several.
inline constexpr int kMostOnBoard = 100;
absl::Status CheckBoard(const v1::Board& board);
absl::Status CheckSite(const v1::Site& site);
absl::Status CheckRegister(const v1::Register& record);
absl::Status CheckItem(const v1::RegisterItem& item, const v1::Register& record,
                       absl::CivilDay today);

// FAILED_PRECONDITION, reason FALL_NEEDS_EXPLANATION, when the change makes a total fall and its
// note says nothing new.
absl::Status CheckItemChange(const v1::RegisterItem& before, const v1::RegisterItem& after);

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
// too many digits, of a period that does not begin there or has not ended by `today`.
absl::StatusOr<Sample> ReadObservation(const v1::Observation& observation, const ValueRule& rule,
                                       absl::CivilDay today);
// Back; the series is for the caller to add.
v1::Observation WriteObservation(const Sample& sample, v1::Observation::Length length);

// What a new observation did to its run.
struct Merged {
  enum class Effect { kCreated, kUnchanged, kCorrected };
  Effect effect = Effect::kCreated;
  Sample before;  // of a correction
  Sample after;
};
// Puts the sample in its place in `samples` (in order of start). The same value again changes
// nothing; another value corrects the old one and needs a note: FAILED_PRECONDITION, reason
// CORRECTION_NEEDS_REASON.
absl::StatusOr<Merged> Merge(const Sample& sample, std::vector<Sample>& samples);

// The smallest region in which both lie.
std::string CommonRegion(absl::string_view a, absl::string_view b);

}  // namespace lucid::indicators
