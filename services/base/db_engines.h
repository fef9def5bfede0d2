// The two engines behind Db::Open.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/base/db.h"

namespace lucid {

// `path`: a file in a directory that exists; made when missing, unless read_only.
absl::StatusOr<std::unique_ptr<Db>> OpenSqlite(const std::string& path, const DbOptions& options);

// `url`: libpq's postgres:// URL.
absl::StatusOr<std::unique_ptr<Db>> OpenPostgres(const std::string& url, const DbOptions& options);

// As RestoreDb.
absl::Status RestoreSqlite(const std::string& path, const std::string& backup);
absl::Status RestorePostgres(const std::string& url, const std::string& backup);

// Holds the right to write a database file, against other processes and other Dbs.
class FileLock {
 public:
  FileLock() = default;
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  // FAILED_PRECONDITION naming `database` when another holds it.
  absl::Status Take(const std::string& database);

 private:
  int fd_ = -1;
};

// Runs pg_dump or pg_restore on the database of `url`; their complaints go to standard error.
absl::Status RunPostgresTool(const std::string& tool, const std::string& url,
                             const std::vector<std::string>& arguments);

// Has `write(temporary path)` make a file beside `path`, makes it durable and gives it its name:
// `path` appears whole or not at all. ALREADY_EXISTS when it is there before.
absl::Status WriteNewFile(const std::string& path,
                          const std::function<absl::Status(const std::string&)>& write);

}  // namespace lucid
