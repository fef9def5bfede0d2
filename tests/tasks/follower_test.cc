// Followers: each event of a peer takes effect once, whatever ends when.
#include "services/base/follower.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lucid/tasks/v1/tasks_service.grpc.pb.h"
#include "services/tasks/tasks_spec.h"
#include "services/tasks/tasks_store.h"
#include "tests/testing/postgres_server.h"
#include "tests/testing/running_service.h"
#include "tests/testing/service_test.h"

namespace lucid::tasks {
namespace {

ServerOptions WithPeers() {
  ServerOptions options;
  options.peers = {{"indicators", "127.0.0.1:1"}, {"publications", "127.0.0.1:1"}};
  return options;
}

class FollowerTest : public EnginesTest {
 protected:
  FollowerTest()
      : source_database_(Engine::kSqlite),
        source_(
            std::make_unique<RunningService>(TasksSpec(), source_database_.url(), WithPeers())) {
    EXPECT_OK(EventFeed::Migrate(db()));
    static constexpr absl::string_view kSeen[] = {
        "CREATE TABLE seen (id TEXT NOT NULL, times BIGINT NOT NULL, PRIMARY KEY (id))"};
    EXPECT_OK(Migrate(db(), "test", kSeen));
  }

  void AddUnits(int from, int to) {
    for (int i = from; i < to; ++i) {
      EXPECT_OK(source_->server().db().Write([&](Tx& tx) {
        v1::Unit unit;
        unit.set_id(absl::StrCat("u", i));
        unit.set_name(unit.id());
        unit.set_region("210400");
        return Insert(tx, CallAsOffice(), unit);
      }));
    }
  }

  // Counts each event in the follower's own database; every `fail_every`th batch fails once.
  std::unique_ptr<Follower> Follow(int fail_every = 0) {
    std::shared_ptr<v1::TasksService::Stub> stub = v1::TasksService::NewStub(source_->channel());
    auto turns = std::make_shared<std::atomic<int>>(0);
    return std::make_unique<Follower>(
        db(), "test-follows-tasks",
        [stub](grpc::ClientContext* context, const Follower::Request& request) {
          return stub->WatchEvents(context, request);
        },
        [=](Tx& tx, const Call&, const events::v1::Event& event) -> absl::Status {
          RETURN_IF_ERROR(tx.Run("INSERT INTO seen (id, times) VALUES ($1, 1)"
                                 " ON CONFLICT (id) DO UPDATE SET times = seen.times + 1",
                                 {event.record_id()})
                              .status());
          if (fail_every > 0 && ++*turns % fail_every == 0) {
            return absl::UnavailableError("this time not");
          }
          return absl::OkStatus();
        },
        [] { return CallAsOffice(); },
        [this]() -> absl::StatusOr<std::string> {
          return source_->issuer().Token({.region = "210400"}, absl::Now());
        });
  }

  // Waits until `count` records were seen and answers the most often that one was.
  int64_t WaitForSeen(int64_t count) {
    for (int i = 0; i < 3000; ++i) {
      auto seen = db().Read([](Tx& tx) -> absl::StatusOr<std::pair<int64_t, int64_t>> {
        ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT COUNT(*), COALESCE(MAX(times), 0) FROM seen"));
        return std::make_pair(rows.Int(0, 0), rows.Int(0, 1));
      });
      EXPECT_OK(seen);
      if (seen->first >= count) return seen->second;
      absl::SleepFor(absl::Milliseconds(10));
    }
    ADD_FAILURE() << "the follower does not arrive";
    return 0;
  }

  TestDatabase source_database_;
  std::unique_ptr<RunningService> source_;
};
EVERY_ENGINE(FollowerTest);

TEST_P(FollowerTest, SeesWhatWasBeforeAndWhatComes) {
  AddUnits(0, 150);
  auto follower = Follow();
  EXPECT_EQ(WaitForSeen(150), 1);
  AddUnits(150, 160);
  EXPECT_EQ(WaitForSeen(160), 1);
}

TEST_P(FollowerTest, GoesOnWhereItWasAfterARestart) {
  AddUnits(0, 20);
  Follow();  // ends at once, wherever it was
  AddUnits(20, 40);
  auto follower = Follow();
  EXPECT_EQ(WaitForSeen(40), 1);
}

TEST_P(FollowerTest, ABatchThatFailsIsTakenAgainAsAWhole) {
  AddUnits(0, 30);
  auto follower = Follow(/*fail_every=*/37);
  EXPECT_EQ(WaitForSeen(30), 1);
  AddUnits(30, 60);
  EXPECT_EQ(WaitForSeen(60), 1);
}

TEST_P(FollowerTest, TwoReplicasMakeOneEffect) {
  AddUnits(0, 50);
  auto one = Follow();
  auto two = Follow();
  AddUnits(50, 100);
  EXPECT_EQ(WaitForSeen(100), 1);
  one.reset();
  AddUnits(100, 110);
  EXPECT_EQ(WaitForSeen(110), 1);
}

// The effect here does not find out whether it already happened, and so shows what is read again.
TEST_P(FollowerTest, GoesOnWhenItsPeerIsRestoredIntoAnotherCluster) {
  PostgresServer old_cluster, new_cluster;
  const std::string backup = database().folder().File("backup");
  source_ = std::make_unique<RunningService>(TasksSpec(), old_cluster.url(), WithPeers());
  AddUnits(0, 20);
  {
    auto follower = Follow();
    EXPECT_EQ(WaitForSeen(20), 1);
    ASSERT_OK(source_->server().db().Backup(backup));
    AddUnits(20, 25);  // after the backup: gone with the old cluster
    EXPECT_EQ(WaitForSeen(25), 1);
  }
  source_.reset();
  ASSERT_OK(RestoreDb(new_cluster.url(), backup));
  ASSERT_OK(EventFeed::StartEpoch(**Db::Open(new_cluster.url())));
  source_ = std::make_unique<RunningService>(TasksSpec(), new_cluster.url(), WithPeers());
  AddUnits(30, 40);
  auto follower = Follow();
  EXPECT_EQ(WaitForSeen(35), 2);
}

}  // namespace
}  // namespace lucid::tasks
