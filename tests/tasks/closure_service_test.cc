// The path to closure through the handlers, on both engines.
#include "gmock/gmock.h"
#include "tests/tasks/tasks_fixture.h"

namespace lucid::tasks {
namespace {

using ::testing::ElementsAre;
using v1::Closure;

class ClosureServiceTest : public TasksFixture {};
EVERY_ENGINE(ClosureServiceTest);

TEST_P(ClosureServiceTest, ATaskGoesDownTheWholePath) {
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

TEST_P(ClosureServiceTest, ADutyIsNotAnothersToDo) {
  ASSERT_OK(Create(NewTask("t1")));
  Finish("t1");
  auto step = StepOn("t1");
  EXPECT_THAT(service_.SelfCheckTask(Guide(), step), StatusIs(absl::StatusCode::kPermissionDenied));
  ASSERT_OK(service_.SelfCheckTask(Lead(), step));
  EXPECT_THAT(service_.ApplyForClosure(Judge(), step),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(service_.InspectTask(Guide(), step), HasReason("WRONG_STATE"));
}

TEST_P(ClosureServiceTest, WhoStandsInTheLeadsLineDoesNotAccept) {
  Unit("boss");
  Unit("below", "boss");
  v1::Task task = NewTask("t1");
  task.set_lead_unit_id("below");
  task.set_accepting_unit_id("boss");
  absl::StatusOr<v1::Task> created = Create(task);
  ASSERT_OK(created);
  EXPECT_THAT(created->flags(), ElementsAre("CLOSER_IN_LINE"));
}

TEST_P(ClosureServiceTest, AReturnStartsANewRound) {
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

TEST_P(ClosureServiceTest, AFailedReviewReopensAClosedTask) {
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
