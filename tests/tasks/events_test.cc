// Events: dense positions, no loss and no reordering, whatever commits when.
#include "services/base/events.h"

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/base/follower.h"
#include "services/tasks/tasks_store.h"
#include "tests/testing/matchers.h"
#include "tests/testing/service_test.h"

namespace lucid {
namespace {

using tasks::v1::Unit;

class EventsTest : public ServiceTest {
 protected:
  EventsTest() : ServiceTest("tasks", tasks::Migrations(), tasks::Records()) {}

  static Unit NewUnit(const std::string& id) {
    Unit unit;
    unit.set_id(id);
    unit.set_region("210400");
    unit.set_name(id);
    return unit;
  }

  absl::Status Add(const std::string& id) {
    return db().Write([&](Tx& tx) {
      Unit unit = NewUnit(id);
      return Insert(tx, CallAsOffice(), unit);
    });
  }

  // Every event from the beginning, page by page.
  std::vector<events::v1::Event> All() {
    std::vector<events::v1::Event> all;
    events::v1::ListEventsRequest request;
    request.set_page_size(7);
    while (true) {
      auto page = feed().List(CallAsOffice(), request);
      EXPECT_OK(page);
      if (!page.ok() || page->position() == request.after()) return all;
      all.insert(all.end(), page->events().begin(), page->events().end());
      request.set_after(page->position());
    }
  }

  void WaitForHead(int64_t position) {
    std::mutex mutex;
    std::condition_variable reached;
    bool woken = false;
    feed().WhenBeyond(position - 1, [&] {
      std::lock_guard<std::mutex> lock(mutex);
      woken = true;
      reached.notify_all();
    });
    std::unique_lock<std::mutex> lock(mutex);
    ASSERT_TRUE(reached.wait_for(lock, std::chrono::seconds(30), [&] { return woken; }));
  }
};
EVERY_ENGINE(EventsTest);

TEST_P(EventsTest, PositionsAreDenseAndNothingIsLostUnderManyWriters) {
  constexpr int kThreads = 8, kEach = 25;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        EXPECT_OK(Add("u-" + std::to_string(t) + "-" + std::to_string(i)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  WaitForHead(kThreads * kEach);
  std::vector<events::v1::Event> all = All();
  ASSERT_EQ(all.size(), kThreads * kEach);
  std::set<std::string> ids;
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].position(), static_cast<int64_t>(i + 1));
    ids.insert(all[i].record_id());
  }
  EXPECT_EQ(ids.size(), all.size());
}

TEST_P(EventsTest, ARecordsEventsAreInTheOrderOfItsVersions) {
  ASSERT_OK(Add("u1"));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) {
        EXPECT_OK(db().Write([&](Tx& tx) -> absl::Status {
          ASSIGN_OR_RETURN(Unit unit, Find<Unit>(tx, "u1"));
          unit.set_kind(unit.kind() + "x");
          return Update(tx, CallAsOffice(), unit);
        }));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  WaitForHead(41);
  int64_t version = 0;
  for (const auto& event : All()) EXPECT_EQ(event.record_version(), ++version);
  EXPECT_EQ(version, 41);
}

// The case that loses events with a cursor over a plain sequence, and with one over (xid, id): a
// transaction that began first commits last, after the reader has gone past it.
TEST_P(EventsTest, ATransactionThatCommitsLateIsNotLost) {
  if (sqlite()) return;  // one writer: nothing commits out of order there
  std::mutex mutex;
  std::condition_variable changed;
  bool written = false, release = false;
  std::thread slow([&] {
    EXPECT_OK(db().Write([&](Tx& tx) -> absl::Status {
      Unit unit = NewUnit("slow");
      RETURN_IF_ERROR(Insert(tx, CallAsOffice(), unit));
      std::unique_lock<std::mutex> lock(mutex);
      written = true;
      changed.notify_all();
      changed.wait(lock, [&] { return release; });
      return absl::OkStatus();
    }));
  });
  {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [&] { return written; });
  }
  ASSERT_OK(Add("fast"));
  WaitForHead(1);
  std::vector<events::v1::Event> seen = All();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].record_id(), "fast");
  // The sequence number of the late one is smaller: a cursor over it would be past it by now.
  absl::StatusOr<int64_t> fast_number = db().Read([](Tx& tx) -> absl::StatusOr<int64_t> {
    ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT seq FROM events WHERE record_id = 'fast'"));
    return rows.Int(0, 0);
  });
  {
    std::lock_guard<std::mutex> lock(mutex);
    release = true;
  }
  changed.notify_all();
  slow.join();
  WaitForHead(2);
  seen = All();
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[1].record_id(), "slow");
  absl::StatusOr<int64_t> slow_number = db().Read([](Tx& tx) -> absl::StatusOr<int64_t> {
    ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT seq FROM events WHERE record_id = 'slow'"));
    return rows.Int(0, 0);
  });
  ASSERT_OK(slow_number);
  EXPECT_LT(*slow_number, *fast_number);
}

TEST_P(EventsTest, AFailedWriteLeavesNoEvent) {
  ASSERT_OK(Add("u1"));
  EXPECT_FALSE(db().Write([&](Tx& tx) -> absl::Status {
                     Unit unit = NewUnit("u2");
                     RETURN_IF_ERROR(Insert(tx, CallAsOffice(), unit));
                     return absl::AbortedError("changed my mind");
                   })
                   .ok());
  ASSERT_OK(Add("u3"));
  WaitForHead(2);
  EXPECT_EQ(All().size(), 2u);
}

TEST_P(EventsTest, ANewReplicaTakesOverTheSettling) {
  if (sqlite()) return;  // one process per file there
  ASSERT_OK(Add("u1"));
  WaitForHead(1);
  std::unique_ptr<Db> other = database().Open();
  EventFeed replica(*other, tasks::Records());
  ASSERT_OK(other->Write([&](Tx& tx) {
    Unit unit = NewUnit("u2");
    return Insert(tx, CallAsOffice(), unit);
  }));
  WaitForHead(2);
  ASSERT_OK(Add("u3"));
  WaitForHead(3);
  EXPECT_EQ(All().size(), 3u);
}

TEST_P(EventsTest, ARestoredDatabaseStartsANewEpoch) {
  ASSERT_OK(Add("u1"));
  WaitForHead(1);
  absl::StatusOr<std::string> before = feed().Epoch();
  ASSERT_OK(before);
  ASSERT_OK(EventFeed::StartEpoch(db()));
  EXPECT_NE(*feed().Epoch(), *before);
  events::v1::ListEventsRequest request;
  request.set_epoch(*before);
  EXPECT_THAT(feed().List(CallAsOffice(), request), HasReason("EPOCH_CHANGED"));
}

TEST_P(EventsTest, AStrangerSeesNoEventsOfAnotherRegion) {
  ASSERT_OK(Add("u1"));
  WaitForHead(1);
  auto page = feed().List(CallAs({access::v1::LEADER}, "110000"), {});
  ASSERT_OK(page);
  EXPECT_EQ(page->events_size(), 0);
  EXPECT_EQ(page->position(), 1);
}

}  // namespace
}  // namespace lucid
