// One PostgreSQL connection with its prepared statements.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/base/db.h"

namespace lucid {

// Used by one thread at a time.
class PostgresConnection {
 public:
  // Connects, within some seconds. UNAVAILABLE with what libpq says.
  static absl::StatusOr<std::unique_ptr<PostgresConnection>> Open(const std::string& url,
                                                                  absl::Duration statement_timeout);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  // Begins a transaction by `sql`, which travels with its first statement.
  void Begin(absl::string_view sql);
  // As Tx::Run.
  absl::StatusOr<Rows> Run(absl::string_view sql, absl::Span<const Value> args);
  absl::Status Commit();
  void Rollback();

  // Whether the transaction ended because of a concurrent one: it may succeed when it is rerun.
  bool lost_race() const { return lost_race_; }
  // Whether the connection is of no use any more.
  bool broken() const { return broken_; }

 private:
  // `binary`: every column has a type that is read from its binary form.
  struct Statement {
    std::string name;
    bool binary = false;
  };
  using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

  explicit PostgresConnection(PGconn* handle) : handle_(handle) {}
  absl::StatusOr<Statement> Prepare(absl::string_view sql);
  // Sends a statement, and BEGIN before it where one is due, and reads the last answer.
  Result Exchange(const Statement& statement, absl::Span<const Value> args);
  Result NextResult();
  // The status of a result; sets lost_race_ and broken_.
  absl::Status Check(PGresult* result);

  PGconn* const handle_;
  absl::flat_hash_map<std::string, Statement> statements_;
  int statements_made_ = 0;
  std::string pending_begin_;
  bool lost_race_ = false;
  bool broken_ = false;
};

}  // namespace lucid
