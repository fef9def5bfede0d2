#include "tests/testing/engines.h"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "tests/testing/postgres_server.h"

namespace lucid {
TestDatabase::TestDatabase(Engine engine) : engine_(engine) {
  if (engine_ == Engine::kSqlite) {
    url_ = "sqlite:" + folder_.File("test.db");
    return;
  }
  static std::atomic<int> number = 0;
  name_ = "lucid_test_" + std::to_string(getpid()) + "_" + std::to_string(++number);
  Administer("CREATE DATABASE " + name_);
  url_ = WithDatabase(SharedPostgresUrl(), name_);
}

TestDatabase::~TestDatabase() {
  if (engine_ == Engine::kPostgres) Administer("DROP DATABASE " + name_ + " WITH (FORCE)");
}

std::unique_ptr<Db> TestDatabase::Open(DbOptions options) const {
  auto db = Db::Open(url_, options);
  if (!db.ok()) {
    fprintf(stderr, "%s\n", db.status().ToString().c_str());
    abort();
  }
  return *std::move(db);
}

std::string EngineName(const ::testing::TestParamInfo<Engine>& info) {
  return info.param == Engine::kSqlite ? "Sqlite" : "Postgres";
}

}  // namespace lucid
