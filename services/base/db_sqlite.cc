// Db on one SQLite file: one writer thread commits several callers' bodies at once; readers have
// snapshots of their own.
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "services/base/db_engines.h"
#include "services/base/db_sqlite_connection.h"
#include "services/base/deadline.h"
#include "services/base/status.h"

namespace lucid {
namespace {

// More callers than this wait for the next commit.
constexpr size_t kMaxGroup = 256;

class SqliteTx final : public Tx {
 public:
  explicit SqliteTx(SqliteConnection& connection) : connection_(connection) {}

 private:
  absl::StatusOr<Rows> Execute(absl::string_view sql, absl::Span<const Value> args) override {
    return connection_.Run(sql, args);
  }

  SqliteConnection& connection_;
};

// A caller that waits for its body to be committed.
struct Caller {
  explicit Caller(const std::function<absl::Status(Tx&)>& body) : body(body) {}

  const std::function<absl::Status(Tx&)>& body;
  const absl::Time deadline = ThreadDeadline();
  absl::Status status;
  bool done = false;
  std::condition_variable woken;
};

class SqliteDb final : public Db {
 public:
  static absl::StatusOr<std::unique_ptr<Db>> Open(const std::string& path,
                                                  const DbOptions& options);
  ~SqliteDb() override;

  absl::Status Ping() override {
    return Read([](Tx& tx) { return tx.Run("SELECT 1").status(); });
  }
  bool embedded() const override { return true; }
  void SetSettler(std::function<absl::Status(Tx&)> settler) override {
    std::lock_guard lock(hooks_mutex_);
    settler_ = std::move(settler);
  }
  void SetAfterCommit(std::function<void()> hook) override {
    std::lock_guard lock(hooks_mutex_);
    after_commit_ = std::move(hook);
  }
  absl::Status Backup(const std::string& path) override;

 private:
  using Group = absl::Span<Caller* const>;

  SqliteDb(const std::string& path, const DbOptions& options) : path_(path), options_(options) {}
  absl::Status DoRead(const Run& run) override;
  absl::Status DoWrite(const Run& run, Isolation isolation) override;

  absl::StatusOr<std::unique_ptr<SqliteConnection>> AcquireReader();
  void ReleaseReader(std::unique_ptr<SqliteConnection> reader);

  void WriterLoop();
  void WriteGroup(Group group);
  // Runs and commits the group in one transaction. On an error nothing of it is stored; otherwise
  // each caller has its own status.
  absl::Status TryGroup(Group group);
  absl::Status RunBody(Caller& caller, Tx& settling);
  absl::Status SettleAndCommit(Tx& settling);

  const std::string path_;
  const DbOptions options_;
  FileLock lock_;
  std::unique_ptr<SqliteConnection> writer_;

  std::mutex hooks_mutex_;  // held while they run
  std::function<absl::Status(Tx&)> settler_;
  std::function<void()> after_commit_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable writer_woken_;
  std::deque<Caller*> queue_;
  bool stopping_ = false;
  std::condition_variable reader_released_;
  std::vector<std::unique_ptr<SqliteConnection>> idle_readers_;
  int readers_ = 0;

  std::thread thread_;
};

absl::StatusOr<std::unique_ptr<Db>> SqliteDb::Open(const std::string& path,
                                                   const DbOptions& options) {
  std::unique_ptr<SqliteDb> db(new SqliteDb(path, options));
  if (!options.read_only) {
    RETURN_IF_ERROR(db->lock_.Take(path));
    ASSIGN_OR_RETURN(db->writer_, SqliteConnection::Open(path, SqliteConnection::Mode::kWriter,
                                                         options.statement_timeout));
    db->thread_ = std::thread([raw = db.get()] { raw->WriterLoop(); });
  }
  RETURN_IF_ERROR(db->Ping());
  return db;
}

SqliteDb::~SqliteDb() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  writer_woken_.notify_all();
  if (thread_.joinable()) thread_.join();
}

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteDb::AcquireReader() {
  {
    std::unique_lock lock(mutex_);
    const auto free = [&] { return !idle_readers_.empty() || readers_ < options_.connections; };
    if (!reader_released_.wait_for(lock, absl::ToChronoNanoseconds(options_.statement_timeout),
                                   free)) {
      return Fail(absl::StatusCode::kUnavailable, "CONNECTIONS_BUSY",
                  "every connection to the database is in use");
    }
    if (!idle_readers_.empty()) {
      auto reader = std::move(idle_readers_.back());
      idle_readers_.pop_back();
      return reader;
    }
    ++readers_;
  }
  auto reader =
      SqliteConnection::Open(path_, SqliteConnection::Mode::kReader, options_.statement_timeout);
  if (!reader.ok()) ReleaseReader(nullptr);
  return reader;
}

void SqliteDb::ReleaseReader(std::unique_ptr<SqliteConnection> reader) {
  std::lock_guard lock(mutex_);
  if (reader == nullptr) {
    --readers_;
  } else {
    idle_readers_.push_back(std::move(reader));
  }
  reader_released_.notify_one();
}

absl::Status SqliteDb::DoRead(const Run& run) {
  ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> reader, AcquireReader());
  absl::Status status = reader->Run("BEGIN");
  if (status.ok()) {
    SqliteTx tx(*reader);
    status = run(tx);
    if (status.ok()) status = tx.status();
  }
  if (reader->InTransaction() && !reader->Run("ROLLBACK").ok()) reader = nullptr;
  ReleaseReader(std::move(reader));
  return status;
}

