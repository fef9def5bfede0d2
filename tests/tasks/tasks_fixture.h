// The tasks service with four units, and what tests do with its tasks.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "services/tasks/tasks_service.h"
#include "services/tasks/tasks_store.h"
#include "tests/testing/matchers.h"
#include "tests/testing/service_test.h"

namespace lucid::tasks {

class TasksFixture : public ServiceTest {
 protected:
  TasksFixture() : ServiceTest("tasks", Migrations(), Records()), service_(door(), db(), feed()) {
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

  static Call Lead() { return CallAs({access::v1::UNIT}, "210400", "lead"); }
  static Call Guide() { return CallAs({access::v1::UNIT}, "210400", "guide"); }
  static Call Judge() { return CallAs({access::v1::UNIT}, "210400", "judge"); }

  TasksService service_;
};

}  // namespace lucid::tasks
