// TASK_CLOSURE notices 单项任务公示: opened when a task is reviewed, withdrawn when it is returned,
// released when their last day has passed. Tasks follows what becomes of them.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lucid/events/v1/events.pb.h"
#include "services/base/call.h"
#include "services/base/db.h"

namespace lucid::publications {

// The id of the notice of one attempt to close a task: "closure-<task>-<round>", with a hash in
// place of the task's id where that would be too long.
std::string ClosureId(absl::string_view task_id, int round);

// What an event of tasks does to the notices of its task; doing it twice changes nothing. For
// Server::Follow.
absl::Status OnTaskEvent(Tx& tx, const Call& call, const events::v1::Event& event);

// Releases the notices whose last day lies before the day of the call, each in a transaction of its
// own. For Server::Every.
absl::Status ReleaseEndedNotices(Db& db, const Call& call);

}  // namespace lucid::publications
