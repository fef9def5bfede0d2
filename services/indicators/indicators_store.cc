#include "services/indicators/indicators_store.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "services/base/db_rows.h"
#include "services/base/region.h"
#include "services/base/status.h"
#include "services/indicators/indicators_alarms_store.h"
#include "services/indicators/indicators_imports_store.h"
#include "services/indicators/indicators_quality_store.h"
#include "services/indicators/indicators_standards_store.h"
#include "services/indicators/indicators_verdicts_store.h"

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
const Table& TableOf<indicators::v1::Board>() {
  using R = indicators::v1::Board;
  static const auto& table =
      *new Table{"boards",
                 {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
                  ColumnOf<R>("name", [](const R& r) { return r.name(); })},
                 nullptr};
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
      "CREATE TABLE indicator_verdicts (id TEXT PRIMARY KEY, version BIGINT NOT NULL,"
      " region TEXT NOT NULL, verdict BIGINT NOT NULL, body BLOB NOT NULL)",
      "CREATE TABLE verdict_inputs (input TEXT NOT NULL, indicator_id TEXT NOT NULL,"
      " PRIMARY KEY (input, indicator_id))",
      "CREATE INDEX verdict_inputs_indicator ON verdict_inputs (indicator_id)",
      "CREATE TABLE verdict_marks (indicator_id TEXT PRIMARY KEY, mark BIGINT NOT NULL,"
      " done BIGINT NOT NULL, since BIGINT NOT NULL)",
      "CREATE INDEX verdict_marks_due ON verdict_marks (since) WHERE mark > done",
      "CREATE TABLE verdict_days (id BIGINT PRIMARY KEY, day TEXT NOT NULL)",
      "CREATE TABLE alarms (id TEXT PRIMARY KEY, version BIGINT NOT NULL, region TEXT NOT NULL,"
      " kind BIGINT NOT NULL, state BIGINT NOT NULL, unit_id TEXT NOT NULL, site_id TEXT NOT NULL,"
      " episode_id TEXT NOT NULL, is_first BIGINT NOT NULL, time BIGINT NOT NULL,"
      " lat BIGINT NOT NULL, lng BIGINT NOT NULL, open_due BIGINT NOT NULL, body BLOB NOT NULL)",
      "CREATE INDEX alarms_near ON alarms (kind, time)",
      "CREATE INDEX alarms_episode ON alarms (episode_id)",
      "CREATE INDEX alarms_open ON alarms (open_due) WHERE open_due > 0",
      "CREATE TABLE alarm_sources (source TEXT NOT NULL, source_id TEXT NOT NULL,"
      " alarm_id TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (source, source_id))",
      "CREATE TABLE alarm_rules (id TEXT PRIMARY KEY, version BIGINT NOT NULL,"
      " region TEXT NOT NULL, kind BIGINT NOT NULL, factor TEXT NOT NULL, length BIGINT NOT NULL,"
      " disabled BIGINT NOT NULL, body BLOB NOT NULL)",
      "CREATE INDEX alarm_rules_threshold ON alarm_rules (region, factor, length)",
      "CREATE UNIQUE INDEX alarm_rules_kind ON alarm_rules (region, kind) WHERE factor = ''",
      "CREATE TABLE quality_rules (id TEXT PRIMARY KEY, version BIGINT NOT NULL,"
      " region TEXT NOT NULL, site_id TEXT NOT NULL, factor TEXT NOT NULL, length BIGINT NOT NULL,"
      " what BIGINT NOT NULL, body BLOB NOT NULL,"
      " UNIQUE (region, factor, length, what, site_id))",
      "CREATE TABLE quality_flags (id TEXT PRIMARY KEY, version BIGINT NOT NULL,"
      " region TEXT NOT NULL, site_id TEXT NOT NULL, factor TEXT NOT NULL, what BIGINT NOT NULL,"
      " state BIGINT NOT NULL, start TEXT NOT NULL, flag_key TEXT NOT NULL, body BLOB NOT NULL,"
      " UNIQUE (flag_key))",
      "CREATE INDEX quality_flags_site ON quality_flags (site_id, start)",
      "CREATE INDEX quality_flags_state ON quality_flags (state, id)",
      "CREATE TABLE quality_marks (site_id TEXT NOT NULL, factor TEXT NOT NULL,"
      " length BIGINT NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL, mark BIGINT NOT NULL,"
      " done BIGINT NOT NULL, PRIMARY KEY (site_id, factor, length))",
      "CREATE INDEX quality_marks_due ON quality_marks (done) WHERE mark > done",
      "CREATE TABLE observation_years (factor TEXT NOT NULL, year BIGINT NOT NULL,"
      " subject TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (factor, year, subject))",
      "CREATE TABLE observation_streams (caller TEXT NOT NULL, stream_id TEXT NOT NULL,"
      " position BIGINT NOT NULL, PRIMARY KEY (caller, stream_id))",
      "CREATE TABLE boards (id TEXT PRIMARY KEY, version BIGINT NOT NULL, region TEXT NOT NULL,"
      " name TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (region, name))",
      "CREATE TABLE formula_uses (indicator_id TEXT NOT NULL, used_id TEXT NOT NULL,"
      " PRIMARY KEY (indicator_id, used_id))",
      "CREATE TABLE imports (id TEXT PRIMARY KEY, version BIGINT NOT NULL, region TEXT NOT NULL,"
      " register_id TEXT NOT NULL, body BLOB NOT NULL)",
      "CREATE TABLE import_parts (import_id TEXT NOT NULL, number BIGINT NOT NULL,"
      " body BLOB NOT NULL, PRIMARY KEY (import_id, number))",
      "CREATE TABLE standards (id TEXT PRIMARY KEY, version BIGINT NOT NULL, name TEXT NOT NULL,"
      " from_day TEXT NOT NULL, to_day TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (name, from_day))",
      "CREATE TABLE factor_sets (id TEXT PRIMARY KEY, version BIGINT NOT NULL, name TEXT NOT NULL,"
      " from_day TEXT NOT NULL, to_day TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (name, from_day))",
      // In place of alarm_sources, whose names were those of all regions together.
      "CREATE TABLE alarm_names (region TEXT NOT NULL, source TEXT NOT NULL,"
      " source_id TEXT NOT NULL, alarm_id TEXT NOT NULL, hash TEXT NOT NULL,"
      " PRIMARY KEY (region, source, source_id))",
  };
  return kMigrations;
}

