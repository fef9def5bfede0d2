// Jobs: work that is too large for one Write, done chunk by chunk by whichever replica is there.
//
// A job is a record that everybody concerned can read (types.v1.Job) and a row of work that only
// the replicas see: its payload, the cursor behind the last chunk, and the lease of the replica
// that is at it. A chunk is prepared outside any transaction; its effect and the new cursor go in
// by one Write, so each chunk takes effect exactly once through any crash and any takeover.
//
//   jobs.Add("import", [&](const Call& call, const JobWork& work) -> absl::StatusOr<JobChunk> {
//     ASSIGN_OR_RETURN(Piece piece, ReadPiece(work.payload, work.cursor));   // may block
//     return JobChunk{.effect = [=](Tx& tx) { return InsertPiece(tx, call, piece); },
//                     .cursor = piece.end, .done = piece.rows, .last = piece.last};
//   });
//   … and in a handler's Write: StartJob(tx, call, {.kind = "import", .payload = upload_id})
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "lucid/types/v1/job.pb.h"
#include "services/base/call.h"
#include "services/base/db.h"
#include "services/base/follower.h"
#include "services/base/log.h"
#include "services/base/records.h"

namespace lucid {

template <>
const Table& TableOf<types::v1::Job>();

// What a new job is to do.
struct NewJob {
  std::string kind;         // one that every replica has added to its Jobs
  std::string region = {};  // whose records it works on; "" for the whole service's
  std::string record = {};  // the record that it works on: "publications/p-1"; may be ""
  // What the chunks need to know, some hundred bytes, seen by nobody else; large input lies in
  // tables of its own and is named here.
  std::string payload = {};
  int64_t total = 0;                             // how much there is to do, where it is known
  absl::Time not_before = absl::InfinitePast();  // begins after this
};

// Records a job in the transaction of what asks for it; it begins once that commits. Its effects
// are recorded under the actor and the method of `call`, which lends no token: a job calls peers as
// the service itself.
absl::StatusOr<types::v1::Job> StartJob(Tx& tx, const Call& call, const NewJob& job);

// Puts off a job that has not begun; ABORTED, reason JOB_BEGUN, when it has. With WithdrawJob this
// makes a job the undoing of what is about to be done: started before, put off while the work gets
// on, withdrawn in the Write that completes it, and run by itself when the process is gone.
absl::Status PostponeJob(Tx& tx, const std::string& id, absl::Time not_before);
// Takes back a job that has not begun; ABORTED, reason JOB_BEGUN, when it has.
absl::Status WithdrawJob(Tx& tx, const Call& call, const std::string& id);

// A job under way, as its kind sees it.
struct JobWork {
  types::v1::Job job;   // with what is done so far
  std::string payload;  // as given to StartJob
  std::string cursor;   // as left by the last chunk; "" at first
};

// The next piece of a job.
struct JobChunk {
  // What it changes, about 1 000 rows at most; may be run again when the engine lost a race, so it
  // does nothing but use its Tx. Null where there is nothing to change.
  std::function<absl::Status(Tx&)> effect;
  std::string cursor;                     // where the next chunk goes on; some hundred bytes
  int64_t done = 0;                       // added to the job's `done`
  int64_t total = 0;                      // the job's `total` from now on; 0: as it was
  std::map<std::string, int64_t> counts;  // added to the job's `counts`
  bool last = false;                      // the job is DONE with it
};

// Runs the jobs of a service, several in turn, a slice of a second each.
class Jobs {
 public:
  // Prepares the chunk behind `work.cursor`. An error of a passing kind (UNAVAILABLE, ABORTED,
  // DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, CANCELLED), here or in the effect, puts the job off, for
  // a minute at most, for as long as it takes; any other ends it as FAILED. Its message is shown to
  // whoever may read the job.
  using Next = std::function<absl::StatusOr<JobChunk>(const Call& call, const JobWork& work)>;

  // `make_call` makes the Call under which chunks run; the actor and the method become the job's.
  // `clock` decides over leases.
  Jobs(Db& db, std::function<Call()> make_call, std::function<absl::Time()> clock = absl::Now);
  ~Jobs();
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  // Makes a kind known; before Serve. Jobs of kinds that this program does not know wait for one
  // that does.
  void Add(std::string kind, Next next);
  // Runs what is due from now on, on a thread of its own.
  void Serve();
  // Ends that thread after the chunk under way; another replica goes on at once.
  void Stop();
  // Takes one job that is due and gets it on by a slice; false when none is due.
  absl::StatusOr<bool> Turn();

  // The clock by which jobs begin.
  absl::Time now() const { return clock_(); }

  // The handlers of the methods that read jobs.
  absl::StatusOr<types::v1::Job> Get(const Call& call, const types::v1::GetJobRequest& request);
  absl::StatusOr<types::v1::ListJobsResponse> List(const Call& call,
                                                   const types::v1::ListJobsRequest& request);

 private:
  // A job that this replica holds.
  struct Held {
    JobWork work;
    std::string holder;  // the name under which it is held, new with each claim
    Call call;
    int64_t attempts = 0;  // since the last chunk that took effect
    int64_t crashes = 0;   // of its holders since then
  };

  absl::StatusOr<std::optional<Held>> Claim();
  // Prepares and applies one chunk; whether there are more to run now.
  absl::StatusOr<bool> RunChunk(Held& held);
  absl::Status Apply(Held& held, const JobChunk& chunk);
  // Lets go of the job after an attempt that failed with `why`: until later, or for good.
  absl::Status LetGo(Held& held, const absl::Status& why);
  absl::Status PutBack(Held& held, absl::Time ready, const absl::Status& why);

  Db& db_;
  const std::function<Call()> make_call_;
  const std::function<absl::Time()> clock_;
  std::map<std::string, Next> kinds_;
  std::atomic<bool> stopping_ = false;
  FailureLog failures_{"job", "job", "jobs"};
  std::unique_ptr<Periodic> thread_;
};

// How long a replica that fell silent keeps its job; also the most that preparing one chunk should
// take.
inline constexpr absl::Duration kJobLease = absl::Seconds(30);

}  // namespace lucid
