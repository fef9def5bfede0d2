// Db on PostgreSQL: a bounded pool of connections, transactions that are rerun when they lose a
// race.
#include <condition_variable>
#include <mutex>
#include <random>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/base/db_engines.h"
#include "services/base/db_postgres_connection.h"
#include "services/base/status.h"

namespace lucid {
namespace {

constexpr int kMaxRaces = 20;
// A connection that broke in the pool is news about the others too; one that breaks again is not.
constexpr int kMaxBreaks = 2;

class PostgresTx final : public Tx {
 public:
  explicit PostgresTx(PostgresConnection& connection) : connection_(connection) {}

 private:
  absl::StatusOr<Rows> Execute(absl::string_view sql, absl::Span<const Value> args) override {
    return connection_.Run(sql, args);
  }

  PostgresConnection& connection_;
};

absl::string_view BeginWrite(Isolation isolation) {
  switch (isolation) {
    case Isolation::kReadCommitted:
      return "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
    case Isolation::kRepeatableRead:
      return "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE";
    case Isolation::kSerializable:
      return "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE";
  }
  return "";
}

// Up to 1, 2, 4 … 64 ms: whoever lost together comes back apart.
void WaitBeforeRerun(int races) {
  thread_local std::minstd_rand random(std::random_device{}());
  const int limit = 1000 << std::min(races, 6);
  std::this_thread::sleep_for(
      std::chrono::microseconds(std::uniform_int_distribution<int>(0, limit)(random)));
}

class PostgresDb final : public Db {
 public:
  PostgresDb(const std::string& url, const DbOptions& options) : url_(url), options_(options) {}

  absl::Status Ping() override {
    return Read([](Tx& tx) { return tx.Run("SELECT 1").status(); });
  }
  bool embedded() const override { return false; }
  void SetSettler(std::function<absl::Status(Tx&)>) override {}
  void SetAfterCommit(std::function<void()> hook) override {
    std::unique_lock lock(hook_mutex_);
    after_commit_ = std::move(hook);
  }
  absl::Status Backup(const std::string& path) override {
    return WriteNewFile(path, [&](const std::string& temporary) {
      return RunPostgresTool("pg_dump", url_, {"--format=custom", "--file=" + temporary});
    });
  }

 private:
  using Connection = std::unique_ptr<PostgresConnection>;
  // How one try of a transaction ended.
  struct Ending {
    absl::Status status;
    bool rerun = false;  // nothing was committed, and another try may go better
  };

  absl::Status DoRead(const Run& run) override;
  absl::Status DoWrite(const Run& run, Isolation isolation) override;
  // `try_once(connection)` → Ending, until it needs no rerun.
  template <class Try>
  absl::Status Transact(Try try_once);
  Ending TryRead(PostgresConnection& connection, const Run& run);
  Ending TryWrite(PostgresConnection& connection, const Run& run, Isolation isolation);

  absl::StatusOr<Connection> Acquire();
  void Release(Connection connection);

  const std::string url_;
  const DbOptions options_;
  std::shared_mutex hook_mutex_;  // held shared while the hook runs
  std::function<void()> after_commit_;

