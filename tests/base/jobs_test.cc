// Jobs: every chunk takes effect once, in order, whatever ends when.
#include "services/base/jobs.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/base/events.h"
#include "tests/testing/parallel.h"
#include "tests/testing/service_test.h"

namespace lucid {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using types::v1::Job;

constexpr absl::string_view kSchema[] = {
    "CREATE TABLE things (id BIGINT PRIMARY KEY, times BIGINT NOT NULL)"};

// Counts the thing `id`, which a second time would show.
absl::Status Touch(Tx& tx, int64_t id) {
  return tx
      .Run(
          "INSERT INTO things (id, times) VALUES ($1, 1)"
          " ON CONFLICT (id) DO UPDATE SET times = things.times + 1",
          {id})
      .status();
}

int64_t Number(absl::string_view text) {
  int64_t number = 0;
  return absl::SimpleAtoi(text, &number) ? number : 0;
}

// The kind "count": as many chunks as its payload says, each touching one thing.
absl::StatusOr<JobChunk> CountNext(const JobWork& work) {
  const int64_t at = Number(work.cursor);
  return JobChunk{.effect = [at](Tx& tx) { return Touch(tx, at); },
                  .cursor = absl::StrCat(at + 1),
                  .done = 1,
                  .total = Number(work.payload),
                  .counts = {{"touched", 1}},
                  .last = at + 1 == Number(work.payload)};
}

class JobsTest : public EnginesTest {
 protected:
  JobsTest() {
    EXPECT_OK(EventFeed::Migrate(db()));
    EXPECT_OK(Migrate(db(), "test", kSchema));
  }

