// Records: one Find, Insert, Update and List for every resource, each change with its event.
//
// A resource is a proto message with `id`, `version`, `create_time`, `update_time` and the option
// lucid.access.v1.resource; it is stored as a row (id, version, the columns that lists filter, sort
// or count by, body), where body is the serialized message. A store says how in TableOf<R>().
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "google/protobuf/util/time_util.h"
#include "services/base/call.h"
#include "services/base/db.h"
#include "services/base/status.h"

namespace lucid {

// A column that lists filter, sort or count by, and how its value follows from the record.
struct Column {
  std::string name;
  std::function<Value(const google::protobuf::Message&)> value;
};

// Column("state", [](const v1::Task& task) { return int64_t{task.state()}; })
template <class R, class Of>
Column ColumnOf(std::string name, Of of) {
  return {std::move(name), [of](const google::protobuf::Message& record) -> Value {
            return of(static_cast<const R&>(record));
          }};
}

// One contribution of a record to the counts that dashboards read. The settler sums contributions
// by (name, region, key, day); reading a dashboard sums what its region and day select.
struct Tally {
  std::string name;    // what is counted: "tasks"
  std::string region;  // the record's region
  std::string key;     // what it is counted by: "progress=DONE"
  std::string day;     // the day that decides at read time (a due day), or ""
  int64_t amount = 1;
};

// How a resource type is stored.
struct Table {
  std::string name;
  std::vector<Column> columns;
  // What a record contributes to the counts; null where nothing is counted.
  std::function<std::vector<Tally>(const google::protobuf::Message&)> tallies;
};

// Specialised by the store of each resource type.
template <class R>
const Table& TableOf();

// A table with the type of its records.
struct RecordType {
  const Table* table;
  const google::protobuf::Message* prototype;
};
template <class R>
RecordType RecordTypeOf() {
  return {&TableOf<R>(), &R::default_instance()};
}

// --- The same for every type; the templates below only add the type. ---

absl::Status FindRecord(Tx& tx, const Table& table, absl::string_view id,
                        google::protobuf::Message& record);
absl::Status FindRecordFor(Tx& tx, const Call& call, const Table& table, absl::string_view id,
                           google::protobuf::Message& record);
absl::Status InsertRecord(Tx& tx, const Call& call, const Table& table,
                          google::protobuf::Message& record);
absl::Status UpdateRecord(Tx& tx, const Call& call, const Table& table,
                          google::protobuf::Message& record);
absl::Status StaleVersion(Tx& tx, absl::string_view collection, absl::string_view id,
                          int64_t expected, int64_t found);

// The record, or NOT_FOUND. Checks no access: for what a handler reads on its own behalf.
template <class R>
absl::StatusOr<R> Find(Tx& tx, absl::string_view id) {
  R record;
  RETURN_IF_ERROR(FindRecord(tx, TableOf<R>(), id, record));
  return record;
}

// The record, if the caller may see it. A foreign and a missing id get the same PERMISSION_DENIED,
// except for callers who see the whole collection: they get NOT_FOUND.
template <class R>
absl::StatusOr<R> FindFor(Tx& tx, const Call& call, absl::string_view id) {
  R record;
  RETURN_IF_ERROR(FindRecordFor(tx, call, TableOf<R>(), id, record));
  return record;
}

// Stores a new record at version 1 with its event. Takes the id given, or makes one; an id that
// exists, or another unique key that is taken, is ALREADY_EXISTS.
template <class R>
absl::Status Insert(Tx& tx, const Call& call, R& record) {
  return InsertRecord(tx, call, TableOf<R>(), record);
}

// Stores the changed record under the next version, with its event. `record` was found in this Tx.
template <class R>
absl::Status Update(Tx& tx, const Call& call, R& record) {
  return UpdateRecord(tx, call, TableOf<R>(), record);
}

// ABORTED with reason STALE_VERSION, naming who changed what since, when the caller worked from an
// older version; 0 means that the caller does not say.
template <class R>
absl::Status CheckVersion(Tx& tx, const R& record, int64_t expected) {
  if (expected == 0 || expected == record.version()) return absl::OkStatus();
  return StaleVersion(tx, TableOf<R>().name, record.id(), expected, record.version());
}

// --- Changing methods ---

// What a request id has already done, by event numbers.
struct Replay {
  bool found = false;
  std::vector<int64_t> events;
};
absl::StatusOr<Replay> BeginRequest(Tx& tx, const Call& call);
absl::Status EndRequest(Tx& tx, const Call& call);
absl::Status ReadReplay(Tx& tx, const Replay& replay, google::protobuf::Message& answer);
absl::Status DryRun();
bool IsDryRun(const absl::Status& status);

// Runs the body of a changing method in one transaction, with what all of them share: a repeated
// request id answers as the first call left it (the same id with another body is INVALID_ARGUMENT),
// and validate_only runs every check and changes nothing. Body: Tx& → StatusOr<Answer>.
template <class Body>
auto Write(Db& db, const Call& call, Body&& body) -> std::invoke_result_t<Body, Tx&> {
  using Result = std::invoke_result_t<Body, Tx&>;
  Result checked = absl::UnknownError("not run");
  Result written = db.Write([&](Tx& tx) -> Result {
    ASSIGN_OR_RETURN(Replay replay, BeginRequest(tx, call));
    if (replay.found) {
      typename Result::value_type answer;
      RETURN_IF_ERROR(ReadReplay(tx, replay, answer));
      return answer;
    }
    Result result = body(tx);
    if (!result.ok()) return result;
    if (call.validate_only) {
      checked = std::move(result);
      return DryRun();
    }
    RETURN_IF_ERROR(EndRequest(tx, call));
    return result;
  });
  return IsDryRun(written.status()) ? std::move(checked) : std::move(written);
}

// Deletes the request ids older than seven days, at most 1 000 of them; answers how many.
absl::StatusOr<int64_t> SweepRequests(Tx& tx, absl::Time now);

// --- Lists ---

// The conditions, order and page of one list. Conditions with empty values are left out, so a
// filter field of the request goes in as it is.
class Query {
 public:
  Query& Equals(absl::string_view column, absl::string_view text);
  Query& Equals(absl::string_view column, int64_t number);  // 0 is left out
  Query& AnyOf(absl::string_view column, const std::vector<std::string>& texts);
  Query& AtLeast(absl::string_view column, absl::string_view text);
  Query& Before(absl::string_view column, absl::string_view text);
  // The records of a region and everything below it; a code that is none is refused by the list.
  Query& Region(absl::string_view column, absl::string_view code);
  // A condition of the store's own, with `?` for each value: "id IN (SELECT … WHERE x = ?)".
  Query& Where(absl::string_view condition, std::vector<Value> values);
  // Sorts by a column, then by id. `text` is what the caller asked ("due_day", "due_day desc"); it
  // must be one of `allowed`; empty means "id".
  Query& OrderBy(absl::string_view text, std::vector<std::string> allowed);

