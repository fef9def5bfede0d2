#include "services/indicators/indicators_store.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "services/base/region.h"
#include "services/base/status.h"
#include "services/indicators/indicators_standards_store.h"

namespace lucid {

template <>
const Table& TableOf<indicators::v1::Indicator>() {
  using R = indicators::v1::Indicator;
  static const auto& table =
      *new Table{"indicators",
                 {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
                  ColumnOf<R>("name", [](const R& r) { return r.name(); }),
                  ColumnOf<R>("kind", [](const R& r) { return int64_t{r.kind()}; }),
                  ColumnOf<R>("figure_id", [](const R& r) { return r.figure_id(); }),
                  ColumnOf<R>("headline", [](const R& r) { return int64_t{r.headline()}; })},
                 [](const google::protobuf::Message& record) {
                   const auto& r = static_cast<const R&>(record);
                   return std::vector<Tally>{{"indicators", r.region(),
                                              absl::StrCat("kind=", R::Kind_Name(r.kind())), ""}};
                 }};
  return table;
}

template <>
const Table& TableOf<indicators::v1::Site>() {
  using R = indicators::v1::Site;
  static const auto& table = *new Table{
      "sites",
      {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
       ColumnOf<R>("name", [](const R& r) { return r.name(); }),
       ColumnOf<R>("kind", [](const R& r) { return int64_t{r.kind()}; }),
       ColumnOf<R>("set_level", [](const R& r) { return int64_t{r.set()}; })},
      [](const google::protobuf::Message& record) {
        const auto& r = static_cast<const R&>(record);
        return std::vector<Tally>{
            {"sites", r.region(), absl::StrCat("kind=", R::Kind_Name(r.kind())), r.to_day()}};
      }};
  return table;
}

template <>
const Table& TableOf<indicators::v1::Register>() {
  using R = indicators::v1::Register;
  static const auto& table =
      *new Table{"registers",
                 {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
                  ColumnOf<R>("name", [](const R& r) { return r.name(); })},
                 nullptr};
  return table;
}

template <>
const Table& TableOf<indicators::v1::RegisterItem>() {
  using R = indicators::v1::RegisterItem;
  static const auto& table = *new Table{
      "register_items",
      {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
       ColumnOf<R>("register_id", [](const R& r) { return r.register_id(); }),
       ColumnOf<R>("key", [](const R& r) { return r.key(); }),
       ColumnOf<R>("day", [](const R& r) { return r.day(); }),
       ColumnOf<R>("state", [](const R& r) { return int64_t{r.state()}; }),
       ColumnOf<R>("quantity", [](const R& r) { return r.quantity(); }),
       ColumnOf<R>("unit", [](const R& r) { return r.unit(); })},
      [](const google::protobuf::Message& record) {
        const auto& r = static_cast<const R&>(record);
        return std::vector<Tally>{
            {"register_items", r.region(), absl::StrCat("state=", R::State_Name(r.state())), ""}};
      }};
  return table;
}

template <>
const Table& TableOf<indicators::v1::ObservationBatch>() {
  using R = indicators::v1::ObservationBatch;
  static const auto& table = *new Table{
      "observation_batches",
      {ColumnOf<R>("region", [](const R& r) { return r.region(); })},
      [](const google::protobuf::Message& record) {
        const auto& r = static_cast<const R&>(record);
        return std::vector<Tally>{{"observations", r.region(), "created", "", r.created()},
                                  {"observations", r.region(), "corrected", "", r.corrected()}};
      }};
  return table;
}

namespace indicators {

absl::Span<const absl::string_view> Migrations() {
  static constexpr absl::string_view kMigrations[] = {
      "CREATE TABLE indicators (id TEXT PRIMARY KEY, version BIGINT NOT NULL,"
      " region TEXT NOT NULL, name TEXT NOT NULL, kind BIGINT NOT NULL, figure_id TEXT NOT NULL,"
      " headline BIGINT NOT NULL, body BLOB NOT NULL, UNIQUE (region, name))",
      "CREATE UNIQUE INDEX indicators_figure ON indicators (region, figure_id)"
      " WHERE figure_id <> ''",
      "CREATE TABLE sites (id TEXT PRIMARY KEY, version BIGINT NOT NULL, region TEXT NOT NULL,"
      " name TEXT NOT NULL, kind BIGINT NOT NULL, set_level BIGINT NOT NULL, body BLOB NOT NULL,"
      " UNIQUE (region, kind, name))",
      "CREATE TABLE registers (id TEXT PRIMARY KEY, version BIGINT NOT NULL,"
      " region TEXT NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (region, name))",
      "CREATE TABLE register_items (id TEXT PRIMARY KEY, version BIGINT NOT NULL,"
      " region TEXT NOT NULL, register_id TEXT NOT NULL, key TEXT NOT NULL, day TEXT NOT NULL,"
      " state BIGINT NOT NULL, quantity TEXT NOT NULL, unit TEXT NOT NULL, body BLOB NOT NULL,"
      " UNIQUE (register_id, key, day))",
      "CREATE INDEX register_items_counting ON register_items (register_id, state, day)",
      "CREATE TABLE observation_batches (id TEXT PRIMARY KEY, version BIGINT NOT NULL,"
      " region TEXT NOT NULL, body BLOB NOT NULL)",
      "CREATE TABLE observation_runs (subject TEXT NOT NULL, factor TEXT NOT NULL,"
      " length BIGINT NOT NULL, month TEXT NOT NULL, body BLOB NOT NULL,"
      " PRIMARY KEY (subject, factor, length, month))",
      "CREATE TABLE observation_corrections (subject TEXT NOT NULL, factor TEXT NOT NULL,"
      " length BIGINT NOT NULL, start TEXT NOT NULL, revision BIGINT NOT NULL,"
      " body BLOB NOT NULL, PRIMARY KEY (subject, factor, length, start, revision))",
      "CREATE TABLE standards (id TEXT PRIMARY KEY, version BIGINT NOT NULL, name TEXT NOT NULL,"
      " from_day TEXT NOT NULL, to_day TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (name, from_day))",
      "CREATE TABLE factor_sets (id TEXT PRIMARY KEY, version BIGINT NOT NULL, name TEXT NOT NULL,"
      " from_day TEXT NOT NULL, to_day TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (name, from_day))",
  };
  return kMigrations;
}

std::vector<RecordType> Records() {
  return {RecordTypeOf<v1::Indicator>(),        RecordTypeOf<v1::Site>(),
          RecordTypeOf<v1::Register>(),         RecordTypeOf<v1::RegisterItem>(),
          RecordTypeOf<v1::ObservationBatch>(), RecordTypeOf<v1::Standard>(),
          RecordTypeOf<v1::FactorSet>()};
}

namespace {

template <class R>
absl::StatusOr<std::vector<R>> Parse(const Rows& rows) {
  std::vector<R> records(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!records[i].ParseFromString(rows.Bytes(i, 0))) {
      return absl::DataLossError("a stored record cannot be read");
    }
  }
  return records;
}

}  // namespace

absl::StatusOr<v1::Indicator> IndicatorOfFigure(Tx& tx, absl::string_view region,
                                                absl::string_view figure_id) {
  ASSIGN_OR_RETURN(Rows rows,
                   tx.Run("SELECT body FROM indicators WHERE region = $1 AND figure_id = $2",
                          {std::string(region), std::string(figure_id)}));
  ASSIGN_OR_RETURN(std::vector<v1::Indicator> found, Parse<v1::Indicator>(rows));
  if (!found.empty()) return found[0];
  return Fail(absl::StatusCode::kNotFound, "NO_INDICATOR",
              absl::StrCat("region ", region, " has no indicator for figure ", figure_id),
              {{"region", std::string(region)}, {"figure", std::string(figure_id)}});
}

absl::StatusOr<std::vector<v1::Indicator>> HeadlinesOf(Tx& tx, absl::string_view region) {
  ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT body FROM indicators WHERE region = $1"
                                     " AND headline = 1 ORDER BY id LIMIT 12",
                                     {std::string(region)}));
  return Parse<v1::Indicator>(rows);
}

