// How publications are stored, listed and counted.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lucid/publications/v1/publication.pb.h"
#include "services/base/db.h"
#include "services/base/records.h"

namespace lucid {

template <>
const Table& TableOf<publications::v1::Publication>();

namespace publications {

// For Migrate(db, "publications", …).
absl::Span<const absl::string_view> Migrations();

// The notices whose last day lies before `today` ("YYYY-MM-DD") and that are still on display,
// longest over first; at most `limit` ids.
absl::StatusOr<std::vector<std::string>> EndedNotices(Tx& tx, const std::string& today,
                                                      int64_t limit);

// The TASK_CLOSURE publications of a task that are not yet released nor withdrawn.
absl::StatusOr<std::vector<v1::Publication>> OpenClosures(Tx& tx, const std::string& task_id);

// A row of up to a thousand records of one figure.
struct RecordsRow {
  std::string key;    // what the publication calls the figure
  int64_t chunk = 0;  // its place among the rows of the figure
  figures::v1::Figure records;
};
// The records of these figures as rows.
std::vector<RecordsRow> RowsOf(const std::vector<v1::PublicationFigure>& figures);

// Keeps rows under the id of a freezing.
absl::Status KeepRecords(Tx& tx, const std::string& freeze_id, absl::Span<const RecordsRow> rows);
// How many rows are kept.
absl::StatusOr<int64_t> CountKept(Tx& tx, const std::string& freeze_id);
// Drops at most `limit` rows.
absl::Status DropRecords(Tx& tx, const std::string& freeze_id, int64_t limit);

// The records kept for a figure of the publication, from the `first` (0 is the first of all) on; at
// most `limit`.
absl::StatusOr<std::vector<figures::v1::RecordReference>> KeptRecords(
    Tx& tx, const v1::Publication& publication, const std::string& key, int64_t first,
    int64_t limit);

}  // namespace publications
}  // namespace lucid
