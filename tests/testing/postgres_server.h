// A private PostgreSQL cluster for tests: on a unix socket in a folder of its own.
#pragma once

#include <sys/types.h>

#include <string>

#include "tests/testing/temp_dir.h"

namespace lucid {

// Ends its server when it goes; aborts the test program when the server cannot be had.
class PostgresServer {
 public:
  // Runs initdb and starts the server. `durable`: with fsync, for tests of crashes.
  explicit PostgresServer(bool durable = false);
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // The URL of its database "postgres", whose user may do everything.
  std::string url() const;

  void Start();
  // Ends every session at once, as a crash would, and waits until the server is gone.
  void Stop();

 private:
  TempDir folder_;
  const bool durable_;
  pid_t pid_ = -1;
};

// The admin URL of the server that this test program shares: LUCID_TEST_POSTGRES when it is set,
// else one started for this program and ended at its exit.
const std::string& SharedPostgresUrl();

// Runs one statement there, outside a transaction; aborts when it fails.
void Administer(const std::string& sql);

// `url` with another database name.
std::string WithDatabase(const std::string& url, const std::string& database);

}  // namespace lucid
