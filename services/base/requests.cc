#include "services/base/requests.h"

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "services/base/access.h"
#include "services/base/hash.h"

namespace lucid {
namespace {

using google::protobuf::Message;

constexpr absl::Duration kKeepRequests = absl::Hours(7 * 24);
constexpr absl::string_view kDryRun = "DRY_RUN";

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

}  // namespace lucid
