#include "services/indicators/indicators_import.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "services/base/id.h"
#include "services/base/records.h"
#include "services/base/status.h"
#include "services/indicators/indicators_imports_store.h"
#include "services/indicators/indicators_rules.h"
#include "services/indicators/indicators_service.h"

namespace lucid::indicators {
namespace {

using types::v1::Job;
using v1::Import;
using v1::ImportPart;

constexpr int kMostErrors = 1000;
constexpr int64_t kMostTableRows = 500'000;

// Says why a row is refused, while there is room.
void AddErrors(int64_t row, const absl::Status& status, Import& result) {
  if (result.errors_size() >= kMostErrors) return;
  const auto add = [&](const std::string& column, absl::string_view reason) {
    Import::RowError& error = *result.add_errors();
    error.set_row(row);
    error.set_column(column);
    error.set_reason(std::string(reason));
  };
  google::rpc::BadRequest bad;
  const auto payload = status.GetPayload(kBadRequestUrl);
  if (!payload || !bad.ParseFromString(std::string(*payload))) return add("", status.message());
  for (const auto& violation : bad.field_violations()) {
    add(violation.field(), violation.description());
  }
}

// Says why these rows are refused, where that is not said yet.
void AddErrors(const std::vector<PartOutcome::Refusal>& refusals, Import& result) {
  std::set<int64_t> said;
  for (const Import::RowError& error : result.errors()) said.insert(error.row());
  for (const PartOutcome::Refusal& refusal : refusals) {
    if (said.count(refusal.row) == 0) AddErrors(refusal.row, refusal.why, result);
  }
  std::stable_sort(result.mutable_errors()->begin(), result.mutable_errors()->end(),
                   [](const auto& a, const auto& b) { return a.row() < b.row(); });
}

void CountRows(const PartOutcome& outcome, Import& result) {
  result.set_created(result.created() + outcome.created);
  result.set_unchanged(result.unchanged() + outcome.unchanged);
  result.set_corrected(result.corrected() + outcome.corrected);
}

int64_t CountOf(const std::vector<PartOutcome::Refusal>& refusals) {
  return static_cast<int64_t>(refusals.size());
}

// Adds the refusals of a part, of which so many are counted already.
void AddRefusals(const PartOutcome& outcome, int64_t counted, Import& result) {
  result.set_refused(result.refused() + CountOf(outcome.refusals) - counted);
  AddErrors(outcome.refusals, result);
}

// Adds what came of a part.
void AddOutcome(const PartOutcome& outcome, int64_t counted, Import& result) {
  CountRows(outcome, result);
  AddRefusals(outcome, counted, result);
}

// A table as it was tried on one snapshot: with the counts as they would be, and by part how many
// of its rows are refused.
struct Tried {
  Import result;
  std::vector<int64_t> refused;
};
absl::StatusOr<Tried> TryParts(Tx& tx, const Call& call, const ImportKind& kind,
                               const ImportTable& table) {
  Tried tried{table.result, {}};
  std::optional<std::string> region;
  for (const ImportPart& part : table.parts) {
    ASSIGN_OR_RETURN(const PartOutcome outcome,
                     kind.enter(tx, call, table.result, part, /*store=*/false));
    AddOutcome(outcome, 0, tried.result);
    tried.refused.push_back(CountOf(outcome.refusals));
    if (outcome.region.empty()) continue;
    region = region ? CommonRegion(*region, outcome.region) : outcome.region;
  }
  if (tried.result.region().empty()) tried.result.set_region(region.value_or(call.actor.region));
  tried.result.set_state(Import::TRIED);
  return tried;
}

// Keeps the parts for the job that stores them.
absl::Status StartStoring(Tx& tx, const Call& call, const ImportKind& kind,
                          const std::vector<ImportPart>& parts, Import& result) {
  result.set_id(NewId(call.now));
  result.set_state(Import::STORING);
  int64_t rows = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    rows += parts[i].rows_size();
    RETURN_IF_ERROR(InsertPart(tx, result.id(), static_cast<int64_t>(i), parts[i]));
  }
  ASSIGN_OR_RETURN(const Job job, StartJob(tx, call,
                                           {.kind = kind.name,
                                            .region = result.region(),
                                            .record = absl::StrCat("imports/", result.id()),
                                            .payload = result.id(),
                                            .total = rows}));
  result.set_job_id(job.id());
  return absl::OkStatus();
}

// What a job has stored so far.
void TakeCounts(const Job& job, Import& result) {
  const auto count = [&](const char* name) {
    auto found = job.counts().find(name);
    return found == job.counts().end() ? 0 : found->second;
  };
  result.set_created(count("created"));
  result.set_unchanged(count("unchanged"));
  result.set_corrected(count("corrected"));
}

bool SameCounts(const PartOutcome& a, const PartOutcome& b) {
  return a.created == b.created && a.unchanged == b.unchanged && a.corrected == b.corrected &&
         a.refusals.size() == b.refusals.size();
}

// Others stored something since the rows were tried.
absl::Status ChangedMeanwhile() {
  return Fail(absl::StatusCode::kAborted, "RACE",
              "what the rows meet was changed meanwhile; nothing was stored, try again");
}

// The next part of an import under way: tried on a snapshot, so that the job's counts are known,
// and stored if nothing came between.
absl::StatusOr<JobChunk> NextPart(Db& db, const Call& call, const ImportKind& kind,
                                  const JobWork& work) {
  const std::string& id = work.payload;
  int64_t number = 0;
  if (!work.cursor.empty() && !absl::SimpleAtoi(work.cursor, &number)) {
    return absl::InternalError("a cursor of an import is no number");
  }
  Import record;
  KeptPart kept;
  PartOutcome tried;
  RETURN_IF_ERROR(db.Read([&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(record, Find<Import>(tx, id));
    ASSIGN_OR_RETURN(kept, FindPart(tx, id, number));
    ASSIGN_OR_RETURN(tried, kind.enter(tx, call, record, kept.part, /*store=*/false));
    return absl::OkStatus();
  }));
  JobChunk chunk;
  chunk.cursor = absl::StrCat(number + 1);
  chunk.done = kept.part.rows_size();
  chunk.counts = {
      {"created", tried.created}, {"unchanged", tried.unchanged}, {"corrected", tried.corrected}};
  chunk.last = kept.is_last;
  chunk.effect = [&kind, call, id, number, kept, tried, job = work.job](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(Import record, Find<Import>(tx, id));
    ASSIGN_OR_RETURN(const PartOutcome stored,
                     kind.enter(tx, call, record, kept.part, /*store=*/true));
    if (!SameCounts(stored, tried)) {
      return ChangedMeanwhile();
    }
    RETURN_IF_ERROR(DeletePart(tx, id, number));
    const bool more_refused = CountOf(stored.refusals) != kept.part.refused();
    if (!kept.is_last && !more_refused) return absl::OkStatus();
    AddRefusals(stored, kept.part.refused(), record);
    if (kept.is_last) {
      TakeCounts(job, record);
      CountRows(stored, record);
      record.set_state(Import::DONE);
    }
    return Update(tx, call, record);
  };
  return chunk;
}

// Shows how far an import under way is.
absl::Status ShowProgress(Tx& tx, Import& record) {
  if (record.state() != Import::STORING) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Job job, Find<Job>(tx, record.job_id()));
  TakeCounts(job, record);
  if (job.state() == Job::FAILED) {
    record.set_state(Import::FAILED);
    *record.mutable_error() = job.error();
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadRows(const std::string& content, absl::Span<const SheetColumn> columns,
                      Import& result, const ReadRow& read) {
  ASSIGN_OR_RETURN(std::unique_ptr<Sheet> sheet, Sheet::Open(content));
  ASSIGN_OR_RETURN(const SheetColumns named, SheetColumns::Read(*sheet, columns));
  std::vector<std::string> cells;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, sheet->Next(cells));
    if (!more) return absl::OkStatus();
    result.set_rows(result.rows() + 1);
    if (result.rows() > kMostTableRows) {
      return Fail(absl::StatusCode::kInvalidArgument, "TOO_MANY_ROWS",
                  "the file has more than 500000 rows; send it in pieces, each with the first row");
    }
    absl::Status status = named.Check(cells);
    if (status.ok()) status = read(named, cells, sheet->row());
    if (status.ok()) continue;
    result.set_refused(result.refused() + 1);
    AddErrors(sheet->row(), status, result);
  }
}

