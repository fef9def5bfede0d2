// The storage contract, on every engine.
#include "services/base/db.h"

#include <atomic>
#include <fstream>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/testing/engines.h"
#include "tests/testing/parallel.h"

namespace lucid {
namespace {

using ::testing::HasSubstr;

constexpr absl::string_view kSchema[] = {
    "CREATE TABLE things (id TEXT PRIMARY KEY, number BIGINT NOT NULL, body BLOB)"};

class DbTest : public EnginesTest {
 protected:
  DbTest() { EXPECT_OK(Migrate(db(), "test", kSchema)); }

  absl::Status Insert(const std::string& id, int64_t number) {
    return db().Write([&](Tx& tx) { return InsertIn(tx, id, number); });
  }
  static absl::Status InsertIn(Tx& tx, const std::string& id, int64_t number) {
    return tx.Run("INSERT INTO things (id, number) VALUES ($1, $2)", {id, number}).status();
  }
  int64_t Count() {
    auto rows = db().Read([](Tx& tx) { return tx.Run("SELECT COUNT(*) FROM things"); });
    EXPECT_OK(rows);
    return rows.ok() ? rows->Int(0, 0) : -1;
  }
};
EVERY_ENGINE(DbTest);

TEST_P(DbTest, ValuesComeBackAsTheyWentIn) {
  const std::string bytes("\0\x01\xff\\'", 5);
  const std::string text = "绿水青山 '\"\\ $1 %s\n";
  const int64_t numbers[] = {0, -1, INT64_MAX, INT64_MIN};
  for (int64_t number : numbers) {
    auto rows = db().Write([&](Tx& tx) {
      return tx.Run(
          "INSERT INTO things (id, number, body) VALUES ($1, $2, $3) "
          "RETURNING id, number, body",
          {absl::StrCat(text, number), number, Blob{bytes}});
    });
    ASSERT_OK(rows);
    EXPECT_EQ(rows->Text(0, 0), absl::StrCat(text, number));
    EXPECT_EQ(rows->Int(0, 1), number);
    EXPECT_EQ(rows->Bytes(0, 2), bytes);
  }
}

TEST_P(DbTest, NullAndEmptyAreDifferent) {
  auto rows = db().Write([&](Tx& tx) -> absl::StatusOr<Rows> {
    RETURN_IF_ERROR(tx.Run("INSERT INTO things VALUES ('a', 1, $1)", {Value()}).status());
    RETURN_IF_ERROR(tx.Run("INSERT INTO things VALUES ('b', 1, $1)", {Blob{}}).status());
    RETURN_IF_ERROR(tx.Run("INSERT INTO things VALUES ($1, 1, NULL)", {""}).status());
    return tx.Run("SELECT id, body FROM things ORDER BY id");
  });
  ASSERT_OK(rows);
  ASSERT_EQ(rows->size(), 3u);
  EXPECT_FALSE(rows->IsNull(0, 0));
  EXPECT_EQ(rows->Text(0, 0), "");
  EXPECT_TRUE(rows->IsNull(1, 1));
  EXPECT_FALSE(rows->IsNull(2, 1));
  EXPECT_EQ(rows->Bytes(2, 1), "");
}

TEST_P(DbTest, ParametersMayRepeatAndComeInAnyOrder) {
  auto rows = db().Read([](Tx& tx) {
    return tx.Run("SELECT CAST($2 AS BIGINT), CAST($1 AS BIGINT), CAST($2 AS BIGINT)", {1, 2});
  });
  ASSERT_OK(rows);
  EXPECT_EQ(rows->Int(0, 0), 2);
  EXPECT_EQ(rows->Int(0, 1), 1);
  EXPECT_EQ(rows->Int(0, 2), 2);
}

TEST_P(DbTest, AFractionArrivesAsText) {
  auto rows = db().Read([](Tx& tx) { return tx.Run("SELECT 1.5, COUNT(*) FROM things"); });
  ASSERT_OK(rows);
  EXPECT_EQ(rows->Text(0, 0), "1.5");
  EXPECT_EQ(rows->Int(0, 1), 0);
}

TEST_P(DbTest, AnErrorOfTheBodyUndoesItsWrites) {
  absl::Status status = db().Write([](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(InsertIn(tx, "a", 1));
    return Fail(absl::StatusCode::kFailedPrecondition, "NO", "no");
  });
  EXPECT_THAT(status, HasReason("NO"));
  EXPECT_EQ(Count(), 0);
}

TEST_P(DbTest, AReadMayNotWrite) {
  absl::Status status = db().Read([](Tx& tx) { return InsertIn(tx, "a", 1); });
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInternal));
  EXPECT_EQ(Count(), 0);
}

