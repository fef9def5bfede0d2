// How alarms and their rules are stored, and found by place, time and source.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lucid/indicators/v1/alarm.pb.h"
#include "services/base/db.h"
#include "services/base/records.h"

namespace lucid {

template <>
const Table& TableOf<indicators::v1::Alarm>();
template <>
const Table& TableOf<indicators::v1::AlarmRule>();

namespace indicators {

// The rule for alarms of this kind from outside, of the nearest region that has an enabled one.
absl::StatusOr<std::optional<v1::AlarmRule>> FindAlarmRule(Tx& tx, absl::string_view region,
                                                           v1::Alarm::Kind kind);
// The enabled rules whose thresholds are about this factor and length in this region or above.
absl::StatusOr<std::vector<v1::AlarmRule>> FindThresholds(Tx& tx, absl::string_view region,
                                                          absl::string_view factor,
                                                          v1::Observation::Length length);

// Which alarm a source's id names, and the hash of what the source said of it.
struct Sourced {
  std::string alarm_id;
  std::string hash;
};
// Names are those of a region: that of the caller.
absl::StatusOr<std::optional<Sourced>> FindSource(Tx& tx, const std::string& region,
                                                  const v1::Alarm& alarm);
// Gives the source's id to an alarm; false where it names one already.
absl::StatusOr<bool> ClaimSource(Tx& tx, const std::string& region, const v1::Alarm& alarm,
                                 absl::string_view hash);

// The alarm, of the same kind and within `hours` and `metres`, to whose episode this one belongs:
// the nearest in time. Without a point, one of the same site.
absl::StatusOr<std::optional<v1::Alarm>> FindNeighbour(Tx& tx, const v1::Alarm& alarm, int metres,
                                                       int hours);
// How many alarms an episode has.
absl::StatusOr<int64_t> CountEpisode(Tx& tx, absl::string_view episode_id);

}  // namespace indicators
}  // namespace lucid
