// Alarms: their shape, what raises them, and who answers them. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lucid/indicators/v1/alarm.pb.h"
#include "lucid/indicators/v1/site.pb.h"
#include "services/base/call.h"
#include "services/indicators/indicators_runs.h"

namespace lucid::indicators {

// No threshold may look at older observations.
inline constexpr absl::Duration kLongestFresh = absl::Hours(24 * 366);

// What holds where no rule says otherwise, one per kind.
const std::vector<v1::AlarmRule>& DefaultAlarmRules();
// `rule` with what it leaves open taken from the default of its kind.
v1::AlarmRule Completed(v1::AlarmRule rule);

// INVALID_ARGUMENT with every violation of the shape of a rule.
absl::Status CheckAlarmRule(const v1::AlarmRule& rule);

// The alarm as an outside system may say it, without what the suite says.
v1::Alarm AsGiven(const v1::Alarm& alarm);
// INVALID_ARGUMENT with every violation of its shape; `site` is the one that it names, or null.
absl::Status CheckNewAlarm(const v1::Alarm& alarm, const v1::Site* site, absl::Time now);

// Fills what a new alarm does not say: state, place of its site, and by the completed rule its
// unit, its time to answer and how far it reaches.
void StartAlarm(v1::Alarm& alarm, const v1::Site* site, const v1::AlarmRule& rule, absl::Time now);

// Whether the threshold is about observations of this site.
bool IsAbout(const v1::AlarmThreshold& threshold, const v1::Site& site);
// The time at which the period that begins at `start` is over; an INSTANT is over at once.
absl::Time EndOf(absl::CivilMinute start, v1::Observation::Length length,
                 const absl::TimeZone& zone);
// The spans of sites in an arrived batch that end at most `age` before it arrived; of a historical
// batch none.
absl::StatusOr<std::vector<v1::Span>> FreshSpans(const v1::ObservationBatch& batch,
                                                 absl::Duration age, const absl::TimeZone& zone);
// Whether the observation, which arrived at `arrived`, raises an alarm.
absl::StatusOr<bool> Raises(const v1::AlarmThreshold& threshold, const Sample& sample,
                            absl::Time arrived, const absl::TimeZone& zone);
// The alarm that it raises.
v1::Alarm AlarmOf(const v1::AlarmRule& rule, const v1::Site& site, const Sample& sample,
                  const absl::TimeZone& zone);

// One step of answering, by the table in indicators_alarm_rules.cc: duty, state before, and what
// the request must say.
absl::Status CheckAlarmStep(const v1::Alarm& alarm, const Actor& actor, absl::string_view action,
                            const v1::AlarmStepRequest& request, absl::Time now);
// Takes a step that was checked.
void TakeAlarmStep(v1::Alarm& alarm, const Actor& actor, absl::string_view action,
                   const v1::AlarmStepRequest& request, absl::Time now);

// Fills what a reader sees and nobody stores: overdue, allowed actions.
void Decorate(v1::Alarm& alarm, const Actor& actor, absl::Time now);

}  // namespace lucid::indicators
