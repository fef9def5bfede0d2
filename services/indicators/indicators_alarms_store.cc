#include "services/indicators/indicators_alarms_store.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/base/db_rows.h"
#include "services/base/geo.h"
#include "services/base/region.h"
#include "services/base/status.h"
#include "services/base/timestamps.h"

namespace lucid {
namespace {

using indicators::v1::Alarm;

int64_t Micros(const google::protobuf::Timestamp& time) { return absl::ToUnixMicros(ToTime(time)); }

bool IsOpen(const Alarm& alarm) {
  return alarm.state() == Alarm::RAISED || alarm.state() == Alarm::CONFIRMED;
}

}  // namespace

template <>
const Table& TableOf<Alarm>() {
  using R = Alarm;
  static const auto& table = *new Table{
      "alarms",
      {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
       ColumnOf<R>("kind", [](const R& r) { return int64_t{r.kind()}; }),
       ColumnOf<R>("state", [](const R& r) { return int64_t{r.state()}; }),
       ColumnOf<R>("unit_id", [](const R& r) { return r.unit_id(); }),
       ColumnOf<R>("site_id", [](const R& r) { return r.site_id(); }),
       ColumnOf<R>("episode_id", [](const R& r) { return r.episode_id(); }),
       ColumnOf<R>("is_first", [](const R& r) { return int64_t{r.episode_id() == r.id()}; }),
       ColumnOf<R>("time", [](const R& r) { return Micros(r.time()); }),
       ColumnOf<R>("lat", [](const R& r) { return Microdegrees(r.point().lat()); }),
       ColumnOf<R>("lng", [](const R& r) { return Microdegrees(r.point().lng()); }),
       // 0 once it is answered, so that what is overdue is a range of an index.
       ColumnOf<R>("open_due",
                   [](const R& r) { return IsOpen(r) ? Micros(r.due_time()) : int64_t{0}; })},
      [](const google::protobuf::Message& record) {
        const auto& r = static_cast<const R&>(record);
        return std::vector<Tally>{
            {"alarms", r.region(), absl::StrCat("state=", R::State_Name(r.state())), ""}};
      }};
  return table;
}

template <>
const Table& TableOf<indicators::v1::AlarmRule>() {
  using R = indicators::v1::AlarmRule;
  static const auto& table =
      *new Table{"alarm_rules",
                 {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
                  ColumnOf<R>("kind", [](const R& r) { return int64_t{r.kind()}; }),
                  ColumnOf<R>("factor", [](const R& r) { return r.threshold().factor(); }),
                  ColumnOf<R>("length", [](const R& r) { return int64_t{r.threshold().length()}; }),
                  ColumnOf<R>("disabled", [](const R& r) { return int64_t{r.disabled()}; })},
                 nullptr};
  return table;
}

namespace indicators {

absl::StatusOr<std::optional<v1::AlarmRule>> FindAlarmRule(Tx& tx, absl::string_view region,
                                                           v1::Alarm::Kind kind) {
  ASSIGN_OR_RETURN(
      std::vector<v1::AlarmRule> rules,
      ReadBodiesUpFrom<v1::AlarmRule>(tx, region,
                                      "SELECT body FROM alarm_rules WHERE region = $1"
                                      " AND kind = $2 AND factor = '' AND disabled = 0",
                                      {int64_t{kind}}));
  if (!rules.empty()) return std::move(rules[0]);
  return std::nullopt;
}

absl::StatusOr<std::vector<v1::AlarmRule>> FindThresholds(Tx& tx, absl::string_view region,
                                                          absl::string_view factor,
                                                          v1::Observation::Length length) {
  return ReadBodiesUpFrom<v1::AlarmRule>(tx, region,
                                         "SELECT body FROM alarm_rules WHERE region = $1"
                                         " AND factor = $2 AND length = $3 AND disabled = 0"
                                         " ORDER BY id",
                                         {std::string(factor), int64_t{length}});
}

absl::StatusOr<std::optional<Sourced>> FindSource(Tx& tx, const std::string& region,
                                                  const v1::Alarm& alarm) {
  ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT alarm_id, hash FROM alarm_names"
                                     " WHERE region = $1 AND source = $2 AND source_id = $3",
                                     {region, alarm.source(), alarm.source_id()}));
  if (rows.empty()) {
    // What an earlier release named; of other regions it knows nothing.
    const auto [low, high] = RegionRange(region);
    ASSIGN_OR_RETURN(rows, tx.Run("SELECT alarm_id, hash FROM alarm_sources"
                                  " JOIN alarms ON alarms.id = alarm_id"
                                  " WHERE source = $1 AND source_id = $2"
                                  " AND region >= $3 AND region < $4",
                                  {alarm.source(), alarm.source_id(), low, high}));
  }
  if (rows.empty()) return std::nullopt;
  return Sourced{rows.Text(0, 0), rows.Text(0, 1)};
}

absl::StatusOr<bool> ClaimSource(Tx& tx, const std::string& region, const v1::Alarm& alarm,
                                 absl::string_view hash) {
  ASSIGN_OR_RETURN(
      Rows rows,
      tx.Run("INSERT INTO alarm_names (region, source, source_id, alarm_id, hash)"
             " VALUES ($1, $2, $3, $4, $5)"
             " ON CONFLICT (region, source, source_id) DO NOTHING RETURNING alarm_id",
             {region, alarm.source(), alarm.source_id(), alarm.id(), std::string(hash)}));
  return !rows.empty();
}

absl::StatusOr<std::optional<v1::Alarm>> FindNeighbour(Tx& tx, const v1::Alarm& alarm, int metres,
                                                       int hours) {
  const int64_t time = Micros(alarm.time());
  const int64_t window = absl::ToInt64Microseconds(absl::Hours(hours));
  const Box box = BoxAround(alarm.point(), metres);
  ASSIGN_OR_RETURN(Rows rows,
                   tx.Run("SELECT body FROM alarms WHERE kind = $1 AND time >= $2 AND time <= $3"
                          " AND lat >= $4 AND lat <= $5 AND lng >= $6 AND lng <= $7"
                          " AND (site_id = $8 OR $8 = '')"
                          " ORDER BY ABS(time - $9), id LIMIT 100",
                          {int64_t{alarm.kind()}, time - window, time + window,
                           alarm.has_point() ? box.south : 0, alarm.has_point() ? box.north : 0,
                           alarm.has_point() ? box.west : 0, alarm.has_point() ? box.east : 0,
                           alarm.has_point() ? "" : alarm.site_id(), time}));
  ASSIGN_OR_RETURN(std::vector<v1::Alarm> near, ReadBodies<v1::Alarm>(rows));
  for (v1::Alarm& other : near) {
    if (other.has_point() == alarm.has_point() &&
        DistanceMetres(other.point(), alarm.point()) <= metres) {
      return std::move(other);
    }
  }
  return std::nullopt;
}

absl::StatusOr<int64_t> CountEpisode(Tx& tx, absl::string_view episode_id) {
  ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT COUNT(*) FROM alarms WHERE episode_id = $1",
                                     {std::string(episode_id)}));
  return rows.Int(0, 0);
}

}  // namespace indicators
}  // namespace lucid
