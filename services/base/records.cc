#include "services/base/records.h"

#include <algorithm>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "services/base/access.h"
#include "services/base/events.h"
#include "services/base/hash.h"
#include "services/base/id.h"
#include "services/base/page.h"
#include "services/base/region.h"

namespace lucid {
namespace {

using google::protobuf::Message;
using google::protobuf::util::TimeUtil;

constexpr absl::Duration kKeepRequests = absl::Hours(7 * 24);
constexpr absl::string_view kDryRun = "DRY_RUN";

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
  auto time = TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(now));
  if (version == 1) {
    reflection->MutableMessage(&record, Field(record, "create_time"))->CopyFrom(time);
  }
  reflection->MutableMessage(&record, Field(record, "update_time"))->CopyFrom(time);
}

absl::Status ReadBody(Tx& tx, const Table& table, absl::string_view id, Message& record,
                      bool& found) {
  ASSIGN_OR_RETURN(
      Rows rows,
      tx.Run(absl::StrCat("SELECT body FROM ", table.name, " WHERE id = $1"), {std::string(id)}));
  found = !rows.empty();
  if (found && !record.ParseFromString(rows.Bytes(0, 0))) {
    return absl::DataLossError(absl::StrCat(table.name, "/", id, " cannot be read"));
  }
  return absl::OkStatus();
}

absl::Status NotFound(const Table& table, absl::string_view id) {
  return Fail(absl::StatusCode::kNotFound, "NOT_FOUND",
              absl::StrCat(table.name, "/", id, " does not exist"));
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

std::string RequestKey(const Call& call) {
  return Sha256Hex(absl::StrCat(call.actor.subject, "\n", call.method, "\n", call.request_id));
}

// Copies from the current record the fields that events do not carry, at any depth. Elements of
// lists are matched by their place: histories only grow at the end.
void RestoreConfidential(const Message& current, Message& record) {
  const auto* reflection = record.GetReflection();
  for (int i = 0; i < record.GetDescriptor()->field_count(); ++i) {
    const auto* field = record.GetDescriptor()->field(i);
    const bool message = field->message_type() != nullptr;
    const bool inside = message && HasFieldRules(*field->message_type());
    if (field->is_repeated()) {
      const int count = inside ? std::min(reflection->FieldSize(current, field),
                                          reflection->FieldSize(record, field))
                               : 0;
      for (int k = 0; k < count; ++k) {
        RestoreConfidential(reflection->GetRepeatedMessage(current, field, k),
                            *reflection->MutableRepeatedMessage(&record, field, k));
      }
    } else if (!reflection->HasField(current, field)) {
      continue;
    } else if (!field->options().HasExtension(access::v1::field)) {
      if (inside && reflection->HasField(record, field)) {
        RestoreConfidential(reflection->GetMessage(current, field),
                            *reflection->MutableMessage(&record, field));
      }
    } else if (message) {
      reflection->MutableMessage(&record, field)->CopyFrom(reflection->GetMessage(current, field));
    } else if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
      reflection->SetString(&record, field, reflection->GetString(current, field));
    }
  }
}

