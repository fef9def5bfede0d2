// The commands of lucid_bench, each in the file of its name, and the records that they share.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lucid/tasks/v1/task.pb.h"
#include "services/base/call.h"
#include "services/base/db.h"
#include "services/base/events.h"
#include "services/base/token.h"
#include "services/tasks/tasks_service.h"

namespace lucid::bench {

// A task as agencies write them, about 1 KB; tasks of different numbers differ.
tasks::v1::Task SampleTask(absl::string_view number);

// A call by one of a thousand subjects with role OFFICE.
Call OfficeCall(int subject);

// The tasks service as functions, on a database of its own, without a server.
class Handlers {
 public:
  // Opens the database, brings its schema up to date and makes the units of the sample.
  static absl::StatusOr<std::unique_ptr<Handlers>> Open(const std::string& url);

  tasks::TasksService& service() { return *service_; }

 private:
  std::unique_ptr<Db> db_;
  std::unique_ptr<EventFeed> feed_;
  std::unique_ptr<TokenVerifier> tokens_;
  std::unique_ptr<Workers> workers_;
  std::unique_ptr<Door> door_;
  std::unique_ptr<tasks::TasksService> service_;
};

// The lines of a file; a file that is missing has none.
std::vector<std::string> Lines(const std::string& path);

// fill: --count new tasks in --db, their ids in --ids; and the bearer tokens of --subjects, signed
// with --key, in --tokens.
absl::Status Fill();
// load: calls --method ("get", "create" or "empty") at --target for --seconds, --in_flight at once.
absl::Status Load();
// empty: serves a method that does nothing but answer as many bytes as a task has.
absl::Status ServeEmpty();
// commits: --in_flight threads create tasks in --db for --seconds, without gRPC.
absl::Status Commits();
// start: the milliseconds from starting the program given after -- until --target is healthy.
absl::Status Start(const std::vector<std::string>& command);

// stations: air stations of --cities in --db, --per_city each, and the annual PM2.5 of each city.
absl::Status MakeStations();
// stream: sends the hours of these stations in --first_month … --last_month of --year to --target,
// as --shape says; values per second until all are answered as durable.
absl::Status StreamValues();
// rows: the same hours into SQLite at --db, one row per value: a loop of prepared inserts in one
// transaction. print-rows: the same for \copy.
absl::Status InsertRows();
absl::Status PrintRows();
// evaluate: the milliseconds in which --target answers the annual mean of one city, and of all
// cities, asked for at once. query-rows: the same in SQL over one row per value.
absl::Status EvaluateCountry();
absl::Status QueryRows();
// correct: the milliseconds in which one hour of the first city is corrected, durably, and its year
// evaluated anew; the median of 25.
absl::Status CorrectHours();

// Prints what was measured: one JSON object on a line.
void Report(int64_t calls, int64_t errors, double seconds, std::vector<int64_t>& microseconds);

}  // namespace lucid::bench