std::vector<RecordType> Records() {
  return {RecordTypeOf<v1::Indicator>(),
          RecordTypeOf<v1::Board>(),
          RecordTypeOf<v1::Site>(),
          RecordTypeOf<v1::Register>(),
          RecordTypeOf<v1::RegisterItem>(),
          RecordTypeOf<v1::ObservationBatch>(),
          RecordTypeOf<v1::IndicatorVerdict>(),
          RecordTypeOf<v1::Alarm>(),
          RecordTypeOf<v1::AlarmRule>(),
          RecordTypeOf<v1::QualityRule>(),
          RecordTypeOf<v1::QualityFlag>(),
          RecordTypeOf<v1::Import>(),
          RecordTypeOf<v1::Standard>(),
          RecordTypeOf<v1::FactorSet>()};
}

absl::StatusOr<v1::Indicator> IndicatorOfFigure(Tx& tx, absl::string_view region,
                                                absl::string_view figure_id) {
  ASSIGN_OR_RETURN(Rows rows,
                   tx.Run("SELECT body FROM indicators WHERE region = $1 AND figure_id = $2",
                          {std::string(region), std::string(figure_id)}));
  ASSIGN_OR_RETURN(std::vector<v1::Indicator> found, ReadBodies<v1::Indicator>(rows));
  if (!found.empty()) return found[0];
  return Fail(absl::StatusCode::kNotFound, "NO_INDICATOR",
              absl::StrCat("region ", region, " has no indicator for figure ", figure_id),
              {{"region", std::string(region)}, {"figure", std::string(figure_id)}});
}

