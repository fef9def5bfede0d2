// Records: one Find, Insert, Update and List for every resource, each change with its event.
//
// A resource is a proto message with `id`, `version`, `create_time`, `update_time` and the option
// lucid.access.v1.resource; it is stored as a row (id, version, the columns that lists filter, sort
// or count by, body), where body is the serialized message. A store says how in TableOf<R>().
#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "services/base/call.h"
#include "services/base/db.h"
#include "services/base/query.h"
#include "services/base/requests.h"
#include "services/base/status.h"
#include "services/base/table.h"

namespace lucid {

// The same for every type; the templates below only add the type.
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

// What a request refers to: nothing where there is no such record or the caller may not see it.
// Other failures are no answer.
template <class R>
absl::StatusOr<std::optional<R>> FindReferred(Tx& tx, const Call& call, absl::string_view id) {
  absl::StatusOr<R> found = FindFor<R>(tx, call, id);
  if (found.ok()) return std::optional<R>(*std::move(found));
  if (absl::IsNotFound(found.status()) || absl::IsPermissionDenied(found.status()) ||
      absl::IsInvalidArgument(found.status())) {
    return std::optional<R>();
  }
  return found.status();
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

}  // namespace lucid
