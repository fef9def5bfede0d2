// The records behind frozen figures: written in bounded Writes before a freezing shows them, and
// discarded in bounded Writes once nothing shows them any more.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lucid/publications/v1/publication.pb.h"
#include "services/base/call.h"
#include "services/base/db.h"
#include "services/base/jobs.h"

namespace lucid::publications {

// Records that are kept under an id which no publication names yet, with the job that discards them
// unless one does.
struct StagedRecords {
  std::string freeze_id;
  std::string undo_job;
};

// Keeps every record of the evaluated figures of `draft`, some thousand a Write. Should the process
// end before AdoptRecords, a job discards them. ABORTED when they already were, because this took
// too long.
absl::StatusOr<StagedRecords> StageRecords(Db& db, const Jobs& jobs, const Call& call,
                                           const v1::Publication& draft,
                                           const std::vector<v1::PublicationFigure>& figures);

// Makes the staged records those of the publication, and discards the ones it had.
absl::Status AdoptRecords(Tx& tx, const Call& call, const StagedRecords& staged,
                          v1::Publication& publication);

// Discards the records that the publication has, where it has any.
absl::Status DiscardRecords(Tx& tx, const Call& call, v1::Publication& publication);

// The kind of job that discards, and its chunks.
inline constexpr absl::string_view kDiscardRecords = "discard-records";
absl::StatusOr<JobChunk> NextDiscard(Db& db, const JobWork& work);

}  // namespace lucid::publications
