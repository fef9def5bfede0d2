// What both engines share: results, the first error of a transaction, migrations.
#include "services/base/db.h"

#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "services/base/db_engines.h"
#include "services/base/deadline.h"
#include "services/base/status.h"

namespace lucid {
namespace {

const std::string& Empty() {
  static const std::string empty;
  return empty;
}

// PostgreSQL refuses a NUL inside text and SQLite stores it: the stricter one decides.
absl::Status CheckText(absl::Span<const Value> args) {
  for (const Value& arg : args) {
    const auto* text = std::get_if<std::string>(&arg);
    if (text != nullptr && memchr(text->data(), '\0', text->size()) != nullptr) {
      return Fail(absl::StatusCode::kInvalidArgument, "NUL_IN_TEXT",
                  "text holds a NUL character, which cannot be stored");
    }
  }
  return absl::OkStatus();
}

// Readies the transaction for DDL; the lock is the transaction's own, so a crash frees it.
absl::Status LockMigrations(Db& db, Tx& tx) {
  if (!db.embedded()) {
    RETURN_IF_ERROR(tx.Run("SET LOCAL statement_timeout = 0").status());
    RETURN_IF_ERROR(tx.Run("SET LOCAL lock_timeout = '10min'").status());
    RETURN_IF_ERROR(tx.Run("SELECT pg_advisory_xact_lock(7813280642171)").status());
  }
  for (absl::string_view table : {"schema_migrations", "schema_contracts"}) {
    RETURN_IF_ERROR(tx.Run(absl::StrCat("CREATE TABLE IF NOT EXISTS ", table,
                                        " (component TEXT NOT NULL, version BIGINT NOT NULL,"
                                        " PRIMARY KEY (component, version))"))
                        .status());
  }
  return absl::OkStatus();
}

// The last of the migrations that `table` lists; 0 when there is none.
absl::StatusOr<int64_t> LastIn(absl::string_view table, Tx& tx, const std::string& component) {
  ASSIGN_OR_RETURN(Rows rows, tx.Run(absl::StrCat("SELECT COALESCE(MAX(version), 0) FROM ", table,
                                                  " WHERE component = $1"),
                                     {component}));
  return rows.Int(0, 0);
}

absl::Status AddTo(absl::string_view table, Tx& tx, const std::string& component, int64_t version) {
  return tx
      .Run(absl::StrCat("INSERT INTO ", table, " (component, version) VALUES ($1, $2)"),
           {component, version})
      .status();
}

// Runs the first migration that has not run yet; the answer is the version reached.
absl::StatusOr<int64_t> MigrateOnce(Db& db, Tx& tx, const std::string& component,
                                    absl::Span<const absl::string_view> migrations) {
  RETURN_IF_ERROR(LockMigrations(db, tx));
  ASSIGN_OR_RETURN(int64_t version, LastIn("schema_migrations", tx, component));
  const int64_t known = static_cast<int64_t>(migrations.size());
  if (version >= known) {
    ASSIGN_OR_RETURN(int64_t needed, LastIn("schema_contracts", tx, component));
    if (needed <= known) return version;
    return Fail(absl::StatusCode::kFailedPrecondition, "NEWER_SCHEMA",
                absl::StrCat("the database has schema ", component, "/", version,
                             ", which needs a program that knows ", component, "/", needed,
                             "; this one knows up to ", known));
  }
  absl::string_view statement = migrations[version];
  if (absl::ConsumePrefix(&statement, "CONTRACT ")) {
    RETURN_IF_ERROR(AddTo("schema_contracts", tx, component, version + 1));
  }
  const absl::string_view word = db.embedded() ? " BIGSERIAL" : " BLOB";
  const absl::string_view spelled = db.embedded() ? " INTEGER" : " BYTEA";
  absl::Status status = tx.Run(absl::StrReplaceAll(statement, {{word, spelled}})).status();
  if (!status.ok()) {
    return absl::Status(status.code(), absl::StrCat("migration ", component, "/", version + 1, ": ",
                                                    status.message()));
  }
  RETURN_IF_ERROR(AddTo("schema_migrations", tx, component, version + 1));
  return version + 1;
}

bool IsPostgres(absl::string_view url) {
  return absl::StartsWith(url, "postgres://") || absl::StartsWith(url, "postgresql://");
}

// The URL may hold a password: it is not repeated.
absl::Status BadUrl() {
  return Fail(absl::StatusCode::kInvalidArgument, "DATABASE_URL",
              "the database URL must begin with sqlite: or postgres://");
}

}  // namespace

bool Rows::IsNull(size_t row, size_t column) const {
  return std::holds_alternative<std::monostate>(At(row, column));
}

int64_t Rows::Int(size_t row, size_t column) const {
  const auto* value = std::get_if<int64_t>(&At(row, column));
  return value == nullptr ? 0 : *value;
}

const std::string& Rows::Text(size_t row, size_t column) const {
  const auto* value = std::get_if<std::string>(&At(row, column));
  return value == nullptr ? Empty() : *value;
}

const std::string& Rows::Bytes(size_t row, size_t column) const {
  const auto* value = std::get_if<Blob>(&At(row, column));
  return value == nullptr ? Empty() : value->bytes;
}

absl::StatusOr<Rows> Tx::Run(absl::string_view sql, absl::Span<const Value> args) {
  if (!status_.ok()) return status_;
  status_ = CheckThreadDeadline();
  if (status_.ok()) status_ = CheckText(args);
  if (!status_.ok()) return status_;
  absl::StatusOr<Rows> rows = Execute(sql, args);
  status_ = rows.status();
  return rows;
}

absl::StatusOr<std::unique_ptr<Db>> Db::Open(absl::string_view url, DbOptions options) {
  absl::string_view path = url;
  if (absl::ConsumePrefix(&path, "sqlite:")) return OpenSqlite(std::string(path), options);
  if (IsPostgres(url)) return OpenPostgres(std::string(url), options);
  return BadUrl();
}

absl::Status RestoreDb(absl::string_view url, const std::string& path) {
  absl::string_view file = url;
  if (absl::ConsumePrefix(&file, "sqlite:")) return RestoreSqlite(std::string(file), path);
  if (IsPostgres(url)) return RestorePostgres(std::string(url), path);
  return BadUrl();
}

absl::Status Migrate(Db& db, absl::string_view component,
                     absl::Span<const absl::string_view> migrations) {
  // READ COMMITTED: a snapshot from before the wait for the lock would not see what its last
  // holder did.
  int64_t version = 0;
  do {
    absl::Status status = db.DoWrite(
        [&](Tx& tx) -> absl::Status {
          ASSIGN_OR_RETURN(version, MigrateOnce(db, tx, std::string(component), migrations));
          return absl::OkStatus();
        },
        Isolation::kReadCommitted);
    RETURN_IF_ERROR(status);
  } while (version < static_cast<int64_t>(migrations.size()));
  return absl::OkStatus();
}

}  // namespace lucid
