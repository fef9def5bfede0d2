#include "services/tasks/tasks_service.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "services/base/calendar.h"
#include "services/base/mask.h"
#include "services/base/records.h"
#include "services/base/region.h"
#include "services/base/server.h"
#include "services/tasks/tasks_closure_rules.h"
#include "services/tasks/tasks_references.h"
#include "services/tasks/tasks_rules.h"
#include "services/tasks/tasks_store.h"

namespace lucid::tasks {
namespace {

// A task may be part of one that its caller sees, or of one of a region above its own.
absl::Status CheckParent(Tx& tx, const Call& call, const v1::Task& task, FieldErrors& errors) {
  if (task.parent_task_id().empty()) return absl::OkStatus();
  const absl::StatusOr<v1::Task> parent = Find<v1::Task>(tx, task.parent_task_id());
  if (parent.ok() && RegionContains(parent->region(), task.region())) return absl::OkStatus();
  return CheckExistsFor<v1::Task>(tx, call, "parent_task_id", task.parent_task_id(), "a task",
                                  errors);
}

// What a task refers to must exist.
absl::Status CheckReferences(Tx& tx, const Call& call, const v1::Task& task) {
  FieldErrors errors;
  const auto unit = [&](absl::string_view field, const std::string& id) {
    return CheckExists<v1::Unit>(tx, field, id, "a unit", errors);
  };
  RETURN_IF_ERROR(unit("lead_unit_id", task.lead_unit_id()));
  RETURN_IF_ERROR(unit("supervising_unit_id", task.supervising_unit_id()));
  RETURN_IF_ERROR(unit("accepting_unit_id", task.accepting_unit_id()));
  for (const std::string& id : task.assisting_unit_ids()) {
    RETURN_IF_ERROR(unit("assisting_unit_ids", id));
  }
  RETURN_IF_ERROR(CheckExistsFor<v1::Inspection>(tx, call, "inspection_id", task.inspection_id(),
                                                 "an inspection", errors));
  for (const std::string& id : task.finding_ids()) {
    RETURN_IF_ERROR(CheckExistsFor<v1::Finding>(tx, call, "finding_ids", id, "a finding", errors));
  }
  RETURN_IF_ERROR(CheckParent(tx, call, task, errors));
  return errors.status();
}

absl::Status InsertTask(Tx& tx, const Call& call, v1::Task& task) {
  task.clear_flags();
  task.clear_rebounds();
  RETURN_IF_ERROR(CheckNewTask(task, call.today));
  RETURN_IF_ERROR(CheckReferences(tx, call, task));
  ASSIGN_OR_RETURN(bool in_line, StandInOneLine(tx, task.lead_unit_id(), task.accepting_unit_id()));
  if (in_line) task.add_flags(kCloserInLine);
  StartTask(task, call.today);
  RETURN_IF_ERROR(Insert(tx, call, task));
  if (task.targets_size() > 0) RETURN_IF_ERROR(SaveTargets(tx, task));
  Decorate(task, call.actor, call.today);
  return absl::OkStatus();
}

}  // namespace

absl::Status UpdateTaskRecord(Tx& tx, const Call& call, v1::Task& task) {
  task.clear_allowed_actions();
  task.clear_overdue();
  task.mutable_progress()->clear_computed();
  RETURN_IF_ERROR(Update(tx, call, task));
  Decorate(task, call.actor, call.today);
  return absl::OkStatus();
}

TasksService::TasksService(Door& door, Db& db, EventFeed& feed,
                           std::shared_ptr<grpc::Channel> indicators)
    : door_(door), db_(db), feed_(feed) {
  if (indicators != nullptr) {
    indicators_ = indicators::v1::IndicatorsService::NewStub(std::move(indicators));
  }
}

absl::StatusOr<v1::Task> TasksService::CreateTask(const Call& call,
                                                  const v1::CreateTaskRequest& request) {
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Task> {
    v1::Task task = request.task();
    RETURN_IF_ERROR(InsertTask(tx, call, task));
    return task;
  });
}

