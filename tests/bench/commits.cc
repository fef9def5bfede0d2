// The reference of durable creation: the handler's statements in the same group commits, called as
// a function by as many threads as calls are in flight. No gRPC, no tokens, no log.
#include <atomic>
#include <mutex>
#include <thread>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/base/hash.h"
#include "services/base/id.h"
#include "tests/bench/bench.h"

ABSL_DECLARE_FLAG(std::string, db);
ABSL_DECLARE_FLAG(double, seconds);
ABSL_DECLARE_FLAG(int, in_flight);

namespace lucid::bench {

absl::Status Commits() {
  ASSIGN_OR_RETURN(std::unique_ptr<Handlers> handlers, Handlers::Open(absl::GetFlag(FLAGS_db)));
  const std::string stem = NewId(absl::Now());
  const absl::Time begin = absl::Now();
  const absl::Time end = begin + absl::Seconds(absl::GetFlag(FLAGS_seconds));
  std::atomic<int64_t> numbers = 0;
  std::mutex mutex;
  std::vector<int64_t> all;
  absl::Status failed;
  auto create = [&] {
    std::vector<int64_t> mine;
    absl::Status status;
    for (absl::Time begun = absl::Now(); begun < end && status.ok(); begun = absl::Now()) {
      const int64_t number = numbers++;
      Call call = OfficeCall(number % 1000);
      tasks::v1::CreateTaskRequest request;
      *request.mutable_task() = SampleTask(absl::StrCat(stem, "-", number));
      call.method = "lucid.tasks.v1.TasksService.CreateTask";
      call.request_id = absl::StrCat(stem, "-", number);
      call.request_hash = Sha256Hex(request.SerializeAsString());
      status = handlers->service().CreateTask(call, request).status();
      mine.push_back(absl::ToInt64Microseconds(absl::Now() - begun));
    }
    std::lock_guard lock(mutex);
    all.insert(all.end(), mine.begin(), mine.end());
    if (!status.ok()) failed = status;
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < absl::GetFlag(FLAGS_in_flight); ++i) threads.emplace_back(create);
  for (std::thread& thread : threads) thread.join();
  Report(all.size(), failed.ok() ? 0 : 1, absl::ToDoubleSeconds(absl::Now() - begin), all);
  return failed;
}

}  // namespace lucid::bench
