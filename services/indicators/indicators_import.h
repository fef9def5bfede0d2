// Imports: a table is tried on a snapshot, and then its rows are stored, few at once and many by a
// job, part by part.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lucid/indicators/v1/import.pb.h"
#include "services/base/call.h"
#include "services/base/db.h"
#include "services/base/jobs.h"
#include "services/base/sheet.h"

namespace lucid::indicators {

// A table that was read.
struct ImportTable {
  v1::Import result;                  // how many rows it has, and which cannot be read
  std::vector<v1::ImportPart> parts;  // the others, as they are stored together
};

// Reads the rows after the first one, which names the columns; a row for which `read` fails is
// refused. INVALID_ARGUMENT where the content is no table (NOT_A_TABLE), has other columns
// (BAD_COLUMNS) or too many rows (TOO_MANY_ROWS).
using ReadRow = std::function<absl::Status(const SheetColumns& columns,
                                           const std::vector<std::string>& cells, int64_t row)>;
absl::Status ReadRows(const std::string& content, absl::Span<const SheetColumn> columns,
                      v1::Import& result, const ReadRow& read);

// What came of the rows of a part, or would come of it.
struct PartOutcome {
  struct Refusal {
    int64_t row = 0;
    absl::Status why;
  };
  int64_t created = 0;
  int64_t unchanged = 0;
  int64_t corrected = 0;
  std::string region;  // in which all that it brings lies; empty where it brings nothing
  std::vector<Refusal> refusals;
};

// How the rows of one kind of table are entered: those that are not refused are stored, or where
// `store` is false, `tx` only reads.
struct ImportKind {
  std::string name;      // of its jobs: "import-observations"
  int64_t most_at_once;  // how many rows one transaction may store, where it must be one
  std::function<absl::StatusOr<PartOutcome>(Tx& tx, const Call& call, const v1::Import& record,
                                            const v1::ImportPart& part, bool store)>
      enter;
};

// Tries the table, and unless that is all that is wanted (call.validate_only), or a row is refused
// and `all_or_nothing`, stores it: one part at once, several by a job, or at once too where it is
// `all_or_nothing`, for which ABORTED with reason RACE says that others came between.
absl::StatusOr<v1::Import> RunImport(Db& db, const Call& call, const ImportKind& kind,
                                     ImportTable table, bool all_or_nothing);

// Makes the jobs of the kind known.
void AddImportJobs(Db& db, const ImportKind& kind, Jobs& jobs);

// The two kinds of tables.
const ImportKind& ObservationImports();
const ImportKind& RegisterItemImports();

}  // namespace lucid::indicators