absl::Status SqliteDb::DoWrite(const Run& run, Isolation) {
  if (options_.read_only) {
    return Fail(absl::StatusCode::kFailedPrecondition, "READ_ONLY",
                "the database is open for reading only");
  }
  if (std::this_thread::get_id() == thread_.get_id()) {
    return Fail(absl::StatusCode::kInternal, "NESTED_WRITE", "a Write within a Write");
  }
  Caller caller(run);
  std::unique_lock lock(mutex_);
  queue_.push_back(&caller);
  writer_woken_.notify_one();
  caller.woken.wait(lock, [&] { return caller.done; });
  return caller.status;
}

void SqliteDb::WriterLoop() {
  std::vector<Caller*> group;
  std::unique_lock lock(mutex_);
  while (true) {
    writer_woken_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    while (!queue_.empty() && group.size() < kMaxGroup) {
      group.push_back(queue_.front());
      queue_.pop_front();
    }
    lock.unlock();
    WriteGroup(group);
    lock.lock();
    for (Caller* caller : group) {
      caller->done = true;
      // Under the lock: the caller is gone as soon as it sees that it is done.
      caller->woken.notify_one();
    }
    group.clear();
  }
}

void SqliteDb::WriteGroup(Group group) {
  absl::Status status = TryGroup(group);
  if (status.ok()) return;
  if (group.size() == 1) {
    group[0]->status = status;
    return;
  }
  // What spoilt the transaction is one caller's own affair, or everybody's: each will see.
  for (Caller* caller : group) WriteGroup(Group(&caller, 1));
}

absl::Status SqliteDb::TryGroup(Group group) {
  SqliteTx settling(*writer_);
  absl::Status status = writer_->Run("BEGIN IMMEDIATE");
  bool any = false;
  for (Caller* caller : group) {
    if (status.ok()) status = RunBody(*caller, settling);
    any |= caller->status.ok();
  }
  if (status.ok() && any) status = SettleAndCommit(settling);
  if (writer_->InTransaction()) {
    absl::Status ended = writer_->Run("ROLLBACK");
    if (status.ok()) status = ended;
  }
  return status;
}

// The answer is an error when the whole transaction is lost, not only this caller's part.
absl::Status SqliteDb::RunBody(Caller& caller, Tx& settling) {
  RETURN_IF_ERROR(writer_->Run("SAVEPOINT caller"));
  SqliteTx tx(*writer_);
  SetThreadDeadline(caller.deadline);
  caller.status = caller.body(tx);
  SetThreadDeadline(absl::InfiniteFuture());
  if (caller.status.ok()) caller.status = tx.status();
  if (!writer_->InTransaction()) {
    return tx.status().ok() ? Fail(absl::StatusCode::kInternal, "SQL", "the transaction is gone")
                            : tx.status();
  }
  if (!caller.status.ok()) RETURN_IF_ERROR(writer_->Run("ROLLBACK TO caller"));
  RETURN_IF_ERROR(writer_->Run("RELEASE caller"));
  if (!caller.status.ok()) return absl::OkStatus();
  for (int64_t event : tx.events()) settling.AddEvent(event);
  return absl::OkStatus();
}

absl::Status SqliteDb::SettleAndCommit(Tx& settling) {
  std::lock_guard lock(hooks_mutex_);
  const bool events = !settling.events().empty();
  if (events && settler_) {
    RETURN_IF_ERROR(settler_(settling));
    RETURN_IF_ERROR(settling.status());
  }
  RETURN_IF_ERROR(writer_->Run("COMMIT"));
  if (events && after_commit_) after_commit_();
  return absl::OkStatus();
}

absl::Status SqliteDb::Backup(const std::string& path) {
  return WriteNewFile(path, [&](const std::string& temporary) -> absl::Status {
    ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> reader, AcquireReader());
    absl::Status status = reader->CopyTo(temporary);
    ReleaseReader(std::move(reader));
    return status;
  });
}

}  // namespace

absl::StatusOr<std::unique_ptr<Db>> OpenSqlite(const std::string& path, const DbOptions& options) {
  return SqliteDb::Open(path, options);
}

absl::Status RestoreSqlite(const std::string& path, const std::string& backup) {
  FileLock lock;
  RETURN_IF_ERROR(lock.Take(path));
  std::error_code unreadable;  // is no file either
  if (std::filesystem::exists(path, unreadable)) {
    return Fail(absl::StatusCode::kFailedPrecondition, "DATABASE_NOT_EMPTY",
                absl::StrCat(path, " is there already; move it away before restoring"));
  }
  if (!std::filesystem::exists(backup, unreadable)) {
    return Fail(absl::StatusCode::kNotFound, "FILE_MISSING",
                absl::StrCat("there is no file ", backup));
  }
  ASSIGN_OR_RETURN(auto source,
                   SqliteConnection::Open(backup, SqliteConnection::Mode::kReader, absl::Hours(1)));
  ASSIGN_OR_RETURN(Rows check, source->Run("PRAGMA integrity_check", {}));
  if (check.Text(0, 0) != "ok") {
    return Fail(absl::StatusCode::kDataLoss, "DATABASE_DAMAGED",
                absl::StrCat(backup, " is damaged: ", check.Text(0, 0)));
  }
  return WriteNewFile(path, [&](const std::string& part) { return source->CopyTo(part); });
}

}  // namespace lucid
