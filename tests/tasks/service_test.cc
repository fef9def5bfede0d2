// The tasks service's handlers, on both engines.
#include "tests/testing/service_test.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/tasks/tasks_service.h"
#include "services/tasks/tasks_store.h"
#include "tests/testing/matchers.h"

namespace lucid::tasks {
namespace {

using access::v1::LEADER;
using access::v1::OFFICE;
using access::v1::SUPERIOR;
using access::v1::UNIT;
using ::testing::ElementsAre;
using v1::Closure;

class TasksServiceTest : public ServiceTest {
 protected:
  TasksServiceTest()
      : ServiceTest("tasks", Migrations(), Records()), service_(door(), db(), feed()) {
    for (const char* id : {"lead", "guide", "judge", "other"}) Unit(id);
  }

  void Unit(const std::string& id, const std::string& parent = "") {
    v1::CreateUnitRequest request;
    request.mutable_unit()->set_id(id);
    request.mutable_unit()->set_name("unit " + id);
    request.mutable_unit()->set_region("210400");
    request.mutable_unit()->set_parent_id(parent);
    ASSERT_OK(service_.CreateUnit(CallAsOffice(), request));
  }

  static v1::Task NewTask(const std::string& id) {
    v1::Task task;
    task.set_id(id);
    task.set_region("210400");
    task.set_source(v1::Task::SELF_FOUND);
    task.set_number("No " + id);
    task.set_title("三宝屯污水处理厂扩能改造");
    task.set_lead_unit_id("lead");
    task.set_supervising_unit_id("guide");
    task.set_accepting_unit_id("judge");
    task.set_due_day("2027-06-30");
    auto* measure = task.add_measures();
    measure->set_text("扩建");
    measure->set_due_day("2027-01-31");
    return task;
  }

  absl::StatusOr<v1::Task> Create(const v1::Task& task, Call call = CallAsOffice()) {
    v1::CreateTaskRequest request;
    *request.mutable_task() = task;
    return service_.CreateTask(call, request);
  }

  absl::StatusOr<v1::Task> Get(const std::string& id, const Call& call = CallAsOffice()) {
    v1::GetTaskRequest request;
    request.set_id(id);
    return service_.GetTask(call, request);
  }

  static v1::ClosureStepRequest StepOn(const std::string& id) {
    v1::ClosureStepRequest request;
    request.set_id(id);
    auto* tests = request.mutable_tests();
    tests->set_measures_done(true);
    tests->set_violations_dealt_with(true);
    tests->set_effect_meets_standard(true);
    tests->set_same_kind_rectified(true);
    tests->set_mechanism_in_place(true);
    return request;
  }

  // Does the work of a task and has it confirmed.
  void Finish(const std::string& id) {
    v1::UpdateTaskRequest update;
    update.mutable_task()->set_id(id);
    auto* measure = update.mutable_task()->add_measures();
    measure->set_text("扩建");
    measure->set_due_day("2027-01-31");
    measure->set_state(v1::Measure::DONE);
    measure->set_done_day("2026-11-01");
    ASSERT_OK(service_.UpdateTask(Lead(), update));
    v1::ConfirmProgressRequest confirm;
    confirm.set_id(id);
    confirm.set_state(v1::Progress::DONE);
    confirm.set_done_day("2026-11-02");
    ASSERT_OK(service_.ConfirmProgress(Guide(), confirm));
  }

  static Call Lead() { return CallAs({UNIT}, "210400", "lead"); }
  static Call Guide() { return CallAs({UNIT}, "210400", "guide"); }
  static Call Judge() { return CallAs({UNIT}, "210400", "judge"); }

