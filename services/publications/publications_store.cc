#include "services/publications/publications_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/base/timestamps.h"

namespace lucid {
namespace {

using publications::v1::Publication;

// How many records of a figure one row holds.
constexpr int kChunk = 1000;

// A text that sorts as the time does; "" for none.
std::string SortableTime(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0) return "";
  return absl::StrCat(absl::Dec(absl::ToUnixMicros(ToTime(time)), absl::kZeroPad18));
}

std::string PublicTime(const Publication& publication) {
  return SortableTime(publication.has_release_time() ? publication.release_time()
                                                     : publication.notice().start_time());
}

std::vector<Tally> Tallies(const google::protobuf::Message& record) {
  const auto& publication = static_cast<const Publication&>(record);
  return {{.name = "publications",
           .region = publication.region(),
           .key = absl::StrCat(Publication::Kind_Name(publication.kind()), "/",
                               Publication::State_Name(publication.state())),
           .day = ""}};
}

constexpr absl::string_view kMigrations[] = {
    "CREATE TABLE publications (id TEXT PRIMARY KEY, version BIGINT NOT NULL,"
    " region TEXT NOT NULL, kind BIGINT NOT NULL, state BIGINT NOT NULL, task_id TEXT NOT NULL,"
    " notice_to_day TEXT NOT NULL, release_time TEXT NOT NULL, update_time TEXT NOT NULL,"
    " public_time TEXT NOT NULL, body BLOB NOT NULL)",
    "CREATE INDEX publications_region ON publications (region, id)",
    "CREATE INDEX publications_task ON publications (task_id) WHERE task_id <> ''",
    "CREATE INDEX publications_public ON publications (public_time, id) WHERE public_time <> ''",
    "CREATE INDEX publications_state ON publications (state, notice_to_day)",
    "CREATE TABLE publication_records (publication_id TEXT NOT NULL, key TEXT NOT NULL,"
    " chunk BIGINT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (publication_id, key, chunk))",
    "CREATE TABLE frozen_records (freeze_id TEXT NOT NULL, key TEXT NOT NULL,"
    " chunk BIGINT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (freeze_id, key, chunk))",
};

}  // namespace

template <>
const Table& TableOf<Publication>() {
  static const auto& table = *new Table{
      .name = "publications",
      .columns =
          {
              ColumnOf<Publication>("region", [](const auto& p) { return p.region(); }),
              ColumnOf<Publication>("kind", [](const auto& p) { return int64_t{p.kind()}; }),
              ColumnOf<Publication>("state", [](const auto& p) { return int64_t{p.state()}; }),
              ColumnOf<Publication>("task_id", [](const auto& p) { return p.task_id(); }),
              ColumnOf<Publication>("notice_to_day",
                                    [](const auto& p) { return p.notice().to_day(); }),
              ColumnOf<Publication>("release_time",
                                    [](const auto& p) { return SortableTime(p.release_time()); }),
              ColumnOf<Publication>("update_time",
                                    [](const auto& p) { return SortableTime(p.update_time()); }),
              ColumnOf<Publication>("public_time", PublicTime),
          },
      .tallies = Tallies,
  };
  return table;
}

namespace publications {

absl::Span<const absl::string_view> Migrations() { return kMigrations; }

absl::StatusOr<std::vector<std::string>> EndedNotices(Tx& tx, const std::string& today,
                                                      int64_t limit) {
  ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT id FROM publications WHERE state = $1"
                                     " AND notice_to_day < $2 ORDER BY notice_to_day, id LIMIT $3",
                                     {int64_t{Publication::ON_NOTICE}, today, limit}));
  std::vector<std::string> ids;
  for (size_t i = 0; i < rows.size(); ++i) ids.push_back(rows.Text(i, 0));
  return ids;
}

absl::StatusOr<std::vector<Publication>> OpenClosures(Tx& tx, const std::string& task_id) {
  ASSIGN_OR_RETURN(Rows rows,
                   tx.Run("SELECT body FROM publications WHERE task_id = $1 AND task_id <> ''"
                          " AND state IN ($2, $3, $4, $5) ORDER BY id",
                          {task_id, int64_t{Publication::DRAFT}, int64_t{Publication::IN_REVIEW},
                           int64_t{Publication::APPROVED}, int64_t{Publication::ON_NOTICE}}));
  std::vector<Publication> open(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!open[i].ParseFromString(rows.Bytes(i, 0))) {
      return absl::DataLossError("a publication cannot be read");
    }
  }
  return open;
}

std::vector<RecordsRow> RowsOf(const std::vector<v1::PublicationFigure>& figures) {
  std::vector<RecordsRow> rows;
  for (const v1::PublicationFigure& figure : figures) {
    const auto& records = figure.frozen().records();
    for (int first = 0; first < records.size(); first += kChunk) {
      RecordsRow& row = rows.emplace_back(RecordsRow{figure.key(), first / kChunk, {}});
      auto last = records.begin() + std::min<int>(first + kChunk, records.size());
      row.records.mutable_records()->Assign(records.begin() + first, last);
    }
  }
  return rows;
}

absl::Status KeepRecords(Tx& tx, const std::string& freeze_id, absl::Span<const RecordsRow> rows) {
  for (const RecordsRow& row : rows) {
    RETURN_IF_ERROR(tx.Run("INSERT INTO frozen_records (freeze_id, key, chunk, body)"
                           " VALUES ($1, $2, $3, $4)",
                           {freeze_id, row.key, row.chunk, Blob{row.records.SerializeAsString()}})
                        .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> CountKept(Tx& tx, const std::string& freeze_id) {
  ASSIGN_OR_RETURN(Rows rows,
                   tx.Run("SELECT COUNT(*) FROM frozen_records WHERE freeze_id = $1", {freeze_id}));
  return rows.Int(0, 0);
}

absl::Status DropRecords(Tx& tx, const std::string& freeze_id, int64_t limit) {
  return tx
      .Run(
          "DELETE FROM frozen_records WHERE freeze_id = $1 AND (key, chunk) IN"
          " (SELECT key, chunk FROM frozen_records WHERE freeze_id = $1"
          " ORDER BY key, chunk LIMIT $2)",
          {freeze_id, limit})
      .status();
}

absl::StatusOr<std::vector<figures::v1::RecordReference>> KeptRecords(
    Tx& tx, const v1::Publication& publication, const std::string& key, int64_t first,
    int64_t limit) {
  std::vector<figures::v1::RecordReference> records;
  // Before freezings had ids, records were kept under the publication's.
  const bool before_ids = publication.freeze_id().empty();
  ASSIGN_OR_RETURN(
      Rows rows,
      tx.Run(absl::StrCat("SELECT chunk, body FROM ",
                          before_ids ? "publication_records WHERE publication_id = $1"
                                     : "frozen_records WHERE freeze_id = $1",
                          " AND key = $2 AND chunk >= $3 AND chunk <= $4 ORDER BY chunk"),
             {before_ids ? publication.id() : publication.freeze_id(), key, first / kChunk,
              (first + limit) / kChunk}));
  for (size_t i = 0; i < rows.size(); ++i) {
    figures::v1::Figure chunk;
    if (!chunk.ParseFromString(rows.Bytes(i, 1))) {
      return absl::DataLossError("the records of a figure cannot be read");
    }
    int64_t at = rows.Int(i, 0) * kChunk;
    for (auto& record : *chunk.mutable_records()) {
      if (at >= first && at < first + limit) records.push_back(std::move(record));
      ++at;
    }
  }
  return records;
}

}  // namespace publications
}  // namespace lucid
