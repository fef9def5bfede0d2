// The shared cache: finished bytes in Redis, by hiredis on a thread of its own.
//
// Nothing depends on it. While Redis is away every read is a miss and every write is dropped, at
// once; it is tried again once a second.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

struct redisContext;

namespace lucid::gateway {

class RedisCache {
 public:
  using Got = std::function<void(std::optional<std::string>)>;

  // `address`: "unix:PATH" or "HOST:PORT"; empty: no Redis, always a miss. INVALID_ARGUMENT for
  // anything else.
  static absl::StatusOr<std::unique_ptr<RedisCache>> Create(const std::string& address);
  ~RedisCache() { Stop(); }

  // Answers what waits with a miss, and everything from now on.
  void Stop();

  // Calls `got` once, perhaps at once, perhaps on another thread.
  void Get(std::string key, Got got);
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

  RedisCache(std::string path, std::string host, int port);
  void Run();
  void Do(const Job& job);
  bool Connect();
  bool Post(Job job);

  const std::string path_, host_;
  const int port_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;                       // guarded by mutex_
  bool stopping_ = false;                      // guarded by mutex_
  bool up_ = false;                            // guarded by mutex_
  absl::Time retry_ = absl::InfinitePast();    // guarded by mutex_: when it is worth trying again
  std::unique_ptr<redisContext, Free> redis_;  // used by the thread only
  std::thread thread_;
};

}  // namespace lucid::gateway
