// The one road to storage: a Db runs bodies in transactions, on SQLite or on PostgreSQL.
//
// One SQL dialect for both engines: `$1` parameters, ON CONFLICT, RETURNING, CTEs, window
// functions. Values are bound, never pasted.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace lucid {

// Bytes, as opposed to text.
struct Blob {
  std::string bytes;
  bool operator==(const Blob&) const = default;
};

// NULL, a 64-bit integer, UTF-8 text, or bytes. No floating point: decimals are stored as text or
// as scaled integers.
using Value = std::variant<std::monostate, int64_t, std::string, Blob>;

// The result of one statement, by row and column.
class Rows {
 public:
  Rows() = default;
  // `cells` row by row.
  Rows(size_t columns, std::vector<Value> cells) : columns_(columns), cells_(std::move(cells)) {}

  size_t size() const { return columns_ == 0 ? 0 : cells_.size() / columns_; }
  bool empty() const { return cells_.empty(); }
  bool IsNull(size_t row, size_t column) const;
  // 0 for NULL. PostgreSQL booleans are 0 and 1.
  int64_t Int(size_t row, size_t column) const;
  // "" for NULL. Numbers that are no 64-bit integer arrive as text.
  const std::string& Text(size_t row, size_t column) const;
  const std::string& Bytes(size_t row, size_t column) const;

 private:
  const Value& At(size_t row, size_t column) const { return cells_[row * columns_ + column]; }

  size_t columns_ = 0;
  std::vector<Value> cells_;
};

// One transaction. Used by one thread, within the body it was given to.
class Tx {
 public:
  virtual ~Tx() = default;
  // Runs one statement, prepared once per connection; `args[0]` is `$1`. Where the engine cannot
  // see a parameter's type, write CAST($1 AS BIGINT).
  //
  // A taken unique key is ALREADY_EXISTS with reason UNIQUE and ErrorInfo metadata "constraint"
  // (PostgreSQL: the constraint's name; SQLite: "table.column, …"); a NUL inside text is
  // INVALID_ARGUMENT; a statement over its time is DEADLINE_EXCEEDED; an engine that is away or
  // full is UNAVAILABLE; other refused statements are INTERNAL. The first error ends the
  // transaction: every later Run answers it again and nothing commits. Where a taken key is no
  // error, write ON CONFLICT.
  absl::StatusOr<Rows> Run(absl::string_view sql, absl::Span<const Value> args);
  absl::StatusOr<Rows> Run(absl::string_view sql, std::initializer_list<Value> args = {}) {
    return Run(sql, absl::MakeConstSpan(args.begin(), args.size()));
  }
  // The first error of Run, or OK.
  const absl::Status& status() const { return status_; }
  // The numbers of the events written in this transaction; where there are any, the commit settles
  // them or wakes the settler.
  void AddEvent(int64_t number) { events_.push_back(number); }
  const std::vector<int64_t>& events() const { return events_; }

 protected:
  virtual absl::StatusOr<Rows> Execute(absl::string_view sql, absl::Span<const Value> args) = 0;

 private:
  absl::Status status_;
  std::vector<int64_t> events_;
};

struct DbOptions {
  int connections = 16;  // PostgreSQL: at most so many at once. SQLite: reader connections.
  absl::Duration statement_timeout = absl::Seconds(10);
  // For commands beside a running service: Write is refused, and on SQLite another process may be
  // writing.
  bool read_only = false;
};

// How far a transaction on PostgreSQL is kept from concurrent ones; SQLite has one writer.
enum class Isolation { kReadCommitted, kRepeatableRead, kSerializable };

class Db {
 public:
  // `url`: "sqlite:PATH" or "postgres://…". Opens and checks the connection; does not migrate.
  static absl::StatusOr<std::unique_ptr<Db>> Open(absl::string_view url, DbOptions options = {});
  virtual ~Db() = default;

  // Runs `body` on one read-only snapshot. `body` is Tx& → Status or StatusOr<T>.
  template <class Body>
  auto Read(Body&& body) -> std::invoke_result_t<Body, Tx&> {
    return Capture(body, [this](const auto& run) { return DoRead(run); });
  }

