// What only SQLite can do wrong: the file, its lock, its disk.
#include <filesystem>
#include <future>
#include <thread>

#include "absl/strings/str_cat.h"
#include "services/base/db.h"
#include "tests/testing/engines.h"

namespace lucid {
namespace {

using ::testing::HasSubstr;

constexpr absl::string_view kSchema[] = {
    "CREATE TABLE things (id TEXT PRIMARY KEY, body TEXT NOT NULL)"};

class DbSqliteTest : public ::testing::Test {
 protected:
  DbSqliteTest() { EXPECT_OK(Migrate(*db_, "test", kSchema)); }

  static absl::Status InsertIn(Tx& tx, const std::string& id, const std::string& body = "") {
    return tx.Run("INSERT INTO things VALUES ($1, $2)", {id, body}).status();
  }
  absl::Status Insert(const std::string& id, const std::string& body = "") {
    return db_->Write([&](Tx& tx) { return InsertIn(tx, id, body); });
  }
  int64_t Count(Db& db) {
    auto rows = db.Read([](Tx& tx) { return tx.Run("SELECT COUNT(*) FROM things"); });
    EXPECT_OK(rows);
    return rows.ok() ? rows->Int(0, 0) : -1;
  }
  // Lets the file grow by `pages` only.
  absl::Status LimitDisk(int pages) {
    return db_->Write([&](Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(Rows rows, tx.Run("PRAGMA page_count"));
      return tx.Run(absl::StrCat("PRAGMA max_page_count = ", rows.Int(0, 0) + pages)).status();
    });
  }
  // Holds the writer until the returned promise is set, so that what is written meanwhile becomes
  // one group.
  std::thread HoldWriter(std::promise<void>& release) {
    std::promise<void> held;
    std::thread holder([&] {
      EXPECT_OK(db_->Write([&](Tx&) {
        held.set_value();
        release.get_future().wait();
        return absl::OkStatus();
      }));
    });
    held.get_future().wait();
    return holder;
  }

  TestDatabase database_{Engine::kSqlite};
  std::unique_ptr<Db> db_ = database_.Open();
};

TEST_F(DbSqliteTest, ASecondWriterOfTheFileIsRefusedByName) {
  auto second = Db::Open(database_.url());
  EXPECT_THAT(second, HasReason("DATABASE_IN_USE"));
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr(database_.folder().File("test.db")));
  db_.reset();
  EXPECT_OK(Db::Open(database_.url()));
}

TEST_F(DbSqliteTest, AMissingFolderIsNamed) {
  auto db = Db::Open("sqlite:" + database_.folder().File("missing/x.db"));
  EXPECT_THAT(db, HasReason("FILE"));
  EXPECT_THAT(std::string(db.status().message()), HasSubstr("missing/x.db"));
}

TEST_F(DbSqliteTest, AFileThatIsNoDatabaseIsRefused) {
  const std::string path = database_.folder().File("notes.txt");
  FILE* file = fopen(path.c_str(), "w");
  fputs(std::string(5000, 'x').c_str(), file);
  fclose(file);
  EXPECT_THAT(Db::Open("sqlite:" + path), StatusIs(absl::StatusCode::kInternal));
}

TEST_F(DbSqliteTest, CommitsAreFullyDurable) {
  auto rows = db_->Write([](Tx& tx) {
    return tx.Run(
        "SELECT (SELECT * FROM pragma_synchronous), (SELECT * FROM pragma_journal_mode), "
        "(SELECT * FROM pragma_foreign_keys)");
  });
  ASSERT_OK(rows);
  EXPECT_EQ(rows->Int(0, 0), 2);
  EXPECT_EQ(rows->Text(0, 1), "wal");
  EXPECT_EQ(rows->Int(0, 2), 1);
}

TEST_F(DbSqliteTest, AWriteWithinAWriteIsRefusedInsteadOfHanging) {
  absl::Status status = db_->Write([&](Tx&) { return Insert("a"); });
  EXPECT_THAT(status, HasReason("NESTED_WRITE"));
}

TEST_F(DbSqliteTest, AFullDiskIsUnavailableAndStoresNothing) {
  ASSERT_OK(Insert("before"));
  ASSERT_OK(LimitDisk(10));
  absl::Status status = db_->Write([](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(InsertIn(tx, "small"));
    return InsertIn(tx, "large", std::string(1'000'000, 'x'));
  });
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(status, HasReason("DISK_FULL"));
  EXPECT_EQ(Count(*db_), 1);
  ASSERT_OK(LimitDisk(1000));
  EXPECT_OK(Insert("small"));
  EXPECT_OK(Insert("large", std::string(1'000'000, 'x')));
}

TEST_F(DbSqliteTest, OneCallersFullDiskDoesNotTakeItsNeighboursAlong) {
  ASSERT_OK(LimitDisk(20));
  std::promise<void> release;
  std::thread holder = HoldWriter(release);
  std::vector<std::thread> callers;
  std::vector<absl::Status> statuses(10);
  for (int i = 0; i < 10; ++i) {
    callers.emplace_back([&, i] {
      statuses[i] = Insert(absl::StrCat(i), std::string(i == 5 ? 1'000'000 : 10, 'x'));
    });
  }
  release.set_value();
  holder.join();
  for (std::thread& caller : callers) caller.join();
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(statuses[i], HasReason(i == 5 ? "DISK_FULL" : "")) << i;
  }
  EXPECT_EQ(Count(*db_), 9);
}

TEST_F(DbSqliteTest, ASettlerThatFailsStoresNothingOfItsGroup) {
  bool fail = true;
  db_->SetSettler([&](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(InsertIn(tx, absl::StrCat("settled ", tx.events()[0])));
    return fail ? absl::UnavailableError("not now") : absl::OkStatus();
  });
  auto write = [&] {
    return db_->Write([](Tx& tx) {
      tx.AddEvent(7);
      return InsertIn(tx, "a");
    });
  };
  EXPECT_THAT(write(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(Count(*db_), 0);
  fail = false;
  EXPECT_OK(write());
  EXPECT_EQ(Count(*db_), 2);
}

TEST_F(DbSqliteTest, ABackupIsOneFile) {
  ASSERT_OK(Insert("a"));
  const std::string folder = database_.folder().File("backups");
  std::filesystem::create_directory(folder);
  ASSERT_OK(db_->Backup(folder + "/1"));
  std::filesystem::directory_iterator files(folder);
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST_F(DbSqliteTest, ABackupToNowhereSaysSo) {
  EXPECT_THAT(db_->Backup(database_.folder().File("missing/backup.db")),
              StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace lucid