absl::Status ReadEventInto(Tx& tx, int64_t event, const std::string& collection, Message& record,
                           bool& matches) {
  ASSIGN_OR_RETURN(
      Rows rows, tx.Run("SELECT collection, record_id, body FROM events WHERE seq = $1", {event}));
  matches = !rows.empty() && rows.Text(0, 0) == collection;
  if (!matches) return absl::OkStatus();
  if (!record.ParseFromString(rows.Bytes(0, 2))) {
    return absl::DataLossError("a stored event cannot be read");
  }
  if (!HasFieldRules(*record.GetDescriptor())) return absl::OkStatus();
  std::unique_ptr<Message> current(record.New());
  ASSIGN_OR_RETURN(Rows row, tx.Run(absl::StrCat("SELECT body FROM ", collection, " WHERE id = $1"),
                                    {rows.Text(0, 1)}));
  if (!row.empty() && current->ParseFromString(row.Bytes(0, 0))) {
    RestoreConfidential(*current, record);
  }
  return absl::OkStatus();
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
  const ResourceAccess& access = ResourceAccess::For(*record.GetDescriptor());
  bool found = false;
  RETURN_IF_ERROR(ReadBody(tx, table, id, record, found));
  bool sees_all = access.ScopeOf(call.actor) == ResourceAccess::Scope::kAll;
  if (!found) return sees_all ? NotFound(table, id) : NotYours(table.name, id);
  if (!sees_all && !access.MaySee(call.actor, record)) return NotYours(table.name, id);
  return absl::OkStatus();
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

absl::StatusOr<Replay> BeginRequest(Tx& tx, const Call& call) {
  Replay replay;
  if (call.request_id.empty()) return replay;
  std::string key = RequestKey(call);
  // Inserting first, rather than looking first, takes no predicate lock that would make unrelated
  // requests lose races on PostgreSQL.
  ASSIGN_OR_RETURN(Rows rows,
                   tx.Run("INSERT INTO requests (key, hash, time, events) VALUES ($1, $2, $3, '')"
                          " ON CONFLICT (key) DO NOTHING RETURNING key",
                          {key, call.request_hash, absl::ToUnixMicros(call.now)}));
  if (!rows.empty()) return replay;
  ASSIGN_OR_RETURN(rows, tx.Run("SELECT hash, events FROM requests WHERE key = $1", {key}));
  if (rows.empty()) return Fail(absl::StatusCode::kAborted, "RACE", "try again");
  if (rows.Text(0, 0) != call.request_hash) {
    return InvalidField("request_id", "was used before with another request body");
  }
  replay.found = true;
  for (absl::string_view event : absl::StrSplit(rows.Text(0, 1), ',', absl::SkipEmpty())) {
    int64_t number = 0;
    if (absl::SimpleAtoi(event, &number)) replay.events.push_back(number);
  }
  return replay;
}

absl::Status EndRequest(Tx& tx, const Call& call) {
  if (call.request_id.empty()) return absl::OkStatus();
  return tx
      .Run("UPDATE requests SET events = $2 WHERE key = $1",
           {RequestKey(call), absl::StrJoin(tx.events(), ",")})
      .status();
}

absl::Status ReadReplay(Tx& tx, const Replay& replay, Message& answer) {
  const auto* descriptor = answer.GetDescriptor();
  const auto* reflection = answer.GetReflection();
  bool matches = false;
  if (descriptor->options().HasExtension(access::v1::resource)) {
    const std::string& collection = ResourceAccess::For(*descriptor).collection();
    for (auto event = replay.events.rbegin(); event != replay.events.rend() && !matches; ++event) {
      RETURN_IF_ERROR(ReadEventInto(tx, *event, collection, answer, matches));
    }
    return matches ? absl::OkStatus() : absl::InternalError("a repeated request left no event");
  }
  // The answer of a batch: a list of resources in one of its fields.
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (!field->is_repeated() || field->message_type() == nullptr ||
        !field->message_type()->options().HasExtension(access::v1::resource)) {
      continue;
    }
    const std::string& collection = ResourceAccess::For(*field->message_type()).collection();
    for (int64_t event : replay.events) {
      std::unique_ptr<Message> record(
          reflection->GetMessageFactory()->GetPrototype(field->message_type())->New());
      RETURN_IF_ERROR(ReadEventInto(tx, event, collection, *record, matches));
      if (matches) reflection->AddMessage(&answer, field)->CopyFrom(*record);
    }
  }
  return absl::OkStatus();
}

absl::Status DryRun() { return Fail(absl::StatusCode::kCancelled, kDryRun, "validated only"); }

bool IsDryRun(const absl::Status& status) {
  return status.code() == absl::StatusCode::kCancelled && Reason(status) == kDryRun;
}

absl::StatusOr<int64_t> SweepRequests(Tx& tx, absl::Time now) {
  ASSIGN_OR_RETURN(Rows rows,
                   tx.Run("DELETE FROM requests WHERE key IN"
                          " (SELECT key FROM requests WHERE time < $1 ORDER BY time LIMIT 1000)"
                          " RETURNING key",
                          {absl::ToUnixMicros(now - kKeepRequests)}));
  return static_cast<int64_t>(rows.size());
}

Query& Query::Equals(absl::string_view column, absl::string_view text) {
  if (text.empty()) return *this;
  return Where(absl::StrCat(column, " = ?"), {std::string(text)});
}

Query& Query::Equals(absl::string_view column, int64_t number) {
  if (number == 0) return *this;
  return Where(absl::StrCat(column, " = ?"), {number});
}

Query& Query::AnyOf(absl::string_view column, const std::vector<std::string>& texts) {
  if (texts.empty()) return *this;
  std::vector<std::string> places(texts.size(), "?");
  return Where(absl::StrCat(column, " IN (", absl::StrJoin(places, ", "), ")"),
               std::vector<Value>(texts.begin(), texts.end()));
}

Query& Query::AtLeast(absl::string_view column, absl::string_view text) {
  if (text.empty()) return *this;
  return Where(absl::StrCat(column, " >= ?"), {std::string(text)});
}

Query& Query::Before(absl::string_view column, absl::string_view text) {
  if (text.empty()) return *this;
  return Where(absl::StrCat(column, " < ?"), {std::string(text)});
}

Query& Query::Region(absl::string_view column, absl::string_view code) {
  if (code.empty()) return *this;
  absl::Status valid = CheckRegion("region", code);
  if (!valid.ok()) {
    error_ = std::move(valid);
    return *this;
  }
  auto [low, high] = RegionRange(code);
  return Where(absl::StrCat(column, " >= ? AND ", column, " < ?"), {low, high});
}

Query& Query::Where(absl::string_view condition, std::vector<Value> values) {
  conditions_.push_back({std::string(condition), std::move(values)});
  return *this;
}

