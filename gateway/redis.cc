#include "gateway/redis.h"

#include <hiredis/hiredis.h>
#include <signal.h>

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
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

absl::StatusOr<RedisCache::Address> RedisCache::Parse(absl::string_view text) {
  Address address;
  absl::string_view rest = text;
  if (rest.empty()) return address;
  if (absl::ConsumePrefix(&rest, "unix:")) {
    address.path = std::string(rest);
    if (!rest.empty()) return address;
  }
  const bool sentinel = absl::ConsumePrefix(&rest, "sentinel:");
  if (sentinel) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(rest, '/');
    address.master = std::string(parts.second);
    rest = parts.first;
  }
  bool good = sentinel != address.master.empty();
  for (absl::string_view host : absl::StrSplit(rest, ',')) {
    Endpoint& endpoint = address.hosts.emplace_back();
    const size_t colon = std::min(host.rfind(':'), host.size());
    endpoint.host = std::string(host.substr(0, colon));
    good = good && colon > 0 && colon < host.size() &&
           absl::SimpleAtoi(host.substr(colon + 1), &endpoint.port);
  }
  if (good && (sentinel || address.hosts.size() == 1)) return address;
  return absl::InvalidArgumentError(absl::StrCat(
      "--redis=", text, " is none of unix:PATH, HOST:PORT, sentinel:HOST:PORT,…/MASTER"));
}

absl::StatusOr<std::unique_ptr<RedisCache>> RedisCache::Create(const std::string& address) {
  absl::StatusOr<Address> parsed = Parse(address);
  if (!parsed.ok()) return parsed.status();
  return std::unique_ptr<RedisCache>(new RedisCache(*std::move(parsed)));
}

RedisCache::RedisCache(Address address) : address_(std::move(address)) {
  if (!address_.empty()) thread_ = std::thread([this] { Run(); });
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

void RedisCache::Get(std::string key, const Got& got) {
  if (!Post({std::move(key), "", absl::ZeroDuration(), got})) got(std::nullopt);
}

void RedisCache::Set(std::string key, std::string value, absl::Duration ttl) {
  Post({std::move(key), std::move(value), ttl, nullptr});
}

bool RedisCache::Post(Job job) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (address_.empty() || stopping_ || jobs_.size() >= kWaiting) return false;
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

RedisCache::Connection RedisCache::Connect(const Endpoint& endpoint) {
  Connection connection(redisConnectWithTimeout(endpoint.host.c_str(), endpoint.port, kPatience));
  if (connection == nullptr || connection->err != 0) return nullptr;
  redisSetTimeout(connection.get(), kPatience);
  return connection;
}

RedisCache::Endpoint RedisCache::FindMaster() {
  for (const Endpoint& host : address_.hosts) {
    const Connection sentinel = Connect(host);
    if (sentinel == nullptr) continue;
    auto* reply = static_cast<redisReply*>(redisCommand(
        sentinel.get(), "SENTINEL get-master-addr-by-name %s", address_.master.c_str()));
    Endpoint master;
    if (reply != nullptr && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
        absl::SimpleAtoi(reply->element[1]->str, &master.port)) {
      master.host = reply->element[0]->str;
    }
    freeReplyObject(reply);
    if (!master.host.empty()) return master;
  }
  return {};
}

bool RedisCache::Connect() {
  if (address_.path.empty()) {
    redis_ = Connect(address_.master.empty() ? address_.hosts.front() : FindMaster());
    return redis_ != nullptr;
  }
  redis_.reset(redisConnectUnixWithTimeout(address_.path.c_str(), kPatience));
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
  // A master that became a replica refuses to be written to: look for the new one.
  const bool worked = reply != nullptr && reply->type != REDIS_REPLY_ERROR;
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