absl::StatusOr<Import> RunImport(Db& db, const Call& call, const ImportKind& kind,
                                 ImportTable table, bool all_or_nothing) {
  if (all_or_nothing && table.result.rows() > kind.most_at_once) {
    return InvalidField("all_or_nothing",
                        absl::StrCat("is for tables of at most ", kind.most_at_once, " rows"));
  }
  ASSIGN_OR_RETURN(const Tried tried,
                   db.Read([&](Tx& tx) { return TryParts(tx, call, kind, table); }));
  for (size_t i = 0; i < table.parts.size(); ++i) table.parts[i].set_refused(tried.refused[i]);
  Call own = call;
  if (all_or_nothing && tried.result.refused() > 0) own.validate_only = true;
  return Write(db, own, [&](Tx& tx) -> absl::StatusOr<Import> {
    Import result = tried.result;
    if (own.validate_only) return result;
    TakeCounts(Job(), result);
    if (table.parts.size() > 1 && !all_or_nothing) {
      RETURN_IF_ERROR(StartStoring(tx, own, kind, table.parts, result));
    } else {
      for (const ImportPart& part : table.parts) {
        ASSIGN_OR_RETURN(const PartOutcome stored, kind.enter(tx, own, result, part, true));
        AddOutcome(stored, part.refused(), result);
      }
      if (all_or_nothing && result.refused() > 0) return ChangedMeanwhile();
      result.set_state(Import::DONE);
    }
    RETURN_IF_ERROR(Insert(tx, own, result));
    return result;
  });
}

