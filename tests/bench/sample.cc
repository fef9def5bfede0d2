// Records, callers and handlers that every command of the bench shares.
#include <algorithm>
#include <cstdio>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/tasks/tasks_store.h"
#include "tests/bench/bench.h"

namespace lucid::bench {

using tasks::v1::Task;

Task SampleTask(absl::string_view number) {
  Task task;
  task.set_region("210400");
  task.set_source(Task::SELF_FOUND);
  task.set_number(std::string(number));
  task.set_title(absl::StrCat("浑河流域污水处理厂提标改造 ", number));
  task.set_goal(
      "完成污水处理厂提标改造，出水水质稳定达到《城镇污水处理厂污染物排放标准》一级A标准，"
      "新增处理能力，杜绝污水直排；建立长效管护机制，确保国控断面水质稳定达标。");
  for (absl::string_view text : {"完成可行性研究、环评批复和初步设计，落实资金来源",
                                 "完成土建施工和设备安装，联动调试，通水试运行",
                                 "组织验收，核算减排量，向社会公示整改情况"}) {
    tasks::v1::Measure& measure = *task.add_measures();
    measure.set_text(std::string(text));
    measure.set_due_day("2099-12-31");
  }
  task.set_lead_unit_id("bench-lead");
  task.set_supervising_unit_id("bench-supervising");
  task.set_accepting_unit_id("bench-accepting");
  task.set_person_responsible("市住房和城乡建设局局长");
  task.set_key(true);
  task.set_due_day("2099-12-31");
  return task;
}

Call OfficeCall(int subject) {
  Call call;
  call.actor.subject = absl::StrCat("bench-", subject);
  call.actor.roles = {access::v1::OFFICE};
  call.actor.region = "210400";
  call.now = absl::Now();
  call.today = absl::ToCivilDay(call.now, absl::FixedTimeZone(8 * 60 * 60));
  call.traceparent = "00-00000000000000000000000000000001-0000000000000001-01";
  return call;
}

absl::StatusOr<std::unique_ptr<Handlers>> Handlers::Open(const std::string& url) {
  auto handlers = std::make_unique<Handlers>();
  ASSIGN_OR_RETURN(handlers->db_, Db::Open(url, {.connections = 24}));
  RETURN_IF_ERROR(EventFeed::Migrate(*handlers->db_));
  RETURN_IF_ERROR(Migrate(*handlers->db_, "tasks", tasks::Migrations()));
  handlers->feed_ = std::make_unique<EventFeed>(*handlers->db_, tasks::Records());
  ASSIGN_OR_RETURN(handlers->tokens_, TokenVerifier::Create({}));
  handlers->workers_ = std::make_unique<Workers>(1, 1);
  handlers->door_ = std::make_unique<Door>(*handlers->tokens_, *handlers->workers_);
  handlers->service_ =
      std::make_unique<tasks::TasksService>(*handlers->door_, *handlers->db_, *handlers->feed_);
  for (absl::string_view id : {"bench-lead", "bench-supervising", "bench-accepting"}) {
    Call call = OfficeCall(0);
    tasks::v1::CreateUnitRequest request;
    request.mutable_unit()->set_id(std::string(id));
    request.mutable_unit()->set_region("210400");
    request.mutable_unit()->set_name(std::string(id));
    request.mutable_unit()->set_kind("DEPARTMENT");
    absl::Status made = handlers->service_->CreateUnit(call, request).status();
    if (made.code() != absl::StatusCode::kAlreadyExists) RETURN_IF_ERROR(made);
  }
  return handlers;
}

std::vector<std::string> Lines(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(std::move(line));
  return lines;
}

void Report(int64_t calls, int64_t errors, double seconds, std::vector<int64_t>& microseconds) {
  std::sort(microseconds.begin(), microseconds.end());
  auto quantile = [&](double part) {
    return microseconds.empty() ? 0 : microseconds[(microseconds.size() - 1) * part];
  };
  printf("{\"per_second\":%.1f,\"errors\":%lld,\"p50_us\":%lld,\"p99_us\":%lld}\n", calls / seconds,
         static_cast<long long>(errors), static_cast<long long>(quantile(0.5)),
         static_cast<long long>(quantile(0.99)));
}

}  // namespace lucid::bench
