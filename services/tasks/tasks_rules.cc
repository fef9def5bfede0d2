#include "services/tasks/tasks_rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/decimal.h"
#include "services/base/geo.h"
#include "services/base/region.h"
#include "services/base/status.h"
#include "services/base/text.h"
#include "services/base/units.h"
#include "services/tasks/tasks_closure_rules.h"

namespace lucid::tasks {
namespace {

using v1::Closure;
using v1::Progress;

constexpr size_t kLongestTitle = 200;
constexpr size_t kLongestText = 20000;
constexpr int kMostParts = 200;  // measures, targets, points, findings or units of a task

// A day that was parsed before.
absl::CivilDay Day(absl::string_view text) { return *ParseDay(text); }

void CheckMeasures(FieldErrors& errors, const v1::Task& task, absl::CivilDay today) {
  CheckCount(errors, "measures", task.measures_size(), kMostParts);
  for (int i = 0; i < task.measures_size(); ++i) {
    const v1::Measure& measure = task.measures(i);
    std::string at = absl::StrCat("measures[", i, "].");
    CheckText(errors, absl::StrCat(at, "text"), measure.text(), 2000, true);
    CheckDay(errors, absl::StrCat(at, "due_day"), measure.due_day(), true);
    bool done = measure.state() == v1::Measure::DONE;
    CheckDay(errors, absl::StrCat(at, "done_day"), measure.done_day(), done);
    if (!done && !measure.done_day().empty()) {
      errors.Add(absl::StrCat(at, "done_day"), "is only for a measure that is DONE");
    }
    auto day = ParseDay(measure.done_day());
    if (done && day.ok() && *day > today) {
      errors.Add(absl::StrCat(at, "done_day"), "must not lie in the future");
    }
    if (measure.state() == v1::Measure::CANCELLED && measure.note().empty()) {
      errors.Add(absl::StrCat(at, "note"), "must say why the measure was cancelled");
    }
  }
}

void CheckTargets(FieldErrors& errors, const v1::Task& task) {
  for (int i = 0; i < task.targets_size(); ++i) {
    const v1::Target& target = task.targets(i);
    std::string at = absl::StrCat("targets[", i, "].");
    if (target.indicator_id().empty()) errors.Add(absl::StrCat(at, "indicator_id"), "is required");
    if (target.comparator() == v1::Target::COMPARATOR_UNSPECIFIED) {
      errors.Add(absl::StrCat(at, "comparator"), "is required");
    }
    if (absl::Status s = Decimal::Parse(target.value()).status(); !s.ok()) {
      errors.Add(absl::StrCat(at, "value"), s.message());
    }
    CheckUnit(errors, absl::StrCat(at, "unit"), target.unit());
    CheckDay(errors, absl::StrCat(at, "by_day"), target.by_day(), true);
    if (!target.region().empty()) {
      errors.Add("", CheckRegion(absl::StrCat(at, "region"), target.region()));
    }
    if (!v1::Target::Method_IsValid(target.method())) {
      errors.Add(absl::StrCat(at, "method"), "is not known");
    }
  }
}

// What a patch may change, and so what is checked at creation and after every patch.
void CheckDescription(FieldErrors& errors, const v1::Task& task, absl::CivilDay today) {
  CheckText(errors, "title", task.title(), kLongestTitle, true);
  CheckText(errors, "goal", task.goal(), kLongestText, false);
  CheckText(errors, "person_responsible", task.person_responsible(), 64, false);
  for (int i = 0; i < task.points_size(); ++i) {
    if (!IsPlace(task.points(i).point())) {
      errors.Add(absl::StrCat("points[", i, "].point"), "is not a place: degrees lng, lat");
    }
  }
  CheckCount(errors, "targets", task.targets_size(), kMostParts);
  CheckCount(errors, "points", task.points_size(), kMostParts);
  CheckCount(errors, "finding_ids", task.finding_ids_size(), kMostParts);
  CheckCount(errors, "assisting_unit_ids", task.assisting_unit_ids_size(), kMostParts);
  CheckMeasures(errors, task, today);
  CheckTargets(errors, task);
}

void CheckHistory(FieldErrors& errors, const v1::Task& task) {
  if (task.origin().historical()) {
    for (int i = 0; i < task.closure().history_size(); ++i) {
      CheckDay(errors, absl::StrCat("closure.history[", i, "].day"),
               task.closure().history(i).day(), true);
    }
    CheckDay(errors, "progress.done_day", task.progress().done_day(),
             task.progress().confirmed() == Progress::DONE);
    if (task.closure().state() > Closure::NONE && task.progress().confirmed() != Progress::DONE) {
      errors.Add("closure.state", "is beyond NONE only for a task whose DONE is confirmed");
    }
    return;
  }
  if (task.closure().state() != Closure::STATE_UNSPECIFIED || task.closure().history_size() > 0) {
    errors.Add("closure", "is given only for a historical task; others take the path step by step");
  }
  if (task.progress().confirmed() != Progress::STATE_UNSPECIFIED) {
    errors.Add("progress.confirmed", "is given only for a historical task");
  }
}

}  // namespace

Duties DutiesOf(const v1::Task& task, const Actor& actor) {
  Duties duties;
  bool in_region = RegionContains(actor.region, task.region());
  duties.office = actor.Has(access::v1::OFFICE) && in_region;
  duties.superior = actor.Has(access::v1::SUPERIOR) && in_region && actor.region != task.region();
  if (actor.Has(access::v1::UNIT) && !actor.unit.empty()) {
    duties.lead = actor.unit == task.lead_unit_id();
    duties.supervising = actor.unit == task.supervising_unit_id();
    duties.accepting = actor.unit == task.accepting_unit_id();
  }
  return duties;
}

bool MeasuresDone(const v1::Task& task) {
  return std::all_of(task.measures().begin(), task.measures().end(), [](const v1::Measure& m) {
    return m.state() == v1::Measure::DONE || m.state() == v1::Measure::CANCELLED;
  });
}

absl::Status CheckNewTask(const v1::Task& task, absl::CivilDay today) {
  FieldErrors errors;
  errors.Add("", CheckRegion("region", task.region()));
  CheckText(errors, "number", task.number(), 64, true);
  CheckDescription(errors, task, today);
  if (task.source() == v1::Task::SOURCE_UNSPECIFIED) errors.Add("source", "is required");
  if (task.source() == v1::Task::INSPECTION && task.inspection_id().empty()) {
    errors.Add("inspection_id", "is required for source INSPECTION");
  }
  if (task.lead_unit_id().empty()) errors.Add("lead_unit_id", "is required");
  if (task.supervising_unit_id().empty()) errors.Add("supervising_unit_id", "is required");
  if (task.accepting_unit_id().empty()) errors.Add("accepting_unit_id", "is required");
  if (!task.supervising_unit_id().empty() && task.supervising_unit_id() == task.lead_unit_id()) {
    errors.Add("supervising_unit_id", "must not be the lead unit");
  }
  CheckDay(errors, "due_day", task.due_day(), true);
  CheckDay(errors, "original_due_day", task.original_due_day(), false);
  CheckDay(errors, "start_day", task.start_day(), false);
  auto start = ParseDay(task.start_day()), due = ParseDay(task.due_day());
  if (start.ok() && due.ok() && *start > *due) {
    errors.Add("start_day", "must not be after due_day");
  }
  CheckHistory(errors, task);
  return errors.status();
}

absl::Status CheckChangedTask(const v1::Task& task, absl::CivilDay today) {
  FieldErrors errors;
  CheckDescription(errors, task, today);
  return errors.status();
}

void StartTask(v1::Task& task, absl::CivilDay today) {
  if (task.original_due_day().empty()) task.set_original_due_day(task.due_day());
  if (task.start_day().empty()) task.set_start_day(FormatDay(today));
  if (task.kind() == v1::Task::KIND_UNSPECIFIED) task.set_kind(v1::Task::ENGINEERING);
  for (v1::Measure& measure : *task.mutable_measures()) {
    if (measure.state() == v1::Measure::STATE_UNSPECIFIED) measure.set_state(v1::Measure::OPEN);
  }
  Closure& closure = *task.mutable_closure();
  if (closure.round() < 1) closure.set_round(1);
  if (closure.state() == Closure::STATE_UNSPECIFIED) closure.set_state(Closure::NONE);
  Progress& progress = *task.mutable_progress();
  if (progress.confirmed() == Progress::STATE_UNSPECIFIED) {
    progress.set_confirmed(Progress::NOT_STARTED);
  }
  if (progress.claimed() == Progress::STATE_UNSPECIFIED) {
    progress.set_claimed(progress.confirmed());
  }
}

absl::Status CheckPatch(const v1::Task& task, const Actor& actor,
                        const std::vector<std::string>& fields) {
  static constexpr absl::string_view kOffice[] = {
      "title",  "goal",       "targets",   "measures",   "assisting_unit_ids",
      "points", "key",        "long_term", "supervised", "person_responsible",
      "kind",   "finding_ids"};
  static constexpr absl::string_view kLead[] = {"measures", "progress.claimed"};
  Duties duties = DutiesOf(task, actor);
  FieldErrors errors;
  for (const std::string& field : fields) {
    bool for_office = absl::c_linear_search(kOffice, field);
    bool for_lead = absl::c_linear_search(kLead, field);
    if (!for_office && !for_lead) {
      errors.Add(absl::StrCat("task.", field), "is not changed this way");
    } else if (!(for_office && duties.office) && !(for_lead && duties.lead)) {
      return Fail(
          absl::StatusCode::kPermissionDenied, "NOT_PERMITTED",
          absl::StrCat(field, " is for ", for_lead ? "the lead unit" : "the office", " to change"));
    }
  }
  RETURN_IF_ERROR(errors.status());
  if (task.closure().state() != Closure::NONE) {
    return Forbidden("CLOSURE_BEGUN",
                     absl::StrCat("the task is ", Closure::State_Name(task.closure().state()),
                                  "; it changes only after a return or reopening"));
  }
  return absl::OkStatus();
}

absl::Status CheckConfirm(const v1::Task& task, const Actor& actor,
                          const v1::ConfirmProgressRequest& request, absl::CivilDay today) {
  if (!DutiesOf(task, actor).supervising) {
    return Fail(absl::StatusCode::kPermissionDenied, "NOT_PERMITTED",
                "progress is for the supervising unit to confirm");
  }
  FieldErrors errors;
  if (request.state() == Progress::STATE_UNSPECIFIED) errors.Add("state", "is required");
  bool done = request.state() == Progress::DONE;
  CheckDay(errors, "done_day", request.done_day(), done);
  auto day = ParseDay(request.done_day());
  if (done && day.ok() && *day > today) errors.Add("done_day", "must not lie in the future");
  if (!done && !request.done_day().empty()) errors.Add("done_day", "is only for DONE");
  RETURN_IF_ERROR(errors.status());
  if (task.closure().state() != Closure::NONE) {
    return Forbidden("CLOSURE_BEGUN", "progress is not confirmed anew once closing has begun");
  }
  if (done && !MeasuresDone(task)) {
    return Forbidden("MEASURES_OPEN", "DONE is confirmed only when every measure is done");
  }
  return absl::OkStatus();
}

v1::Progress::State ComputedProgress(const v1::Task& task, absl::CivilDay today) {
  int open = 0, done = 0, due = 0;
  bool late = false;
  for (const v1::Measure& measure : task.measures()) {
    if (measure.state() == v1::Measure::CANCELLED) continue;
    bool is_done = measure.state() == v1::Measure::DONE;
    bool is_due = Day(measure.due_day()) < today;
    (is_done ? done : open) += 1;
    if (is_due) due += 1;
    if (is_due && !is_done) late = true;
  }
  if (open == 0 && done > 0) return Progress::DONE;
  if (late) return Progress::BEHIND;
  if (done > due) return Progress::AHEAD;
  if (done == 0 && today < Day(task.start_day())) return Progress::NOT_STARTED;
  return Progress::ON_SCHEDULE;
}

bool IsOverdue(const v1::Task& task, absl::CivilDay today) {
  return task.progress().confirmed() != Progress::DONE && Day(task.due_day()) < today;
}

void Decorate(v1::Task& task, const Actor& actor, absl::CivilDay today) {
  task.mutable_progress()->set_computed(ComputedProgress(task, today));
  task.set_overdue(IsOverdue(task, today));
  task.clear_allowed_actions();
  for (std::string& action : AllowedActions(task, actor)) {
    task.add_allowed_actions(std::move(action));
  }
}

}  // namespace lucid::tasks
