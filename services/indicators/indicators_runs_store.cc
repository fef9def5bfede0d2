// The rows of observations: runs by month, and what corrections replaced.
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/base/db_rows.h"
#include "services/base/status.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {
namespace {

using v1::Observation;

std::string MonthText(absl::CivilMonth month) {
  return absl::StrFormat("%04d-%02d", month.year(), month.month());
}

absl::StatusOr<absl::CivilMonth> ReadMonth(absl::string_view text) {
  int year = 0, month = 0;
  if (text.size() != 7 || !absl::SimpleAtoi(text.substr(0, 4), &year) ||
      !absl::SimpleAtoi(text.substr(5), &month)) {
    return absl::DataLossError("a stored month cannot be read");
  }
  return absl::CivilMonth(year, month);
}

// Builds "… AND column = $n" piece by piece.
class Conditions {
 public:
  Conditions(std::string first, Value value) : sql_(std::move(first)), values_{std::move(value)} {}

  void And(absl::string_view column_and_sign, Value value) {
    values_.push_back(std::move(value));
    absl::StrAppend(&sql_, " AND ", column_and_sign, " $", values_.size());
  }
  // (column, …) > ($n, …)
  void Beyond(absl::string_view columns, absl::string_view sign, std::vector<Value> values) {
    absl::StrAppend(&sql_, " AND (", columns, ") ", sign, " (");
    const char* glue = "";
    for (Value& value : values) {
      values_.push_back(std::move(value));
      absl::StrAppend(&sql_, glue, "$", values_.size());
      glue = ", ";
    }
    sql_ += ")";
  }
  const std::string& sql() const { return sql_; }
  const std::vector<Value>& values() const { return values_; }

 private:
  std::string sql_;
  std::vector<Value> values_;
};

}  // namespace

std::string SiteSubject(absl::string_view id) { return absl::StrCat("site/", id); }
std::string IndicatorSubject(absl::string_view id) { return absl::StrCat("indicator/", id); }

absl::StatusOr<std::vector<StoredRun>> FindRuns(Tx& tx, const RunQuery& query) {
  Conditions where("subject = $1", query.subject);
  if (!query.factor.empty()) where.And("factor =", query.factor);
  if (query.length != Observation::LENGTH_UNSPECIFIED) {
    where.And("length =", int64_t{query.length});
  }
  if (query.from) where.And("month >=", MonthText(*query.from));
  if (query.to) where.And("month <=", MonthText(*query.to));
  if (query.at_or_after) {
    where.Beyond("factor, length, month", ">=",
                 {query.at_or_after->factor, int64_t{query.at_or_after->length},
                  MonthText(query.at_or_after->month)});
  }
  const char* order = query.newest_first ? "month DESC" : "factor, length, month";
  ASSIGN_OR_RETURN(
      Rows rows,
      tx.Run(absl::StrCat("SELECT factor, length, month, body FROM observation_runs", " WHERE ",
                          where.sql(), " ORDER BY ", order, " LIMIT ", query.limit),
             where.values()));
  std::vector<StoredRun> runs(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    ASSIGN_OR_RETURN(absl::CivilMonth month, ReadMonth(rows.Text(i, 2)));
    runs[i].key = {query.subject, rows.Text(i, 0), static_cast<Observation::Length>(rows.Int(i, 1)),
                   month};
    if (!runs[i].run.ParseFromString(rows.Bytes(i, 3))) {
      return absl::DataLossError("a stored run cannot be read");
    }
  }
  return runs;
}

absl::StatusOr<std::vector<v1::ObservationRun>> FindRuns(Tx& tx, absl::Span<const RunKey> keys) {
  std::vector<v1::ObservationRun> runs(keys.size());
  RETURN_IF_ERROR(InChunks(keys.size(), [&](size_t begin, size_t count) -> absl::Status {
    std::string sql;
    std::vector<Value> values;
    for (size_t i = 0; i < count; ++i) {
      const RunKey& key = keys[begin + i];
      const size_t n = values.size();
      absl::StrAppend(&sql, i == 0 ? "" : " UNION ALL ", "SELECT ", i,
                      ", body FROM observation_runs WHERE subject = $", n + 1, " AND factor = $",
                      n + 2, " AND length = $", n + 3, " AND month = $", n + 4);
      values.insert(values.end(),
                    {key.subject, key.factor, int64_t{key.length}, MonthText(key.month)});
    }
    ASSIGN_OR_RETURN(Rows rows, tx.Run(sql, values));
    for (size_t i = 0; i < rows.size(); ++i) {
      if (!runs[begin + rows.Int(i, 0)].ParseFromString(rows.Bytes(i, 1))) {
        return absl::DataLossError("a stored run cannot be read");
      }
    }
    return absl::OkStatus();
  }));
  return runs;
}

