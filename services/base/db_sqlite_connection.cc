// One SQLite connection with its prepared statements.
#include "services/base/db_sqlite_connection.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/base/status.h"

namespace lucid {
namespace {

// Statements whose text varies (lists with filters) are bounded by starting over.
constexpr size_t kMaxPrepared = 500;
// Between two looks at the clock; some 100 µs of work.
constexpr int kStepsPerLook = 10'000;

constexpr absl::string_view kWriterSetup[] = {
    "PRAGMA journal_mode = WAL",        "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",         "PRAGMA cache_size = -32768",
    "PRAGMA wal_autocheckpoint = 4000", "PRAGMA journal_size_limit = 67108864",
    "PRAGMA temp_store = MEMORY",
};
constexpr absl::string_view kReaderSetup[] = {
    "PRAGMA query_only = ON",
    "PRAGMA cache_size = -4096",
    "PRAGMA temp_store = MEMORY",
};

Value Cell(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
      return std::monostate();
    case SQLITE_INTEGER:
      return static_cast<int64_t>(sqlite3_column_int64(statement, column));
    case SQLITE_BLOB: {
      const auto* data = static_cast<const char*>(sqlite3_column_blob(statement, column));
      return Blob{std::string(data, data + sqlite3_column_bytes(statement, column))};
    }
    default: {
      const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return std::string(data, data + sqlite3_column_bytes(statement, column));
    }
  }
}

int BindOne(sqlite3_stmt* statement, int index, const Value& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) {
    return sqlite3_bind_int64(statement, index, *number);
  }
  // The caller's values outlive the statement's run, so nothing is copied.
  if (const auto* text = std::get_if<std::string>(&value)) {
    return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC,
                               SQLITE_UTF8);
  }
  if (const auto* blob = std::get_if<Blob>(&value)) {
    return sqlite3_bind_blob64(statement, index, blob->bytes.data(), blob->bytes.size(),
                               SQLITE_STATIC);
  }
  return sqlite3_bind_null(statement, index);
}

absl::Status Away(absl::string_view reason, absl::string_view message) {
  return Fail(absl::StatusCode::kUnavailable, reason, message);
}

// Everything that SQLite can answer but success.
absl::Status StatusOf(int code, absl::string_view message) {
  if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
      code == SQLITE_CONSTRAINT_ROWID) {
    absl::string_view columns = message;
    absl::ConsumePrefix(&columns, "UNIQUE constraint failed: ");
    return Fail(absl::StatusCode::kAlreadyExists, "UNIQUE",
                absl::StrCat("the key of ", columns, " is taken"),
                {{"constraint", std::string(columns)}});
  }
  switch (code & 0xff) {
    case SQLITE_FULL:
      return Away("DISK_FULL", "the disk of the database is full; nothing was stored");
    case SQLITE_INTERRUPT:
      return Fail(absl::StatusCode::kDeadlineExceeded, "STATEMENT_TIMEOUT",
                  "the statement took longer than it may");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Away("DATABASE_BUSY", "the database file is locked by somebody else");
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
      return Away("ENGINE_AWAY", absl::StrCat("the database cannot be used: ", message));
    default:
      return Fail(absl::StatusCode::kInternal, "SQL", absl::StrCat("SQLite refused: ", message));
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(
    const std::string& path, Mode mode, absl::Duration statement_timeout) {
  const bool writer = mode == Mode::kWriter;
  const int flags =
      SQLITE_OPEN_NOMUTEX | (writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                    // WAL readers share the file's index, which they must write.
                                    : SQLITE_OPEN_READWRITE);
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(handle, statement_timeout));
  if (code != SQLITE_OK) return connection->Error();
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, 5000);
  for (absl::string_view sql : writer ? absl::MakeConstSpan(kWriterSetup) : kReaderSetup) {
    RETURN_IF_ERROR(connection->Run(sql));
  }
  connection->ForgetStatements();
  return connection;
}

SqliteConnection::SqliteConnection(sqlite3* handle, absl::Duration statement_timeout)
    : handle_(handle), statement_timeout_(absl::ToChronoNanoseconds(statement_timeout)) {
  auto late = [](void* self) -> int {
    return std::chrono::steady_clock::now() > static_cast<SqliteConnection*>(self)->statement_end_;
  };
  if (handle_ != nullptr) sqlite3_progress_handler(handle_, kStepsPerLook, late, this);
}

