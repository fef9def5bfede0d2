// Why events have positions of their own. Two cursors that are used elsewhere, a plain sequence and
// (xid, id), read the very same writes as our feed: the one loses events, the other stalls, and
// both break when the database moves. On PostgreSQL only: SQLite has one writer.
#include <future>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/base/events.h"
#include "services/base/leases.h"
#include "services/tasks/tasks_store.h"
#include "tests/testing/matchers.h"
#include "tests/testing/parallel.h"
#include "tests/testing/postgres_server.h"
#include "tests/testing/service_test.h"

namespace lucid {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Ids = std::vector<std::string>;

// What the naive cursors read: a row for every event, written in the same transaction.
constexpr absl::string_view kNaive[] = {
    "CREATE TABLE naive (seq BIGSERIAL PRIMARY KEY, record_id TEXT NOT NULL,"
    " xid BIGINT NOT NULL DEFAULT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT))",
    "CREATE FUNCTION copy_event() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN INSERT INTO naive (record_id) VALUES (NEW.record_id); RETURN NULL; END'",
    "CREATE TRIGGER copy_event AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION copy_event()",
};

// Goes on behind the highest number that it has seen.
class SequenceCursor {
 public:
  Ids Read(Db& db) {
    auto rows = db.Read([this](Tx& tx) {
      return tx.Run("SELECT record_id, seq FROM naive WHERE seq > $1 ORDER BY seq", {seq_});
    });
    EXPECT_OK(rows);
    Ids ids;
    for (size_t i = 0; i < rows->size(); ++i) {
      ids.push_back(rows->Text(i, 0));
      seq_ = rows->Int(i, 1);
    }
    return ids;
  }

 private:
  int64_t seq_ = 0;
};

// Goes on behind the last (xid, id), and reads only what is older than every transaction under way,
// because those may still commit something before it.
class XidCursor {
 public:
  Ids Read(Db& db) {
    auto rows = db.Read([this](Tx& tx) {
      return tx.Run(
          "SELECT record_id, xid, seq FROM naive WHERE (xid, seq) > ($1, $2) AND"
          " xid < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)"
          " ORDER BY xid, seq",
          {xid_, seq_});
    });
    EXPECT_OK(rows);
    Ids ids;
    for (size_t i = 0; i < rows->size(); ++i) {
      ids.push_back(rows->Text(i, 0));
      xid_ = rows->Int(i, 1);
      seq_ = rows->Int(i, 2);
    }
    return ids;
  }

 private:
  int64_t xid_ = 0, seq_ = 0;
};

// Goes on behind the last (epoch, position), and from the beginning in a new epoch.
class FeedCursor {
 public:
  Ids Read(EventFeed& feed) {
    auto page = feed.List(CallAsOffice(), request_);
    if (Reason(page.status()) == "EPOCH_CHANGED") {
      request_.Clear();
      page = feed.List(CallAsOffice(), request_);
    }
    EXPECT_OK(page);
    Ids ids;
    for (const auto& event : page->events()) ids.push_back(event.record_id());
    request_.set_epoch(page->epoch());
    request_.set_after(page->position());
    return ids;
  }
  int64_t position() const { return request_.after(); }