void AddImportJobs(Db& db, const ImportKind& kind, Jobs& jobs) {
  jobs.Add(kind.name, [&db, &kind](const Call& call, const JobWork& work) {
    return NextPart(db, call, kind, work);
  });
}

absl::StatusOr<Import> IndicatorsService::GetImport(const Call& call,
                                                    const v1::GetImportRequest& request) {
  return db_.Read([&](Tx& tx) -> absl::StatusOr<Import> {
    ASSIGN_OR_RETURN(Import record, FindFor<Import>(tx, call, request.id()));
    RETURN_IF_ERROR(ShowProgress(tx, record));
    return record;
  });
}

absl::StatusOr<types::v1::Job> IndicatorsService::GetJob(const Call& call,
                                                         const types::v1::GetJobRequest& request) {
  return jobs_.Get(call, request);
}

absl::StatusOr<types::v1::ListJobsResponse> IndicatorsService::ListJobs(
    const Call& call, const types::v1::ListJobsRequest& request) {
  return jobs_.List(call, request);
}

absl::StatusOr<v1::ListImportsResponse> IndicatorsService::ListImports(
    const Call& call, const v1::ListImportsRequest& request) {
  Query query;
  query.Region("region", request.region())
      .Equals("register_id", request.register_id())
      .OrderBy(request.order_by(), {"id"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListImportsResponse> {
    v1::ListImportsResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_imports(),
                         *response.mutable_next_page_token()));
    for (Import& record : *response.mutable_imports()) {
      RETURN_IF_ERROR(ShowProgress(tx, record));
    }
    return response;
  });
}

}  // namespace lucid::indicators