TEST_P(DbTest, AReadSeesOneSnapshotWhateverIsCommittedMeanwhile) {
  ASSERT_OK(Insert("a", 1));
  absl::Status status = db().Read([&](Tx& tx) -> absl::Status {
    for (int i = 0; i < 3; ++i) {
      ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT COUNT(*) FROM things"));
      EXPECT_EQ(rows.Int(0, 0), 1);
      std::thread([&] { EXPECT_OK(Insert(absl::StrCat("b", i), 1)); }).join();
    }
    return absl::OkStatus();
  });
  EXPECT_OK(status);
  EXPECT_EQ(Count(), 4);
}

TEST_P(DbTest, ATakenKeyIsAlreadyExistsAndNamesTheConstraint) {
  ASSERT_OK(Insert("a", 1));
  absl::Status status = Insert("a", 2);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(status, HasReason("UNIQUE"));
  EXPECT_EQ(ErrorMetadata(status, "constraint"), sqlite() ? "things.id" : "things_pkey");
}

TEST_P(DbTest, AfterAnErrorNothingCommitsEvenIfTheBodyForgetsIt) {
  ASSERT_OK(Insert("a", 1));
  absl::Status status = db().Write([](Tx& tx) {
    EXPECT_OK(InsertIn(tx, "b", 1));
    EXPECT_THAT(InsertIn(tx, "a", 1), HasReason("UNIQUE"));
    EXPECT_THAT(InsertIn(tx, "c", 1), HasReason("UNIQUE"));
    return absl::OkStatus();
  });
  EXPECT_THAT(status, HasReason("UNIQUE"));
  EXPECT_EQ(Count(), 1);
}

TEST_P(DbTest, BadStatementsAreInternal) {
  const std::pair<absl::string_view, std::vector<Value>> kBad[] = {
      {"SELEC 1", {}}, {"SELECT missing FROM things", {}}, {"SELECT 1; SELECT 2", {}},
      {"", {}},        {"SELECT CAST($1 AS BIGINT)", {}},  {"SELECT 1", {1}},
  };
  for (const auto& bad : kBad) {
    absl::Status status = db().Read([&](Tx& tx) { return tx.Run(bad.first, bad.second).status(); });
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInternal)) << bad.first;
  }
}

TEST_P(DbTest, ANulInTextIsRefused) {
  EXPECT_THAT(Insert(std::string("a\0b", 3), 1), HasReason("NUL_IN_TEXT"));
  EXPECT_EQ(Count(), 0);
}

TEST_P(DbTest, ConcurrentIncrementsOfOneRowAreAllCounted) {
  ASSERT_OK(Insert("counter", 0));
  InParallel(4, [&](int) {
    for (int i = 0; i < 10; ++i) {
      EXPECT_OK(db().Write([](Tx& tx) -> absl::Status {
        ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT number FROM things WHERE id = 'counter'"));
        return tx.Run("UPDATE things SET number = $1 WHERE id = 'counter'", {rows.Int(0, 0) + 1})
            .status();
      }));
    }
  });
  auto rows = db().Read([](Tx& tx) { return tx.Run("SELECT number FROM things"); });
  ASSERT_OK(rows);
  EXPECT_EQ(rows->Int(0, 0), 40);
}

