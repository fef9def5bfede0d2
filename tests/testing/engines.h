// Runs a test on every storage engine, each time with a fresh database.
#pragma once

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "services/base/db.h"
#include "tests/testing/matchers.h"
#include "tests/testing/temp_dir.h"

namespace lucid {

enum class Engine { kSqlite, kPostgres };

// An empty database that is dropped with this object. Every Db on it must be gone by then.
class TestDatabase {
 public:
  explicit TestDatabase(Engine engine);
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  // For Db::Open.
  const std::string& url() const { return url_; }
  // Opens it; aborts when that fails.
  std::unique_ptr<Db> Open(DbOptions options = {}) const;
  // A folder that lives as long as the database.
  const TempDir& folder() const { return folder_; }

 private:
  TempDir folder_;
  const Engine engine_;
  std::string name_;  // PostgreSQL's
  std::string url_;
};

// The fixture: `class TasksStoreTest : public EnginesTest`, then EVERY_ENGINE(TasksStoreTest).
class EnginesTest : public ::testing::TestWithParam<Engine> {
 protected:
  EnginesTest() : database_(GetParam()), db_(database_.Open()) {}

  Db& db() { return *db_; }
  TestDatabase& database() { return database_; }
  bool sqlite() const { return GetParam() == Engine::kSqlite; }
  // Closes the Db and opens it again, as a restart would.
  void Reopen(DbOptions options = {}) {
    db_.reset();
    db_ = database_.Open(options);
  }
  // Closes the Db, so that another may write.
  void Close() { db_.reset(); }

 private:
  TestDatabase database_;
  std::unique_ptr<Db> db_;
};

std::string EngineName(const ::testing::TestParamInfo<Engine>& info);

}  // namespace lucid

#define EVERY_ENGINE(Test)                                                                    \
  INSTANTIATE_TEST_SUITE_P(                                                                   \
      Engines, Test, ::testing::Values(::lucid::Engine::kSqlite, ::lucid::Engine::kPostgres), \
      ::lucid::EngineName)
