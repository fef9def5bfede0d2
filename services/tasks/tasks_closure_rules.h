// 销号: the closure path, step by step, and who may take which step. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "lucid/tasks/v1/task.pb.h"
#include "lucid/tasks/v1/tasks_service.pb.h"
#include "services/base/call.h"

namespace lucid::tasks {

// The flag of a task whose accepting unit stands in the lead unit's line: the upper office reviews
// it then.
inline constexpr char kCloserInLine[] = "CLOSER_IN_LINE";

// One step on the closure path, by the table in tasks_closure_rules.cc: duty, state before, what
// the request must say, and what must be true of the task.
absl::Status CheckStep(const v1::Task& task, const Actor& actor, absl::string_view action,
                       const v1::ClosureStepRequest& request);

// The step that a task takes when its notice goes on display ("startNotice") or has been released
// ("close"); empty where the task does not stand before it, such as when it was already taken.
absl::string_view NoticeStep(const v1::Task& task, bool on_notice, bool released);

// Takes a step that was checked: the state after it, and its record in the history.
void TakeStep(v1::Task& task, absl::string_view action, const v1::ClosureStepRequest& request,
              const Actor& actor, absl::CivilDay today);

// The verbs that this caller may use now, by the same table.
std::vector<std::string> AllowedActions(const v1::Task& task, const Actor& actor);

}  // namespace lucid::tasks
