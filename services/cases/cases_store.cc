#include "services/cases/cases_store.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/base/region.h"
#include "services/base/status.h"
#include "services/cases/states.h"

namespace lucid {
namespace {

using cases::v1::Petition;

std::string PollutionTypes(const Petition& petition) {
  std::vector<std::string> names;
  for (int type : petition.pollution_types()) {
    names.push_back(Petition::PollutionType_Name(static_cast<Petition::PollutionType>(type)));
  }
  return cases::ListColumn(names);
}

// Objections are counted apart, since the rates leave them out.
std::vector<Tally> PetitionTallies(const google::protobuf::Message& record) {
  const auto& petition = static_cast<const Petition&>(record);
  const std::string& region = petition.owner_region();
  const std::string state = absl::StrCat("state=", Petition::State_Name(petition.state()));
  if (petition.channel() == Petition::OBJECTION) return {{"objections", region, state, ""}};
  std::vector<Tally> tallies = {{"petitions", region, state, ""}};
  // Counted by due day: what is overdue is a sum at read time, and a new day needs no write.
  if (cases::IsPending(petition.state())) {
    tallies.push_back({"petitions", region, "pending", petition.due_day()});
  }
  if (!cases::IsHandedOver(petition.state())) return tallies;
  for (int type : petition.pollution_types()) {
    tallies.push_back({"petitions", region,
                       absl::StrCat("type=", Petition::PollutionType_Name(
                                                 static_cast<Petition::PollutionType>(type))),
                       ""});
  }
  if (petition.finding() != Petition::FINDING_UNSPECIFIED) {
    tallies.push_back({"petitions", region,
                       absl::StrCat("finding=", Petition::Finding_Name(petition.finding())), ""});
  }
  return tallies;
}

}  // namespace

template <>
const Table& TableOf<Petition>() {
  using R = Petition;
  static const auto& table = *new Table{
      "petitions",
      {ColumnOf<R>("region", [](const R& r) { return r.owner_region(); }),
       ColumnOf<R>("number", [](const R& r) { return r.number(); }),
       ColumnOf<R>("batch", [](const R& r) { return r.batch(); }),
       ColumnOf<R>("channel", [](const R& r) { return int64_t{r.channel()}; }),
       ColumnOf<R>("state", [](const R& r) { return int64_t{r.state()}; }),
       ColumnOf<R>("finding", [](const R& r) { return int64_t{r.finding()}; }),
       ColumnOf<R>("is_key", [](const R& r) { return int64_t{r.key()}; }),
       ColumnOf<R>("pollution_types", PollutionTypes),
       ColumnOf<R>("received_day", [](const R& r) { return r.received_day(); }),
       ColumnOf<R>("due_day", [](const R& r) { return r.due_day(); }),
       // Empty once it is dealt with, so that what is overdue is a range of an index.
       ColumnOf<R>("pending_due_day",
                   [](const R& r) { return cases::IsPending(r.state()) ? r.due_day() : ""; }),
       ColumnOf<R>("merged_into", [](const R& r) { return r.merged_into(); })},
      PetitionTallies};
  return table;
}

template <>
const Table& TableOf<cases::v1::PetitionerLook>() {
  using R = cases::v1::PetitionerLook;
  static const auto& table =
      *new Table{"petitioner_looks",
                 {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
                  ColumnOf<R>("petition_id", [](const R& r) { return r.petition_id(); }),
                  ColumnOf<R>("subject", [](const R& r) { return r.subject(); })},
                 nullptr};
  return table;
}

template <>
const Table& TableOf<cases::v1::Clue>() {
  using R = cases::v1::Clue;
  static const auto& table =
      *new Table{"clues",
                 {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
                  ColumnOf<R>("number", [](const R& r) { return r.number(); }),
                  ColumnOf<R>("source", [](const R& r) { return int64_t{r.source()}; }),
                  ColumnOf<R>("state", [](const R& r) { return int64_t{r.state()}; }),
                  ColumnOf<R>("received_day", [](const R& r) { return r.received_day(); }),
                  ColumnOf<R>("handled_day", [](const R& r) { return r.handled_day(); })},
                 nullptr};
  return table;
}

template <>
const Table& TableOf<cases::v1::DisciplineCase>() {
  using R = cases::v1::DisciplineCase;
  static const auto& table = *new Table{
      "discipline_cases",
      {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
       ColumnOf<R>("number", [](const R& r) { return r.number(); }),
       ColumnOf<R>("state", [](const R& r) { return int64_t{r.state()}; }),
       ColumnOf<R>("filing_day", [](const R& r) { return r.filing_day(); }),
       ColumnOf<R>("clue_ids",
                   [](const R& r) {
                     return cases::ListColumn({r.clue_ids().begin(), r.clue_ids().end()});
                   }),
       ColumnOf<R>("from_inspection",
                   [](const R& r) {
                     int64_t any = 0;
                     for (int source : r.clue_sources()) {
                       if (cases::IsFromInspection(static_cast<cases::v1::Clue::Source>(source))) {
                         any = 1;
                       }
                     }
                     return any;
                   })},
      nullptr};
  return table;
}

template <>
const Table& TableOf<cases::v1::Sanction>() {
  using R = cases::v1::Sanction;
  static const auto& table =
      *new Table{"sanctions",
                 {ColumnOf<R>("region", [](const R& r) { return r.region(); }),
                  ColumnOf<R>("person_id", [](const R& r) { return r.person_id(); }),
                  ColumnOf<R>("case_id", [](const R& r) { return r.case_id(); }),
                  ColumnOf<R>("measure", [](const R& r) { return int64_t{r.measure()}; }),
                  ColumnOf<R>("decision_day", [](const R& r) { return r.decision_day(); }),
                  ColumnOf<R>("revoked_day", [](const R& r) { return r.revoked_day(); })},
                 nullptr};
  return table;
}

namespace cases {

absl::Span<const absl::string_view> Migrations() {
  static constexpr absl::string_view kMigrations[] = {
      "CREATE TABLE petitions (id TEXT PRIMARY KEY, version BIGINT NOT NULL, region TEXT NOT NULL,"
      " number TEXT NOT NULL, batch TEXT NOT NULL, channel BIGINT NOT NULL, state BIGINT NOT NULL,"
      " finding BIGINT NOT NULL, is_key BIGINT NOT NULL, pollution_types TEXT NOT NULL,"
      " received_day TEXT NOT NULL, due_day TEXT NOT NULL, pending_due_day TEXT NOT NULL,"
      " merged_into TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (region, number))",
      "CREATE INDEX petitions_received ON petitions (received_day, id)",
      "CREATE INDEX petitions_due ON petitions (due_day, id)",
      "CREATE INDEX petitions_pending_due ON petitions (pending_due_day, id)",
      "CREATE INDEX petitions_state ON petitions (state, id)",
      "CREATE INDEX petitions_batch ON petitions (batch, id)",
      "CREATE INDEX petitions_merged ON petitions (merged_into) WHERE merged_into <> ''",
      "CREATE TABLE petition_secrets (petition_id TEXT PRIMARY KEY, sealed_key BLOB NOT NULL,"
      " petitioner BLOB NOT NULL, text BLOB NOT NULL)",
      "CREATE TABLE master_key (id BIGINT PRIMARY KEY, proof BLOB NOT NULL)",
      "CREATE TABLE petitioner_looks (id TEXT PRIMARY KEY, version BIGINT NOT NULL,"
      " region TEXT NOT NULL, petition_id TEXT NOT NULL, subject TEXT NOT NULL,"
      " body BLOB NOT NULL)",
      "CREATE INDEX petitioner_looks_petition ON petitioner_looks (petition_id, id)",
      "CREATE TABLE clues (id TEXT PRIMARY KEY, version BIGINT NOT NULL, region TEXT NOT NULL,"
      " number TEXT NOT NULL, source BIGINT NOT NULL, state BIGINT NOT NULL,"
      " received_day TEXT NOT NULL, handled_day TEXT NOT NULL, body BLOB NOT NULL)",
      "CREATE UNIQUE INDEX clues_number ON clues (region, number) WHERE number <> ''",
      "CREATE INDEX clues_handled ON clues (handled_day, id)",
      "CREATE TABLE discipline_cases (id TEXT PRIMARY KEY, version BIGINT NOT NULL,"
      " region TEXT NOT NULL, number TEXT NOT NULL, state BIGINT NOT NULL,"
      " filing_day TEXT NOT NULL, clue_ids TEXT NOT NULL, from_inspection BIGINT NOT NULL,"
      " body BLOB NOT NULL)",
      "CREATE UNIQUE INDEX discipline_cases_number ON discipline_cases (region, number)"
      " WHERE number <> ''",
      "CREATE INDEX discipline_cases_filed ON discipline_cases (filing_day, id)",
      "CREATE TABLE sanctions (id TEXT PRIMARY KEY, version BIGINT NOT NULL, region TEXT NOT NULL,"
      " person_id TEXT NOT NULL, case_id TEXT NOT NULL, measure BIGINT NOT NULL,"
      " decision_day TEXT NOT NULL, revoked_day TEXT NOT NULL, body BLOB NOT NULL)",
      "CREATE INDEX sanctions_decided ON sanctions (measure, decision_day, id)",
      "CREATE INDEX sanctions_person ON sanctions (person_id, id)",
  };
  return kMigrations;
}

std::vector<RecordType> Records() {
  return {RecordTypeOf<v1::Petition>(), RecordTypeOf<v1::PetitionerLook>(),
          RecordTypeOf<v1::Clue>(), RecordTypeOf<v1::DisciplineCase>(),
          RecordTypeOf<v1::Sanction>()};
}

std::string ListColumn(const std::vector<std::string>& members) {
  return absl::StrCat("|", absl::StrJoin(members, "|"), "|");
}

std::string MemberPattern(absl::string_view member) { return absl::StrCat("%|", member, "|%"); }

absl::StatusOr<bool> HasDuplicates(Tx& tx, absl::string_view petition_id) {
  ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT 1 FROM petitions WHERE merged_into = $1"
                                     " AND merged_into <> '' LIMIT 1",
                                     {std::string(petition_id)}));
  return !rows.empty();
}

