#include "services/registry/registry.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/base/db_rows.h"
#include "services/base/rpc.h"
#include "services/base/status.h"
#include "services/registry/calendars.h"

namespace lucid::registry {
namespace {

constexpr absl::string_view kMigrations[] = {
    "CREATE TABLE registry_units (id TEXT PRIMARY KEY, body BLOB NOT NULL)",
    "CREATE TABLE registry_calendars (id TEXT PRIMARY KEY, body BLOB NOT NULL)",
};

// After so many units that do not exist, no more are asked for.
constexpr size_t kMostMissing = 10;

// Those of the units that the copy does not have.
absl::StatusOr<std::set<std::string>> NotCopied(Tx& tx, const std::set<std::string>& ids) {
  std::set<std::string> left = ids;
  RETURN_IF_ERROR(SelectByIds(tx, "SELECT id FROM registry_units",
                              std::vector<std::string>(ids.begin(), ids.end()),
                              [&](const Rows& rows, size_t i) { left.erase(rows.Text(i, 0)); }));
  return left;
}

}  // namespace

absl::Span<const absl::string_view> Migrations() { return kMigrations; }

absl::StatusOr<WorkingCalendar> ReadCalendars(const Rows& bodies) {
  WorkingCalendar days;
  for (size_t i = 0; i < bodies.size(); ++i) {
    tasks::v1::Calendar calendar;
    if (!calendar.ParseFromString(bodies.Bytes(i, 0)) || !LoadYear(calendar, days).ok()) {
      return absl::DataLossError("a stored calendar cannot be read");
    }
  }
  return days;
}

Registry::Registry(Db& db, std::shared_ptr<grpc::Channel> tasks)
    : db_(db), tasks_(tasks::v1::TasksService::NewStub(std::move(tasks))) {}

absl::StatusOr<std::shared_ptr<Registry>> Registry::Start(Server& server) {
  ASSIGN_OR_RETURN(std::shared_ptr<grpc::Channel> tasks, server.Peer("tasks"));
  RETURN_IF_ERROR(Migrate(server.db(), "registry", Migrations()));
  auto registry = std::make_shared<Registry>(server.db(), std::move(tasks));
  server.Follow(
      "registry-follows-tasks",
      [stub = registry->tasks_](grpc::ClientContext* context, const Follower::Request& cursor) {
        Follower::Request request = cursor;
        request.add_kinds("units.*");
        request.add_kinds("calendars.*");
        return stub->WatchEvents(context, request);
      },
      OnEvent);
  return registry;
}

absl::Status Registry::CheckUnits(const Call& call, const std::vector<NamedUnit>& units) {
  std::set<std::string> ids, missing;
  for (const auto& [field, id] : units) {
    if (!id.empty()) ids.insert(id);
  }
  if (ids.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::set<std::string> asked,
                   db_.Read([&](Tx& tx) { return NotCopied(tx, ids); }));
  for (const std::string& id : asked) {
    ASSIGN_OR_RETURN(const bool exists, Ask(call, id));
    if (!exists) missing.insert(id);
    if (missing.size() == kMostMissing) break;
  }
  FieldErrors errors;
  for (const auto& [field, id] : units) {
    if (missing.count(id) > 0) errors.Add(field, "names a unit that does not exist");
  }
  return errors.status();
}

absl::StatusOr<bool> Registry::Ask(const Call& call, const std::string& unit) {
  grpc::ClientContext context;
  Server::CallPeer(call, context);
  tasks::v1::GetUnitRequest request;
  request.set_id(unit);
  tasks::v1::Unit found;
  absl::Status asked = FromGrpc(tasks_->GetUnit(&context, request, &found));
  if (asked.ok()) return true;
  if (asked.code() == absl::StatusCode::kUnavailable ||
      asked.code() == absl::StatusCode::kDeadlineExceeded) {
    return Fail(absl::StatusCode::kUnavailable, "PEER_AWAY",
                absl::StrCat("the tasks service is away; whether units/", unit,
                             " exists cannot be checked now"));
  }
  // Missing, foreign to this caller, or no id at all.
  if (asked.code() == absl::StatusCode::kNotFound ||
      asked.code() == absl::StatusCode::kPermissionDenied ||
      asked.code() == absl::StatusCode::kInvalidArgument) {
    return false;
  }
  return asked;
}

absl::StatusOr<WorkingCalendar> Registry::Calendars() {
  ASSIGN_OR_RETURN(Rows bodies, db_.Read([](Tx& tx) {
    return tx.Run("SELECT body FROM registry_calendars ORDER BY id");
  }));
  return ReadCalendars(bodies);
}

absl::Status Registry::OnEvent(Tx& tx, const Call&, const events::v1::Event& event) {
  const bool is_unit = event.record().Is<tasks::v1::Unit>();
  if (!is_unit && !event.record().Is<tasks::v1::Calendar>()) return absl::OkStatus();
  return tx
      .Run(absl::StrCat("INSERT INTO ", is_unit ? "registry_units" : "registry_calendars",
                        " (id, body) VALUES ($1, $2)"
                        " ON CONFLICT (id) DO UPDATE SET body = excluded.body"),
           {event.record_id(), Blob{event.record().value()}})
      .status();
}

}  // namespace lucid::registry