Query& Query::OrderBy(absl::string_view text, std::vector<std::string> allowed) {
  if (text.empty()) return *this;
  std::vector<std::string> words = absl::StrSplit(text, ' ', absl::SkipEmpty());
  bool well_formed =
      words.size() == 1 || (words.size() == 2 && (words[1] == "desc" || words[1] == "asc"));
  if (!well_formed || !absl::c_linear_search(allowed, words[0])) {
    error_ = InvalidField("order_by", absl::StrCat("must be one of ", absl::StrJoin(allowed, ", "),
                                                   ", with or without \" desc\""));
    return *this;
  }
  order_ = words[0];
  descending_ = words.size() == 2 && words[1] == "desc";
  return *this;
}

absl::Status ListRecords(Tx& tx, const Call& call, const Table& table,
                         const google::protobuf::Descriptor& type, const Query& query,
                         int64_t page_size, absl::string_view page_token,
                         const std::function<absl::Status(const std::string&)>& add,
                         std::string& next_page_token) {
  RETURN_IF_ERROR(query.error_);
  ASSIGN_OR_RETURN(int64_t limit, PageSize(page_size));
  const ResourceAccess& access = ResourceAccess::For(type);
  Query scoped = query;
  auto [low, high] = RegionRange(call.actor.region);
  const std::string in_region = "(region >= ? AND region < ?)";
  const std::string of_unit =
      "id IN (SELECT id FROM unit_scopes WHERE collection = ? AND unit_id = ?)";
  switch (access.ScopeOf(call.actor)) {
    case ResourceAccess::Scope::kAll:
      break;
    case ResourceAccess::Scope::kNothing:
      return Fail(absl::StatusCode::kPermissionDenied, "NOT_PERMITTED",
                  absl::StrCat("your roles do not permit reading ", table.name));
    case ResourceAccess::Scope::kRegion:
      scoped.Where(in_region, {low, high});
      break;
    case ResourceAccess::Scope::kUnit:
      scoped.Where(of_unit, {table.name, call.actor.unit});
      break;
    case ResourceAccess::Scope::kRegionOrUnit:
      scoped.Where(absl::StrCat("(", in_region, " OR ", of_unit, ")"),
                   {low, high, table.name, call.actor.unit});
      break;
  }

  // The text of the query binds its page tokens, the values included.
  std::string identity = absl::StrCat(table.name, " ", query.order_, query.descending_ ? "-" : "+",
                                      " ", call.actor.subject);
  for (const auto& condition : scoped.conditions_) {
    absl::StrAppend(&identity, "\n", condition.sql);
    for (const Value& value : condition.values) {
      if (const auto* text = std::get_if<std::string>(&value))
        absl::StrAppend(&identity, "|", *text);
      if (const auto* number = std::get_if<int64_t>(&value)) {
        absl::StrAppend(&identity, "|", *number);
      }
    }
  }
  bool by_id = query.order_ == "id";
  const char* beyond = query.descending_ ? "<" : ">";
  if (!page_token.empty()) {
    ASSIGN_OR_RETURN(std::vector<std::string> keys, ReadPageToken(identity, page_token));
    if (by_id && keys.size() == 1) {
      scoped.Where(absl::StrCat("id ", beyond, " ?"), {keys[0]});
    } else if (!by_id && keys.size() == 2) {
      scoped.Where(absl::StrCat("(", query.order_, ", id) ", beyond, " (?, ?)"),
                   {keys[0], keys[1]});
    } else {
      return InvalidField("page_token", "was not given out for this query");
    }
  }

  std::string sql = absl::StrCat("SELECT id, body", by_id ? "" : ", ", by_id ? "" : query.order_,
                                 " FROM ", table.name);
  std::vector<Value> values;
  const char* glue = " WHERE ";
  for (const auto& condition : scoped.conditions_) {
    absl::StrAppend(&sql, std::exchange(glue, " AND "));
    size_t used = 0;
    for (char c : condition.sql) {
      if (c == '?') {
        values.push_back(condition.values[used++]);
        absl::StrAppend(&sql, "$", values.size());
      } else {
        sql += c;
      }
    }
  }
  const char* direction = query.descending_ ? " DESC" : "";
  absl::StrAppend(&sql, " ORDER BY ", by_id ? "" : absl::StrCat(query.order_, direction, ", "),
                  "id", direction, " LIMIT $", values.size() + 1);
  values.push_back(limit + 1);
  ASSIGN_OR_RETURN(Rows rows, tx.Run(sql, values));
  size_t count = std::min<size_t>(rows.size(), limit);
  for (size_t i = 0; i < count; ++i) RETURN_IF_ERROR(add(rows.Bytes(i, 1)));
  if (rows.size() > count) {
    std::vector<std::string> keys;
    if (!by_id) keys.push_back(rows.Text(count - 1, 2));
    keys.push_back(rows.Text(count - 1, 0));
    next_page_token = MakePageToken(identity, keys);
  }
  return absl::OkStatus();
}

}  // namespace lucid
