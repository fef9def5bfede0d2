// A private Redis on a socket in a folder of its own.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "tests/testing/temp_dir.h"

namespace lucid::gateway {

class RedisServer {
 public:
  RedisServer() { Start(); }
  ~RedisServer() { Stop(); }

  std::string address() const { return "unix:" + socket(); }

  void Start() {
    pid_ = fork();
    if (pid_ == 0) {
      const std::string path = socket();
      execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", path.c_str(), "--save",
             "", "--daemonize", "no", "--logfile", "/dev/null", nullptr);
      _exit(127);
    }
  }
  void Stop() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  std::string socket() const { return folder_.File("redis.sock"); }
  TempDir folder_;
  pid_t pid_ = -1;
};

}  // namespace lucid::gateway
