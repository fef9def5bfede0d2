// Lists: their conditions, order and pages, within what the caller may see.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "services/base/call.h"
#include "services/base/db.h"
#include "services/base/table.h"

namespace lucid {

class ResourceAccess;

// The conditions, order and page of one list. Conditions with empty values are left out, so a
// filter field of the request goes in as it is.
class Query {
 public:
  Query& Equals(absl::string_view column, absl::string_view text);
  Query& Equals(absl::string_view column, int64_t number);  // 0 is left out
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
  struct Condition {
    std::string sql;
    std::vector<Value> values;
  };

  friend absl::Status ListRecords(Tx& tx, const Call& call, const Table& table,
                                  const google::protobuf::Descriptor& type, Query query,
                                  int64_t page_size, absl::string_view page_token,
                                  const std::function<absl::Status(const std::string&)>& add,
                                  std::string& next_page_token);
  bool by_id() const { return order_ == "id"; }
  // Confines it to what the actor may see.
  absl::Status ConfineTo(const ResourceAccess& access, const Actor& actor);
  // The query as a text, its values included, which binds its page tokens.
  std::string Identity(absl::string_view table, absl::string_view subject) const;
  // Goes on behind the record with these keys.
  absl::Status StartAfter(const std::vector<std::string>& keys);
  // Rows of (id, body, the column that sorts where that is not the id).
  absl::StatusOr<Rows> Run(Tx& tx, absl::string_view table, int64_t limit) const;

  std::vector<Condition> conditions_;
  std::string order_ = "id";
  bool descending_ = false;
  absl::Status error_;
};

// The same for every type; List only adds the type.
absl::Status ListRecords(Tx& tx, const Call& call, const Table& table,
                         const google::protobuf::Descriptor& type, Query query, int64_t page_size,
                         absl::string_view page_token,
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
