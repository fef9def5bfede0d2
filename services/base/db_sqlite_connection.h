// One SQLite connection with its prepared statements.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/base/db.h"

namespace lucid {

// Used by one thread at a time.
class SqliteConnection {
 public:
  enum class Mode { kWriter, kReader };

  // A writer makes the file when it is missing; a reader never writes.
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> Open(const std::string& path, Mode mode,
                                                                absl::Duration statement_timeout);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  // As Tx::Run.
  absl::StatusOr<Rows> Run(absl::string_view sql, absl::Span<const Value> args);
  absl::Status Run(absl::string_view sql) { return Run(sql, {}).status(); }
  // False when there is no transaction, also after an error that took the whole of it.
  bool InTransaction() const { return sqlite3_get_autocommit(handle_) == 0; }
  // Copies the database as of now to a new file.
  absl::Status CopyTo(const std::string& path);

 private:
  // A prepared statement; parameters[i] is SQLite's index of `$(i+1)`.
  struct Statement {
    sqlite3_stmt* handle = nullptr;
    std::vector<int> parameters;
  };

  SqliteConnection(sqlite3* handle, absl::Duration statement_timeout);
  absl::StatusOr<const Statement*> Prepare(absl::string_view sql);
  absl::Status Bind(const Statement& statement, absl::Span<const Value> args);
  absl::StatusOr<Rows> Step(sqlite3_stmt* statement);
  // The status of the last failed call.
  absl::Status Error() const;
  void ForgetStatements();

  sqlite3* handle_;
  const std::chrono::nanoseconds statement_timeout_;
  std::chrono::steady_clock::time_point statement_end_;
  absl::flat_hash_map<std::string, Statement> statements_;
};

}  // namespace lucid
