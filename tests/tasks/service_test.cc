// The tasks service's handlers, on both engines.
#include "gmock/gmock.h"
#include "tests/tasks/tasks_fixture.h"

namespace lucid::tasks {
namespace {

using v1::Closure;

class TasksServiceTest : public TasksFixture {};
EVERY_ENGINE(TasksServiceTest);

TEST_P(TasksServiceTest, ANewTaskStartsAtTheBeginning) {
  absl::StatusOr<v1::Task> task = Create(NewTask("t1"));
  ASSERT_OK(task);
  EXPECT_EQ(task->version(), 1);
  EXPECT_EQ(task->original_due_day(), "2027-06-30");
  EXPECT_EQ(task->closure().state(), Closure::NONE);
  EXPECT_EQ(task->closure().round(), 1);
  EXPECT_FALSE(task->overdue());
}

TEST_P(TasksServiceTest, EveryViolationOfABadTaskIsNamed) {
  v1::Task task = NewTask("t1");
  task.set_title("");
  task.set_due_day("2027-02-30");
  task.set_region("21");
  auto* target = task.add_targets();
  target->set_indicator_id("pm");
  target->set_value("1e400");
  target->set_unit("furlong");
  absl::Status status = Create(task).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  for (const char* field : {"title", "due_day", "region", "targets[0].value", "targets[0].unit"}) {
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr(field));
  }
}

TEST_P(TasksServiceTest, WhatATaskHoldsIsBounded) {
  v1::Task task = NewTask("t1");
  for (int i = 0; i < 201; ++i) task.add_finding_ids("f");
  const absl::Status status = Create(task).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(status.message()),
              ::testing::HasSubstr("finding_ids must be at most 200"));
}

TEST_P(TasksServiceTest, ATakenNumberIsSaidSo) {
  ASSERT_OK(Create(NewTask("t1")));
  v1::Task again = NewTask("t2");
  again.set_number("No t1");
  EXPECT_THAT(Create(again), StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST_P(TasksServiceTest, AStaleChangeIsAbortedAndNamesWhoChangedWhat) {
  ASSERT_OK(Create(NewTask("t1")));
  Finish("t1");
  v1::ClosureStepRequest step = StepOn("t1");
  step.set_version(1);
  absl::Status status = service_.SelfCheckTask(Lead(), step).status();
  EXPECT_THAT(status, HasReason("STALE_VERSION"));
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("by li"));
}

TEST_P(TasksServiceTest, WhatAChangeNamesMustExist) {
  ASSERT_OK(Create(NewTask("t1")));
  v1::UpdateTaskRequest update;
  update.mutable_task()->set_id("t1");
  update.mutable_task()->add_assisting_unit_ids("other");
  EXPECT_OK(service_.UpdateTask(CallAsOffice(), update));
  update.mutable_task()->add_assisting_unit_ids("nobody");
  auto refused = service_.UpdateTask(CallAsOffice(), update);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(refused.status().message()), ::testing::HasSubstr("assisting_unit_ids"));
  EXPECT_EQ(Get("t1")->assisting_unit_ids_size(), 1);

  v1::CreateProjectRequest create;
  v1::Project& project = *create.mutable_project();
  project.set_id("p1");
  project.set_region("210400");
  project.set_name("清原抽水蓄能电站");
  project.set_category(v1::Project::RENEWABLE);
  project.set_state(v1::Project::PLANNED);
  project.set_unit_id("nobody");
  EXPECT_THAT(service_.CreateProject(CallAsOffice(), create),
              StatusIs(absl::StatusCode::kInvalidArgument));
  project.set_unit_id("lead");
  ASSERT_OK(service_.CreateProject(CallAsOffice(), create));
  v1::UpdateProjectRequest change;
  change.mutable_project()->set_id("p1");
  change.mutable_project()->add_task_ids("t9");
  EXPECT_THAT(service_.UpdateProject(CallAsOffice(), change),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(TasksServiceTest, ARepeatedRequestAnswersAsTheFirst) {
  Call call = WithRequestId(CallAsOffice(), "r1");
  v1::Task task = NewTask("");
  task.set_number("1");
  absl::StatusOr<v1::Task> first = Create(task, call);
  absl::StatusOr<v1::Task> second = Create(task, call);
  ASSERT_OK(first);
  ASSERT_OK(second);
  EXPECT_EQ(first->id(), second->id());
  EXPECT_EQ(service_.ListTasks(CallAsOffice(), {})->tasks_size(), 1);
  EXPECT_THAT(Create(task, WithRequestId(CallAsOffice(), "r1", "another body")),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(TasksServiceTest, ARepeatedBatchAnswersAsTheFirst) {
  Call call = WithRequestId(CallAsOffice(), "r1");
  v1::BatchCreateTasksRequest request;
  *request.add_tasks() = NewTask("t1");
  *request.add_tasks() = NewTask("t2");
  ASSERT_OK(service_.BatchCreateTasks(call, request));
  auto again = service_.BatchCreateTasks(call, request);
  ASSERT_OK(again);
  ASSERT_EQ(again->tasks_size(), 2);
  EXPECT_EQ(again->tasks(1).id(), "t2");
}

TEST_P(TasksServiceTest, ABatchIsAllOrNothing) {
  v1::BatchCreateTasksRequest request;
  *request.add_tasks() = NewTask("t1");
  *request.add_tasks() = NewTask("t2");
  request.mutable_tasks(1)->clear_title();
  absl::Status status = service_.BatchCreateTasks(CallAsOffice(), request).status();
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("tasks[1].title"));
  EXPECT_EQ(service_.ListTasks(CallAsOffice(), {})->tasks_size(), 0);
}

TEST_P(TasksServiceTest, ValidateOnlyChangesNothing) {
  Call call = CallAsOffice();
  call.validate_only = true;
  EXPECT_OK(Create(NewTask("t1"), call));
  EXPECT_EQ(service_.ListTasks(CallAsOffice(), {})->tasks_size(), 0);
}

TEST_P(TasksServiceTest, OneDocumentNumberIsOneDocumentHoweverItIsWritten) {
  v1::CreateDocumentRequest request;
  auto& document = *request.mutable_document();
  document.set_region("210400");
  document.set_document_number("抚委发〔2021〕5号");
  document.set_title("责任规定");
  document.set_issuer("抚顺市委");
  document.set_issue_day("2021-08-01");
  document.set_category(v1::Document::RULE);
  ASSERT_OK(service_.CreateDocument(CallAsOffice(), request));
  document.set_document_number("抚委发[2021] 5号");
  EXPECT_THAT(service_.CreateDocument(CallAsOffice(), request),
              StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST_P(TasksServiceTest, EventsTellWhatHappenedInOrder) {
  ASSERT_OK(Create(NewTask("t1")));
  Finish("t1");
  Settle();
  events::v1::ListEventsRequest request;
  request.add_kinds("tasks.*");
  auto list = service_.ListEvents(CallAsOffice(), request);
  ASSERT_OK(list);
  ASSERT_EQ(list->events_size(), 3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(list->events(i).record_version(), i + 1);
  v1::Task task;
  ASSERT_TRUE(list->events(2).record().UnpackTo(&task));
  EXPECT_EQ(task.progress().confirmed(), v1::Progress::DONE);
}

}  // namespace
}  // namespace lucid::tasks
