// What is watched of closed tasks: their indicators and their places, and alarms confirmed lately.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lucid/indicators/v1/alarm.pb.h"
#include "lucid/tasks/v1/task.pb.h"
#include "services/base/db.h"
#include "services/base/geo.h"

namespace lucid::tasks {

// Watches a closed task's indicators and places from `closed` on; each indicator that was not
// watched yet is due to be asked.
absl::Status Watch(Tx& tx, const v1::Task& task, absl::Time closed);
// Watches nothing of the task any more.
absl::Status Unwatch(Tx& tx, absl::string_view task_id);
// Whether anything of it is watched.
absl::StatusOr<bool> IsWatched(Tx& tx, absl::string_view task_id);

// An indicator of a watched task.
struct Watched {
  std::string task_id;
  std::string indicator_id;
  int64_t mark = 0;  // how often it was touched
  int64_t done = 0;  // and was so when it was last asked
  bool failing = false;
};
// The indicator says another thing: every task that rests on it is due to ask.
absl::Status MarkIndicator(Tx& tx, absl::string_view indicator_id);
// One that is due.
absl::StatusOr<std::optional<Watched>> NextToAsk(Tx& tx);
// Puts off what took too long, behind the others that are to be asked.
absl::Status AskLater(Tx& tx, const Watched& watched);
// Keeps the answer; false where another has answered since.
absl::StatusOr<bool> SettleAnswer(Tx& tx, const Watched& watched, bool failing);

// A place of a watched task.
struct WatchedPlace {
  std::string task_id;
  int index = 0;  // among the task's points
};
// Those in the box of tasks that were closed by `time`.
absl::StatusOr<std::vector<WatchedPlace>> PlacesIn(Tx& tx, const Box& box, absl::Time time);

// Keeps a confirmed alarm for a week, for tasks whose closing is heard of later.
absl::Status KeepAlarm(Tx& tx, const indicators::v1::Alarm& alarm, absl::Time time);
// The alarms kept that were confirmed at `time` or later and whose own radius reaches the point.
absl::StatusOr<std::vector<indicators::v1::Alarm>> AlarmsNear(Tx& tx, const types::v1::Point& point,
                                                              absl::Time time);

}  // namespace lucid::tasks