  std::mutex mutex_;  // guards what follows; never held while talking to the server
  std::condition_variable released_;
  std::vector<Connection> idle_;
  int connections_ = 0;
};

absl::StatusOr<PostgresDb::Connection> PostgresDb::Acquire() {
  {
    std::unique_lock lock(mutex_);
    const auto free = [&] { return !idle_.empty() || connections_ < options_.connections; };
    if (!released_.wait_for(lock, absl::ToChronoNanoseconds(options_.statement_timeout), free)) {
      return Fail(absl::StatusCode::kUnavailable, "CONNECTIONS_BUSY",
                  "every connection to the database is in use");
    }
    if (!idle_.empty()) {
      Connection connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
    ++connections_;
  }
  auto connection = PostgresConnection::Open(url_, options_.statement_timeout);
  if (!connection.ok()) Release(nullptr);
  return connection;
}

void PostgresDb::Release(Connection connection) {
  std::vector<Connection> stale;
  std::lock_guard lock(mutex_);
  if (connection != nullptr && !connection->broken()) {
    idle_.push_back(std::move(connection));
    released_.notify_one();
    return;
  }
  // When one broke, those that wait idle broke most likely too.
  stale.swap(idle_);
  connections_ -= 1 + static_cast<int>(stale.size());
  released_.notify_all();
}

template <class Try>
absl::Status PostgresDb::Transact(Try try_once) {
  int races = 0;
  int breaks = 0;
  while (true) {
    ASSIGN_OR_RETURN(Connection connection, Acquire());
    Ending ending = try_once(*connection);
    const bool broken = connection->broken();
    Release(std::move(connection));
    if (!ending.rerun) return ending.status;
    if (broken ? ++breaks > kMaxBreaks : ++races >= kMaxRaces) return ending.status;
    if (!broken) WaitBeforeRerun(races);
  }
}

absl::Status PostgresDb::DoRead(const Run& run) {
  return Transact([&](PostgresConnection& connection) { return TryRead(connection, run); });
}

PostgresDb::Ending PostgresDb::TryRead(PostgresConnection& connection, const Run& run) {
  connection.Begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  PostgresTx tx(connection);
  absl::Status status = run(tx);
  connection.Rollback();
  if (tx.status().ok()) return {status};
  return {tx.status(), connection.lost_race() || connection.broken()};
}

absl::Status PostgresDb::DoWrite(const Run& run, Isolation isolation) {
  if (options_.read_only) {
    return Fail(absl::StatusCode::kFailedPrecondition, "READ_ONLY",
                "the database is open for reading only");
  }
  return Transact(
      [&](PostgresConnection& connection) { return TryWrite(connection, run, isolation); });
}

PostgresDb::Ending PostgresDb::TryWrite(PostgresConnection& connection, const Run& run,
                                        Isolation isolation) {
  connection.Begin(BeginWrite(isolation));
  PostgresTx tx(connection);
  absl::Status status = run(tx);
  if (!status.ok() || !tx.status().ok()) {
    connection.Rollback();
    if (tx.status().ok()) return {status};
    const bool rerun = connection.lost_race() || connection.broken();
    return {rerun || status.ok() ? tx.status() : status, rerun};
  }
  status = connection.Commit();
  if (connection.broken()) {
    return {Fail(absl::StatusCode::kUnavailable, "COMMIT_UNKNOWN",
                 "the database went away during the commit; try again with the same request id")};
  }
  if (!status.ok()) {
    connection.Rollback();
    return {status, connection.lost_race()};
  }
  if (!tx.events().empty()) {
    std::shared_lock lock(hook_mutex_);
    if (after_commit_) after_commit_();
  }
  return {absl::OkStatus()};
}

}  // namespace

absl::StatusOr<std::unique_ptr<Db>> OpenPostgres(const std::string& url, const DbOptions& options) {
  auto db = std::make_unique<PostgresDb>(url, options);
  ASSIGN_OR_RETURN(Rows encoding, db->Read([](Tx& tx) { return tx.Run("SHOW server_encoding"); }));
  if (encoding.Text(0, 0) == "UTF8") return db;
  return Fail(absl::StatusCode::kFailedPrecondition, "DATABASE_ENCODING",
              absl::StrCat("the database's encoding is ", encoding.Text(0, 0), ", not UTF8"));
}

absl::Status RestorePostgres(const std::string& url, const std::string& backup) {
  PostgresDb db(url, DbOptions{.connections = 1});
  ASSIGN_OR_RETURN(Rows tables, db.Read([](Tx& tx) {
    return tx.Run("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'");
  }));
  if (tables.Int(0, 0) != 0) {
    return Fail(absl::StatusCode::kFailedPrecondition, "DATABASE_NOT_EMPTY",
                "the database has tables already; restore into a new one");
  }
  return RunPostgresTool(
      "pg_restore", url,
      {"--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", backup});
}

}  // namespace lucid