absl::StatusOr<Rows> HandledClues(Tx& tx, const Period& period) {
  auto [low, high] = RegionRange(period.region);
  return tx.Run(
      "SELECT id, version FROM clues WHERE region >= $1 AND region < $2"
      " AND source IN ($3, $4) AND handled_day <> '' AND handled_day >= $5"
      " AND handled_day <= $6 ORDER BY id",
      {low, high, int64_t{v1::Clue::CENTRAL}, int64_t{v1::Clue::PROVINCIAL}, period.from,
       period.to});
}

absl::StatusOr<Rows> FiledCases(Tx& tx, const Period& period) {
  auto [low, high] = RegionRange(period.region);
  return tx.Run(
      "SELECT id, version FROM discipline_cases WHERE region >= $1 AND region < $2"
      " AND from_inspection = 1 AND filing_day >= $3 AND filing_day <= $4 ORDER BY id",
      {low, high, period.from, period.to});
}

absl::StatusOr<Rows> StandingSanctions(Tx& tx, v1::Sanction::Measure measure,
                                       const Period& period) {
  auto [low, high] = RegionRange(period.region);
  return tx.Run(
      "SELECT id, version FROM sanctions WHERE region >= $1 AND region < $2"
      " AND measure = $3 AND decision_day >= $4 AND decision_day <= $5"
      " AND (revoked_day = '' OR revoked_day > $5) ORDER BY id",
      {low, high, int64_t{measure}, period.from, period.to});
}

absl::StatusOr<int64_t> SanctionedPersons(Tx& tx, v1::Sanction::Measure measure,
                                          const Period& period) {
  auto [low, high] = RegionRange(period.region);
  ASSIGN_OR_RETURN(Rows rows,
                   tx.Run("SELECT COUNT(DISTINCT person_id) FROM sanctions WHERE region >= $1"
                          " AND region < $2 AND measure = $3 AND decision_day >= $4"
                          " AND decision_day <= $5 AND (revoked_day = '' OR revoked_day > $5)",
                          {low, high, int64_t{measure}, period.from, period.to}));
  return rows.Int(0, 0);
}

}  // namespace cases
}  // namespace lucid
