// A service's own followers: each event takes effect once, whatever ends when.
#include "services/base/feed_follower.h"

#include <atomic>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/indicators/own_events.h"

namespace lucid::indicators {
namespace {

class FeedFollowerTest : public OwnEventsTest {
 protected:
  FeedFollowerTest() {
    static constexpr absl::string_view kSeen[] = {
        "CREATE TABLE seen (id TEXT PRIMARY KEY, times BIGINT NOT NULL, place BIGINT NOT NULL)"};
    EXPECT_OK(Migrate(db(), "test", kSeen));
  }

  void AddSites(int from, int to) {
    for (int i = from; i < to; ++i) {
      ASSERT_OK(Site(absl::StrCat("id: 's", i, "' region: '210400' name: 's", i, "' kind: OTHER")));
    }
  }
  // Counts each event; every `fail_every`th one fails once, after what it wrote.
  std::unique_ptr<FeedFollower> Count(int fail_every = 0, FeedFollower::Work work = nullptr) {
    auto handled = std::make_shared<std::atomic<int>>(0);
    return std::make_unique<FeedFollower>(
        db(), feed(), "test-follows-itself",
        [=](Tx& tx, const Call&, const events::v1::Event& event) -> absl::Status {
          if (event.collection() != "sites") return absl::OkStatus();
          RETURN_IF_ERROR(tx.Run("INSERT INTO seen (id, times, place)"
                                 " VALUES ($1, 1, (SELECT COUNT(*) FROM seen))"
                                 " ON CONFLICT (id) DO UPDATE SET times = seen.times + 1",
                                 {event.record_id()})
                              .status());
          if (fail_every > 0 && ++*handled % fail_every == 0) {
            return absl::UnavailableError("this time not");
          }
          return absl::OkStatus();
        },
        std::move(work), [] { return AsService(); });
  }
  // Waits until `count` records were seen; each must have been so once, in order.
  void ExpectSeen(int64_t count) {
    for (int i = 0; i < 3000; ++i) {
      auto seen = db().Read([](Tx& tx) {
        return tx.Run(
            "SELECT id, times FROM seen"
            " ORDER BY place");
      });
      ASSERT_OK(seen);
      if (static_cast<int64_t>(seen->size()) < count) {
        absl::SleepFor(absl::Milliseconds(10));
        continue;
      }
      for (int64_t at = 0; at < count; ++at) {
        EXPECT_EQ(seen->Text(at, 0), absl::StrCat("s", at));
        EXPECT_EQ(seen->Int(at, 1), 1);
      }
      return;
    }
    ADD_FAILURE() << "the follower does not arrive";
  }
};
EVERY_ENGINE(FeedFollowerTest);

TEST_P(FeedFollowerTest, SeesWhatWasBeforeAndWhatComes) {
  AddSites(0, 120);
  auto follower = Count();
  ExpectSeen(120);
  AddSites(120, 130);
  ExpectSeen(130);
}

TEST_P(FeedFollowerTest, GoesOnWhereItWasAfterARestart) {
  AddSites(0, 20);
  Count();  // ends at once, wherever it was
  AddSites(20, 40);
  auto follower = Count();
  ExpectSeen(40);
}

TEST_P(FeedFollowerTest, APageThatFailsIsTakenAgainAsAWhole) {
  AddSites(0, 30);
  auto follower = Count(/*fail_every=*/37);
  ExpectSeen(30);
  AddSites(30, 50);
  ExpectSeen(50);
}

TEST_P(FeedFollowerTest, TwoReplicasMakeOneEffect) {
  AddSites(0, 30);
  auto one = Count();
  auto two = Count();
  AddSites(30, 60);
  ExpectSeen(60);
  one.reset();
  AddSites(60, 70);
  ExpectSeen(70);
  two.reset();
  AddSites(70, 80);
  auto three = Count();
  ExpectSeen(80);
}

TEST_P(FeedFollowerTest, WorkIsDoneBetweenEventsAndWithoutThem) {
  std::atomic<int> pieces = 0;
  auto follower = Count(0, [&](const Call&) -> absl::StatusOr<bool> { return ++pieces < 10; });
  for (int i = 0; i < 3000 && pieces < 10; ++i) absl::SleepFor(absl::Milliseconds(10));
  EXPECT_GE(pieces, 10);
  AddSites(0, 10);
  ExpectSeen(10);
  follower.reset();  // before what it uses
}

}  // namespace
}  // namespace lucid::indicators
