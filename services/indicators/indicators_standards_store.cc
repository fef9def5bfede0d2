#include "services/indicators/indicators_standards_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/db_rows.h"
#include "services/base/status.h"

namespace lucid {
namespace {

// What both are found by.
template <class R>
Table DatedTable(std::string name) {
  return Table{std::move(name),
               {ColumnOf<R>("name", [](const R& r) { return r.name(); }),
                ColumnOf<R>("from_day", [](const R& r) { return r.from_day(); }),
                ColumnOf<R>("to_day", [](const R& r) { return r.to_day(); })},
               nullptr};
}

}  // namespace

template <>
const Table& TableOf<indicators::v1::Standard>() {
  static const auto& table = *new Table(DatedTable<indicators::v1::Standard>("standards"));
  return table;
}

template <>
const Table& TableOf<indicators::v1::FactorSet>() {
  static const auto& table = *new Table(DatedTable<indicators::v1::FactorSet>("factor_sets"));
  return table;
}

namespace indicators {

absl::StatusOr<std::vector<Edition>> LoadEditions(Tx& tx) {
  ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT body FROM standards ORDER BY name, from_day"));
  ASSIGN_OR_RETURN(std::vector<v1::Standard> standards, ReadBodies<v1::Standard>(rows));
  std::vector<Edition> editions;
  editions.reserve(standards.size());
  for (const v1::Standard& standard : standards) {
    ASSIGN_OR_RETURN(Edition edition, ReadEdition(standard));
    editions.push_back(std::move(edition));
  }
  return editions;
}

absl::StatusOr<std::vector<v1::Standard>> StandardsNamed(Tx& tx, absl::string_view name) {
  ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT body FROM standards WHERE name = $1 ORDER BY from_day",
                                     {std::string(name)}));
  return ReadBodies<v1::Standard>(rows);
}

absl::StatusOr<std::vector<v1::FactorSet>> FactorSetsNamed(Tx& tx, absl::string_view name) {
  ASSIGN_OR_RETURN(Rows rows,
                   tx.Run("SELECT body FROM factor_sets WHERE name = $1 ORDER BY from_day",
                          {std::string(name)}));
  return ReadBodies<v1::FactorSet>(rows);
}

absl::StatusOr<v1::FactorSet> FactorSetOn(Tx& tx, absl::string_view name, absl::CivilDay day) {
  ASSIGN_OR_RETURN(std::vector<v1::FactorSet> sets, FactorSetsNamed(tx, name));
  const std::string text = FormatDay(day);
  for (v1::FactorSet& set : sets) {
    if (set.from_day() <= text && (set.to_day().empty() || text <= set.to_day())) {
      return std::move(set);
    }
  }
  return Fail(absl::StatusCode::kNotFound, "NO_FACTOR_SET",
              absl::StrCat("no factor set named ", name, " holds on ", text));
}

}  // namespace indicators
}  // namespace lucid
