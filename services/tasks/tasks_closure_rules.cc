#include "services/tasks/tasks_closure_rules.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/status.h"
#include "services/base/text.h"
#include "services/tasks/tasks_rebound_rules.h"
#include "services/tasks/tasks_rules.h"

namespace lucid::tasks {
namespace {

using v1::Closure;
using v1::Progress;

// Who may take a step.
// kNotice: nobody, the step follows the public notice.
enum class Duty { kLead, kSupervising, kAccepting, kSuperior, kOffice, kNext, kNotice };

// 销号路径: one row per step. `kNext` is whoever has the next step forward, and the office.
struct StepRule {
  absl::string_view action;
  Closure::State from;
  Closure::State to;
  Duty duty;
  bool tests;     // the five tests must be confirmed
  bool reason;    // a reason must be given
  bool document;  // a document or receipt number must be given
};

constexpr StepRule kPath[] = {
    {"selfCheck", Closure::NONE, Closure::SELF_CHECKED, Duty::kLead, true, false, false},
    {"apply", Closure::SELF_CHECKED, Closure::APPLIED, Duty::kLead, false, false, false},
    {"inspect", Closure::APPLIED, Closure::INSPECTED, Duty::kSupervising, true, false, false},
    {"review", Closure::INSPECTED, Closure::REVIEWED, Duty::kAccepting, true, false, false},
    {"startNotice", Closure::REVIEWED, Closure::ON_NOTICE, Duty::kNotice, false, false, false},
    {"close", Closure::ON_NOTICE, Closure::CLOSED, Duty::kNotice, false, false, false},
    {"file", Closure::CLOSED, Closure::FILED, Duty::kSuperior, false, false, true},
    {"return", Closure::SELF_CHECKED, Closure::NONE, Duty::kNext, false, true, false},
    {"return", Closure::APPLIED, Closure::NONE, Duty::kNext, false, true, false},
    {"return", Closure::INSPECTED, Closure::NONE, Duty::kNext, false, true, false},
    {"return", Closure::REVIEWED, Closure::NONE, Duty::kNext, false, true, false},
    {"return", Closure::ON_NOTICE, Closure::NONE, Duty::kNext, false, true, false},
    {"reopen", Closure::CLOSED, Closure::NONE, Duty::kOffice, false, true, false},
    {"reopen", Closure::FILED, Closure::NONE, Duty::kOffice, false, true, false},
};

const StepRule* FindStep(absl::string_view action, Closure::State from) {
  for (const StepRule& rule : kPath) {
    if (rule.action == action && rule.from == from) return &rule;
  }
  return nullptr;
}

bool Holds(const v1::Task& task, const Duties& duties, Duty duty, Closure::State from) {
  switch (duty) {
    case Duty::kLead:
      return duties.lead;
    case Duty::kSupervising:
      return duties.supervising;
    case Duty::kAccepting:
      return absl::c_linear_search(task.flags(), kCloserInLine) ? duties.superior
                                                                : duties.accepting && !duties.lead;
    case Duty::kSuperior:
      return duties.superior;
    case Duty::kOffice:
      return duties.office || duties.superior;
    case Duty::kNotice:
      return false;
    case Duty::kNext:
      if (duties.office || duties.superior) return true;
      for (const StepRule& rule : kPath) {
        if (rule.from == from && rule.duty != Duty::kNext) {
          return Holds(task, duties, rule.duty, from);
        }
      }
      return false;
  }
  return false;
}

absl::string_view NameOf(Duty duty) {
  switch (duty) {
    case Duty::kLead:
      return "the lead unit";
    case Duty::kSupervising:
      return "the supervising unit";
    case Duty::kAccepting:
      return "the accepting unit, or the upper office where that stands in the lead unit's line";
    case Duty::kSuperior:
      return "the upper office";
    case Duty::kOffice:
      return "the office";
    case Duty::kNotice:
      return "the public notice to bring about";
    case Duty::kNext:
      return "the office, or whoever has the next step";
  }
  return "";
}

// The tests that this task needs: all five, or the shorter list of a non-engineering task.
bool TestsPass(const v1::Task& task, const v1::ClosingTests& tests) {
  bool common =
      tests.measures_done() && tests.effect_meets_standard() && tests.mechanism_in_place();
  if (task.kind() == v1::Task::NON_ENGINEERING) return common;
  return common && tests.violations_dealt_with() && tests.same_kind_rectified();
}

}  // namespace

absl::Status CheckStep(const v1::Task& task, const Actor& actor, absl::string_view action,
                       const v1::ClosureStepRequest& request) {
  Closure::State state = task.closure().state();
  const StepRule* rule = FindStep(action, state);
  if (rule == nullptr) {
    return Forbidden("WRONG_STATE", absl::StrCat("a task that is ", Closure::State_Name(state),
                                                 " does not take ", action));
  }
  if (!Holds(task, DutiesOf(task, actor), rule->duty, state)) {
    return Fail(absl::StatusCode::kPermissionDenied, "NOT_PERMITTED",
                absl::StrCat(action, " is for ", NameOf(rule->duty)));
  }
  FieldErrors errors;
  CheckText(errors, "reason", request.reason(), 2000, rule->reason);
  CheckText(errors, "document_number", request.document_number(), 100, rule->document);
  if (rule->tests && !TestsPass(task, request.tests())) {
    errors.Add("tests", task.kind() == v1::Task::NON_ENGINEERING
                            ? "measures_done, effect_meets_standard and mechanism_in_place must "
                              "all be confirmed"
                            : "all five closing tests must be confirmed");
  }
  RETURN_IF_ERROR(errors.status());
  if (action == "selfCheck" && !MeasuresDone(task)) {
    return Forbidden("MEASURES_OPEN", "not every measure is done");
  }
  if (action == "apply" && task.progress().confirmed() != Progress::DONE) {
    return Forbidden("NOT_DONE", "the supervising unit has not confirmed DONE");
  }
  return absl::OkStatus();
}

absl::string_view NoticeStep(const v1::Task& task, bool on_notice, bool released) {
  absl::string_view action = on_notice ? "startNotice" : released ? "close" : "";
  return FindStep(action, task.closure().state()) == nullptr ? "" : action;
}

void TakeStep(v1::Task& task, absl::string_view action, const v1::ClosureStepRequest& request,
              const Actor& actor, absl::CivilDay today) {
  Closure& closure = *task.mutable_closure();
  const StepRule* rule = FindStep(action, closure.state());
  v1::Step& step = *closure.add_history();
  step.set_round(closure.round());
  step.set_action(std::string(action));
  step.set_state(rule->to);
  step.set_day(FormatDay(today));
  step.set_unit_id(actor.unit);
  step.set_reason(request.reason());
  step.set_document_number(request.document_number());
  if (rule->tests) *step.mutable_tests() = request.tests();
  closure.set_state(rule->to);
  if (rule->to == Closure::NONE) {
    closure.set_round(closure.round() + 1);
    closure.clear_publication_id();
    // What was confirmed is in doubt again: the supervising unit confirms anew.
    task.mutable_progress()->set_confirmed(Progress::BASICALLY_DONE);
    task.mutable_progress()->clear_done_day();
    ReopenRebounds(task, actor);
  }
}

std::vector<std::string> AllowedActions(const v1::Task& task, const Actor& actor) {
  Duties duties = DutiesOf(task, actor);
  Closure::State state = task.closure().state();
  std::vector<std::string> actions;
  if (state == Closure::NONE && (duties.office || duties.lead)) actions.push_back("update");
  if (state == Closure::NONE && duties.supervising) actions.push_back("confirmProgress");
  for (const StepRule& rule : kPath) {
    if (rule.from != state || !Holds(task, duties, rule.duty, state)) continue;
    if (rule.action == "selfCheck" && !MeasuresDone(task)) continue;
    if (rule.action == "apply" && task.progress().confirmed() != Progress::DONE) continue;
    actions.emplace_back(rule.action);
  }
  if ((duties.office || duties.superior) && HasOpenRebound(task)) {
    actions.push_back("dismissRebound");
  }
  return actions;
}

}  // namespace lucid::tasks