absl::StatusOr<v1::BatchCreateTasksResponse> TasksService::BatchCreateTasks(
    const Call& call, const v1::BatchCreateTasksRequest& request) {
  if (request.tasks_size() > kMostInBatch) {
    return InvalidField("tasks", "must be at most 1000");
  }
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::BatchCreateTasksResponse> {
    v1::BatchCreateTasksResponse response;
    for (int i = 0; i < request.tasks_size(); ++i) {
      v1::Task& task = *response.add_tasks();
      task = request.tasks(i);
      RETURN_IF_ERROR(InItem("tasks", i, InsertTask(tx, call, task)));
    }
    return response;
  });
}

absl::StatusOr<v1::Task> TasksService::GetTask(const Call& call,
                                               const v1::GetTaskRequest& request) {
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::Task> {
    ASSIGN_OR_RETURN(v1::Task task, FindFor<v1::Task>(tx, call, request.id()));
    Decorate(task, call.actor, call.today);
    return task;
  });
}

absl::StatusOr<v1::ListTasksResponse> TasksService::ListTasks(const Call& call,
                                                              const v1::ListTasksRequest& request) {
  Query query;
  query.Region("region", request.region())
      .Equals("inspection_id", request.inspection_id())
      .Equals("lead_unit_id", request.lead_unit_id())
      .Equals("closure_state", int64_t{request.closure_state()})
      .Equals("progress", int64_t{request.progress()})
      .Equals("is_key", int64_t{request.key()})
      .Equals("rebound", int64_t{request.rebound()})
      .Before("due_day", request.due_before());
  if (!request.unit_id().empty()) {
    query.Where("id IN (SELECT id FROM unit_scopes WHERE collection = 'tasks' AND unit_id = ?)",
                {request.unit_id()});
  }
  if (!request.indicator_id().empty()) {
    query.Where("id IN (SELECT task_id FROM task_targets WHERE indicator_id = ?)",
                {request.indicator_id()});
  }
  if (request.overdue()) {
    query.Where("open_due_day > '' AND open_due_day < ?", {FormatDay(call.today)});
  }
  query.OrderBy(request.order_by(), {"id", "due_day"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListTasksResponse> {
    v1::ListTasksResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_tasks(),
                         *response.mutable_next_page_token()));
    for (v1::Task& task : *response.mutable_tasks()) Decorate(task, call.actor, call.today);
    return response;
  });
}

absl::StatusOr<v1::Task> TasksService::UpdateTask(const Call& call,
                                                  const v1::UpdateTaskRequest& request) {
  ASSIGN_OR_RETURN(std::vector<std::string> paths,
                   MaskPaths(request.update_mask(), request.task()));
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Task> {
    ASSIGN_OR_RETURN(v1::Task task, FindFor<v1::Task>(tx, call, request.task().id()));
    RETURN_IF_ERROR(CheckVersion(tx, task, request.task().version()));
    RETURN_IF_ERROR(CheckPatch(task, call.actor, paths));
    CopyPaths(request.task(), paths, task);
    RETURN_IF_ERROR(CheckChangedTask(task, call.today));
    if (absl::c_linear_search(paths, "assisting_unit_ids") ||
        absl::c_linear_search(paths, "finding_ids")) {
      RETURN_IF_ERROR(CheckReferences(tx, call, task));
    }
    RETURN_IF_ERROR(UpdateTaskRecord(tx, call, task));
    if (absl::c_linear_search(paths, "targets")) RETURN_IF_ERROR(SaveTargets(tx, task));
    return task;
  });
}

absl::StatusOr<v1::Task> TasksService::ConfirmProgress(const Call& call,
                                                       const v1::ConfirmProgressRequest& request) {
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Task> {
    ASSIGN_OR_RETURN(v1::Task task, FindFor<v1::Task>(tx, call, request.id()));
    RETURN_IF_ERROR(CheckVersion(tx, task, request.version()));
    RETURN_IF_ERROR(CheckConfirm(task, call.actor, request, call.today));
    task.mutable_progress()->set_confirmed(request.state());
    task.mutable_progress()->set_done_day(request.done_day());
    RETURN_IF_ERROR(UpdateTaskRecord(tx, call, task));
    return task;
  });
}

}  // namespace lucid::tasks
