#include "services/indicators/indicators_imports_store.h"

#include "services/base/status.h"

namespace lucid {

template <>
const Table& TableOf<indicators::v1::Import>() {
  using R = indicators::v1::Import;
  static const auto& table =
      *new Table{"imports",
                 {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
                  ColumnOf<R>("register_id", [](const R& r) { return r.register_id(); })},
                 nullptr};
  return table;
}

namespace indicators {

absl::Status InsertPart(Tx& tx, const std::string& import_id, int64_t number,
                        const v1::ImportPart& part) {
  return tx
      .Run("INSERT INTO import_parts (import_id, number, body) VALUES ($1, $2, $3)",
           {import_id, number, Blob{part.SerializeAsString()}})
      .status();
}

absl::StatusOr<KeptPart> FindPart(Tx& tx, const std::string& import_id, int64_t number) {
  ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT body, (SELECT MAX(number) FROM import_parts"
                                     " WHERE import_id = $1) FROM import_parts"
                                     " WHERE import_id = $1 AND number = $2",
                                     {import_id, number}));
  KeptPart kept;
  if (rows.empty() || !kept.part.ParseFromString(rows.Bytes(0, 0))) {
    return absl::DataLossError("a part of an import is gone or cannot be read");
  }
  kept.is_last = rows.Int(0, 1) == number;
  return kept;
}

absl::Status DeletePart(Tx& tx, const std::string& import_id, int64_t number) {
  return tx
      .Run("DELETE FROM import_parts WHERE import_id = $1 AND number = $2", {import_id, number})
      .status();
}

}  // namespace indicators
}  // namespace lucid
