#include "gateway/redis.h"

#include <hiredis/hiredis.h>
#include <signal.h>

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "services/base/log.h"

namespace lucid::gateway {
namespace {

// A cache that is slower than this is no cache.
constexpr timeval kPatience = {0, 100'000};
constexpr absl::Duration kRetry = absl::Seconds(1);
constexpr size_t kWaiting = 1024;

}  // namespace

void RedisCache::Free::operator()(redisContext* context) const { redisFree(context); }

absl::StatusOr<std::unique_ptr<RedisCache>> RedisCache::Create(const std::string& address) {
  absl::string_view rest = address;
  std::string path, host;
  int port = 0;
  if (absl::ConsumePrefix(&rest, "unix:")) {
    path = std::string(rest);
  } else if (!address.empty()) {
    const size_t colon = address.rfind(':');
    if (colon != std::string::npos) host = address.substr(0, colon);
    if (host.empty() || !absl::SimpleAtoi(address.substr(colon + 1), &port)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--redis=", address, " is neither unix:PATH nor HOST:PORT"));
    }
  }
  return std::unique_ptr<RedisCache>(new RedisCache(std::move(path), std::move(host), port));
}

RedisCache::RedisCache(std::string path, std::string host, int port)
    : path_(std::move(path)), host_(std::move(host)), port_(port) {
  if (!path_.empty() || !host_.empty()) thread_ = std::thread([this] { Run(); });
}

void RedisCache::Stop() {
  std::deque<Job> left;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    left.swap(jobs_);
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  for (const Job& job : left) {
    if (job.got != nullptr) job.got(std::nullopt);
  }
}

bool RedisCache::up() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return up_;
}

void RedisCache::Get(std::string key, Got got) {
  if (!Post({std::move(key), "", absl::ZeroDuration(), got})) got(std::nullopt);
}

void RedisCache::Set(std::string key, std::string value, absl::Duration ttl) {
  Post({std::move(key), std::move(value), ttl, nullptr});
}

bool RedisCache::Post(Job job) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if ((path_.empty() && host_.empty()) || stopping_ || jobs_.size() >= kWaiting) return false;
    if (!up_ && absl::Now() < retry_) return false;
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

void RedisCache::Run() {
  // hiredis writes to a connection that Redis may have closed.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return;
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    const bool hopeless = !up_ && absl::Now() < retry_;
    lock.unlock();
    if (!hopeless) {
      Do(job);
    } else if (job.got != nullptr) {
      job.got(std::nullopt);
    }
    lock.lock();
  }
}

bool RedisCache::Connect() {
  redis_.reset(path_.empty() ? redisConnectWithTimeout(host_.c_str(), port_, kPatience)
                             : redisConnectUnixWithTimeout(path_.c_str(), kPatience));
  if (redis_ != nullptr && redis_->err == 0) redisSetTimeout(redis_.get(), kPatience);
  return redis_ != nullptr && redis_->err == 0;
}

void RedisCache::Do(const Job& job) {
  redisReply* reply = nullptr;
  if (redis_ != nullptr || Connect()) {
    void* raw = job.got != nullptr
                    ? redisCommand(redis_.get(), "GET %b", job.key.data(), job.key.size())
                    : redisCommand(redis_.get(), "SET %b %b PX %lld", job.key.data(),
                                   job.key.size(), job.value.data(), job.value.size(),
                                   static_cast<long long>(absl::ToInt64Milliseconds(job.ttl)));
    reply = static_cast<redisReply*>(raw);
  }
  const bool worked = reply != nullptr;
  std::optional<std::string> found;
  if (worked && reply->type == REDIS_REPLY_STRING) found.emplace(reply->str, reply->len);
  freeReplyObject(reply);
  // After a failure the connection's state is unknown.
  if (!worked) redis_.reset();
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (worked != up_)
      LogLine("redis", worked ? "INFO" : "WARNING").Add("state", worked ? "up" : "down");
    up_ = worked;
    if (!worked) retry_ = absl::Now() + kRetry;
  }
  if (job.got != nullptr) job.got(std::move(found));
}

}  // namespace lucid::gateway
