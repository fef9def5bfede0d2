#include "tests/testing/postgres_server.h"

#include <fcntl.h>
#include <glob.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

namespace lucid {
namespace {

[[noreturn]] void Die(const std::string& what) {
  fprintf(stderr, "tests need PostgreSQL: %s\n", what.c_str());
  abort();
}

// The newest of /usr/lib/postgresql/*/bin.
std::string Program(const std::string& name) {
  glob_t found;
  const std::string pattern = "/usr/lib/postgresql/*/bin/" + name;
  if (glob(pattern.c_str(), 0, nullptr, &found) != 0) Die(pattern + " is missing");
  std::string path = found.gl_pathv[found.gl_pathc - 1];
  globfree(&found);
  return path;
}

// PostgreSQL refuses to run as root: root's tests run it as the user postgres.
const passwd* ServerUser() {
  if (geteuid() != 0) return nullptr;
  const passwd* user = getpwnam("postgres");
  if (user == nullptr) Die("there is no user postgres");
  return user;
}

pid_t Spawn(std::vector<std::string> command, const std::string& log) {
  const passwd* user = ServerUser();
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid != 0) return pid;
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  if (user != nullptr && (setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) _exit(126);
  // The server ends with the test program, even when that one is killed.
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (getppid() != parent || chdir("/") != 0) _exit(126);
  execv(arguments[0], arguments.data());
  _exit(127);
}

int Wait(pid_t pid) {
  int status = 0;
  if (waitpid(pid, &status, 0) != pid) return -1;
  return status;
}

}  // namespace

PostgresServer::PostgresServer(bool durable) : durable_(durable) {
  const passwd* user = ServerUser();
  if (user != nullptr && chown(folder_.path().c_str(), user->pw_uid, user->pw_gid) != 0) {
    Die("chown " + folder_.path());
  }
  const pid_t initdb = Spawn({Program("initdb"), "-D", folder_.File("data"), "-U", "lucid",
                              "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"},
                             folder_.File("initdb.log"));
  if (Wait(initdb) != 0) Die("initdb failed");
  Start();
}

PostgresServer::~PostgresServer() { Stop(); }

std::string PostgresServer::url() const {
  return "postgres://lucid@/postgres?host=" + folder_.path();
}

void PostgresServer::Start() {
  const std::string safety = durable_ ? "on" : "off";
  pid_ = Spawn(
      {Program("postgres"), "-D", folder_.File("data"), "-c", "listen_addresses=", "-c",
       "unix_socket_directories=" + folder_.path(), "-c", "fsync=" + safety, "-c",
       "full_page_writes=" + safety, "-c", "max_connections=200", "-c", "shared_buffers=32MB"},
      folder_.File("server.log"));
  const timespec pause = {0, 10'000'000};
  for (int i = 0; i < 3000; ++i) {
    if (PQping(url().c_str()) == PQPING_OK) return;
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) Die("the server ended at its start");
    nanosleep(&pause, nullptr);
  }
  Die("the server does not answer");
}

void PostgresServer::Stop() {
  if (pid_ <= 0) return;
  kill(pid_, SIGQUIT);
  Wait(pid_);
  pid_ = -1;
}

const std::string& SharedPostgresUrl() {
  static std::unique_ptr<PostgresServer> server;
  static const std::string url = [] {
    const char* given = getenv("LUCID_TEST_POSTGRES");
    if (given != nullptr && *given != '\0') return std::string(given);
    server = std::make_unique<PostgresServer>();
    return server->url();
  }();
  return url;
}

void Administer(const std::string& sql) {
  PGconn* connection = PQconnectdb(SharedPostgresUrl().c_str());
  PGresult* result = PQexec(connection, sql.c_str());
  if (PQresultStatus(result) != PGRES_COMMAND_OK) Die(sql + ": " + PQerrorMessage(connection));
  PQclear(result);
  PQfinish(connection);
}

std::string WithDatabase(const std::string& url, const std::string& database) {
  const size_t path = url.find('/', url.find("//") + 2);
  if (path == std::string::npos) return url + "/" + database;
  const size_t query = url.find('?', path);
  return url.substr(0, path + 1) + database + (query == std::string::npos ? "" : url.substr(query));
}

}  // namespace lucid