  // Runs `body` in a transaction that commits if and only if it returns OK; the answer is durable
  // when Write returns. `body` may be run again when the engine says it lost a race, so it does
  // nothing but use its Tx. Bounded: about 1 000 rows, but for an import that is all or nothing.
  template <class Body>
  auto Write(Body&& body) -> std::invoke_result_t<Body, Tx&> {
    return Capture(body,
                   [this](const auto& run) { return DoWrite(run, Isolation::kSerializable); });
  }

  // The settler's own transaction: a Write, but on PostgreSQL at REPEATABLE READ, so that it meets
  // no serialization failure with the writers whose events it reads.
  template <class Body>
  auto Settle(Body&& body) -> std::invoke_result_t<Body, Tx&> {
    return Capture(body,
                   [this](const auto& run) { return DoWrite(run, Isolation::kRepeatableRead); });
  }

  // SELECT 1 on the engine: OK or UNAVAILABLE. For health.
  virtual absl::Status Ping() = 0;

  // True where this process is the only writer and the writer itself settles events (SQLite).
  virtual bool embedded() const = 0;

  // SQLite: run inside each commit that wrote events, after the callers' bodies, in the same
  // transaction; its Tx has the numbers of all their events. Not used on PostgreSQL. When this
  // returns, the former settler does not run any more.
  virtual void SetSettler(std::function<absl::Status(Tx&)> settler) = 0;

  // Called after each commit that wrote events, on the committing thread; must not block. When this
  // returns, the former hook does not run any more.
  virtual void SetAfterCommit(std::function<void()> hook) = 0;

  // Writes a consistent copy of the database to the new file `path`, online: a database file
  // (SQLite) or pg_dump's custom format (PostgreSQL). `path` appears whole or not at all;
  // ALREADY_EXISTS when it is there.
  virtual absl::Status Backup(const std::string& path) = 0;

 protected:
  using Run = std::function<absl::Status(Tx&)>;
  virtual absl::Status DoRead(const Run& run) = 0;
  virtual absl::Status DoWrite(const Run& run, Isolation isolation) = 0;

 private:
  friend absl::Status Migrate(Db& db, absl::string_view component,
                              absl::Span<const absl::string_view> migrations);

  template <class Body, class Do>
  static auto Capture(Body& body, Do run) -> std::invoke_result_t<Body, Tx&> {
    using Result = std::invoke_result_t<Body, Tx&>;
    if constexpr (std::is_same_v<Result, absl::Status>) {
      return run([&](Tx& tx) { return body(tx); });
    } else {
      Result result = absl::UnknownError("not run");
      absl::Status status = run([&](Tx& tx) -> absl::Status {
        result = body(tx);
        return result.status();
      });
      if (!status.ok()) return status;
      return result;
    }
  }
};

// Brings the schema of one component up to date: runs the statements of `migrations` that have not
// run yet, in order, each once and in its own transaction, under a lock so that replicas may start
// together. The list is append-only, one statement per entry. Statements may use the words BIGINT,
// TEXT, BLOB and BIGSERIAL: BLOB is spelled BYTEA on PostgreSQL, and BIGSERIAL INTEGER on SQLite,
// for you.
// A statement only adds, so that the programs of the release before, which know fewer, go on beside
// the new ones and can be gone back to. One that they cannot live with (a column that they write is
// dropped) begins with the word CONTRACT, and comes a release after the last program that needs
// what it takes away. FAILED_PRECONDITION when such a one has run that the list does not hold.
absl::Status Migrate(Db& db, absl::string_view component,
                     absl::Span<const absl::string_view> migrations);

// Fills the database at `url` from a file that Backup wrote, wholly or not at all.
// FAILED_PRECONDITION when there is something in it: SQLite's file must not exist, PostgreSQL's
// database must have no tables.
absl::Status RestoreDb(absl::string_view url, const std::string& path);

}  // namespace lucid
