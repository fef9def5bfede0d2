// Who finds which tasks, on both engines.
#include <vector>

#include "gmock/gmock.h"
#include "tests/tasks/tasks_fixture.h"

namespace lucid::tasks {
namespace {

using access::v1::LEADER;
using access::v1::UNIT;
using ::testing::ElementsAre;

class ListsServiceTest : public TasksFixture {};
EVERY_ENGINE(ListsServiceTest);

TEST_P(ListsServiceTest, AForeignAndAMissingTaskLookTheSame) {
  ASSERT_OK(Create(NewTask("t1")));
  Call stranger = CallAs({UNIT}, "210400", "other");
  absl::Status foreign = Get("t1", stranger).status();
  absl::Status missing = Get("t9", stranger).status();
  EXPECT_THAT(foreign, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(missing, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(Get("t1", CallAs({LEADER}, "210500")), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_OK(Get("t1", CallAs({LEADER}, "210000")));
}

TEST_P(ListsServiceTest, ListsShowAUnitItsOwnTasksOnly) {
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

TEST_P(ListsServiceTest, ListsFindTheTasksThatHangOnAnIndicator) {
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

TEST_P(ListsServiceTest, PagesFollowEachOtherAndRefuseForeignTokens) {
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

}  // namespace
}  // namespace lucid::tasks