  // A replica that knows the kind "count" and whose clock the test moves.
  std::unique_ptr<Jobs> Replica(Jobs::Next next = nullptr) {
    auto jobs = std::make_unique<Jobs>(
        db(), [] { return CallAs({access::v1::SERVICE}, ""); }, [this] { return now_; });
    jobs->Add(
        "count", next ? next : [](const Call&, const JobWork& work) { return CountNext(work); });
    return jobs;
  }
  std::string Start(int64_t chunks, absl::Time not_before = absl::InfinitePast()) {
    auto job = db().Write([&](Tx& tx) {
      return StartJob(tx, CallAsOffice(),
                      {.kind = "count",
                       .region = "210400",
                       .record = "things/all",
                       .payload = absl::StrCat(chunks),
                       .not_before = not_before});
    });
    EXPECT_OK(job);
    return job.ok() ? job->id() : "";
  }
  Job Read(Jobs& jobs, const std::string& id) {
    types::v1::GetJobRequest request;
    request.set_id(id);
    auto job = jobs.Get(CallAsOffice(), request);
    EXPECT_OK(job);
    return job.value_or(Job());
  }
  // (how many things were touched, the most often that one was)
  std::pair<int64_t, int64_t> Touched() {
    auto rows = db().Read(
        [](Tx& tx) { return tx.Run("SELECT COUNT(*), COALESCE(MAX(times), 0) FROM things"); });
    EXPECT_OK(rows);
    return {rows->Int(0, 0), rows->Int(0, 1)};
  }

  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
};
EVERY_ENGINE(JobsTest);

TEST_P(JobsTest, AJobIsDoneChunkByChunkAndSaysSo) {
  auto jobs = Replica();
  std::string id = Start(5);
  EXPECT_EQ(Read(*jobs, id).state(), Job::WAITING);
  EXPECT_THAT(jobs->Turn(), IsOk());
  Job job = Read(*jobs, id);
  EXPECT_EQ(job.state(), Job::DONE);
  EXPECT_EQ(job.done(), 5);
  EXPECT_EQ(job.total(), 5);
  EXPECT_THAT(job.counts(), UnorderedElementsAre(Pair("touched", 5)));
  EXPECT_EQ(job.subject(), "li");
  EXPECT_EQ(job.version(), 2);
  EXPECT_TRUE(job.has_finish_time());
  EXPECT_EQ(Touched(), std::make_pair(int64_t{5}, int64_t{1}));
  EXPECT_FALSE(*jobs->Turn());
}

TEST_P(JobsTest, ChunksRunUnderTheActorAndTheMethodThatStartedThem) {
  Call seen;
  auto jobs = Replica([&](const Call& call, const JobWork& work) {
    seen = call;
    return CountNext(work);
  });
  Start(1);
  ASSERT_OK(jobs->Turn());
  EXPECT_EQ(seen.actor.subject, "li");
  EXPECT_THAT(seen.actor.roles, ElementsAre(access::v1::OFFICE));
  EXPECT_EQ(seen.actor.region, "210400");
  EXPECT_EQ(seen.method, "lucid.test.v1.TestService.Test");
  EXPECT_EQ(seen.token, "");
}

TEST_P(JobsTest, AJobOfARolledBackWriteNeverWas) {
  auto started = db().Write([&](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(StartJob(tx, CallAsOffice(), {.kind = "count", .payload = "1"}).status());
    return absl::InternalError("and now this");
  });
  EXPECT_FALSE(started.ok());
  EXPECT_FALSE(*Replica()->Turn());
}

TEST_P(JobsTest, AFailedEffectLeavesNothingAndItsJobSaysWhy) {
  auto jobs = Replica([](const Call&, const JobWork& work) -> absl::StatusOr<JobChunk> {
    ASSIGN_OR_RETURN(JobChunk chunk, CountNext(work));
    if (work.cursor == "2") {
      chunk.effect = [](Tx& tx) -> absl::Status {
        RETURN_IF_ERROR(Touch(tx, 2));
        return InvalidField("rows[2].value", "is no number");
      };
    }
    return chunk;
  });
  std::string id = Start(5);
  ASSERT_OK(jobs->Turn());
  Job job = Read(*jobs, id);
  EXPECT_EQ(job.state(), Job::FAILED);
  EXPECT_EQ(job.done(), 2);
  EXPECT_EQ(job.error().status(), "INVALID_ARGUMENT");
  EXPECT_THAT(job.error().message(), HasSubstr("is no number"));
  EXPECT_EQ(Touched().first, 2);
  now_ += absl::Hours(1);
  EXPECT_FALSE(*jobs->Turn());
}

TEST_P(JobsTest, WhatPassesIsTriedAgainAndNothingIsDoneTwice) {
  int away = 3;
  auto jobs = Replica([&](const Call&, const JobWork& work) -> absl::StatusOr<JobChunk> {
    if (work.cursor == "1" && away-- > 0) return absl::UnavailableError("the peer is away");
    return CountNext(work);
  });
  std::string id = Start(3);
  for (int turn = 0; turn < 3; ++turn) {
    EXPECT_TRUE(*jobs->Turn());
    EXPECT_FALSE(*jobs->Turn()) << "it pauses";
    EXPECT_EQ(Read(*jobs, id).state(), Job::RUNNING);
    EXPECT_EQ(Read(*jobs, id).error().message(), "the peer is away");
    now_ += absl::Minutes(1);
  }
  EXPECT_TRUE(*jobs->Turn());
  EXPECT_EQ(Read(*jobs, id).state(), Job::DONE);
  EXPECT_FALSE(Read(*jobs, id).has_error());
  EXPECT_EQ(Touched(), std::make_pair(int64_t{3}, int64_t{1}));
}

TEST_P(JobsTest, AnotherReplicaGoesOnWhenTheLeaseHasRunOut) {
  auto other = Replica();
  // The first replica falls silent within its third chunk, for longer than its lease.
  auto first = Replica([&](const Call&, const JobWork& work) {
    if (work.cursor == "2") {
      EXPECT_FALSE(*other->Turn()) << "it is held";
      now_ += kJobLease + absl::Seconds(1);
      EXPECT_TRUE(*other->Turn());
    }
    return CountNext(work);
  });
  std::string id = Start(6);
  EXPECT_TRUE(*first->Turn());  // and its own third chunk comes too late
  Job job = Read(*other, id);
  EXPECT_EQ(job.state(), Job::DONE);
  EXPECT_EQ(job.done(), 6);
  EXPECT_EQ(Touched(), std::make_pair(int64_t{6}, int64_t{1}));
}

TEST_P(JobsTest, SeveralReplicasDoEveryChunkOnce) {
  constexpr int kJobs = 6, kChunks = 20;
  for (int i = 0; i < kJobs; ++i) Start(kChunks);
  InParallel(3, [&](int) {
    auto jobs = Replica();
    while (true) {
      absl::StatusOr<bool> more = jobs->Turn();
      EXPECT_OK(more);
      if (!more.ok() || !*more) return;
    }
  });
  EXPECT_EQ(Touched(), std::make_pair(int64_t{kChunks}, int64_t{kJobs}));
}

TEST_P(JobsTest, JobsTakeTurns) {
  auto jobs = Replica([this](const Call&, const JobWork& work) {
    now_ += absl::Milliseconds(600);
    return CountNext(work);
  });
  std::string longer = Start(1000);
  std::string shorter = Start(1);
  EXPECT_TRUE(*jobs->Turn());
  EXPECT_TRUE(*jobs->Turn());
  EXPECT_EQ(Read(*jobs, shorter).state(), Job::DONE);
  EXPECT_EQ(Read(*jobs, longer).state(), Job::RUNNING);
}

TEST_P(JobsTest, AJobOfAKindThatIsNotKnownHereWaits) {
  ASSERT_OK(db().Write([&](Tx& tx) {
    return StartJob(tx, CallAsOffice(), {.kind = "of the next release"}).status();
  }));
  EXPECT_FALSE(*Replica()->Turn());
}

TEST_P(JobsTest, AnUndoingRunsOnlyWhereWhatItUndoesWasNotCompleted) {
  auto jobs = Replica();
  std::string completed = Start(1, now_ + absl::Minutes(1));
  std::string crashed = Start(1, now_ + absl::Minutes(1));
  EXPECT_FALSE(*jobs->Turn());
  ASSERT_OK(db().Write([&](Tx& tx) { return PostponeJob(tx, crashed, now_ + absl::Minutes(3)); }));
  ASSERT_OK(db().Write([&](Tx& tx) { return WithdrawJob(tx, CallAsOffice(), completed); }));
  now_ += absl::Minutes(2);
  EXPECT_FALSE(*jobs->Turn());
  now_ += absl::Minutes(2);
  EXPECT_TRUE(*jobs->Turn());
  EXPECT_EQ(Read(*jobs, completed).state(), Job::WITHDRAWN);
  EXPECT_EQ(Read(*jobs, crashed).state(), Job::DONE);
  EXPECT_THAT(db().Write([&](Tx& tx) { return WithdrawJob(tx, CallAsOffice(), crashed); }),
              HasReason("JOB_BEGUN"));
  EXPECT_THAT(db().Write([&](Tx& tx) { return PostponeJob(tx, crashed, now_); }),
              HasReason("JOB_BEGUN"));
}

TEST_P(JobsTest, JobsAreReadWithinTheRegionAlone) {
  auto jobs = Replica();
  std::string id = Start(1);
  types::v1::GetJobRequest request;
  request.set_id(id);
  EXPECT_OK(jobs->Get(CallAs({access::v1::OFFICE}, "210000"), request));
  EXPECT_THAT(jobs->Get(CallAs({access::v1::OFFICE}, "210500"), request),
              StatusIs(absl::StatusCode::kPermissionDenied));
  types::v1::ListJobsRequest all;
  EXPECT_EQ(jobs->List(CallAsOffice(), all)->jobs_size(), 1);
  all.set_state(Job::DONE);
  EXPECT_EQ(jobs->List(CallAsOffice(), all)->jobs_size(), 0);
  EXPECT_EQ(jobs->List(CallAs({access::v1::OFFICE}, "210500"), {})->jobs_size(), 0);
}

TEST_P(JobsTest, StartAndEndAreEventsAndProgressIsNone) {
  Start(50);
  ASSERT_OK(Replica()->Turn());
  auto rows = db().Read([](Tx& tx) { return tx.Run("SELECT kind FROM events ORDER BY seq"); });
  ASSERT_OK(rows);
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ(rows->Text(0, 0), "jobs.Test");
  EXPECT_EQ(rows->Text(1, 0), "jobs.DONE");
}

// The child: serves the job until it is killed, which its seventh chunk waits for.
[[noreturn]] void ServeUntilKilled(const std::string& url, int pipe) {
  auto db = Db::Open(url);
  if (!db.ok()) _exit(1);
  Jobs jobs(**db, [] { return CallAs({access::v1::SERVICE}, ""); });
  jobs.Add("count", [&](const Call&, const JobWork& work) {
    if (work.cursor == "7") {
      if (write(pipe, "7", 1) != 1) _exit(2);
      while (true) pause();
    }
    return CountNext(work);
  });
  jobs.Serve();
  while (true) pause();
}

TEST_P(JobsTest, AfterKillAnotherProcessGoesOnWhereItWas) {
  std::string id = Start(10);
  Close();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) ServeUntilKilled(database().url(), ends[1]);
  char seven = 0;
  EXPECT_EQ(read(ends[0], &seven, 1), 1);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(ends[0]);
  close(ends[1]);
  Reopen();
  EXPECT_EQ(Touched(), std::make_pair(int64_t{7}, int64_t{1}));
  now_ = absl::Now() + kJobLease + absl::Seconds(1);
  auto jobs = Replica();
  EXPECT_TRUE(*jobs->Turn());
  EXPECT_EQ(Read(*jobs, id).state(), Job::DONE);
  EXPECT_EQ(Touched(), std::make_pair(int64_t{10}, int64_t{1}));
}

TEST_P(JobsTest, AChunkThatEndsItsProcessEveryTimeIsGivenUp) {
  std::string id = Start(1);
  // What a holder that was killed leaves behind, five times.
  ASSERT_OK(db().Write([&](Tx& tx) {
    return tx.Run("UPDATE job_work SET holder = 'gone', attempts = 5, crashes = 4").status();
  }));
  auto jobs = Replica();
  EXPECT_TRUE(*jobs->Turn());
  EXPECT_EQ(Read(*jobs, id).state(), Job::FAILED);
  EXPECT_EQ(Read(*jobs, id).error().reason(), "JOB_CRASHES");
  EXPECT_EQ(Touched().first, 0);
}

}  // namespace
}  // namespace lucid
