// The shared cache: finished bytes in Redis, by hiredis on a thread of its own.
//
// Nothing depends on it. By Sentinels it finds the master anew whenever a connection fails. While
// Redis is away every read is a miss and every write is dropped, at once; it is tried again once a
// second.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

struct redisContext;

namespace lucid::gateway {

class RedisCache {
 public:
  using Got = std::function<void(std::optional<std::string>)>;

  // `address`: "unix:PATH", "HOST:PORT", or "sentinel:HOST:PORT[,HOST:PORT…]/MASTER"; empty: no
  // Redis, always a miss. INVALID_ARGUMENT for anything else.
  static absl::StatusOr<std::unique_ptr<RedisCache>> Create(const std::string& address);
  ~RedisCache() { Stop(); }

  // Answers what waits with a miss, and everything from now on.
  void Stop();

  // Calls `got` once, perhaps at once, perhaps on another thread.
  void Get(std::string key, const Got& got);
  void Set(std::string key, std::string value, absl::Duration ttl);
  // Whether the last command came through.
  bool up() const;

 private:
  // A read, or a write when `got` is null.
  struct Job {
    std::string key;
    std::string value;
    absl::Duration ttl;
    Got got;
  };
  struct Free {
    void operator()(redisContext* context) const;
  };

  struct Endpoint {
    std::string host;
    int port = 0;
  };
  // Where Redis is: a socket, a host, or what Sentinels call the master.
  struct Address {
    std::string path;
    std::vector<Endpoint> hosts;
    std::string master;  // empty: the first host is Redis itself

    bool empty() const { return path.empty() && hosts.empty(); }
  };
  using Connection = std::unique_ptr<redisContext, Free>;

  explicit RedisCache(Address address);
  static absl::StatusOr<Address> Parse(absl::string_view address);
  void Run();
  void Do(const Job& job);
  static Connection Connect(const Endpoint& endpoint);
  // The master as the first Sentinel that answers knows it; port 0 when none does.
  Endpoint FindMaster();
  bool Connect();
  bool Post(Job job);

  const Address address_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;                     // guarded by mutex_
  bool stopping_ = false;                    // guarded by mutex_
  bool up_ = false;                          // guarded by mutex_
  absl::Time retry_ = absl::InfinitePast();  // guarded by mutex_: when it is worth trying again
  Connection redis_;                         // used by the thread only
  std::thread thread_;
};

}  // namespace lucid::gateway
