// Runs PostgreSQL's own programs for backup and restore.
#include <glob.h>
#include <libpq-fe.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "services/base/db_engines.h"
#include "services/base/status.h"

namespace lucid {
namespace {

// A URL as libpq's "key='value' …", without its password, which others could see in the list of
// processes.
struct Target {
  std::string connection;
  std::string password;
};

Target TargetOf(const std::string& url) {
  Target target;
  PQconninfoOption* options = PQconninfoParse(url.c_str(), nullptr);
  for (PQconninfoOption* option = options; option != nullptr && option->keyword != nullptr;
       ++option) {
    if (option->val == nullptr) continue;
    if (absl::string_view(option->keyword) == "password") {
      target.password = option->val;
    } else {
      absl::StrAppend(&target.connection, option->keyword, "='",
                      absl::StrReplaceAll(option->val, {{"\\", "\\\\"}, {"'", "\\'"}}), "' ");
    }
  }
  PQconninfoFree(options);
  return target;
}

// Debian keeps the programs of each version in a folder of its own; the newest reads all.
std::string FindTool(const std::string& tool) {
  glob_t found;
  std::string path = tool;
  if (glob(("/usr/lib/postgresql/*/bin/" + tool).c_str(), 0, nullptr, &found) == 0) {
    path = found.gl_pathv[found.gl_pathc - 1];
  }
  globfree(&found);
  return path;
}

}  // namespace

absl::Status RunPostgresTool(const std::string& tool, const std::string& url,
                             const std::vector<std::string>& arguments) {
  const Target target = TargetOf(url);
  // It goes when this program goes: what it would still restore, nobody would finish.
  std::vector<std::string> words = {"setpriv", "--pdeathsig", "KILL", FindTool(tool),
                                    "--dbname=" + target.connection};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> settings;
  if (!target.password.empty()) settings.push_back("PGPASSWORD=" + target.password);
  for (char** setting = environ; *setting != nullptr; ++setting) settings.push_back(*setting);
  const auto pointers = [](std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (std::string& string : strings) result.push_back(string.data());
    result.push_back(nullptr);
    return result;
  };
  pid_t pid;
  const int error = posix_spawnp(&pid, words[0].c_str(), nullptr, nullptr, pointers(words).data(),
                                 pointers(settings).data());
  int status = 0;
  if (error == 0 && waitpid(pid, &status, 0) == pid && status == 0) return absl::OkStatus();
  return Fail(absl::StatusCode::kUnavailable, "TOOL",
              error == 0 ? absl::StrCat(tool, " failed; its reason is on standard error")
                         : absl::StrCat("cannot run ", tool, ": ", strerror(error)));
}

}  // namespace lucid