 private:
  friend absl::Status ListRecords(Tx& tx, const Call& call, const Table& table,
                                  const google::protobuf::Descriptor& type, const Query& query,
                                  int64_t page_size, absl::string_view page_token,
                                  const std::function<absl::Status(const std::string&)>& add,
                                  std::string& next_page_token);
  struct Condition {
    std::string sql;
    std::vector<Value> values;
  };
  std::vector<Condition> conditions_;
  std::string order_ = "id";
  bool descending_ = false;
  absl::Status error_;
};

absl::Status ListRecords(Tx& tx, const Call& call, const Table& table,
                         const google::protobuf::Descriptor& type, const Query& query,
                         int64_t page_size, absl::string_view page_token,
                         const std::function<absl::Status(const std::string&)>& add,
                         std::string& next_page_token);

// Adds to `records` the page of records that the request asks for and the caller may see, and sets
// `next_page_token`. Page sizes: 0 → 50, above 1000 → 1000, negative → INVALID_ARGUMENT. A page
// token that was not made for this query is INVALID_ARGUMENT.
template <class R, class Request>
absl::Status List(Tx& tx, const Call& call, const Request& request, const Query& query,
                  google::protobuf::RepeatedPtrField<R>& records, std::string& next_page_token) {
  return ListRecords(
      tx, call, TableOf<R>(), *R::descriptor(), query, request.page_size(), request.page_token(),
      [&](const std::string& body) {
        return records.Add()->ParseFromString(body)
                   ? absl::OkStatus()
                   : absl::InternalError("a stored record cannot be read");
      },
      next_page_token);
}

}  // namespace lucid