 private:
  events::v1::ListEventsRequest request_;
};

absl::Status Add(Tx& tx, const std::string& id) {
  tasks::v1::Task task;
  task.set_id(id);
  task.set_number(id);  // unique
  task.set_region("210400");
  return Insert(tx, CallAsOffice(), task);
}

absl::Status Add(Db& db, const std::string& id) {
  return db.Write([&](Tx& tx) { return Add(tx, id); });
}

void WaitForHead(EventFeed& feed, int64_t position) {
  std::promise<void> reached;
  feed.WhenBeyond(position - 1, [&] { reached.set_value(); });
  ASSERT_EQ(reached.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

// A transaction that does `body` and stays open until it is ended.
class OpenTransaction {
 public:
  OpenTransaction(Db& db, std::function<absl::Status(Tx&)> body,
                  Isolation isolation = Isolation::kSerializable)
      : thread_([this, &db, isolation, body = std::move(body)] {
          const auto wait = [&](Tx& tx) -> absl::Status {
            RETURN_IF_ERROR(body(tx));
            done_.set_value();
            end_.get_future().wait();
            return absl::OkStatus();
          };
          EXPECT_OK(isolation == Isolation::kSerializable ? db.Write(wait) : db.Settle(wait));
        }) {
    done_.get_future().wait();
  }
  ~OpenTransaction() { End(); }
  void End() {
    if (!thread_.joinable()) return;
    end_.set_value();
    thread_.join();
  }

 private:
  std::promise<void> done_, end_;
  std::thread thread_;
};

// A cluster of its own, with the tables of the tasks service and those of the naive cursors.
class Cluster {
 public:
  PostgresServer& server() { return server_; }
  Db& db() { return *db_; }
  EventFeed& feed() { return *feed_; }

  void Create() {
    Open();
    ASSERT_OK(EventFeed::Migrate(db()));
    ASSERT_OK(Migrate(db(), "tasks", tasks::Migrations()));
    ASSERT_OK(Migrate(db(), "naive", kNaive));
  }

  void Serve() { feed_ = std::make_unique<EventFeed>(db(), tasks::Records()); }

  void Restore(const std::string& file) {
    ASSERT_OK(RestoreDb(server_.url(), file));
    Open();
    ASSERT_OK(EventFeed::StartEpoch(db()));
    Serve();
  }

 private:
  void Open() {
    auto db = Db::Open(server_.url());
    ASSERT_OK(db);
    db_ = *std::move(db);
  }

  PostgresServer server_;
  std::unique_ptr<Db> db_;
  std::unique_ptr<EventFeed> feed_;
};

class CursorsTest : public ::testing::Test {
 protected:
  CursorsTest() {
    cluster_.Create();
    cluster_.Serve();
  }
  Db& db() { return cluster_.db(); }
  EventFeed& feed() { return cluster_.feed(); }

  Cluster cluster_;
  SequenceCursor sequence_;
  XidCursor xid_;
  FeedCursor ours_;
};

TEST_F(CursorsTest, WhatCommitsLateIsLostToASequence) {
  OpenTransaction slow(db(), [](Tx& tx) { return Add(tx, "slow"); });
  ASSERT_OK(Add(db(), "fast"));
  WaitForHead(feed(), 1);
  EXPECT_THAT(sequence_.Read(db()), ElementsAre("fast"));
  EXPECT_THAT(xid_.Read(db()), IsEmpty());
  EXPECT_THAT(ours_.Read(feed()), ElementsAre("fast"));
  slow.End();
  WaitForHead(feed(), 2);
  EXPECT_THAT(sequence_.Read(db()), IsEmpty()) << "lost for good";
  EXPECT_THAT(xid_.Read(db()), ElementsAre("slow", "fast"));
  EXPECT_THAT(ours_.Read(feed()), ElementsAre("slow"));
}

TEST_F(CursorsTest, ATransactionInAnotherDatabaseStallsXids) {
  auto elsewhere = Db::Open(WithDatabase(cluster_.server().url(), "template1"));
  ASSERT_OK(elsewhere);
  OpenTransaction foreign(**elsewhere,
                          [](Tx& tx) { return tx.Run("SELECT pg_current_xact_id()").status(); });
  for (int i = 1; i <= 3; ++i) {
    const std::string id = absl::StrCat("t", i);
    ASSERT_OK(Add(db(), id));
    WaitForHead(feed(), i);
    EXPECT_THAT(ours_.Read(feed()), ElementsAre(id));
    EXPECT_THAT(xid_.Read(db()), IsEmpty()) << "for as long as the other one likes";
  }
  foreign.End();
  EXPECT_THAT(xid_.Read(db()), ElementsAre("t1", "t2", "t3"));
}

TEST_F(CursorsTest, ARestoreIntoANewClusterBreaksBothAndStartsAnEpochOfOurs) {
  // An old cluster has used up more transactions than a new one.
  for (int i = 0; i < 2000; ++i) {
    ASSERT_OK(db().Write([](Tx& tx) { return tx.Run("SELECT pg_current_xact_id()").status(); }));
  }
  TempDir folder;
  ASSERT_OK(Add(db(), "t1"));
  WaitForHead(feed(), 1);
  ASSERT_OK(db().Backup(folder.File("backup")));
  ASSERT_OK(Add(db(), "t2"));  // after the backup: gone with the old cluster
  WaitForHead(feed(), 2);
  EXPECT_THAT(sequence_.Read(db()), ElementsAre("t1", "t2"));
  EXPECT_THAT(xid_.Read(db()), ElementsAre("t1", "t2"));
  EXPECT_THAT(ours_.Read(feed()), ElementsAre("t1", "t2"));

  Cluster restored;
  restored.Restore(folder.File("backup"));
  ASSERT_OK(Add(restored.db(), "t3"));
  WaitForHead(restored.feed(), 2);
  EXPECT_THAT(sequence_.Read(restored.db()), IsEmpty()) << "its number was seen before";
  EXPECT_THAT(xid_.Read(restored.db()), IsEmpty()) << "transactions count from the beginning";
  EXPECT_THAT(ours_.Read(restored.feed()), ElementsAre("t1", "t3"));
  EXPECT_EQ(ours_.position(), 2);
}

TEST_F(CursorsTest, AReaderMissesNothingWhileWritersOvertakeEachOther) {
  constexpr int kWriters = 6, kEach = 20;
  std::thread writers([this] {
    InParallel(kWriters, [this](int writer) {
      for (int i = 0; i < kEach; ++i) {
        EXPECT_OK(db().Write([&](Tx& tx) -> absl::Status {
          RETURN_IF_ERROR(Add(tx, absl::StrCat("t-", writer, "-", i)));
          // Holds its number back by one transaction for each that began before it.
          for (int turn = 0; turn < writer * 3; ++turn) {
            RETURN_IF_ERROR(tx.Run("SELECT COUNT(*) FROM pg_class").status());
          }
          return absl::OkStatus();
        }));
      }
    });
  });
  std::map<std::string, int> seen;
  for (int64_t position = 0; position < kWriters * kEach; position = ours_.position()) {
    WaitForHead(feed(), position + 1);
    for (const std::string& id : ours_.Read(feed())) ++seen[id];
  }
  writers.join();
  EXPECT_EQ(seen.size(), static_cast<size_t>(kWriters * kEach));
  for (const auto& [id, times] : seen) EXPECT_EQ(times, 1) << id;
}

// Two replicas settle by hand, so that the first can be stopped in the middle of it.
class TakeoverTest : public ::testing::Test {
 protected:
  TakeoverTest() {
    cluster_.Create();
    other_ = *Db::Open(cluster_.server().url());
    for (int i = 0; i < 5; ++i) EXPECT_OK(Add(db(), absl::StrCat("t", i)));
  }
  Db& db() { return cluster_.db(); }

  // What a replica does in one transaction; false when another holds the lease.
  static absl::StatusOr<bool> Settle(Tx& tx, Lease& lease, absl::Time now) {
    ASSIGN_OR_RETURN(const bool held, lease.Hold(tx, now));
    if (held) RETURN_IF_ERROR(SettleEvents(tx).status());
    return held;
  }
  absl::StatusOr<bool> OtherSettles(absl::Time now) {
    return other_->Settle([&](Tx& tx) { return Settle(tx, second_, now); });
  }

  // Waits until a session of the cluster waits for a row that another has changed.
  void WaitForBlockedSession() {
    for (int i = 0; i < 3000; ++i) {
      auto rows = db().Read([](Tx& tx) {
        return tx.Run("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
      });
      ASSERT_OK(rows);
      if (!rows->empty()) return;
      absl::SleepFor(absl::Milliseconds(10));
    }
    FAIL() << "nobody waits";
  }

  // Every event has one of the positions from 1 on, and the tallies count each once.
  void ExpectSettled(int64_t count) {
    auto rows = db().Read([](Tx& tx) -> absl::StatusOr<Rows> {
      RETURN_IF_ERROR(CheckTallies(tx, tasks::Records()));
      return tx.Run(
          "SELECT COUNT(*), COUNT(DISTINCT pos), COUNT(DISTINCT record_id), MIN(pos), MAX(pos)"
          " FROM events");
    });
    ASSERT_OK(rows);
    for (int column : {0, 1, 2, 4}) EXPECT_EQ(rows->Int(0, column), count) << column;
    EXPECT_EQ(rows->Int(0, 3), 1);
  }

  Cluster cluster_;
  std::unique_ptr<Db> other_;
  Lease first_{"settler"}, second_{"settler"};
};

TEST_F(TakeoverTest, ASettlerThatIsOvertakenInItsSleepStampsNothingTwice) {
  OpenTransaction sleeping(
      db(), [this](Tx& tx) { return Settle(tx, first_, absl::Now()).status(); },
      Isolation::kRepeatableRead);
  ASSERT_OK(Add(db(), "late"));
  auto taken =
      std::async(std::launch::async, [this] { return OtherSettles(absl::Now() + 2 * kLeaseTime); });
  WaitForBlockedSession();
  sleeping.End();
  const absl::StatusOr<bool> held = taken.get();
  ASSERT_OK(held);
  EXPECT_TRUE(*held);
  ExpectSettled(6);
}

TEST_F(TakeoverTest, ASettlerThatDiesInTheMiddleLeavesItsWorkToTheNext) {
  ASSERT_OK(db().Settle([this](Tx& tx) { return Settle(tx, first_, absl::Now()); }));
  ASSERT_OK(Add(db(), "late"));
  bool died = false;
  EXPECT_FALSE(db().Settle([&](Tx& tx) -> absl::Status {
                     if (std::exchange(died, true)) return absl::AbortedError("dead is dead");
                     RETURN_IF_ERROR(Settle(tx, first_, absl::Now()).status());
                     return tx.Run("SELECT pg_terminate_backend(pg_backend_pid())").status();
                   })
                   .ok());
  EXPECT_FALSE(*OtherSettles(absl::Now())) << "the lease of the dead one has not run out";
  EXPECT_TRUE(*OtherSettles(absl::Now() + 2 * kLeaseTime));
  ExpectSettled(6);
}

}  // namespace
}  // namespace lucid
