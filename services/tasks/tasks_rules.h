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

// Whether every measure is done, or was cancelled.
bool MeasuresDone(const v1::Task& task);

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

// 序时进度: how far the task is by its measures on `today`.
v1::Progress::State ComputedProgress(const v1::Task& task, absl::CivilDay today);

// 逾期: the due day has passed and DONE is not confirmed.
bool IsOverdue(const v1::Task& task, absl::CivilDay today);

// Fills what a reader sees and nobody stores: computed progress, overdue, allowed actions.
void Decorate(v1::Task& task, const Actor& actor, absl::CivilDay today);

}  // namespace lucid::tasks
