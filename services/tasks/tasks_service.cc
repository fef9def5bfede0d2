#include "services/tasks/tasks_service.h"

#include <utility>

#include "services/base/calendar.h"
#include "services/base/mask.h"
#include "services/base/records.h"
#include "services/base/server.h"
#include "services/tasks/tasks_rules.h"
#include "services/tasks/tasks_store.h"

namespace lucid::tasks {
namespace {

// What a new task refers to must exist, and its closer must not stand in the line of its lead.
absl::Status CheckReferences(Tx& tx, const Call& call, v1::Task& task) {
  FieldErrors errors;
  auto check_unit = [&](absl::string_view field, const std::string& id) -> absl::Status {
    absl::Status found = Find<v1::Unit>(tx, id).status();
    if (found.code() == absl::StatusCode::kNotFound) {
      errors.Add(field, "names a unit that does not exist");
      return absl::OkStatus();
    }
    return found;
  };
  RETURN_IF_ERROR(check_unit("lead_unit_id", task.lead_unit_id()));
  RETURN_IF_ERROR(check_unit("supervising_unit_id", task.supervising_unit_id()));
  RETURN_IF_ERROR(check_unit("accepting_unit_id", task.accepting_unit_id()));
  for (const std::string& unit : task.assisting_unit_ids()) {
    RETURN_IF_ERROR(check_unit("assisting_unit_ids", unit));
  }
  if (!task.inspection_id().empty() &&
      !FindFor<v1::Inspection>(tx, call, task.inspection_id()).ok()) {
    errors.Add("inspection_id", "names an inspection that does not exist");
  }
  for (const std::string& finding : task.finding_ids()) {
    if (!FindFor<v1::Finding>(tx, call, finding).ok()) {
      errors.Add("finding_ids", "names a finding that does not exist");
    }
  }
  if (!task.parent_task_id().empty() && !Find<v1::Task>(tx, task.parent_task_id()).ok()) {
    errors.Add("parent_task_id", "names a task that does not exist");
  }
  RETURN_IF_ERROR(errors.status());
  ASSIGN_OR_RETURN(bool in_line, StandInOneLine(tx, task.lead_unit_id(), task.accepting_unit_id()));
  if (in_line) task.add_flags("CLOSER_IN_LINE");
  return absl::OkStatus();
}

absl::Status InsertTask(Tx& tx, const Call& call, v1::Task& task) {
  task.clear_flags();
  task.clear_rebounds();
  RETURN_IF_ERROR(CheckNewTask(task, call.today));
  RETURN_IF_ERROR(CheckReferences(tx, call, task));
  StartTask(task, call.today);
  RETURN_IF_ERROR(Insert(tx, call, task));
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
    RETURN_IF_ERROR(UpdateTaskRecord(tx, call, task));
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
