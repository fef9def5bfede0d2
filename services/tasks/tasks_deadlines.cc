// Calendars, rule sets, and the deadlines that follow from them.
#include "services/base/calendar.h"
#include "services/base/mask.h"
#include "services/registry/calendars.h"
#include "services/registry/registry.h"
#include "services/tasks/tasks_deadline_rules.h"
#include "services/tasks/tasks_service.h"
#include "services/tasks/tasks_store.h"

namespace lucid::tasks {
namespace {

absl::StatusOr<WorkingCalendar> LoadCalendars(Tx& tx) {
  ASSIGN_OR_RETURN(Rows bodies, CalendarBodies(tx));
  return registry::ReadCalendars(bodies);
}

}  // namespace

absl::Status AddPlanDue(Tx& tx, absl::Span<v1::Inspection* const> inspections) {
  absl::StatusOr<WorkingCalendar> calendar = absl::NotFoundError("not needed yet");
  for (v1::Inspection* inspection : inspections) {
    inspection->clear_plan_due();
    absl::StatusOr<absl::CivilDay> feedback = ParseDay(inspection->feedback_day());
    if (!feedback.ok() || inspection->rule_set().empty()) continue;
    absl::StatusOr<v1::RuleSet> rules = Find<v1::RuleSet>(tx, inspection->rule_set());
    if (rules.status().code() == absl::StatusCode::kNotFound) continue;
    RETURN_IF_ERROR(rules.status());
    const v1::Limit* limit = FindLimit(*rules, v1::Limit::PLAN_DUE);
    if (limit == nullptr) continue;
    if (!calendar.ok()) calendar = LoadCalendars(tx);
    RETURN_IF_ERROR(calendar.status());
    ASSIGN_OR_RETURN(*inspection->mutable_plan_due(), DueBy(*limit, *feedback, *calendar));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Calendar> TasksService::CreateCalendar(
    const Call& call, const v1::CreateCalendarRequest& request) {
  RETURN_IF_ERROR(CheckCalendar(request.calendar()));
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Calendar> {
    v1::Calendar calendar = request.calendar();
    RETURN_IF_ERROR(Insert(tx, call, calendar));
    return calendar;
  });
}

absl::StatusOr<v1::Calendar> TasksService::GetCalendar(const Call& call,
                                                       const v1::GetCalendarRequest& request) {
  return db_.Read([&](Tx& tx) { return FindFor<v1::Calendar>(tx, call, request.id()); });
}

absl::StatusOr<v1::ListCalendarsResponse> TasksService::ListCalendars(
    const Call& call, const v1::ListCalendarsRequest& request) {
  Query query;
  query.OrderBy(request.order_by(), {"id"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListCalendarsResponse> {
    v1::ListCalendarsResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_calendars(),
                         *response.mutable_next_page_token()));
    return response;
  });
}

absl::StatusOr<v1::Calendar> TasksService::UpdateCalendar(
    const Call& call, const v1::UpdateCalendarRequest& request) {
  ASSIGN_OR_RETURN(std::vector<std::string> paths,
                   MaskPaths(request.update_mask(), request.calendar()));
  RETURN_IF_ERROR(CheckPaths(paths, {"holidays", "make_up_workdays", "source"}));
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Calendar> {
    ASSIGN_OR_RETURN(v1::Calendar calendar,
                     FindFor<v1::Calendar>(tx, call, request.calendar().id()));
    RETURN_IF_ERROR(CheckVersion(tx, calendar, request.calendar().version()));
    CopyPaths(request.calendar(), paths, calendar);
    RETURN_IF_ERROR(CheckCalendar(calendar));
    RETURN_IF_ERROR(Update(tx, call, calendar));
    return calendar;
  });
}

absl::StatusOr<v1::Deadline> TasksService::ComputeDeadline(
    const Call&, const v1::ComputeDeadlineRequest& request) {
  FieldErrors errors;
  CheckDay(errors, "start_day", request.start_day(), true);
  if ((request.working_days() == 0) == (request.days() == 0)) {
    errors.Add("working_days", "or days must be given, not both");
  }
  RETURN_IF_ERROR(errors.status());
  const absl::CivilDay start = *ParseDay(request.start_day());
  if (request.days() != 0) {
    ASSIGN_OR_RETURN(DayCount count, AddDays(start, request.days()));
    return registry::ToDeadline(count, false);
  }
  ASSIGN_OR_RETURN(WorkingCalendar calendar, db_.Read(LoadCalendars));
  ASSIGN_OR_RETURN(DayCount count, calendar.AddWorkingDays(start, request.working_days()));
  return registry::ToDeadline(count, true);
}

absl::StatusOr<v1::RuleSet> TasksService::CreateRuleSet(const Call& call,
                                                        const v1::CreateRuleSetRequest& request) {
  RETURN_IF_ERROR(CheckRuleSet(request.rule_set()));
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::RuleSet> {
    v1::RuleSet rules = request.rule_set();
    RETURN_IF_ERROR(Insert(tx, call, rules));
    return rules;
  });
}

absl::StatusOr<v1::RuleSet> TasksService::GetRuleSet(const Call& call,
                                                     const v1::GetRuleSetRequest& request) {
  return db_.Read([&](Tx& tx) { return FindFor<v1::RuleSet>(tx, call, request.id()); });
}

absl::StatusOr<v1::ListRuleSetsResponse> TasksService::ListRuleSets(
    const Call& call, const v1::ListRuleSetsRequest& request) {
  FieldErrors errors;
  CheckDay(errors, "day", request.day(), false);
  RETURN_IF_ERROR(errors.status());
  Query query;
  if (!request.day().empty()) {
    query.Where("from_day <= ? AND (to_day >= ? OR to_day = '')", {request.day(), request.day()});
  }
  query.OrderBy(request.order_by(), {"id", "from_day"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListRuleSetsResponse> {
    v1::ListRuleSetsResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_rule_sets(),
                         *response.mutable_next_page_token()));
    return response;
  });
}

absl::StatusOr<v1::RuleSet> TasksService::UpdateRuleSet(const Call& call,
                                                        const v1::UpdateRuleSetRequest& request) {
  ASSIGN_OR_RETURN(std::vector<std::string> paths,
                   MaskPaths(request.update_mask(), request.rule_set()));
  RETURN_IF_ERROR(CheckPaths(paths, {"name", "from_day", "to_day", "limits"}));
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::RuleSet> {
    ASSIGN_OR_RETURN(v1::RuleSet rules, FindFor<v1::RuleSet>(tx, call, request.rule_set().id()));
    RETURN_IF_ERROR(CheckVersion(tx, rules, request.rule_set().version()));
    CopyPaths(request.rule_set(), paths, rules);
    RETURN_IF_ERROR(CheckRuleSet(rules));
    RETURN_IF_ERROR(Update(tx, call, rules));
    return rules;
  });
}

}  // namespace lucid::tasks
