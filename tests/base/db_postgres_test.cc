// What only PostgreSQL can do wrong: concurrent replicas, lost connections, lost races.
#include <unistd.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "services/base/db.h"
#include "tests/testing/engines.h"
#include "tests/testing/parallel.h"
#include "tests/testing/postgres_server.h"

namespace lucid {
namespace {

constexpr absl::string_view kSchema[] = {
    "CREATE TABLE things (id TEXT PRIMARY KEY, number BIGINT NOT NULL)",
    "INSERT INTO things VALUES ('counter', 0)",
    // Ends the session of whoever commits 'poison', during the commit.
    "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'",
    "CREATE CONSTRAINT TRIGGER poison AFTER INSERT ON things DEFERRABLE INITIALLY DEFERRED "
    "FOR EACH ROW WHEN (NEW.id = 'poison') EXECUTE FUNCTION die()",
};

class DbPostgresTest : public ::testing::Test {
 protected:
  DbPostgresTest() { EXPECT_OK(Migrate(*db_, "test", kSchema)); }

  static absl::Status Increment(Db& db) {
    return db.Write([](Tx& tx) {
      return tx.Run("UPDATE things SET number = number + 1 WHERE id = 'counter'").status();
    });
  }
  static int64_t Counter(Db& db) {
    auto rows =
        db.Read([](Tx& tx) { return tx.Run("SELECT number FROM things WHERE id = 'counter'"); });
    EXPECT_OK(rows);
    return rows.ok() ? rows->Int(0, 0) : -1;
  }