absl::StatusOr<std::vector<v1::Site>> SelectSites(Tx& tx, absl::string_view region,
                                                  const v1::SiteSelection& selection) {
  auto [low, high] = RegionRange(region);
  ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT body FROM sites WHERE region >= $1 AND region < $2"
                                     " AND kind = $3 ORDER BY id",
                                     {low, high, int64_t{selection.kind()}}));
  ASSIGN_OR_RETURN(std::vector<v1::Site> sites, Parse<v1::Site>(rows));
  if (selection.set() != v1::AssessmentSet::LEVEL_UNSPECIFIED) {
    std::erase_if(sites, [&](const v1::Site& site) {
      return site.set() != selection.set() &&
             absl::c_none_of(site.assessments(), [&](const v1::AssessmentSpan& span) {
               return span.set() == selection.set();
             });
    });
  }
  if (selection.site_ids().empty()) return sites;
  std::erase_if(sites, [&](const v1::Site& site) {
    return !absl::c_linear_search(selection.site_ids(), site.id());
  });
  return sites;
}

absl::StatusOr<Rows> CountingItems(Tx& tx, absl::string_view register_id, absl::string_view from,
                                   absl::string_view to) {
  return tx.Run(
      "SELECT id, version, key, quantity, unit FROM register_items"
      " WHERE register_id = $1 AND state = $2 AND day >= $3 AND day <= $4 ORDER BY id",
      {std::string(register_id), int64_t{v1::RegisterItem::DONE}, std::string(from),
       std::string(to)});
}

}  // namespace indicators
}  // namespace lucid
