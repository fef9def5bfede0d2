// Figures and the summary of tasks, on both engines.
#include "gmock/gmock.h"
#include "services/tasks/tasks_store.h"
#include "tests/tasks/tasks_fixture.h"

namespace lucid::tasks {
namespace {

class FiguresServiceTest : public TasksFixture {};
EVERY_ENGINE(FiguresServiceTest);

TEST_P(FiguresServiceTest, FiguresCountRecordsWithinTheirDays) {
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

TEST_P(FiguresServiceTest, TheOverviewFollowsTheRecordsAndTheDay) {
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

}  // namespace
}  // namespace lucid::tasks
