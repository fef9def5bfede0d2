#include "services/base/records.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "services/base/access.h"
#include "services/base/db_rows.h"
#include "services/base/events.h"
#include "services/base/id.h"
#include "services/base/records_each.h"
#include "services/base/timestamps.h"

namespace lucid {
namespace {

using google::protobuf::Message;

const google::protobuf::FieldDescriptor* Field(const Message& record, const char* name) {
  return record.GetDescriptor()->FindFieldByName(name);
}

std::string IdOf(const Message& record) {
  return record.GetReflection()->GetString(record, Field(record, "id"));
}

int64_t VersionOf(const Message& record) {
  return record.GetReflection()->GetInt64(record, Field(record, "version"));
}

// Gives the record its version and its times.
void Stamp(Message& record, int64_t version, absl::Time now) {
  const auto* reflection = record.GetReflection();
  reflection->SetInt64(&record, Field(record, "version"), version);
  const google::protobuf::Timestamp time = ToTimestamp(now);
  if (version == 1) {
    reflection->MutableMessage(&record, Field(record, "create_time"))->CopyFrom(time);
  }
  reflection->MutableMessage(&record, Field(record, "update_time"))->CopyFrom(time);
}

absl::Status Parse(const std::string& body, const Table& table, absl::string_view id,
                   Message& record) {
  if (record.ParseFromString(body)) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(table.name, "/", id, " cannot be read"));
}

absl::Status ReadBody(Tx& tx, const Table& table, absl::string_view id, Message& record,
                      bool& found) {
  ASSIGN_OR_RETURN(
      Rows rows,
      tx.Run(absl::StrCat("SELECT body FROM ", table.name, " WHERE id = $1"), {std::string(id)}));
  found = !rows.empty();
  return found ? Parse(rows.Bytes(0, 0), table, id, record) : absl::OkStatus();
}

// The bodies of those that there are, by id.
absl::StatusOr<absl::flat_hash_map<std::string, std::string>> ReadBodiesOf(
    Tx& tx, const Table& table, absl::Span<const std::string> ids) {
  absl::flat_hash_map<std::string, std::string> bodies;
  RETURN_IF_ERROR(SelectByIds(
      tx, absl::StrCat("SELECT id, body FROM ", table.name), ids,
      [&](const Rows& rows, size_t i) { bodies.emplace(rows.Text(i, 0), rows.Bytes(i, 1)); }));
  return bodies;
}

absl::Status NotFound(const Table& table, absl::string_view id) {
  return Fail(absl::StatusCode::kNotFound, "NOT_FOUND",
              absl::StrCat(table.name, "/", id, " does not exist"));
}

// Whether the caller may see what was looked for.
absl::Status CheckFound(const Call& call, const Table& table, absl::string_view id,
                        const Message& record, bool found) {
  const ResourceAccess& access = ResourceAccess::For(*record.GetDescriptor());
  const bool sees_all = access.ScopeOf(call.actor) == ResourceAccess::Scope::kAll;
  if (!found) return sees_all ? NotFound(table, id) : NotYours(table.name, id);
  if (!sees_all && !access.MaySee(call.actor, record)) return NotYours(table.name, id);
  return absl::OkStatus();
}

// Keeps the index from units to records in step with the record.
absl::Status UpdateUnitScopes(Tx& tx, const Table& table, const Message* before,
                              const Message& record) {
  const ResourceAccess& access = ResourceAccess::For(*record.GetDescriptor());
  if (!access.has_units()) return absl::OkStatus();
  std::vector<std::string> now = access.UnitsOf(record);
  std::vector<std::string> then;
  if (before != nullptr) then = access.UnitsOf(*before);
  if (now == then) return absl::OkStatus();
  std::string id = IdOf(record);
  for (const std::string& unit : then) {
    if (absl::c_linear_search(now, unit)) continue;
    RETURN_IF_ERROR(
        tx.Run("DELETE FROM unit_scopes WHERE collection = $1 AND unit_id = $2 AND id = $3",
               {table.name, unit, id})
            .status());
  }
  for (const std::string& unit : now) {
    if (absl::c_linear_search(then, unit)) continue;
    RETURN_IF_ERROR(tx.Run("INSERT INTO unit_scopes (collection, unit_id, id) VALUES ($1, $2, $3)",
                           {table.name, unit, id})
                        .status());
  }
  return absl::OkStatus();
}

// Says which unique key of the record is taken, in the words of the API.
absl::Status Taken(const absl::Status& status, const Table& table, const Message& record) {
  if (status.code() != absl::StatusCode::kAlreadyExists) return status;
  return Fail(
      absl::StatusCode::kAlreadyExists, "ALREADY_EXISTS",
      absl::StrCat(table.name, "/", IdOf(record), ": another record has the same unique key (",
                   ErrorMetadata(status, "constraint"), ")"),
      {{"constraint", ErrorMetadata(status, "constraint")}});
}

}  // namespace

