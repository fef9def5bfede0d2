#include "services/base/jobs.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "services/base/db_rows.h"
#include "services/base/id.h"
#include "services/base/log.h"
#include "services/base/retry.h"
#include "services/base/status.h"
#include "services/base/timestamps.h"

namespace lucid {
namespace {

using types::v1::Job;

constexpr absl::Duration kPoll = absl::Milliseconds(200);
// After this long the next job has its turn.
constexpr absl::Duration kSlice = absl::Seconds(1);
constexpr absl::Duration kFirstPause = absl::Milliseconds(500);
constexpr absl::Duration kLongestPause = absl::Minutes(1);
// A chunk whose replicas end so often takes every replica with it.
constexpr int64_t kMostCrashes = 5;

absl::Status Begun(absl::string_view id) {
  return Fail(absl::StatusCode::kAborted, "JOB_BEGUN",
              absl::StrCat("jobs/", id, " has begun or ended meanwhile"));
}

void SetError(Job& job, const absl::Status& why) {
  job.mutable_error()->set_status(absl::StatusCodeToString(why.code()));
  job.mutable_error()->set_reason(Reason(why));
  job.mutable_error()->set_message(ToldMessage(why));
}

// Stores how far the job has come, which is no new version and no event.
absl::Status SaveProgress(Tx& tx, const Call& call, Job& job) {
  *job.mutable_update_time() = ToTimestamp(call.now);
  return tx
      .Run("UPDATE jobs SET state = $2, body = $3 WHERE id = $1",
           {job.id(), int64_t{job.state()}, Blob{job.SerializeAsString()}})
      .status();
}

// Ends the job, with an event named after how.
absl::Status End(Tx& tx, Call call, Job& job, Job::State state) {
  call.method = absl::StrCat("Job.", Job::State_Name(state));
  job.set_state(state);
  *job.mutable_finish_time() = ToTimestamp(call.now);
  RETURN_IF_ERROR(tx.Run("DELETE FROM job_work WHERE id = $1", {job.id()}).status());
  return Update(tx, call, job);
}

std::string WriteRoles(const Actor& actor) {
  return absl::StrJoin(actor.roles, ",", [](std::string* text, Role role) {
    absl::StrAppend(text, static_cast<int>(role));
  });
}

std::vector<Role> ReadRoles(absl::string_view text) {
  std::vector<Role> roles;
  for (absl::string_view number : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    int role = 0;
    if (absl::SimpleAtoi(number, &role)) roles.push_back(static_cast<Role>(role));
  }
  return roles;
}

}  // namespace

template <>
const Table& TableOf<Job>() {
  static const auto& table =
      *new Table{"jobs",
                 {ColumnOf<Job>("region", [](const Job& job) { return job.region(); }),
                  ColumnOf<Job>("kind", [](const Job& job) { return job.kind(); }),
                  ColumnOf<Job>("state", [](const Job& job) { return int64_t{job.state()}; })},
                 nullptr};
  return table;
}

absl::StatusOr<Job> StartJob(Tx& tx, const Call& call, const NewJob& wanted) {
  Job job;
  job.set_kind(wanted.kind);
  job.set_region(wanted.region);
  job.set_record(wanted.record);
  job.set_state(Job::WAITING);
  job.set_subject(call.actor.subject);
  job.set_total(wanted.total);
  RETURN_IF_ERROR(Insert(tx, call, job));
  const int64_t ready =
      std::max<int64_t>(0, absl::ToUnixMicros(std::max(wanted.not_before, absl::UnixEpoch())));
  RETURN_IF_ERROR(
      tx.Run("INSERT INTO job_work (id, kind, ready_time, holder, attempts, crashes, subject,"
             " roles, unit_id, region, method, payload, cursor)"
             " VALUES ($1, $2, $3, '', 0, 0, $4, $5, $6, $7, $8, $9, $10)",
             {job.id(), job.kind(), ready, call.actor.subject, WriteRoles(call.actor),
              call.actor.unit, call.actor.region, call.method, Blob{wanted.payload}, Blob{""}})
          .status());
  return job;
}

absl::Status PostponeJob(Tx& tx, const std::string& id, absl::Time not_before) {
  ASSIGN_OR_RETURN(Rows rows, tx.Run("UPDATE job_work SET ready_time = $2"
                                     " WHERE id = $1 AND attempts = 0 RETURNING id",
                                     {id, absl::ToUnixMicros(not_before)}));
  return rows.empty() ? Begun(id) : absl::OkStatus();
}

absl::Status WithdrawJob(Tx& tx, const Call& call, const std::string& id) {
  ASSIGN_OR_RETURN(
      Rows rows, tx.Run("DELETE FROM job_work WHERE id = $1 AND attempts = 0 RETURNING id", {id}));
  if (rows.empty()) return Begun(id);
  ASSIGN_OR_RETURN(Job job, Find<Job>(tx, id));
  return End(tx, call, job, Job::WITHDRAWN);
}

Jobs::Jobs(Db& db, std::function<Call()> make_call, std::function<absl::Time()> clock)
    : db_(db), make_call_(std::move(make_call)), clock_(std::move(clock)) {}

Jobs::~Jobs() { Stop(); }

void Jobs::Stop() {
  stopping_ = true;
  thread_.reset();
}

void Jobs::Add(std::string kind, Next next) { kinds_[std::move(kind)] = std::move(next); }

void Jobs::Serve() {
  if (kinds_.empty()) return;
  if (db_.embedded()) {
    // Nobody else is at this database, so whoever held a job is gone.
    absl::Status freed = db_.Write([](Tx& tx) {
      return tx.Run("UPDATE job_work SET ready_time = 0 WHERE holder <> ''").status();
    });
    if (!freed.ok()) LogLine("job", "WARNING").Add("error", freed.message());
  }
  thread_ = std::make_unique<Periodic>(kPoll, [this] {
    absl::StatusOr<bool> more = true;
    while (!stopping_ && more.ok() && *more) more = Turn();
    failures_.Note(more.status());
  });
}

absl::StatusOr<bool> Jobs::Turn() {
  ASSIGN_OR_RETURN(std::optional<Held> held, Claim());
  if (!held.has_value()) return false;
  const absl::Time end = clock_() + kSlice;
  bool more = true;
  while (more && !stopping_ && clock_() < end) {
    ASSIGN_OR_RETURN(more, RunChunk(*held));
  }
  if (more) RETURN_IF_ERROR(PutBack(*held, clock_(), absl::OkStatus()));
  return true;
}

absl::StatusOr<std::optional<Jobs::Held>> Jobs::Claim() {
  const absl::Time now = clock_();
  std::vector<Value> due;
  for (const auto& [kind, next] : kinds_) due.push_back(kind);
  const std::string find =
      absl::StrCat("SELECT id FROM job_work WHERE kind IN ", RowPlaces(1, due.size()),
                   " AND ready_time <= $", due.size() + 1, " ORDER BY ready_time, id LIMIT 1");
  due.push_back(absl::ToUnixMicros(now));
  ASSIGN_OR_RETURN(Rows waiting, db_.Read([&](Tx& tx) { return tx.Run(find, due); }));
  if (waiting.empty()) return std::nullopt;
  Held held;
  held.holder = NewId(now);
  held.call = make_call_();
  return db_.Write([&](Tx& tx) -> absl::StatusOr<std::optional<Held>> {
    ASSIGN_OR_RETURN(Rows first, tx.Run(find, due));
    if (first.empty()) return std::nullopt;
    ASSIGN_OR_RETURN(
        Rows rows,
        tx.Run("UPDATE job_work SET attempts = attempts + 1,"
               " crashes = crashes + CASE WHEN holder = '' THEN 0 ELSE 1 END,"
               " holder = $2, ready_time = $3 WHERE id = $1"
               " RETURNING attempts, crashes, subject, roles, unit_id, region, method, payload,"
               " cursor",
               {first.Text(0, 0), held.holder, absl::ToUnixMicros(now + kJobLease)}));
    held.attempts = rows.Int(0, 0);
    held.crashes = rows.Int(0, 1);
    held.call.actor = {rows.Text(0, 2), ReadRoles(rows.Text(0, 3)), rows.Text(0, 4),
                       rows.Text(0, 5)};
    held.call.method = rows.Text(0, 6);
    held.work.payload = rows.Bytes(0, 7);
    held.work.cursor = rows.Bytes(0, 8);
    ASSIGN_OR_RETURN(held.work.job, Find<Job>(tx, first.Text(0, 0)));
    if (held.work.job.state() == Job::WAITING) {
      held.work.job.set_state(Job::RUNNING);
      RETURN_IF_ERROR(SaveProgress(tx, held.call, held.work.job));
    }
    return held;
  });
}

absl::StatusOr<bool> Jobs::RunChunk(Held& held) {
  absl::Status failed;
  if (held.crashes >= kMostCrashes) {
    failed = Fail(absl::StatusCode::kInternal, "JOB_CRASHES",
                  absl::StrCat("its process ended ", held.crashes, " times in the same chunk"));
  } else {
    absl::StatusOr<JobChunk> chunk = kinds_.at(held.work.job.kind())(held.call, held.work);
    failed = chunk.ok() ? Apply(held, *chunk) : chunk.status();
    if (failed.ok()) return !chunk->last;
  }
  RETURN_IF_ERROR(LetGo(held, failed));
  return false;
}

absl::Status Jobs::Apply(Held& held, const JobChunk& chunk) {
  Job job = held.work.job;
  job.set_done(job.done() + chunk.done);
  if (chunk.total > 0) job.set_total(chunk.total);
  for (const auto& [name, count] : chunk.counts) (*job.mutable_counts())[name] += count;
  job.clear_error();
  RETURN_IF_ERROR(db_.Write([&](Tx& tx) -> absl::Status {
    // Only the holder moves the cursor: an overtaken replica does nothing twice.
    ASSIGN_OR_RETURN(Rows moved,
                     tx.Run("UPDATE job_work SET cursor = $3, ready_time = $4, attempts = 1,"
                            " crashes = 0 WHERE id = $1 AND holder = $2 RETURNING id",
                            {job.id(), held.holder, Blob{chunk.cursor},
                             absl::ToUnixMicros(clock_() + kJobLease)}));
    if (moved.empty()) return absl::CancelledError("another replica has the job");
    if (chunk.effect) RETURN_IF_ERROR(chunk.effect(tx));
    Job now = job;
    RETURN_IF_ERROR(chunk.last ? End(tx, held.call, now, Job::DONE)
                               : SaveProgress(tx, held.call, now));
    return absl::OkStatus();
  }));
  held.work.job = std::move(job);
  held.work.cursor = chunk.cursor;
  held.attempts = 1;
  held.crashes = 0;
  return absl::OkStatus();
}

absl::Status Jobs::LetGo(Held& held, const absl::Status& why) {
  LogLine("job", "WARNING")
      .Add("job", held.work.job.id())
      .Add("kind", held.work.job.kind())
      .Add("code", absl::StatusCodeToString(why.code()))
      .Add("error", why.message());
  if (MayPass(why)) {
    const int64_t doublings = std::min<int64_t>(held.attempts - 1, 10);
    const absl::Duration pause =
        std::min(kLongestPause, kFirstPause * (int64_t{1} << std::max<int64_t>(doublings, 0)));
    return PutBack(held, clock_() + pause, why);
  }
  return db_.Write([&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(Rows mine, tx.Run("SELECT id FROM job_work WHERE id = $1 AND holder = $2",
                                       {held.work.job.id(), held.holder}));
    if (mine.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(Job job, Find<Job>(tx, held.work.job.id()));
    SetError(job, why);
    return End(tx, held.call, job, Job::FAILED);
  });
}

absl::Status Jobs::PutBack(Held& held, absl::Time ready, const absl::Status& why) {
  return db_.Write([&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(Rows mine,
                     tx.Run("UPDATE job_work SET holder = '', ready_time = $3"
                            " WHERE id = $1 AND holder = $2 RETURNING id",
                            {held.work.job.id(), held.holder, absl::ToUnixMicros(ready)}));
    if (mine.empty() || why.ok()) return absl::OkStatus();
    ASSIGN_OR_RETURN(Job job, Find<Job>(tx, held.work.job.id()));
    SetError(job, why);
    return SaveProgress(tx, held.call, job);
  });
}

absl::StatusOr<Job> Jobs::Get(const Call& call, const types::v1::GetJobRequest& request) {
  return db_.Read([&](Tx& tx) { return FindFor<Job>(tx, call, request.id()); });
}

absl::StatusOr<types::v1::ListJobsResponse> Jobs::List(const Call& call,
                                                       const types::v1::ListJobsRequest& request) {
  Query query;
  query.Region("region", request.region())
      .Equals("kind", request.kind())
      .Equals("state", int64_t{request.state()})
      .OrderBy(request.order_by(), {"id"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<types::v1::ListJobsResponse> {
    types::v1::ListJobsResponse response;
    RETURN_IF_ERROR(lucid::List(tx, call, request, query, *response.mutable_jobs(),
                                *response.mutable_next_page_token()));
    return response;
  });
}

}  // namespace lucid