  TestDatabase database_{Engine::kPostgres};
  std::unique_ptr<Db> db_ = database_.Open();
};

TEST_F(DbPostgresTest, ReplicasThatStartTogetherMigrateOnce) {
  TestDatabase empty(Engine::kPostgres);
  InParallel(8, [&](int) { EXPECT_OK(Migrate(*empty.Open(), "test", kSchema)); });
  EXPECT_EQ(Counter(*empty.Open()), 0);
}

TEST_F(DbPostgresTest, AWriteThatLostARaceIsRunAgain) {
  int runs = 0;
  ASSERT_OK(db_->Write([&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT number FROM things WHERE id = 'counter'"));
    if (++runs == 1) std::thread([&] { EXPECT_OK(Increment(*db_)); }).join();
    return tx.Run("UPDATE things SET number = $1 WHERE id = 'counter'", {rows.Int(0, 0) + 1})
        .status();
  }));
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(Counter(*db_), 2);
}

TEST_F(DbPostgresTest, WriteSkewIsARaceToo) {
  // Each inserts a row when there is none of the other's: at most one may.
  auto insert_if_alone = [&](const std::string& id, Db& db, std::function<void()> meanwhile) {
    return db.Write([&](Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT COUNT(*) FROM things WHERE id <> 'counter'"));
      if (rows.Int(0, 0) > 0) return Fail(absl::StatusCode::kFailedPrecondition, "TAKEN", "taken");
      meanwhile();
      return tx.Run("INSERT INTO things VALUES ($1, 1)", {id}).status();
    });
  };
  bool first = true;
  absl::Status status = insert_if_alone("a", *db_, [&] {
    if (!std::exchange(first, false)) return;
    std::thread([&] { EXPECT_OK(insert_if_alone("b", *db_, [] {})); }).join();
  });
  EXPECT_THAT(status, HasReason("TAKEN"));
}

TEST_F(DbPostgresTest, AWriteThatAlwaysLosesIsContended) {
  int runs = 0;
  absl::Status status = db_->Write([&](Tx& tx) -> absl::Status {
    ++runs;
    RETURN_IF_ERROR(tx.Run("SELECT number FROM things").status());
    std::thread([&] { EXPECT_OK(Increment(*db_)); }).join();
    return tx.Run("UPDATE things SET number = -1").status();
  });
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(status, HasReason("CONTENDED"));
  EXPECT_EQ(runs, 20);
  EXPECT_EQ(Counter(*db_), runs);
}

TEST_F(DbPostgresTest, EachKindOfTransactionHasItsIsolation) {
  auto isolation = [](Tx& tx) { return tx.Run("SHOW transaction_isolation"); };
  EXPECT_EQ(db_->Read(isolation)->Text(0, 0), "repeatable read");
  EXPECT_EQ(db_->Write(isolation)->Text(0, 0), "serializable");
  EXPECT_EQ(db_->Settle(isolation)->Text(0, 0), "repeatable read");
}

TEST_F(DbPostgresTest, AConnectionThatBreaksInABodyIsReplaced) {
  for (bool write : {false, true}) {
    int runs = 0;
    auto body = [&](Tx& tx) {
      return ++runs == 1 ? tx.Run("SELECT pg_terminate_backend(pg_backend_pid())")
                         : tx.Run("SELECT 1");
    };
    EXPECT_OK(write ? db_->Write(body) : db_->Read(body));
    EXPECT_EQ(runs, 2);
  }
}

TEST_F(DbPostgresTest, ACommitWithoutAnAnswerIsUnknownAndNotRunAgain) {
  int runs = 0;
  absl::Status status = db_->Write([&](Tx& tx) {
    ++runs;
    return tx.Run("INSERT INTO things VALUES ('poison', 1)").status();
  });
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(status, HasReason("COMMIT_UNKNOWN"));
  EXPECT_EQ(runs, 1);
  EXPECT_OK(Increment(*db_));
}

TEST_F(DbPostgresTest, AStatementPreparedBeforeAMigrationWorksAfterIt) {
  auto all = [](Tx& tx) { return tx.Run("SELECT * FROM things"); };
  ASSERT_OK(db_->Read(all));
  auto replica = database_.Open();
  const std::vector<absl::string_view> longer = {kSchema[0], kSchema[1], kSchema[2], kSchema[3],
                                                 "ALTER TABLE things ADD COLUMN extra TEXT"};
  ASSERT_OK(Migrate(*replica, "test", longer));
  auto rows = db_->Read(all);
  ASSERT_OK(rows);
  EXPECT_TRUE(rows->IsNull(0, 2));
}

TEST_F(DbPostgresTest, MoreStatementsThanAreKeptAllWork) {
  for (int i = 0; i < 1200; ++i) {
    auto rows = db_->Read([&](Tx& tx) { return tx.Run(absl::StrCat("SELECT ", i)); });
    ASSERT_OK(rows);
    ASSERT_EQ(rows->Int(0, 0), i);
  }
}

TEST(DbPostgresServerTest, ADatabaseOfAnotherEncodingIsRefused) {
  const std::string name = absl::StrCat("lucid_test_ascii_", getpid());
  Administer("CREATE DATABASE " + name + " ENCODING SQL_ASCII LOCALE 'C' TEMPLATE template0");
  EXPECT_THAT(Db::Open(WithDatabase(SharedPostgresUrl(), name)), HasReason("DATABASE_ENCODING"));
  Administer("DROP DATABASE " + name + " WITH (FORCE)");
}

TEST(DbPostgresServerTest, AServerThatIsAwayIsUnavailableUntilItIsBack) {
  PostgresServer server;
  auto db = Db::Open(server.url());
  ASSERT_OK(db);
  constexpr absl::string_view kTable[] = {"CREATE TABLE things (id TEXT PRIMARY KEY)"};
  ASSERT_OK(Migrate(**db, "test", kTable));
  server.Stop();
  EXPECT_THAT((*db)->Ping(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT((*db)->Ping(), HasReason("ENGINE_AWAY"));
  server.Start();
  EXPECT_OK((*db)->Ping());
}

TEST(DbPostgresServerTest, ARestartBetweenTwoCallsGoesUnnoticed) {
  PostgresServer server;
  auto db = Db::Open(server.url());
  ASSERT_OK(db);
  InParallel(8, [&](int) { EXPECT_OK((*db)->Ping()); });
  server.Stop();
  server.Start();
  EXPECT_OK((*db)->Write([](Tx& tx) { return tx.Run("SELECT 1").status(); }));
}

TEST(DbPostgresServerTest, AServerThatWasNeverThereIsNamedAtTheStart) {
  auto db = Db::Open("postgres:///lucid?host=/nonexistent");
  EXPECT_THAT(db, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(std::string(db.status().message()), ::testing::HasSubstr("/nonexistent"));
}

}  // namespace
}  // namespace lucid
