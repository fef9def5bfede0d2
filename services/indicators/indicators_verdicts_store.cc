#include "services/indicators/indicators_verdicts_store.h"

#include "absl/strings/str_cat.h"
#include "services/base/db_rows.h"
#include "services/base/status.h"

namespace lucid {

template <>
const Table& TableOf<indicators::v1::IndicatorVerdict>() {
  using R = indicators::v1::IndicatorVerdict;
  static const auto& table =
      *new Table{"indicator_verdicts",
                 {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
                  ColumnOf<R>("verdict", [](const R& r) { return int64_t{r.verdict()}; })},
                 nullptr};
  return table;
}

namespace indicators {
namespace {

// The least text that is greater than every one that begins with `prefix`, which ends in "/".
std::string Behind(std::string prefix) {
  ++prefix.back();
  return prefix;
}

void AddIds(const Rows& rows, std::set<std::string>& ids) {
  for (size_t i = 0; i < rows.size(); ++i) ids.insert(rows.Text(i, 0));
}

}  // namespace

absl::Status SaveInputs(Tx& tx, absl::string_view indicator_id,
                        const std::vector<std::string>& inputs) {
  const std::string id(indicator_id);
  RETURN_IF_ERROR(tx.Run("DELETE FROM verdict_inputs WHERE indicator_id = $1", {id}).status());
  for (const std::string& input : inputs) {
    RETURN_IF_ERROR(tx.Run("INSERT INTO verdict_inputs (input, indicator_id) VALUES ($1, $2)"
                           " ON CONFLICT (input, indicator_id) DO NOTHING",
                           {input, id})
                        .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::set<std::string>> FindByInputs(Tx& tx, const std::vector<std::string>& inputs) {
  std::set<std::string> ids;
  if (inputs.empty()) return ids;
  ASSIGN_OR_RETURN(Rows rows,
                   tx.Run(absl::StrCat("SELECT indicator_id FROM verdict_inputs WHERE input IN ",
                                       RowPlaces(1, inputs.size())),
                          std::vector<Value>(inputs.begin(), inputs.end())));
  AddIds(rows, ids);
  return ids;
}

absl::StatusOr<std::set<std::string>> FindByInputPrefixes(
    Tx& tx, const std::vector<std::string>& prefixes) {
  std::set<std::string> ids;
  for (const std::string& prefix : prefixes) {
    ASSIGN_OR_RETURN(
        Rows rows,
        tx.Run("SELECT indicator_id FROM verdict_inputs WHERE input >= $1 AND input < $2",
               {prefix, Behind(prefix)}));
    AddIds(rows, ids);
  }
  return ids;
}

absl::Status MarkDue(Tx& tx, absl::string_view indicator_id, absl::Time now) {
  return tx
      .Run(
          "INSERT INTO verdict_marks (indicator_id, mark, done, since) VALUES ($1, 1, 0, $2)"
          " ON CONFLICT (indicator_id) DO UPDATE SET mark = verdict_marks.mark + 1,"
          " since = CASE WHEN verdict_marks.mark > verdict_marks.done THEN verdict_marks.since"
          " ELSE excluded.since END",
          {std::string(indicator_id), absl::ToUnixMicros(now)})
      .status();
}

absl::StatusOr<bool> DayIsNew(Tx& tx, absl::string_view day) {
  ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT day FROM verdict_days WHERE id = 1"));
  return rows.empty() || rows.Text(0, 0) < day;
}

absl::Status MarkAllDue(Tx& tx, absl::string_view day, absl::Time now) {
  ASSIGN_OR_RETURN(Rows rows, tx.Run("INSERT INTO verdict_days (id, day) VALUES (1, $1)"
                                     " ON CONFLICT (id) DO UPDATE SET day = excluded.day"
                                     " WHERE verdict_days.day < excluded.day RETURNING id",
                                     {std::string(day)}));
  if (rows.empty()) return absl::OkStatus();
  return tx
      .Run(
          "UPDATE verdict_marks SET mark = mark + 1,"
          " since = CASE WHEN mark > done THEN since ELSE $1 END",
          {absl::ToUnixMicros(now)})
      .status();
}

absl::StatusOr<std::optional<Due>> NextDue(Tx& tx) {
  ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT indicator_id, mark, done FROM verdict_marks"
                                     " WHERE mark > done ORDER BY since LIMIT 1"));
  if (rows.empty()) return std::nullopt;
  return Due{rows.Text(0, 0), rows.Int(0, 1), rows.Int(0, 2)};
}

absl::StatusOr<bool> SettleDue(Tx& tx, const Due& due, absl::Time now) {
  ASSIGN_OR_RETURN(Rows rows,
                   tx.Run("UPDATE verdict_marks SET done = $2, since = $4"
                          " WHERE indicator_id = $1 AND done = $3 RETURNING indicator_id",
                          {due.indicator_id, due.mark, due.done, absl::ToUnixMicros(now)}));
  return !rows.empty();
}

}  // namespace indicators
}  // namespace lucid
