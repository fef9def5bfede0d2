// The rules of tasks: what is allowed, and what follows from what. Pure functions; no storage.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "lucid/tasks/v1/task.pb.h"
#include "lucid/tasks/v1/tasks_service.pb.h"
#include "services/base/call.h"

namespace lucid::tasks {

// What a rule knows of the caller: the duties that follow from the task, and the day.
struct Duties {
  bool office = false;    // the coordinating office of the task's region, or above
  bool superior = false;  // the office of an upper region
  bool lead = false;      // a member of the lead unit, and so on
  bool supervising = false;
  bool accepting = false;
};
Duties DutiesOf(const v1::Task& task, const Actor& actor);

// The shape of a new task: required fields, lengths, days, units of measure. INVALID_ARGUMENT with
// every violation. `today` bounds the days of done things.
absl::Status CheckNewTask(const v1::Task& task, absl::CivilDay today);

// The shape of a task that a patch changed: its measures, targets and texts.
absl::Status CheckChangedTask(const v1::Task& task, absl::CivilDay today);

// Makes a new task's own fields what they must be at the start: progress, closure round 1, original
// due day. A historical task keeps the progress and closure it came with.
void StartTask(v1::Task& task, absl::CivilDay today);

// Whether a patch of `fields` is for this caller: the office describes, the lead unit keeps its
// measures and claims progress. INVALID_ARGUMENT for fields that nobody changes this way.
absl::Status CheckPatch(const v1::Task& task, const Actor& actor,
                        const std::vector<std::string>& fields);

// Whether the supervising unit (or the office where there is none) may confirm this.
absl::Status CheckConfirm(const v1::Task& task, const Actor& actor,
                          const v1::ConfirmProgressRequest& request, absl::CivilDay today);

// One step on the closure path, by the table in tasks_rules.cc: duty, state before, what the
// request must say, and what must be true of the task.
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

// 序时进度: how far the task is by its measures on `today`.
v1::Progress::State ComputedProgress(const v1::Task& task, absl::CivilDay today);

// 逾期: the due day has passed and DONE is not confirmed.
bool IsOverdue(const v1::Task& task, absl::CivilDay today);

// Fills what a reader sees and nobody stores: computed progress, overdue, allowed actions.
void Decorate(v1::Task& task, const Actor& actor, absl::CivilDay today);

}  // namespace lucid::tasks
