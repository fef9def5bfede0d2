// The files beside a database: its lock, and backups that appear whole or not at all.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "services/base/db_engines.h"
#include "services/base/status.h"

namespace lucid {
namespace {

absl::Status FileError(absl::string_view what, const std::string& path) {
  const int error = errno;
  return Fail(absl::StatusCode::kUnavailable, error == ENOSPC ? "DISK_FULL" : "FILE",
              absl::StrCat("cannot ", what, " ", path, ": ", strerror(error)));
}

absl::Status Sync(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FileError("open", path);
  const int code = fsync(fd);
  absl::Status status = code == 0 ? absl::OkStatus() : FileError("sync", path);
  close(fd);
  return status;
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

FileLock::~FileLock() {
  if (fd_ >= 0) close(fd_);
}

absl::Status FileLock::Take(const std::string& database) {
  const std::string path = absl::StrCat(database, ".lock");
  fd_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0) return FileError("open", path);
  if (flock(fd_, LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
  return Fail(absl::StatusCode::kFailedPrecondition, "DATABASE_IN_USE",
              absl::StrCat("another process is writing ", database));
}

absl::Status WriteNewFile(const std::string& path,
                          const std::function<absl::Status(const std::string&)>& write) {
  // Of its own, so that two that write the same file do not meet before one is there.
  std::string temporary = absl::StrCat(path, ".part-XXXXXX");
  const int fd = mkstemp(temporary.data());
  if (fd < 0) return FileError("make", temporary);
  close(fd);
  absl::Status status = write(temporary);
  if (status.ok()) status = Sync(temporary);
  // link, unlike rename, refuses a file that is there.
  if (status.ok() && link(temporary.c_str(), path.c_str()) != 0) {
    status = errno == EEXIST ? Fail(absl::StatusCode::kAlreadyExists, "FILE_EXISTS",
                                    absl::StrCat(path, " is there already"))
                             : FileError("make", path);
  }
  unlink(temporary.c_str());
  if (!status.ok()) return status;
  return Sync(FolderOf(path));
}

}  // namespace lucid
