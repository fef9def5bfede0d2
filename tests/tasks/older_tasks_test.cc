// Tasks that were stored before their targets were noted, on both engines.
#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "services/base/records.h"
#include "services/tasks/tasks_service.h"
#include "services/tasks/tasks_store.h"
#include "tests/testing/matchers.h"
#include "tests/testing/service_test.h"

namespace lucid::tasks {
namespace {

// The schema as those tasks knew it.
absl::Span<const absl::string_view> OlderSchema() {
  const absl::Span<const absl::string_view> all = Migrations();
  const auto noted = absl::c_find_if(all, [](absl::string_view statement) {
    return absl::StartsWith(statement, "CREATE TABLE task_targets");
  });
  return all.first(noted - all.begin());
}

class OlderTasksTest : public ServiceTest {
 protected:
  OlderTasksTest() : ServiceTest("tasks", OlderSchema(), Records()) {}

  void Store(const std::string& id, const std::vector<std::string>& indicators) {
    v1::Task task;
    task.set_id(id);
    task.set_region("210400");
    task.set_number(id);
    task.set_start_day("2024-01-01");
    task.set_due_day("2024-12-31");
    for (const std::string& indicator : indicators) {
      task.add_targets()->set_indicator_id(indicator);
    }
    ASSERT_OK(db().Write([&](Tx& tx) {
      v1::Task stored = task;
      return Insert(tx, CallAsOffice(), stored);
    }));
  }

  int CountOn(const std::string& indicator) {
    TasksService service(door(), db(), feed());
    v1::ListTasksRequest request;
    request.set_indicator_id(indicator);
    request.set_page_size(1000);
    auto listed = service.ListTasks(CallAsOffice(), request);
    EXPECT_OK(listed);
    return listed.ok() ? listed->tasks_size() : -1;
  }
};

EVERY_ENGINE(OlderTasksTest);

TEST_P(OlderTasksTest, AreListedByTheIndicatorsOfTheirTargets) {
  for (int i = 0; i < 210; ++i) Store(absl::StrCat("t", i), {"pm", "o3", "pm"});
  Store("other", {"o3"});
  Store("without", {});
  ASSERT_OK(Migrate(db(), "tasks", Migrations()));
  ASSERT_OK(NoteOlderTargets(db()));
  EXPECT_EQ(CountOn("pm"), 210);
  EXPECT_EQ(CountOn("o3"), 211);
  ASSERT_OK(NoteOlderTargets(db()));
  EXPECT_EQ(CountOn("o3"), 211);
}

}  // namespace
}  // namespace lucid::tasks
