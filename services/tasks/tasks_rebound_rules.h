// 反弹: what speaks against the closing of a task, and who decides. Pure functions.
#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "lucid/tasks/v1/task.pb.h"
#include "lucid/tasks/v1/tasks_service.pb.h"
#include "services/base/call.h"

namespace lucid::tasks {

// Whether the task is CLOSED or FILED.
bool IsClosed(const v1::Task& task);
// Whether a rebound of the task waits for a decision.
bool HasOpenRebound(const v1::Task& task);

// Adds an open rebound to a closed task. False where the task is not closed, or knows it already:
// the same record is open, or the episode of the alarm was raised in this round.
bool AddRebound(v1::Task& task, v1::Rebound rebound, absl::Time now);

// Whether the office may dismiss this rebound; dismisses it.
absl::Status CheckDismissal(const v1::Task& task, const Actor& actor,
                            const v1::DismissReboundRequest& request);
void DismissRebound(v1::Task& task, const v1::DismissReboundRequest& request, const Actor& actor,
                    absl::Time now);

// Says of every open rebound that the task was reopened.
void ReopenRebounds(v1::Task& task, const Actor& actor);

}  // namespace lucid::tasks