absl::StatusOr<std::vector<v1::Indicator>> HeadlinesOf(Tx& tx, absl::string_view region) {
  ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT body FROM indicators WHERE region = $1"
                                     " AND headline = 1 ORDER BY id LIMIT 12",
                                     {std::string(region)}));
  return ReadBodies<v1::Indicator>(rows);
}

absl::Status SaveUses(Tx& tx, absl::string_view id, const std::vector<std::string>& uses) {
  RETURN_IF_ERROR(
      tx.Run("DELETE FROM formula_uses WHERE indicator_id = $1", {std::string(id)}).status());
  for (const std::string& used : uses) {
    RETURN_IF_ERROR(tx.Run("INSERT INTO formula_uses (indicator_id, used_id) VALUES ($1, $2)",
                           {std::string(id), used})
                        .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, std::vector<std::string>>> UsesFrom(
    Tx& tx, const std::vector<std::string>& ids) {
  std::map<std::string, std::vector<std::string>> uses;
  for (const std::string& id : ids) {
    if (uses.count(id) > 0) continue;
    ASSIGN_OR_RETURN(
        Rows rows,
        tx.Run("WITH RECURSIVE reached (id) AS (SELECT CAST($1 AS TEXT) UNION"
               " SELECT u.used_id FROM formula_uses u JOIN reached r ON u.indicator_id = r.id)"
               " SELECT indicator_id, used_id FROM formula_uses"
               " WHERE indicator_id IN (SELECT id FROM reached) ORDER BY indicator_id, used_id",
               {id}));
    std::map<std::string, std::vector<std::string>> found;
    for (size_t i = 0; i < rows.size(); ++i) found[rows.Text(i, 0)].push_back(rows.Text(i, 1));
    uses.merge(found);
  }
  return uses;
}

absl::StatusOr<std::vector<v1::Site>> SelectSites(Tx& tx, absl::string_view region,
                                                  const v1::SiteSelection& selection) {
  auto [low, high] = RegionRange(region);
  ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT body FROM sites WHERE region >= $1 AND region < $2"
                                     " AND kind = $3 ORDER BY id",
                                     {low, high, int64_t{selection.kind()}}));
  ASSIGN_OR_RETURN(std::vector<v1::Site> sites, ReadBodies<v1::Site>(rows));
  std::erase_if(sites, [&](const v1::Site& site) { return !Selected(site, selection); });
  return sites;
}

bool Selected(const v1::Site& site, const v1::SiteSelection& selection) {
  const v1::AssessmentSet::Level set = selection.set();
  const bool in_set = set == v1::AssessmentSet::LEVEL_UNSPECIFIED || site.set() == set ||
                      absl::c_any_of(site.assessments(), [&](const v1::AssessmentSpan& span) {
                        return span.set() == set;
                      });
  return in_set &&
         (selection.site_ids().empty() || absl::c_linear_search(selection.site_ids(), site.id()));
}

absl::StatusOr<std::optional<v1::RegisterItem>> ItemOfKey(Tx& tx, const std::string& register_id,
                                                          const std::string& key,
                                                          const std::string& day) {
  ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT body FROM register_items"
                                     " WHERE register_id = $1 AND key = $2 AND day = $3",
                                     {register_id, key, day}));
  ASSIGN_OR_RETURN(std::vector<v1::RegisterItem> found, ReadBodies<v1::RegisterItem>(rows));
  if (found.empty()) return std::nullopt;
  return std::move(found[0]);
}

absl::StatusOr<Rows> CountingItems(Tx& tx, absl::string_view register_id, absl::string_view from,
                                   absl::string_view to) {
  return tx.Run(
      "SELECT id, version, key, quantity, unit, day FROM register_items"
      " WHERE register_id = $1 AND state = $2 AND day >= $3 AND day <= $4 ORDER BY day, id",
      {std::string(register_id), int64_t{v1::RegisterItem::DONE}, std::string(from),
       std::string(to)});
}

}  // namespace indicators
}  // namespace lucid
