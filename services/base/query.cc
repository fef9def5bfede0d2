#include "services/base/query.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "services/base/access.h"
#include "services/base/page.h"
#include "services/base/region.h"
#include "services/base/status.h"

namespace lucid {

Query& Query::Equals(absl::string_view column, absl::string_view text) {
  if (text.empty()) return *this;
  return Where(absl::StrCat(column, " = ?"), {std::string(text)});
}

Query& Query::Equals(absl::string_view column, int64_t number) {
  if (number == 0) return *this;
  return Where(absl::StrCat(column, " = ?"), {number});
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

absl::Status Query::ConfineTo(const ResourceAccess& access, const Actor& actor) {
  auto [low, high] = RegionRange(actor.region);
  const std::string in_region = "(region >= ? AND region < ?)";
  const std::string of_unit =
      "id IN (SELECT id FROM unit_scopes WHERE collection = ? AND unit_id = ?)";
  switch (access.ScopeOf(actor)) {
    case ResourceAccess::Scope::kAll:
      break;
    case ResourceAccess::Scope::kNothing:
      return Fail(absl::StatusCode::kPermissionDenied, "NOT_PERMITTED",
                  absl::StrCat("your roles do not permit reading ", access.collection()));
    case ResourceAccess::Scope::kRegion:
      Where(in_region, {low, high});
      break;
    case ResourceAccess::Scope::kUnit:
      Where(of_unit, {access.collection(), actor.unit});
      break;
    case ResourceAccess::Scope::kRegionOrUnit:
      Where(absl::StrCat("(", in_region, " OR ", of_unit, ")"),
            {low, high, access.collection(), actor.unit});
      break;
  }
  return absl::OkStatus();
}

std::string Query::Identity(absl::string_view table, absl::string_view subject) const {
  std::string identity = absl::StrCat(table, " ", order_, descending_ ? "-" : "+", " ", subject);
  for (const Condition& condition : conditions_) {
    absl::StrAppend(&identity, "\n", condition.sql);
    for (const Value& value : condition.values) {
      if (const auto* text = std::get_if<std::string>(&value)) {
        absl::StrAppend(&identity, "|", *text);
      } else if (const auto* number = std::get_if<int64_t>(&value)) {
        absl::StrAppend(&identity, "|", *number);
      }
    }
  }
  return identity;
}

absl::Status Query::StartAfter(const std::vector<std::string>& keys) {
  const char* beyond = descending_ ? "<" : ">";
  if (by_id() && keys.size() == 1) {
    Where(absl::StrCat("id ", beyond, " ?"), {keys[0]});
  } else if (!by_id() && keys.size() == 2) {
    Where(absl::StrCat("(", order_, ", id) ", beyond, " (?, ?)"), {keys[0], keys[1]});
  } else {
    return InvalidField("page_token", "was not given out for this query");
  }
  return absl::OkStatus();
}

absl::StatusOr<Rows> Query::Run(Tx& tx, absl::string_view table, int64_t limit) const {
  std::string sql =
      absl::StrCat("SELECT id, body", by_id() ? "" : ", ", by_id() ? "" : order_, " FROM ", table);
  std::vector<Value> values;
  const char* glue = " WHERE ";
  for (const Condition& condition : conditions_) {
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
  const char* direction = descending_ ? " DESC" : "";
  absl::StrAppend(&sql, " ORDER BY ", by_id() ? "" : absl::StrCat(order_, direction, ", "), "id",
                  direction, " LIMIT $", values.size() + 1);
  values.push_back(limit);
  return tx.Run(sql, values);
}

absl::Status ListRecords(Tx& tx, const Call& call, const Table& table,
                         const google::protobuf::Descriptor& type, Query query, int64_t page_size,
                         absl::string_view page_token,
                         const std::function<absl::Status(const std::string&)>& add,
                         std::string& next_page_token) {
  RETURN_IF_ERROR(query.error_);
  ASSIGN_OR_RETURN(int64_t limit, PageSize(page_size));
  RETURN_IF_ERROR(query.ConfineTo(ResourceAccess::For(type), call.actor));
  const std::string identity = query.Identity(table.name, call.actor.subject);
  if (!page_token.empty()) {
    ASSIGN_OR_RETURN(std::vector<std::string> keys, ReadPageToken(identity, page_token));
    RETURN_IF_ERROR(query.StartAfter(keys));
  }
  ASSIGN_OR_RETURN(Rows rows, query.Run(tx, table.name, limit + 1));
  const size_t count = std::min<size_t>(rows.size(), limit);
  for (size_t i = 0; i < count; ++i) RETURN_IF_ERROR(add(rows.Bytes(i, 1)));
  if (rows.size() > count) {
    std::vector<std::string> keys;
    if (!query.by_id()) keys.push_back(rows.Text(count - 1, 2));
    keys.push_back(rows.Text(count - 1, 0));
    next_page_token = MakePageToken(identity, keys);
  }
  return absl::OkStatus();
}

}  // namespace lucid
