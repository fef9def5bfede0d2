#include "services/publications/frozen_records.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "services/base/id.h"
#include "services/base/status.h"
#include "services/publications/publications_store.h"

namespace lucid::publications {
namespace {

using v1::Publication;

// A row holds up to a thousand references.
constexpr int64_t kRowsAtOnce = 10;
// How long staging may pause between two Writes, and before it is adopted.
constexpr absl::Duration kStagingTime = absl::Minutes(2);

NewJob Discarding(const Publication& publication, const std::string& freeze_id) {
  return {.kind = std::string(kDiscardRecords),
          .region = publication.region(),
          .record = absl::StrCat("publications/", publication.id()),
          .payload = freeze_id};
}

}  // namespace

absl::StatusOr<StagedRecords> StageRecords(Db& db, const Jobs& jobs, const Call& call,
                                           const Publication& draft,
                                           const std::vector<v1::PublicationFigure>& figures) {
  StagedRecords staged{.freeze_id = NewId(call.now), .undo_job = ""};
  NewJob undo = Discarding(draft, staged.freeze_id);
  undo.not_before = jobs.now() + kStagingTime;
  ASSIGN_OR_RETURN(types::v1::Job job, db.Write([&](Tx& tx) { return StartJob(tx, call, undo); }));
  staged.undo_job = job.id();
  const std::vector<RecordsRow> rows = RowsOf(figures);
  for (size_t at = 0; at < rows.size(); at += kRowsAtOnce) {
    auto some = absl::MakeConstSpan(rows).subspan(at, kRowsAtOnce);
    RETURN_IF_ERROR(db.Write([&](Tx& tx) -> absl::Status {
      RETURN_IF_ERROR(PostponeJob(tx, staged.undo_job, jobs.now() + kStagingTime));
      return KeepRecords(tx, staged.freeze_id, some);
    }));
  }
  return staged;
}

absl::Status AdoptRecords(Tx& tx, const Call& call, const StagedRecords& staged,
                          Publication& publication) {
  RETURN_IF_ERROR(WithdrawJob(tx, call, staged.undo_job));
  RETURN_IF_ERROR(DiscardRecords(tx, call, publication));
  publication.set_freeze_id(staged.freeze_id);
  return absl::OkStatus();
}

absl::Status DiscardRecords(Tx& tx, const Call& call, Publication& publication) {
  if (publication.freeze_id().empty()) return absl::OkStatus();
  RETURN_IF_ERROR(StartJob(tx, call, Discarding(publication, publication.freeze_id())).status());
  publication.clear_freeze_id();
  return absl::OkStatus();
}

absl::StatusOr<JobChunk> NextDiscard(Db& db, const JobWork& work) {
  const std::string& freeze_id = work.payload;
  ASSIGN_OR_RETURN(int64_t left, db.Read([&](Tx& tx) { return CountKept(tx, freeze_id); }));
  JobChunk chunk;
  chunk.effect = [freeze_id](Tx& tx) { return DropRecords(tx, freeze_id, kRowsAtOnce); };
  chunk.done = std::min(left, kRowsAtOnce);
  chunk.total = work.job.done() + left;
  chunk.last = left <= kRowsAtOnce;
  return chunk;
}

}  // namespace lucid::publications
