// What the other services keep of the registers that tasks owns: units and calendars, copied by
// following its events.
//
// A copy lags behind by as long as an event takes. So a unit that is not in it may be a new one: it
// is then asked for at tasks itself, on the caller's behalf. What is in the copy exists, because
// units are never deleted.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lucid/tasks/v1/tasks_service.grpc.pb.h"
#include "services/base/calendar.h"
#include "services/base/db.h"
#include "services/base/server.h"

namespace lucid::registry {

// What stored calendars say, one body a row.
absl::StatusOr<WorkingCalendar> ReadCalendars(const Rows& bodies);

class Registry {
 public:
  // The copy of a service: brings its tables up to date and follows tasks from now on.
  static absl::StatusOr<std::shared_ptr<Registry>> Start(Server& server);

  // A copy that nobody keeps up to date; `tasks` leads to the tasks service. Migrate first.
  Registry(Db& db, std::shared_ptr<grpc::Channel> tasks);

  // A request field with the unit that it names; an empty one names none.
  using NamedUnit = std::pair<std::string, std::string>;
  // INVALID_ARGUMENT, naming the fields, where a unit does not exist; UNAVAILABLE, reason
  // PEER_AWAY, when the copy has it not and tasks does not answer. May ask tasks, so not within a
  // transaction.
  absl::Status CheckUnits(const Call& call, const std::vector<NamedUnit>& units);

  // The calendars as copied.
  absl::StatusOr<WorkingCalendar> Calendars();

  // What an event of tasks does to the copy.
  static absl::Status OnEvent(Tx& tx, const Call& call, const events::v1::Event& event);

 private:
  // Whether tasks has the unit.
  absl::StatusOr<bool> Ask(const Call& call, const std::string& unit);

  Db& db_;
  const std::shared_ptr<tasks::v1::TasksService::Stub> tasks_;
};

// The tables of the copy, for Migrate(db, "registry", …).
absl::Span<const absl::string_view> Migrations();

}  // namespace lucid::registry