TEST_P(DbTest, ManyCallersCommitAndFailEachForThemselves) {
  constexpr int kThreads = 16;
  constexpr int kEach = 20;
  InParallel(kThreads, [&](int thread) {
    for (int i = 0; i < kEach; ++i) {
      const std::string id = absl::StrCat(thread, "/", i);
      absl::Status status = db().Write([&](Tx& tx) -> absl::Status {
        RETURN_IF_ERROR(InsertIn(tx, id, i));
        if (i % 3 == 1) return Fail(absl::StatusCode::kAborted, "MINE", "of this caller only");
        if (i % 3 == 2) return InsertIn(tx, id, i);
        return absl::OkStatus();
      });
      const std::string expected[] = {"", "MINE", "UNIQUE"};
      EXPECT_THAT(status, HasReason(expected[i % 3]));
      EXPECT_EQ(status.ok(), i % 3 == 0);
    }
  });
  EXPECT_EQ(Count(), kThreads * 7);
}

TEST_P(DbTest, ReadersMoreThanConnectionsTakeTurns) {
  Reopen({.connections = 2});
  std::atomic<int> read = 0;
  InParallel(12, [&](int) {
    for (int i = 0; i < 20; ++i) {
      if (db().Read([](Tx& tx) { return tx.Run("SELECT COUNT(*) FROM things"); }).ok()) ++read;
    }
  });
  EXPECT_EQ(read, 240);
}

