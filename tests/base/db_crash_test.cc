// What was acknowledged is there after kill -9.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "services/base/db.h"
#include "tests/testing/engines.h"
#include "tests/testing/parallel.h"
#include "tests/testing/postgres_server.h"

namespace lucid {
namespace {

constexpr int kThreads = 8;
constexpr int64_t kAcknowledgements = 500;
constexpr absl::string_view kSchema[] = {
    "CREATE TABLE things (id BIGINT PRIMARY KEY, half BIGINT NOT NULL)"};

// Two rows, of which either both or none may be found.
absl::Status InsertPair(Db& db, int64_t id) {
  return db.Write([&](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Run("INSERT INTO things VALUES ($1, 0)", {id}).status());
    return tx.Run("INSERT INTO things VALUES ($1, 1)", {-id}).status();
  });
}

// The child: writes pairs for ever and reports each acknowledged one through `pipe`.
[[noreturn]] void WriteForEver(const std::string& url, int pipe) {
  auto db = Db::Open(url);
  if (!db.ok()) _exit(1);
  InParallel(kThreads, [&](int thread) {
    for (int64_t id = thread + 1;; id += kThreads) {
      if (!InsertPair(**db, id).ok()) _exit(2);
      if (write(pipe, &id, sizeof id) != sizeof id) _exit(3);
    }
  });
  _exit(4);
}

// Kills the child once it acknowledged enough; what it had acknowledged by then.
std::set<int64_t> RunAndKillWriter(const std::string& url) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) abort();
  const pid_t child = fork();
  if (child == 0) {
    close(pipe_ends[0]);
    WriteForEver(url, pipe_ends[1]);
  }
  close(pipe_ends[1]);
  std::set<int64_t> acknowledged;
  int64_t id;
  while (read(pipe_ends[0], &id, sizeof id) == sizeof id) {
    acknowledged.insert(id);
    if (acknowledged.size() == kAcknowledgements) kill(child, SIGKILL);
  }
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself: " << WEXITSTATUS(status);
  return acknowledged;
}

void CheckPairs(Db& db, const std::set<int64_t>& acknowledged) {
  auto rows = db.Read([](Tx& tx) { return tx.Run("SELECT id FROM things"); });
  ASSERT_OK(rows);
  std::set<int64_t> found;
  for (size_t i = 0; i < rows->size(); ++i) found.insert(rows->Int(i, 0));
  EXPECT_GE(acknowledged.size(), static_cast<size_t>(kAcknowledgements));
  for (int64_t id : acknowledged) EXPECT_TRUE(found.contains(id)) << id << " was lost";
  for (int64_t id : found) EXPECT_TRUE(found.contains(-id)) << id << " was half written";
}

class DbCrashTest : public EnginesTest {};
EVERY_ENGINE(DbCrashTest);

TEST_P(DbCrashTest, NoAcknowledgedWriteIsLostWhenItsWriterIsKilled) {
  ASSERT_OK(Migrate(db(), "test", kSchema));
  Close();
  const std::set<int64_t> acknowledged = RunAndKillWriter(database().url());
  Reopen();
  CheckPairs(db(), acknowledged);
  EXPECT_OK(InsertPair(db(), 1'000'000'000));
}

TEST(DbServerCrashTest, NoAcknowledgedWriteIsLostWhenPostgresIsKilled) {
  PostgresServer server(/*durable=*/true);
  auto db = Db::Open(server.url());
  ASSERT_OK(db);
  ASSERT_OK(Migrate(**db, "test", kSchema));
  std::mutex mutex;
  std::set<int64_t> acknowledged;
  InParallel(kThreads + 1, [&](int thread) {
    for (int64_t id = thread + 1;; id += kThreads + 1) {
      if (!InsertPair(**db, id).ok()) return;
      std::lock_guard lock(mutex);
      acknowledged.insert(id);
      if (acknowledged.size() == kAcknowledgements) server.Stop();
    }
  });
  server.Start();
  CheckPairs(**db, acknowledged);
}

}  // namespace
}  // namespace lucid
