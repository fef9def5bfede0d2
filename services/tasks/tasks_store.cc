#include "services/tasks/tasks_store.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "services/base/db_rows.h"
#include "services/base/region.h"
#include "services/base/status.h"
#include "services/base/text.h"

namespace lucid {

template <>
const Table& TableOf<tasks::v1::Unit>() {
  using R = tasks::v1::Unit;
  static const auto& table =
      *new Table{"units",
                 {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
                  ColumnOf<R>("name", [](const R& r) { return r.name(); }),
                  ColumnOf<R>("parent_id", [](const R& r) { return r.parent_id(); })},
                 nullptr};
  return table;
}

template <>
const Table& TableOf<tasks::v1::Region>() {
  using R = tasks::v1::Region;
  static const auto& table =
      *new Table{"regions",
                 {ColumnOf<R>("parent_id", [](const R& r) { return r.parent_id(); }),
                  ColumnOf<R>("name", [](const R& r) { return r.name(); })},
                 nullptr};
  return table;
}

template <>
const Table& TableOf<tasks::v1::Calendar>() {
  static const auto& table = *new Table{"calendars", {}, nullptr};
  return table;
}

template <>
const Table& TableOf<tasks::v1::RuleSet>() {
  using R = tasks::v1::RuleSet;
  static const auto& table =
      *new Table{"rule_sets",
                 {ColumnOf<R>("from_day", [](const R& r) { return r.from_day(); }),
                  ColumnOf<R>("to_day", [](const R& r) { return r.to_day(); })},
                 nullptr};
  return table;
}

template <>
const Table& TableOf<tasks::v1::Inspection>() {
  using R = tasks::v1::Inspection;
  static const auto& table =
      *new Table{"inspections",
                 {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
                  ColumnOf<R>("level", [](const R& r) { return int64_t{r.level()}; }),
                  ColumnOf<R>("feedback_day", [](const R& r) { return r.feedback_day(); })},
                 nullptr};
  return table;
}

template <>
const Table& TableOf<tasks::v1::Finding>() {
  using R = tasks::v1::Finding;
  static const auto& table =
      *new Table{"findings",
                 {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
                  ColumnOf<R>("inspection_id", [](const R& r) { return r.inspection_id(); }),
                  ColumnOf<R>("number", [](const R& r) { return r.number(); })},
                 nullptr};
  return table;
}

template <>
const Table& TableOf<tasks::v1::Task>() {
  using R = tasks::v1::Task;
  auto is_open = [](const R& r) { return r.progress().confirmed() != tasks::v1::Progress::DONE; };
  static const auto& table = *new Table{
      "tasks",
      {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
       ColumnOf<R>("inspection_id", [](const R& r) { return r.inspection_id(); }),
       ColumnOf<R>("number", [](const R& r) { return r.number(); }),
       ColumnOf<R>("lead_unit_id", [](const R& r) { return r.lead_unit_id(); }),
       ColumnOf<R>("closure_state", [](const R& r) { return int64_t{r.closure().state()}; }),
       ColumnOf<R>("progress", [](const R& r) { return int64_t{r.progress().confirmed()}; }),
       ColumnOf<R>("due_day", [](const R& r) { return r.due_day(); }),
       // Empty once DONE is confirmed, so that what is overdue is a range of an index.
       ColumnOf<R>("open_due_day", [is_open](const R& r) { return is_open(r) ? r.due_day() : ""; }),
       ColumnOf<R>("is_key", [](const R& r) { return int64_t{r.key()}; }),
       ColumnOf<R>("rebound",
                   [](const R& r) {
                     return int64_t{absl::c_any_of(r.rebounds(), [](const auto& rebound) {
                       return rebound.state() == tasks::v1::Rebound::OPEN;
                     })};
                   })},
      [is_open](const google::protobuf::Message& record) {
        const auto& task = static_cast<const R&>(record);
        const auto& progress = tasks::v1::Progress::State_Name(task.progress().confirmed());
        const auto& closure = tasks::v1::Closure::State_Name(task.closure().state());
        std::vector<Tally> tallies = {
            {"tasks", task.region(), absl::StrCat("progress=", progress), ""},
            {"tasks", task.region(), absl::StrCat("closure=", closure), ""}};
        // Counted by due day: what is overdue is a sum at read time, and a new day needs no write.
        if (is_open(task)) tallies.push_back({"tasks", task.region(), "open", task.due_day()});
        return tallies;
      }};
  return table;
}

template <>
const Table& TableOf<tasks::v1::Meeting>() {
  using R = tasks::v1::Meeting;
  static const auto& table = *new Table{
      "meetings",
      {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
       ColumnOf<R>("body_kind", [](const R& r) { return int64_t{r.body()}; }),
       ColumnOf<R>("day", [](const R& r) { return r.day(); }),
       ColumnOf<R>("on_rectification", [](const R& r) { return int64_t{r.on_rectification()}; })},
      nullptr};
  return table;
}

template <>
const Table& TableOf<tasks::v1::Document>() {
  using R = tasks::v1::Document;
  static const auto& table = *new Table{
      "documents",
      {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
       ColumnOf<R>("number_key",
                   [](const R& r) { return NormaliseDocumentNumber(r.document_number()); }),
       ColumnOf<R>("category", [](const R& r) { return int64_t{r.category()}; }),
       ColumnOf<R>("issue_day", [](const R& r) { return r.issue_day(); })},
      nullptr};
  return table;
}

template <>
const Table& TableOf<tasks::v1::Project>() {
  using R = tasks::v1::Project;
  static const auto& table = *new Table{
      "projects",
      {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
       ColumnOf<R>("name", [](const R& r) { return r.name(); }),
       ColumnOf<R>("category", [](const R& r) { return int64_t{r.category()}; }),
       ColumnOf<R>("inspection_id", [](const R& r) { return r.inspection_id(); }),
       ColumnOf<R>("state", [](const R& r) { return int64_t{r.state()}; }),
       ColumnOf<R>("listed_day", [](const R& r) { return r.listed_day(); })},
      [](const google::protobuf::Message& record) {
        const auto& project = static_cast<const R&>(record);
        return std::vector<Tally>{
            {"projects", project.region(),
             absl::StrCat("state=", tasks::v1::Project::State_Name(project.state())), ""}};
      }};
  return table;
}

template <>
const Table& TableOf<tasks::v1::ReviewRound>() {
  using R = tasks::v1::ReviewRound;
  static const auto& table =
      *new Table{"review_rounds",
                 {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
                  ColumnOf<R>("number", [](const R& r) { return int64_t{r.number()}; }),
                  ColumnOf<R>("day", [](const R& r) { return r.day(); })},
                 nullptr};
  return table;
}

namespace tasks {

absl::Span<const absl::string_view> Migrations() {
  static constexpr absl::string_view kMigrations[] = {
      "CREATE TABLE units (id TEXT PRIMARY KEY, version BIGINT NOT NULL, region TEXT NOT NULL,"
      " name TEXT NOT NULL, parent_id TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (region, name))",
      "CREATE TABLE inspections (id TEXT PRIMARY KEY, version BIGINT NOT NULL,"
      " region TEXT NOT NULL, level BIGINT NOT NULL, feedback_day TEXT NOT NULL,"
      " body BLOB NOT NULL)",
      "CREATE TABLE findings (id TEXT PRIMARY KEY, version BIGINT NOT NULL, region TEXT NOT NULL,"
      " inspection_id TEXT NOT NULL, number TEXT NOT NULL, body BLOB NOT NULL,"
      " UNIQUE (inspection_id, number))",
      "CREATE TABLE tasks (id TEXT PRIMARY KEY, version BIGINT NOT NULL, region TEXT NOT NULL,"
      " inspection_id TEXT NOT NULL, number TEXT NOT NULL, lead_unit_id TEXT NOT NULL,"
      " closure_state BIGINT NOT NULL, progress BIGINT NOT NULL, due_day TEXT NOT NULL,"
      " open_due_day TEXT NOT NULL, is_key BIGINT NOT NULL, body BLOB NOT NULL,"
      " UNIQUE (region, inspection_id, number))",
      "CREATE INDEX tasks_lead ON tasks (lead_unit_id, id)",
      "CREATE INDEX tasks_closure ON tasks (closure_state, id)",
      "CREATE INDEX tasks_due ON tasks (due_day, id)",
      "CREATE INDEX tasks_open_due ON tasks (open_due_day, id)",
      "CREATE TABLE meetings (id TEXT PRIMARY KEY, version BIGINT NOT NULL, region TEXT NOT NULL,"
      " body_kind BIGINT NOT NULL, day TEXT NOT NULL, on_rectification BIGINT NOT NULL,"
      " body BLOB NOT NULL)",
      "CREATE TABLE documents (id TEXT PRIMARY KEY, version BIGINT NOT NULL, region TEXT NOT NULL,"
      " number_key TEXT NOT NULL, category BIGINT NOT NULL, issue_day TEXT NOT NULL,"
      " body BLOB NOT NULL, UNIQUE (number_key))",
      "CREATE TABLE projects (id TEXT PRIMARY KEY, version BIGINT NOT NULL, region TEXT NOT NULL,"
      " name TEXT NOT NULL, category BIGINT NOT NULL, inspection_id TEXT NOT NULL,"
      " state BIGINT NOT NULL, listed_day TEXT NOT NULL, body BLOB NOT NULL,"
      " UNIQUE (region, name))",
      "CREATE TABLE review_rounds (id TEXT PRIMARY KEY, version BIGINT NOT NULL,"
      " region TEXT NOT NULL, number BIGINT NOT NULL, day TEXT NOT NULL, body BLOB NOT NULL,"
      " UNIQUE (region, number))",
      "ALTER TABLE tasks ADD COLUMN rebound BIGINT NOT NULL DEFAULT 0",
      "CREATE INDEX tasks_rebound ON tasks (id) WHERE rebound = 1",
      "CREATE TABLE rebound_indicators (task_id TEXT NOT NULL, indicator_id TEXT NOT NULL,"
      " mark BIGINT NOT NULL, done BIGINT NOT NULL, failing BIGINT NOT NULL,"
      " PRIMARY KEY (task_id, indicator_id))",
      "CREATE INDEX rebound_indicators_indicator ON rebound_indicators (indicator_id)",
      "CREATE INDEX rebound_indicators_due ON rebound_indicators (done) WHERE mark > done",
      "CREATE TABLE rebound_places (task_id TEXT NOT NULL, place BIGINT NOT NULL,"
      " lat BIGINT NOT NULL, lng BIGINT NOT NULL, closed BIGINT NOT NULL,"
      " PRIMARY KEY (task_id, place))",
      "CREATE INDEX rebound_places_lat ON rebound_places (lat, lng)",
      "CREATE TABLE rebound_alarms (id TEXT PRIMARY KEY, time BIGINT NOT NULL,"
      " lat BIGINT NOT NULL, lng BIGINT NOT NULL, body BLOB NOT NULL)",
      "CREATE INDEX rebound_alarms_time ON rebound_alarms (time)",
      "CREATE TABLE regions (id TEXT PRIMARY KEY, version BIGINT NOT NULL,"
      " parent_id TEXT NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL,"
      " UNIQUE (parent_id, name))",
      "CREATE TABLE calendars (id TEXT PRIMARY KEY, version BIGINT NOT NULL, body BLOB NOT NULL)",
      "CREATE TABLE rule_sets (id TEXT PRIMARY KEY, version BIGINT NOT NULL,"
      " from_day TEXT NOT NULL, to_day TEXT NOT NULL, body BLOB NOT NULL)",
      "CREATE TABLE task_targets (task_id TEXT NOT NULL, indicator_id TEXT NOT NULL,"
      " PRIMARY KEY (task_id, indicator_id))",
      "CREATE INDEX task_targets_indicator ON task_targets (indicator_id, task_id)",
      // For NoteOlderTargets().
      "INSERT INTO task_targets (task_id, indicator_id) SELECT id, '' FROM tasks",
  };
  return kMigrations;
}

std::vector<RecordType> Records() {
  return {
      RecordTypeOf<v1::Unit>(),     RecordTypeOf<v1::Inspection>(),  RecordTypeOf<v1::Finding>(),
      RecordTypeOf<v1::Task>(),     RecordTypeOf<v1::Meeting>(),     RecordTypeOf<v1::Document>(),
      RecordTypeOf<v1::Project>(),  RecordTypeOf<v1::ReviewRound>(), RecordTypeOf<v1::Region>(),
      RecordTypeOf<v1::Calendar>(), RecordTypeOf<v1::RuleSet>()};
}

absl::StatusOr<Rows> CalendarBodies(Tx& tx) {
  return tx.Run("SELECT body FROM calendars ORDER BY id");
}

absl::StatusOr<std::string> RuleSetOn(Tx& tx, absl::string_view day) {
  ASSIGN_OR_RETURN(Rows rows,
                   tx.Run("SELECT id FROM rule_sets WHERE from_day <= $1"
                          " AND (to_day >= $1 OR to_day = '') ORDER BY from_day DESC, id LIMIT 1",
                          {std::string(day)}));
  return rows.empty() ? "" : rows.Text(0, 0);
}

absl::Status SaveTargets(Tx& tx, const v1::Task& task) {
  RETURN_IF_ERROR(tx.Run("DELETE FROM task_targets WHERE task_id = $1", {task.id()}).status());
  for (const v1::Target& target : task.targets()) {
    RETURN_IF_ERROR(tx.Run("INSERT INTO task_targets (task_id, indicator_id) VALUES ($1, $2)"
                           " ON CONFLICT (task_id, indicator_id) DO NOTHING",
                           {task.id(), target.indicator_id()})
                        .status());
  }
  return absl::OkStatus();
}

absl::Status NoteOlderTargets(Db& db) {
  bool more = true;
  while (more) {
    RETURN_IF_ERROR(db.Write([&](Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT body FROM tasks WHERE id IN"
                                         " (SELECT task_id FROM task_targets"
                                         " WHERE indicator_id = '' ORDER BY task_id LIMIT 200)"));
      ASSIGN_OR_RETURN(const std::vector<v1::Task> tasks, ReadBodies<v1::Task>(rows));
      for (const v1::Task& task : tasks) RETURN_IF_ERROR(SaveTargets(tx, task));
      more = !tasks.empty();
      return absl::OkStatus();
    }));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> StandsAbove(Tx& tx, absl::string_view upper, absl::string_view lower) {
  ASSIGN_OR_RETURN(Rows rows,
                   tx.Run("WITH RECURSIVE line (id) AS (SELECT CAST($1 AS TEXT) UNION"
                          " SELECT units.parent_id FROM units JOIN line ON units.id = line.id"
                          " WHERE units.parent_id <> '') SELECT 1 FROM line WHERE id = $2",
                          {std::string(lower), std::string(upper)}));
  return !rows.empty();
}

absl::StatusOr<bool> StandInOneLine(Tx& tx, absl::string_view unit, absl::string_view other) {
  ASSIGN_OR_RETURN(bool above, StandsAbove(tx, unit, other));
  if (above) return true;
  return StandsAbove(tx, other, unit);
}

absl::StatusOr<Rows> MeetingsOf(Tx& tx, absl::string_view region, v1::Meeting::Body body,
                                absl::string_view from, absl::string_view to) {
  auto [low, high] = RegionRange(region);
  return tx.Run(
      "SELECT id, version FROM meetings WHERE region >= $1 AND region < $2"
      " AND body_kind = $3 AND on_rectification = 1 AND day >= $4 AND day <= $5"
      " ORDER BY id",
      {low, high, int64_t{body}, std::string(from), std::string(to)});
}

absl::StatusOr<Rows> DocumentsOf(Tx& tx, absl::string_view region, v1::Document::Category category,
                                 absl::string_view from, absl::string_view to) {
  auto [low, high] = RegionRange(region);
  return tx.Run(
      "SELECT id, version FROM documents WHERE region >= $1 AND region < $2"
      " AND category = $3 AND issue_day >= $4 AND issue_day <= $5 ORDER BY id",
      {low, high, int64_t{category}, std::string(from), std::string(to)});
}

absl::StatusOr<Rows> ProjectsOf(Tx& tx, absl::string_view region, v1::Project::Category category,
                                absl::string_view to) {
  auto [low, high] = RegionRange(region);
  return tx.Run(
      "SELECT id, version FROM projects WHERE region >= $1 AND region < $2"
      " AND category = $3 AND state <> $4 AND listed_day <= $5 ORDER BY id",
      {low, high, int64_t{category}, int64_t{v1::Project::CANCELLED}, std::string(to)});
}

absl::StatusOr<Rows> InspectionProjectsOf(Tx& tx, absl::string_view region,
                                          absl::string_view inspection_id, absl::string_view to) {
  auto [low, high] = RegionRange(region);
  return tx.Run(
      "SELECT projects.id, projects.version FROM projects"
      " JOIN inspections ON inspections.id = projects.inspection_id"
      " WHERE projects.region >= $1 AND projects.region < $2"
      " AND inspections.level = $3 AND (inspections.id = $4 OR $4 = '')"
      " AND projects.state <> $5 AND projects.listed_day <= $6 ORDER BY projects.id",
      {low, high, int64_t{v1::Inspection::CENTRAL}, std::string(inspection_id),
       int64_t{v1::Project::CANCELLED}, std::string(to)});
}

absl::StatusOr<Rows> ReviewRoundsOf(Tx& tx, absl::string_view region, absl::string_view to) {
  auto [low, high] = RegionRange(region);
  return tx.Run(
      "SELECT id, version FROM review_rounds WHERE region >= $1 AND region < $2"
      " AND day <= $3 ORDER BY id",
      {low, high, std::string(to)});
}

}  // namespace tasks
}  // namespace lucid