TEST_P(DbTest, AConnectionThatNeverComesFreeIsUnavailable) {
  Reopen({.connections = 1, .statement_timeout = absl::Milliseconds(50)});
  absl::Status inner;
  ASSERT_OK(db().Read([&](Tx&) {
    std::thread([&] { inner = db().Ping(); }).join();
    return absl::OkStatus();
  }));
  EXPECT_THAT(inner, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(inner, HasReason("CONNECTIONS_BUSY"));
  EXPECT_OK(db().Ping());
}

TEST_P(DbTest, AStatementOverItsTimeIsStopped) {
  Reopen({.statement_timeout = absl::Milliseconds(100)});
  auto endless = [](Tx& tx) {
    return tx
        .Run(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
            "WHERE i < 2000000000) SELECT COUNT(*) FROM n")
        .status();
  };
  EXPECT_THAT(db().Read(endless), HasReason("STATEMENT_TIMEOUT"));
  EXPECT_THAT(db().Write(endless), HasReason("STATEMENT_TIMEOUT"));
  EXPECT_OK(Insert("a", 1));
}

TEST_P(DbTest, TheHookRunsAfterCommitsWithEventsOnly) {
  std::atomic<int> settled = 0;
  std::atomic<int> hooks = 0;
  db().SetSettler([&](Tx& tx) -> absl::Status {
    settled += static_cast<int>(tx.events().size());
    return InsertIn(tx, "settled", 1);
  });
  db().SetAfterCommit([&] { ++hooks; });
  ASSERT_OK(Insert("a", 1));
  EXPECT_EQ(hooks, 0);
  EXPECT_THAT(db().Write([](Tx& tx) {
    tx.AddEvent(1);
    return absl::AbortedError("no");
  }),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(hooks, 0);
  ASSERT_OK(db().Write([](Tx& tx) {
    tx.AddEvent(2);
    tx.AddEvent(3);
    return InsertIn(tx, "b", 1);
  }));
  EXPECT_EQ(hooks, 1);
  EXPECT_EQ(settled, sqlite() ? 2 : 0);
  EXPECT_EQ(Count(), sqlite() ? 3 : 2);
}

TEST_P(DbTest, WhatWasWrittenIsThereAfterReopening) {
  ASSERT_OK(Insert("a", 1));
  Reopen();
  EXPECT_EQ(Count(), 1);
}

TEST_P(DbTest, MigrationsRunOnceEachAndTheListMayGrow) {
  const std::vector<absl::string_view> longer = {
      kSchema[0], "ALTER TABLE things ADD COLUMN extra TEXT",
      "INSERT INTO things (id, number) VALUES ('from migration', 1)",
      "CREATE TABLE numbered (n BIGSERIAL PRIMARY KEY, t TEXT)"};
  ASSERT_OK(Migrate(db(), "test", longer));
  ASSERT_OK(Migrate(db(), "test", longer));
  EXPECT_EQ(Count(), 1);
  auto rows = db().Write(
      [](Tx& tx) { return tx.Run("INSERT INTO numbered (t) VALUES ('x') RETURNING n"); });
  ASSERT_OK(rows);
  EXPECT_EQ(rows->Int(0, 0), 1);
}

TEST_P(DbTest, AnOlderProgramRunsOnWhatOnlyAddsAndNotOnWhatTakesAway) {
  std::vector<absl::string_view> list = {kSchema[0], "ALTER TABLE things ADD COLUMN extra TEXT"};
  ASSERT_OK(Migrate(db(), "test", list));
  ASSERT_OK(Migrate(db(), "test", kSchema));
  ASSERT_OK(Insert("from the older", 1));
  ASSERT_OK(Migrate(db(), "test", list));
  const size_t before = list.size();
  list.push_back("CONTRACT ALTER TABLE things DROP COLUMN extra");
  list.push_back("ALTER TABLE things ADD COLUMN other TEXT");
  ASSERT_OK(Migrate(db(), "test", list));
  EXPECT_THAT(Migrate(db(), "test", absl::MakeSpan(list).first(before)), HasReason("NEWER_SCHEMA"));
  EXPECT_OK(Migrate(db(), "test", absl::MakeSpan(list).first(before + 1)));
  EXPECT_EQ(Count(), 1);
}

TEST_P(DbTest, AMigrationThatFailsSaysWhichAndLeavesNothing) {
  const std::vector<absl::string_view> bad = {kSchema[0], "CREATE TABLE broken ("};
  absl::Status status = Migrate(db(), "test", bad);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(std::string(status.message()), HasSubstr("test/2"));
  EXPECT_OK(Migrate(db(), "test", kSchema));
}

TEST_P(DbTest, AReadOnlyDbReadsBesideTheWriterAndRefusesToWrite) {
  ASSERT_OK(Insert("a", 1));
  auto beside = database().Open({.read_only = true});
  auto rows = beside->Read([](Tx& tx) { return tx.Run("SELECT COUNT(*) FROM things"); });
  ASSERT_OK(rows);
  EXPECT_EQ(rows->Int(0, 0), 1);
  EXPECT_THAT(beside->Write([](Tx& tx) { return InsertIn(tx, "b", 1); }), HasReason("READ_ONLY"));
  EXPECT_EQ(Count(), 1);
}

TEST_P(DbTest, ABackupRestoresIntoAnEmptyDatabaseOnly) {
  const std::string bytes("\0\xff", 2);
  ASSERT_OK(db().Write([&](Tx& tx) {
    return tx.Run("INSERT INTO things VALUES ('绿水', 7, $1)", {Blob{bytes}}).status();
  }));
  const std::string file = database().folder().File("backup");
  ASSERT_OK(db().Backup(file));
  ASSERT_OK(Insert("later", 1));
  EXPECT_THAT(db().Backup(file), HasReason("FILE_EXISTS"));

  TestDatabase other(GetParam());
  ASSERT_OK(RestoreDb(other.url(), file));
  auto restored = other.Open();
  ASSERT_OK(Migrate(*restored, "test", kSchema));
  auto rows = restored->Read([](Tx& tx) { return tx.Run("SELECT id, number, body FROM things"); });
  ASSERT_OK(rows);
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ(rows->Text(0, 0), "绿水");
  EXPECT_EQ(rows->Int(0, 1), 7);
  EXPECT_EQ(rows->Bytes(0, 2), bytes);
  restored.reset();
  EXPECT_THAT(RestoreDb(other.url(), file), HasReason("DATABASE_NOT_EMPTY"));
}

TEST_P(DbTest, ARestoreFromAMissingOrForeignFileLeavesNothing) {
  TestDatabase other(GetParam());
  EXPECT_FALSE(RestoreDb(other.url(), other.folder().File("missing")).ok());
  const std::string notes = other.folder().File("notes.txt");
  std::ofstream(notes) << std::string(5000, 'x');
  EXPECT_FALSE(RestoreDb(other.url(), notes).ok());
  EXPECT_OK(Migrate(*other.Open(), "test", kSchema));
}

TEST_P(DbTest, AnUnknownUrlIsRefusedWithoutRepeatingIt) {
  auto db = Db::Open("mysql://user:secret@host/db");
  EXPECT_THAT(db, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(std::string(db.status().message()).find("secret"), std::string::npos);
}

}  // namespace
}  // namespace lucid