SqliteConnection::~SqliteConnection() {
  ForgetStatements();
  sqlite3_close(handle_);
}

void SqliteConnection::ForgetStatements() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement.handle);
  statements_.clear();
}

absl::StatusOr<Rows> SqliteConnection::Run(absl::string_view sql, absl::Span<const Value> args) {
  ASSIGN_OR_RETURN(const Statement* statement, Prepare(sql));
  absl::Status bound = Bind(*statement, args);
  absl::StatusOr<Rows> rows = bound.ok() ? Step(statement->handle) : bound;
  sqlite3_reset(statement->handle);
  sqlite3_clear_bindings(statement->handle);
  return rows;
}

absl::StatusOr<const SqliteConnection::Statement*> SqliteConnection::Prepare(
    absl::string_view sql) {
  auto found = statements_.find(sql);
  if (found != statements_.end()) return &found->second;
  Statement statement;
  const char* tail = nullptr;
  if (sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement.handle, &tail) != SQLITE_OK) {
    return Error();
  }
  absl::string_view rest(tail, sql.data() + sql.size() - tail);
  if (statement.handle == nullptr || !absl::StripAsciiWhitespace(rest).empty()) {
    sqlite3_finalize(statement.handle);
    return Fail(absl::StatusCode::kInternal, "SQL", "Run takes exactly one statement");
  }
  for (int i = 1; i <= sqlite3_bind_parameter_count(statement.handle); ++i) {
    statement.parameters.push_back(
        sqlite3_bind_parameter_index(statement.handle, absl::StrCat("$", i).c_str()));
  }
  if (statements_.size() >= kMaxPrepared) ForgetStatements();
  return &statements_.emplace(std::string(sql), std::move(statement)).first->second;
}

absl::Status SqliteConnection::Bind(const Statement& statement, absl::Span<const Value> args) {
  if (args.size() != statement.parameters.size()) {
    return Fail(absl::StatusCode::kInternal, "SQL",
                absl::StrCat("the statement has ", statement.parameters.size(), " parameters, not ",
                             args.size()));
  }
  for (size_t i = 0; i < args.size(); ++i) {
    if (BindOne(statement.handle, statement.parameters[i], args[i]) != SQLITE_OK) return Error();
  }
  return absl::OkStatus();
}

absl::StatusOr<Rows> SqliteConnection::Step(sqlite3_stmt* statement) {
  statement_end_ = std::chrono::steady_clock::now() + statement_timeout_;
  const int columns = sqlite3_column_count(statement);
  std::vector<Value> cells;
  int code;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    for (int column = 0; column < columns; ++column) cells.push_back(Cell(statement, column));
  }
  if (code != SQLITE_DONE) return Error();
  return Rows(columns, std::move(cells));
}

absl::Status SqliteConnection::Error() const {
  return StatusOf(sqlite3_extended_errcode(handle_), sqlite3_errmsg(handle_));
}

absl::Status SqliteConnection::CopyTo(const std::string& path) {
  sqlite3* copy = nullptr;
  if (sqlite3_open_v2(path.c_str(), &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr) !=
      SQLITE_OK) {
    absl::Status status = StatusOf(sqlite3_extended_errcode(copy), sqlite3_errmsg(copy));
    sqlite3_close(copy);
    return status;
  }
  // All pages in one step: one snapshot, which in WAL mode keeps no writer waiting.
  sqlite3_backup* backup = sqlite3_backup_init(copy, "main", handle_, "main");
  if (backup != nullptr) {
    sqlite3_backup_step(backup, -1);
    sqlite3_backup_finish(backup);
  }
  // The copy is one file, without a log beside it.
  if (sqlite3_errcode(copy) == SQLITE_OK) {
    sqlite3_exec(copy, "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr);
  }
  const int code = sqlite3_extended_errcode(copy);
  absl::Status status = code == SQLITE_OK ? absl::OkStatus() : StatusOf(code, sqlite3_errmsg(copy));
  sqlite3_close(copy);
  return status;
}

}  // namespace lucid