  TasksService service_;
};
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

TEST_P(TasksServiceTest, ATakenNumberIsSaidSo) {
  ASSERT_OK(Create(NewTask("t1")));
  v1::Task again = NewTask("t2");
  again.set_number("No t1");
  EXPECT_THAT(Create(again), StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST_P(TasksServiceTest, ATaskGoesDownTheWholePath) {
  ASSERT_OK(Create(NewTask("t1")));
  Finish("t1");
  auto step = StepOn("t1");
  ASSERT_OK(service_.SelfCheckTask(Lead(), step));
  ASSERT_OK(service_.ApplyForClosure(Lead(), step));
  ASSERT_OK(service_.InspectTask(Guide(), step));
  absl::StatusOr<v1::Task> task = service_.ReviewTask(Judge(), step);
  ASSERT_OK(task);
  EXPECT_EQ(task->closure().state(), Closure::REVIEWED);
  EXPECT_EQ(task->closure().history_size(), 4);
  EXPECT_EQ(task->version(), 7);
}

TEST_P(TasksServiceTest, ADutyIsNotAnothersToDo) {
  ASSERT_OK(Create(NewTask("t1")));
  Finish("t1");
  auto step = StepOn("t1");
  EXPECT_THAT(service_.SelfCheckTask(Guide(), step), StatusIs(absl::StatusCode::kPermissionDenied));
  ASSERT_OK(service_.SelfCheckTask(Lead(), step));
  EXPECT_THAT(service_.ApplyForClosure(Judge(), step),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(service_.InspectTask(Guide(), step), HasReason("WRONG_STATE"));
}

TEST_P(TasksServiceTest, WhoStandsInTheLeadsLineDoesNotAccept) {
  Unit("boss");
  Unit("below", "boss");
  v1::Task task = NewTask("t1");
  task.set_lead_unit_id("below");
  task.set_accepting_unit_id("boss");
  absl::StatusOr<v1::Task> created = Create(task);
  ASSERT_OK(created);
  EXPECT_THAT(created->flags(), ElementsAre("CLOSER_IN_LINE"));
}

TEST_P(TasksServiceTest, AReturnStartsANewRound) {
  ASSERT_OK(Create(NewTask("t1")));
  Finish("t1");
  ASSERT_OK(service_.SelfCheckTask(Lead(), StepOn("t1")));
  v1::ClosureStepRequest step;
  step.set_id("t1");
  EXPECT_THAT(service_.ReturnTask(CallAsOffice(), step),
              StatusIs(absl::StatusCode::kInvalidArgument));
  step.set_reason("照片日期不符");
  absl::StatusOr<v1::Task> task = service_.ReturnTask(CallAsOffice(), step);
  ASSERT_OK(task);
  EXPECT_EQ(task->closure().state(), Closure::NONE);
  EXPECT_EQ(task->closure().round(), 2);
  EXPECT_EQ(task->closure().history(1).reason(), "照片日期不符");
}

TEST_P(TasksServiceTest, AForeignAndAMissingTaskLookTheSame) {
  ASSERT_OK(Create(NewTask("t1")));
  Call stranger = CallAs({UNIT}, "210400", "other");
  absl::Status foreign = Get("t1", stranger).status();
  absl::Status missing = Get("t9", stranger).status();
  EXPECT_THAT(foreign, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(missing, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(Get("t1", CallAs({LEADER}, "210500")), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_OK(Get("t1", CallAs({LEADER}, "210000")));
}

TEST_P(TasksServiceTest, ListsShowAUnitItsOwnTasksOnly) {
  ASSERT_OK(Create(NewTask("t1")));
  v1::Task task = NewTask("t2");
  task.set_lead_unit_id("other");
  ASSERT_OK(Create(task));
  auto list = service_.ListTasks(CallAs({UNIT}, "210400", "lead"), {});
  ASSERT_OK(list);
  ASSERT_EQ(list->tasks_size(), 1);
  EXPECT_EQ(list->tasks(0).id(), "t1");
  EXPECT_EQ(service_.ListTasks(CallAsOffice(), {})->tasks_size(), 2);
}

TEST_P(TasksServiceTest, ListsFindTheTasksThatHangOnAnIndicator) {
  v1::Task task = NewTask("t1");
  for (const char* value : {"35", "30"}) {
    auto* target = task.add_targets();
    target->set_indicator_id("pm");
    target->set_comparator(v1::Target::AT_MOST);
    target->set_value(value);
    target->set_unit("μg/m³");
    target->set_by_day("2026-12-31");
  }
  ASSERT_OK(Create(task));
  ASSERT_OK(Create(NewTask("t2")));
  auto on = [&](const char* indicator) {
    v1::ListTasksRequest request;
    request.set_indicator_id(indicator);
    std::vector<std::string> ids;
    auto listed = service_.ListTasks(CallAsOffice(), request);
    EXPECT_OK(listed);
    for (const auto& found : listed->tasks()) ids.push_back(found.id());
    return ids;
  };
  EXPECT_THAT(on("pm"), ElementsAre("t1"));
  v1::UpdateTaskRequest change;
  change.mutable_task()->set_id("t1");
  *change.mutable_task()->add_targets() = task.targets(0);
  change.mutable_task()->mutable_targets(0)->set_indicator_id("o3");
  change.mutable_update_mask()->add_paths("targets");
  ASSERT_OK(service_.UpdateTask(CallAsOffice(), change));
  EXPECT_THAT(on("pm"), ElementsAre());
  EXPECT_THAT(on("o3"), ElementsAre("t1"));
}

TEST_P(TasksServiceTest, PagesFollowEachOtherAndRefuseForeignTokens) {
  for (int i = 0; i < 5; ++i) ASSERT_OK(Create(NewTask("t" + std::to_string(i))));
  v1::ListTasksRequest request;
  request.set_page_size(2);
  std::vector<std::string> ids;
  do {
    auto page = service_.ListTasks(CallAsOffice(), request);
    ASSERT_OK(page);
    for (const auto& task : page->tasks()) ids.push_back(task.id());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(ids, ElementsAre("t0", "t1", "t2", "t3", "t4"));

  request.set_page_token("AAAA");
  EXPECT_THAT(service_.ListTasks(CallAsOffice(), request),
              StatusIs(absl::StatusCode::kInvalidArgument));
  request.clear_page_token();
  request.set_page_size(-1);
  EXPECT_THAT(service_.ListTasks(CallAsOffice(), request),
              StatusIs(absl::StatusCode::kInvalidArgument));
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

TEST_P(TasksServiceTest, FiguresCountRecordsWithinTheirDays) {
  v1::CreateMeetingRequest request;
  auto& meeting = *request.mutable_meeting();
  meeting.set_region("210400");
  meeting.set_body(v1::Meeting::STANDING_COMMITTEE);
  meeting.set_agenda("研究整改");
  for (const char* day : {"2021-04-05", "2021-04-06", "2024-09-18", "2024-09-19"}) {
    meeting.set_day(day);
    meeting.set_on_rectification(true);
    ASSERT_OK(service_.CreateMeeting(CallAsOffice(), request));
    meeting.set_on_rectification(false);
    ASSERT_OK(service_.CreateMeeting(CallAsOffice(), request));
  }
  figures::v1::EvaluateFiguresRequest evaluate;
  evaluate.add_queries()->set_figure("F01");
  evaluate.set_as_of_day("2024-09-18");
  evaluate.set_records_page_size(10);
  auto response = service_.EvaluateFigures(CallAsOffice(), evaluate);
  ASSERT_OK(response);
  EXPECT_EQ(response->figures(0).value(), "2");
  EXPECT_EQ(response->figures(0).record_count(), 2);
  EXPECT_EQ(response->figures(0).records_size(), 2);
  EXPECT_EQ(response->figures(0).unit(), "次");

  evaluate.mutable_queries(0)->set_figure("F99");
  EXPECT_THAT(service_.EvaluateFigures(CallAsOffice(), evaluate),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(TasksServiceTest, TheOverviewFollowsTheRecordsAndTheDay) {
  v1::Task task = NewTask("t1");
  task.set_due_day("2026-11-30");
  task.mutable_measures(0)->set_due_day("2026-11-30");
  ASSERT_OK(Create(task));
  ASSERT_OK(Create(NewTask("t2")));
  Settle();
  types::v1::SummarizeRequest request;
  auto cell = [&](const std::string& name) -> std::string {
    auto summary = service_.Summarize(CallAsOffice(), request);
    EXPECT_OK(summary);
    for (const auto& cell : summary->cells()) {
      if (cell.name() == name) return cell.value();
    }
    return "absent";
  };
  EXPECT_EQ(cell("tasks.total"), "2");
  EXPECT_EQ(cell("tasks.overdue"), "0");
  request.set_day("2026-12-01");
  EXPECT_EQ(cell("tasks.overdue"), "1");
  Finish("t1");
  Settle();
  EXPECT_EQ(cell("tasks.overdue"), "0");
  EXPECT_EQ(cell("tasks.done"), "1");
  EXPECT_OK(db().Read([](Tx& tx) { return CheckTallies(tx, Records()); }));
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

TEST_P(TasksServiceTest, AFailedReviewReopensAClosedTask) {
  v1::Task closed = NewTask("t1");
  closed.mutable_origin()->set_historical(true);
  closed.mutable_measures(0)->set_state(v1::Measure::DONE);
  closed.mutable_measures(0)->set_done_day("2024-01-31");
  closed.mutable_progress()->set_confirmed(v1::Progress::DONE);
  closed.mutable_progress()->set_done_day("2024-02-01");
  closed.mutable_closure()->set_state(Closure::CLOSED);
  ASSERT_OK(Create(closed));
  v1::CreateReviewRoundRequest create;
  create.mutable_review_round()->set_id("r1");
  create.mutable_review_round()->set_region("210400");
  create.mutable_review_round()->set_number(1);
  create.mutable_review_round()->set_day("2024-05-01");
  create.mutable_review_round()->set_scope("已销号任务");
  ASSERT_OK(service_.CreateReviewRound(CallAsOffice(), create));
  v1::RecordReviewResultRequest record;
  record.set_id("r1");
  record.mutable_result()->set_task_id("t1");
  record.mutable_result()->set_outcome(v1::ReviewResult::NOT_IN_PLACE);
  record.mutable_result()->set_note("设备停用");
  ASSERT_OK(service_.RecordReviewResult(CallAsOffice(), record));
  absl::StatusOr<v1::Task> task = Get("t1");
  ASSERT_OK(task);
  EXPECT_EQ(task->closure().state(), Closure::NONE);
  EXPECT_EQ(task->closure().round(), 2);
}

}  // namespace
}  // namespace lucid::tasks
