// One PostgreSQL connection with its prepared statements.
#include "services/base/db_postgres_connection.h"

#include <vector>

#include "absl/base/internal/endian.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/base/status.h"

namespace lucid {
namespace {

// Statements whose text varies (lists with filters) are bounded by starting over.
constexpr size_t kMaxStatements = 500;

// pg_type.h's, which are part of the protocol.
constexpr Oid kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25,
              kUnknown = 705, kVarchar = 1043;

bool HasBinaryForm(Oid type) {
  switch (type) {
    case kBool:
    case kBytea:
    case kInt8:
    case kInt2:
    case kInt4:
    case kText:
    case kUnknown:
    case kVarchar:
      return true;
    default:
      return false;
  }
}

Value Cell(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column)) return std::monostate();
  const char* data = PQgetvalue(result, row, column);
  const size_t size = PQgetlength(result, row, column);
  if (PQfformat(result, column) == 1) {
    switch (PQftype(result, column)) {
      case kBool:
        return int64_t{data[0]};
      case kInt2:
        return int64_t{static_cast<int16_t>(absl::big_endian::Load16(data))};
      case kInt4:
        return int64_t{static_cast<int32_t>(absl::big_endian::Load32(data))};
      case kInt8:
        return static_cast<int64_t>(absl::big_endian::Load64(data));
      case kBytea:
        return Blob{std::string(data, size)};
      default:
        return std::string(data, size);
    }
  }
  return std::string(data, size);
}

// The arguments as libpq wants them.
class Parameters {
 public:
  explicit Parameters(absl::Span<const Value> args) {
    texts_.reserve(args.size());
    for (const Value& arg : args) Add(arg);
  }
  int size() const { return static_cast<int>(values_.size()); }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  void Add(const Value& value) {
    if (const auto* number = std::get_if<int64_t>(&value)) {
      texts_.push_back(absl::StrCat(*number));
      Push(texts_.back(), 0);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      Push(*text, 0);
    } else if (const auto* blob = std::get_if<Blob>(&value)) {
      Push(blob->bytes, 1);
    } else {
      values_.push_back(nullptr);
      lengths_.push_back(0);
      formats_.push_back(0);
    }
  }
  void Push(const std::string& bytes, int format) {
    values_.push_back(bytes.c_str());
    lengths_.push_back(static_cast<int>(bytes.size()));
    formats_.push_back(format);
  }

  std::vector<std::string> texts_;
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

// `away`: the connection is gone. Classes 53 and 57 are insufficient resources and operator
// intervention.
absl::Status StatusOf(absl::string_view sqlstate, absl::string_view message,
                      absl::string_view constraint, bool away) {
  if (sqlstate == "23505") {
    return Fail(absl::StatusCode::kAlreadyExists, "UNIQUE",
                absl::StrCat("the key of ", constraint, " is taken"),
                {{"constraint", std::string(constraint)}});
  }
  if (sqlstate == "57014") {
    return Fail(absl::StatusCode::kDeadlineExceeded, "STATEMENT_TIMEOUT",
                "the statement took longer than it may");
  }
  if (sqlstate == "53100") {
    return Fail(absl::StatusCode::kUnavailable, "DISK_FULL",
                "the disk of the database is full; nothing was stored");
  }
  if (sqlstate == "40001" || sqlstate == "40P01") {
    return Fail(absl::StatusCode::kUnavailable, "CONTENDED",
                "others kept changing the same records; try again");
  }
  if (away || absl::StartsWith(sqlstate, "53") || absl::StartsWith(sqlstate, "57")) {
    return Fail(absl::StatusCode::kUnavailable, "ENGINE_AWAY",
                absl::StrCat("the database cannot be used: ", message));
  }
  // Data exceptions quote the data.
  if (absl::StartsWith(sqlstate, "22")) message = "bad data";
  return Fail(absl::StatusCode::kInternal, "SQL",
              absl::StrCat("PostgreSQL refused (", sqlstate, "): ", message));
}

absl::string_view Field(const PGresult* result, int field) {
  const char* text = PQresultErrorField(result, field);
  return text == nullptr ? "" : text;
}

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresConnection>> PostgresConnection::Open(
    const std::string& url, absl::Duration statement_timeout) {
  // What stands before dbname may be changed by the URL, what stands after it may not. A peer that
  // vanished without a word is noticed within 5 s.
  const char* keys[] = {"application_name", "connect_timeout",     "keepalives_idle",
                        "keepalives_count", "keepalives_interval", "tcp_user_timeout",
                        "dbname",           "client_encoding",     nullptr};
  const char* values[] = {"lucid", "5", "3", "2", "1", "5000", url.c_str(), "UTF8", nullptr};
  PGconn* handle = PQconnectdbParams(keys, values, /*expand_dbname=*/1);
  std::unique_ptr<PostgresConnection> connection(new PostgresConnection(handle));
  if (PQstatus(handle) != CONNECTION_OK) return StatusOf("", PQerrorMessage(handle), "", true);
  PQsetNoticeProcessor(
      handle, [](void*, const char*) {}, nullptr);
  const int64_t limit = absl::ToInt64Milliseconds(statement_timeout);
  const std::string setup = absl::StrCat("SET statement_timeout = ", limit,
                                         "; SET idle_in_transaction_session_timeout = ", limit);
  Result result(PQexec(handle, setup.c_str()), PQclear);
  RETURN_IF_ERROR(connection->Check(result.get()));
  return connection;
}

PostgresConnection::~PostgresConnection() { PQfinish(handle_); }

void PostgresConnection::Begin(absl::string_view sql) {
  pending_begin_ = std::string(sql);
  lost_race_ = false;
}

absl::StatusOr<Rows> PostgresConnection::Run(absl::string_view sql, absl::Span<const Value> args) {
  ASSIGN_OR_RETURN(const Statement statement, Prepare(sql));
  Result result = Exchange(statement, args);
  RETURN_IF_ERROR(Check(result.get()));
  const int rows = PQntuples(result.get());
  const int columns = PQnfields(result.get());
  std::vector<Value> cells;
  cells.reserve(static_cast<size_t>(rows) * columns);
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      cells.push_back(Cell(result.get(), row, column));
    }
  }
  return Rows(columns, std::move(cells));
}