absl::Status SaveRuns(Tx& tx, absl::Span<const StoredRun> runs) {
  return InChunks(runs.size(), [&](size_t begin, size_t count) {
    std::vector<Value> values;
    for (const StoredRun& stored : runs.subspan(begin, count)) {
      const RunKey& key = stored.key;
      values.insert(values.end(), {key.subject, key.factor, int64_t{key.length},
                                   MonthText(key.month), Blob{stored.run.SerializeAsString()}});
    }
    return tx
        .Run(absl::StrCat("INSERT INTO observation_runs (subject, factor, length, month, body)"
                          " VALUES ",
                          RowPlaces(count, 5),
                          " ON CONFLICT (subject, factor, length, month)"
                          " DO UPDATE SET body = excluded.body"),
             values)
        .status();
  });
}

absl::StatusOr<int64_t> StreamPosition(Tx& tx, const std::string& caller,
                                       const std::string& stream_id) {
  ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT position FROM observation_streams"
                                     " WHERE caller = $1 AND stream_id = $2",
                                     {caller, stream_id}));
  return rows.empty() ? 0 : rows.Int(0, 0);
}

absl::StatusOr<bool> MoveStream(Tx& tx, const std::string& caller, const std::string& stream_id,
                                int64_t from, int64_t to) {
  ASSIGN_OR_RETURN(Rows rows,
                   from == 0
                       ? tx.Run("INSERT INTO observation_streams (caller, stream_id, position)"
                                " VALUES ($1, $2, $3) ON CONFLICT (caller, stream_id) DO NOTHING"
                                " RETURNING position",
                                {caller, stream_id, to})
                       : tx.Run("UPDATE observation_streams SET position = $3 WHERE caller = $1"
                                " AND stream_id = $2 AND position = $4 RETURNING position",
                                {caller, stream_id, to, from}));
  return !rows.empty();
}

absl::Status InsertCorrection(Tx& tx, absl::string_view subject, const v1::Correction& correction) {
  const Observation& after = correction.after();
  // With DO NOTHING PostgreSQL takes a revision that another writer has just made for the lost race
  // that it is, and for no taken key.
  ASSIGN_OR_RETURN(
      Rows rows,
      tx.Run("INSERT INTO observation_corrections (subject, factor, length, start, revision, body)"
             " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING revision",
             {std::string(subject), after.factor(), int64_t{after.length()}, after.start(),
              int64_t{after.revision()}, Blob{correction.SerializeAsString()}}));
  return rows.empty() ? absl::DataLossError("a revision was made twice") : absl::OkStatus();
}

absl::StatusOr<std::vector<v1::Correction>> FindCorrections(Tx& tx, const CorrectionQuery& query) {
  Conditions where("subject = $1", query.subject);
  if (!query.factor.empty()) where.And("factor =", query.factor);
  if (query.length != Observation::LENGTH_UNSPECIFIED) {
    where.And("length =", int64_t{query.length});
  }
  if (query.after.size() == 4) {
    int64_t length = 0, revision = 0;
    if (!absl::SimpleAtoi(query.after[1], &length) ||
        !absl::SimpleAtoi(query.after[3], &revision)) {
      return absl::InternalError("a position among corrections has no numbers");
    }
    where.Beyond("factor, length, start, revision", ">",
                 {query.after[0], length, query.after[2], revision});
  }
  ASSIGN_OR_RETURN(
      Rows rows,
      tx.Run(absl::StrCat("SELECT body FROM observation_corrections WHERE ", where.sql(),
                          " ORDER BY factor, length, start, revision LIMIT ", query.limit),
             where.values()));
  return ReadBodies<v1::Correction>(rows);
}

}  // namespace lucid::indicators