absl::Status FindRecord(Tx& tx, const Table& table, absl::string_view id, Message& record) {
  bool found = false;
  RETURN_IF_ERROR(ReadBody(tx, table, id, record, found));
  return found ? absl::OkStatus() : NotFound(table, id);
}

absl::Status FindRecordFor(Tx& tx, const Call& call, const Table& table, absl::string_view id,
                           Message& record) {
  if (id.empty()) return InvalidField("id", "is required");
  bool found = false;
  RETURN_IF_ERROR(ReadBody(tx, table, id, record, found));
  return CheckFound(call, table, id, record, found);
}

std::vector<absl::Status> FindRecordsFor(Tx& tx, const Call& call, const Table& table,
                                         absl::Span<const std::string> ids,
                                         absl::Span<Message* const> records) {
  auto bodies = ReadBodiesOf(tx, table, ids);
  std::vector<absl::Status> statuses(ids.size(), bodies.status());
  if (!bodies.ok()) return statuses;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i].empty()) {
      statuses[i] = InvalidField("id", "is required");
      continue;
    }
    const auto body = bodies->find(ids[i]);
    const bool found = body != bodies->end();
    statuses[i] = found ? Parse(body->second, table, ids[i], *records[i]) : absl::OkStatus();
    if (statuses[i].ok()) statuses[i] = CheckFound(call, table, ids[i], *records[i], found);
  }
  return statuses;
}

absl::Status InsertRecord(Tx& tx, const Call& call, const Table& table, Message& record) {
  std::string id = IdOf(record);
  if (id.empty()) {
    id = NewId(call.now);
    record.GetReflection()->SetString(&record, Field(record, "id"), id);
  } else {
    RETURN_IF_ERROR(CheckId("id", id));
  }
  Stamp(record, 1, call.now);
  std::vector<Value> values = {id, int64_t{1}};
  std::string names = "id, version", places = "$1, $2";
  for (const Column& column : table.columns) {
    values.push_back(column.value(record));
    absl::StrAppend(&names, ", ", column.name);
    absl::StrAppend(&places, ", $", values.size());
  }
  values.push_back(Blob{record.SerializeAsString()});
  absl::Status inserted =
      tx.Run(absl::StrCat("INSERT INTO ", table.name, " (", names, ", body) VALUES (", places,
                          ", $", values.size(), ")"),
             values)
          .status();
  RETURN_IF_ERROR(Taken(inserted, table, record));
  RETURN_IF_ERROR(UpdateUnitScopes(tx, table, nullptr, record));
  return RecordEvent(tx, call, table, nullptr, record);
}

absl::Status UpdateRecord(Tx& tx, const Call& call, const Table& table, Message& record) {
  std::unique_ptr<Message> before(record.New());
  RETURN_IF_ERROR(FindRecord(tx, table, IdOf(record), *before));
  int64_t version = VersionOf(record);
  if (VersionOf(*before) != version) {
    return StaleVersion(tx, table.name, IdOf(record), version, VersionOf(*before));
  }
  Stamp(record, version + 1, call.now);
  std::vector<Value> values = {IdOf(record), version + 1};
  std::string sets = "version = $2";
  for (const Column& column : table.columns) {
    values.push_back(column.value(record));
    absl::StrAppend(&sets, ", ", column.name, " = $", values.size());
  }
  values.push_back(Blob{record.SerializeAsString()});
  absl::Status updated = tx.Run(absl::StrCat("UPDATE ", table.name, " SET ", sets, ", body = $",
                                             values.size(), " WHERE id = $1"),
                                values)
                             .status();
  RETURN_IF_ERROR(Taken(updated, table, record));
  RETURN_IF_ERROR(UpdateUnitScopes(tx, table, before.get(), record));
  return RecordEvent(tx, call, table, before.get(), record);
}

absl::Status StaleVersion(Tx& tx, absl::string_view collection, absl::string_view id,
                          int64_t expected, int64_t found) {
  ASSIGN_OR_RETURN(Rows rows,
                   tx.Run("SELECT record_version, actor, kind, time FROM events"
                          " WHERE record_id = $1 AND record_version > $2 AND collection = $3"
                          " ORDER BY record_version LIMIT 10",
                          {std::string(id), expected, std::string(collection)}));
  std::string changes;
  for (size_t i = 0; i < rows.size(); ++i) {
    absl::StrAppend(&changes, i == 0 ? "" : ", ", rows.Int(i, 0), " ", rows.Text(i, 2), " by ",
                    rows.Text(i, 1), " at ",
                    absl::FormatTime(absl::FromUnixMicros(rows.Int(i, 3)), absl::UTCTimeZone()));
  }
  return Fail(absl::StatusCode::kAborted, "STALE_VERSION",
              absl::StrCat(collection, "/", id, " is at version ", found, ", you worked from ",
                           expected, "; since then: ", changes),
              {{"version", absl::StrCat(found)}, {"changes", changes}});
}

}  // namespace lucid
