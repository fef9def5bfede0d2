#include "services/indicators/indicators_quality_store.h"

#include "absl/strings/str_cat.h"
#include "services/base/db_rows.h"
#include "services/base/status.h"

namespace lucid {

template <>
const Table& TableOf<indicators::v1::QualityRule>() {
  using R = indicators::v1::QualityRule;
  static const auto& table =
      *new Table{"quality_rules",
                 {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
                  ColumnOf<R>("site_id", [](const R& r) { return r.site_id(); }),
                  ColumnOf<R>("factor", [](const R& r) { return r.factor(); }),
                  ColumnOf<R>("length", [](const R& r) { return int64_t{r.length()}; }),
                  ColumnOf<R>("what", [](const R& r) { return int64_t{r.check()}; })},
                 nullptr};
  return table;
}

template <>
const Table& TableOf<indicators::v1::QualityFlag>() {
  using R = indicators::v1::QualityFlag;
  static const auto& table = *new Table{
      "quality_flags",
      {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
       ColumnOf<R>("site_id", [](const R& r) { return r.site_id(); }),
       ColumnOf<R>("factor", [](const R& r) { return r.factor(); }),
       ColumnOf<R>("what", [](const R& r) { return int64_t{r.check()}; }),
       ColumnOf<R>("state", [](const R& r) { return int64_t{r.state()}; }),
       ColumnOf<R>("start", [](const R& r) { return r.start(); }),
       ColumnOf<R>("flag_key", [](const R& r) { return indicators::FlagKey(r); })},
      [](const google::protobuf::Message& record) {
        const auto& r = static_cast<const R&>(record);
        return std::vector<Tally>{
            {"quality_flags", r.region(), absl::StrCat("state=", R::State_Name(r.state())), ""}};
      }};
  return table;
}

namespace indicators {

absl::StatusOr<std::vector<v1::QualityRule>> FindQualityRules(Tx& tx, absl::string_view region,
                                                              absl::string_view factor,
                                                              v1::Observation::Length length) {
  return ReadBodiesUpFrom<v1::QualityRule>(tx, region,
                                           "SELECT body FROM quality_rules WHERE region = $1"
                                           " AND factor = $2 AND length = $3",
                                           {std::string(factor), int64_t{length}});
}

std::string FlagKey(const v1::QualityFlag& flag) {
  return absl::StrCat(flag.site_id(), "/", flag.factor(), "/", int{flag.length()}, "/",
                      flag.start(), "/", int{flag.check()}, "/", flag.revision());
}

absl::StatusOr<bool> IsFlagged(Tx& tx, const v1::QualityFlag& flag) {
  ASSIGN_OR_RETURN(Rows rows,
                   tx.Run("SELECT 1 FROM quality_flags WHERE flag_key = $1", {FlagKey(flag)}));
  return !rows.empty();
}

absl::Status MarkArrival(Tx& tx, const Arrival& arrival) {
  return tx
      .Run(
          "INSERT INTO quality_marks (site_id, factor, length, first, last, mark, done)"
          " VALUES ($1, $2, $3, $4, $5, 1, 0)"
          " ON CONFLICT (site_id, factor, length) DO UPDATE SET"
          " first = CASE WHEN quality_marks.mark > quality_marks.done"
          " AND quality_marks.first < excluded.first"
          " THEN quality_marks.first ELSE excluded.first END,"
          " last = CASE WHEN quality_marks.mark > quality_marks.done"
          " AND quality_marks.last > excluded.last"
          " THEN quality_marks.last ELSE excluded.last END,"
          " mark = quality_marks.mark + 1",
          {arrival.site_id, arrival.factor, int64_t{arrival.length}, arrival.first, arrival.last})
      .status();
}

absl::StatusOr<std::optional<Arrival>> NextArrival(Tx& tx) {
  ASSIGN_OR_RETURN(Rows rows,
                   tx.Run("SELECT site_id, factor, length, first, last, mark, done"
                          " FROM quality_marks WHERE mark > done ORDER BY done LIMIT 1"));
  if (rows.empty()) return std::nullopt;
  return Arrival{
      rows.Text(0, 0), rows.Text(0, 1), static_cast<v1::Observation::Length>(rows.Int(0, 2)),
      rows.Text(0, 3), rows.Text(0, 4), rows.Int(0, 5),
      rows.Int(0, 6)};
}

absl::StatusOr<bool> SettleArrival(Tx& tx, const Arrival& arrival) {
  ASSIGN_OR_RETURN(Rows rows,
                   tx.Run("UPDATE quality_marks SET done = $4"
                          " WHERE site_id = $1 AND factor = $2 AND length = $3 AND done = $5"
                          " RETURNING site_id",
                          {arrival.site_id, arrival.factor, int64_t{arrival.length}, arrival.mark,
                           arrival.done}));
  return !rows.empty();
}

}  // namespace indicators
}  // namespace lucid