absl::StatusOr<PostgresConnection::Statement> PostgresConnection::Prepare(absl::string_view sql) {
  auto found = statements_.find(sql);
  if (found != statements_.end()) return found->second;
  if (statements_.size() >= kMaxStatements) {
    Result result(PQexec(handle_, "DEALLOCATE ALL"), PQclear);
    RETURN_IF_ERROR(Check(result.get()));
    statements_.clear();
  }
  Statement statement{absl::StrCat("s", ++statements_made_)};
  const std::string text(sql);
  Result prepared(PQprepare(handle_, statement.name.c_str(), text.c_str(), 0, nullptr), PQclear);
  RETURN_IF_ERROR(Check(prepared.get()));
  Result described(PQdescribePrepared(handle_, statement.name.c_str()), PQclear);
  RETURN_IF_ERROR(Check(described.get()));
  statement.binary = true;
  for (int column = 0; column < PQnfields(described.get()); ++column) {
    statement.binary &= HasBinaryForm(PQftype(described.get(), column));
  }
  return statements_.emplace(text, std::move(statement)).first->second;
}

PostgresConnection::Result PostgresConnection::Exchange(const Statement& statement,
                                                        absl::Span<const Value> args) {
  const Parameters parameters(args);
  const char* name = statement.name.c_str();
  if (pending_begin_.empty()) {
    return Result(PQexecPrepared(handle_, name, parameters.size(), parameters.values(),
                                 parameters.lengths(), parameters.formats(), statement.binary),
                  PQclear);
  }
  PQenterPipelineMode(handle_);
  PQsendQueryParams(handle_, pending_begin_.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0);
  PQsendQueryPrepared(handle_, name, parameters.size(), parameters.values(), parameters.lengths(),
                      parameters.formats(), statement.binary);
  PQpipelineSync(handle_);
  pending_begin_.clear();
  Result begun = NextResult();
  Result answer = NextResult();
  Result(PQgetResult(handle_), PQclear);  // the end of the pipeline
  if (PQexitPipelineMode(handle_) == 0) broken_ = true;
  return PQresultStatus(begun.get()) == PGRES_COMMAND_OK ? std::move(answer) : std::move(begun);
}

// Within a pipeline, each statement's result is followed by a null.
PostgresConnection::Result PostgresConnection::NextResult() {
  Result result(PQgetResult(handle_), PQclear);
  Result(PQgetResult(handle_), PQclear);
  return result;
}

absl::Status PostgresConnection::Commit() {
  if (!pending_begin_.empty()) return absl::OkStatus();
  Result result(PQexec(handle_, "COMMIT"), PQclear);
  RETURN_IF_ERROR(Check(result.get()));
  // An aborted transaction answers its COMMIT with success and the word ROLLBACK.
  if (absl::string_view(PQcmdStatus(result.get())) == "COMMIT") return absl::OkStatus();
  return Fail(absl::StatusCode::kInternal, "SQL", "the transaction was aborted before its commit");
}

void PostgresConnection::Rollback() {
  pending_begin_.clear();
  if (broken_ || PQtransactionStatus(handle_) == PQTRANS_IDLE) return;
  Result result(PQexec(handle_, "ROLLBACK"), PQclear);
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) broken_ = true;
}

absl::Status PostgresConnection::Check(PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return absl::OkStatus();
  const absl::string_view sqlstate = Field(result, PG_DIAG_SQLSTATE);
  if (sqlstate == "40001" || sqlstate == "40P01") lost_race_ = true;
  // FATAL ends the session; an error without a SQLSTATE is libpq's own, which lost the server. Both
  // may be known before the status of the connection says so.
  const absl::string_view severity = Field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  const bool away = PQstatus(handle_) != CONNECTION_OK || severity == "FATAL" ||
                    severity == "PANIC" || (sqlstate.empty() && status != PGRES_EMPTY_QUERY);
  // 0A000: a prepared plan went stale under a migration; a new connection plans anew.
  if (away || sqlstate == "0A000") broken_ = true;
  const absl::string_view message = Field(result, PG_DIAG_MESSAGE_PRIMARY);
  return StatusOf(sqlstate, message.empty() ? PQerrorMessage(handle_) : message,
                  Field(result, PG_DIAG_CONSTRAINT_NAME), away);
}

}  // namespace lucid
