#include "services/tasks/tasks_rebound_store.h"

#include "services/base/status.h"

namespace lucid::tasks {
namespace {

constexpr absl::Duration kKeepAlarms = absl::Hours(7 * 24);
// No alarm reaches farther; its rule says so.
constexpr double kFarthest = 50'000;

}  // namespace

absl::Status Watch(Tx& tx, const v1::Task& task, absl::Time closed) {
  for (const v1::Target& target : task.targets()) {
    RETURN_IF_ERROR(
        tx.Run("INSERT INTO rebound_indicators (task_id, indicator_id, mark, done, failing)"
               " VALUES ($1, $2, 1, 0, 0) ON CONFLICT (task_id, indicator_id) DO NOTHING",
               {task.id(), target.indicator_id()})
            .status());
  }
  for (int i = 0; i < task.points_size(); ++i) {
    const types::v1::Point& point = task.points(i).point();
    RETURN_IF_ERROR(tx.Run("INSERT INTO rebound_places (task_id, place, lat, lng, closed)"
                           " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (task_id, place) DO NOTHING",
                           {task.id(), int64_t{i}, Microdegrees(point.lat()),
                            Microdegrees(point.lng()), absl::ToUnixMicros(closed)})
                        .status());
  }
  return absl::OkStatus();
}

absl::Status Unwatch(Tx& tx, absl::string_view task_id) {
  const std::string id(task_id);
  RETURN_IF_ERROR(tx.Run("DELETE FROM rebound_indicators WHERE task_id = $1", {id}).status());
  return tx.Run("DELETE FROM rebound_places WHERE task_id = $1", {id}).status();
}

absl::StatusOr<bool> IsWatched(Tx& tx, absl::string_view task_id) {
  ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT 1 FROM rebound_indicators WHERE task_id = $1"
                                     " UNION ALL SELECT 1 FROM rebound_places WHERE task_id = $1"
                                     " LIMIT 1",
                                     {std::string(task_id)}));
  return !rows.empty();
}

absl::Status MarkIndicator(Tx& tx, absl::string_view indicator_id) {
  return tx
      .Run("UPDATE rebound_indicators SET mark = mark + 1 WHERE indicator_id = $1",
           {std::string(indicator_id)})
      .status();
}

absl::StatusOr<std::optional<Watched>> NextToAsk(Tx& tx) {
  ASSIGN_OR_RETURN(Rows rows,
                   tx.Run("SELECT task_id, indicator_id, mark, done, failing"
                          " FROM rebound_indicators WHERE mark > done ORDER BY mark LIMIT 1"));
  if (rows.empty()) return std::nullopt;
  return Watched{rows.Text(0, 0), rows.Text(0, 1), rows.Int(0, 2), rows.Int(0, 3),
                 rows.Int(0, 4) != 0};
}

absl::Status AskLater(Tx& tx, const Watched& watched) {
  return tx
      .Run(
          "UPDATE rebound_indicators SET mark = mark + 1"
          " WHERE task_id = $1 AND indicator_id = $2 AND mark = $3",
          {watched.task_id, watched.indicator_id, watched.mark})
      .status();
}

absl::StatusOr<bool> SettleAnswer(Tx& tx, const Watched& watched, bool failing) {
  ASSIGN_OR_RETURN(
      Rows rows, tx.Run("UPDATE rebound_indicators SET done = $3, failing = $5"
                        " WHERE task_id = $1 AND indicator_id = $2 AND done = $4 RETURNING task_id",
                        {watched.task_id, watched.indicator_id, watched.mark, watched.done,
                         int64_t{failing}}));
  return !rows.empty();
}

absl::StatusOr<std::vector<WatchedPlace>> PlacesIn(Tx& tx, const Box& box, absl::Time time) {
  ASSIGN_OR_RETURN(Rows rows,
                   tx.Run("SELECT task_id, place FROM rebound_places"
                          " WHERE lat >= $1 AND lat <= $2 AND lng >= $3 AND lng <= $4"
                          " AND closed <= $5 ORDER BY task_id, place",
                          {box.south, box.north, box.west, box.east, absl::ToUnixMicros(time)}));
  std::vector<WatchedPlace> places(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    places[i] = {rows.Text(i, 0), static_cast<int>(rows.Int(i, 1))};
  }
  return places;
}

absl::Status KeepAlarm(Tx& tx, const indicators::v1::Alarm& alarm, absl::Time time) {
  RETURN_IF_ERROR(
      tx.Run("DELETE FROM rebound_alarms WHERE time < $1", {absl::ToUnixMicros(time - kKeepAlarms)})
          .status());
  return tx
      .Run(
          "INSERT INTO rebound_alarms (id, time, lat, lng, body) VALUES ($1, $2, $3, $4, $5)"
          " ON CONFLICT (id) DO NOTHING",
          {alarm.id(), absl::ToUnixMicros(time), Microdegrees(alarm.point().lat()),
           Microdegrees(alarm.point().lng()), Blob{alarm.SerializeAsString()}})
      .status();
}

absl::StatusOr<std::vector<indicators::v1::Alarm>> AlarmsNear(Tx& tx, const types::v1::Point& point,
                                                              absl::Time time) {
  const Box box = BoxAround(point, kFarthest);
  ASSIGN_OR_RETURN(Rows rows,
                   tx.Run("SELECT body FROM rebound_alarms WHERE time >= $5"
                          " AND lat >= $1 AND lat <= $2 AND lng >= $3 AND lng <= $4 ORDER BY time",
                          {box.south, box.north, box.west, box.east, absl::ToUnixMicros(time)}));
  std::vector<indicators::v1::Alarm> near;
  for (size_t i = 0; i < rows.size(); ++i) {
    indicators::v1::Alarm alarm;
    if (!alarm.ParseFromString(rows.Bytes(i, 0))) {
      return absl::DataLossError("a kept alarm cannot be read");
    }
    if (DistanceMetres(alarm.point(), point) <= alarm.rebound_radius()) {
      near.push_back(std::move(alarm));
    }
  }
  return near;
}

}  // namespace lucid::tasks
