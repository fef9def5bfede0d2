// Dashboards: the services' cells gathered, kept as finished bytes, and thrown away when an event
// or the turn of the day makes them old.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gateway/feeds.h"
#include "gateway/prepared.h"
#include "gateway/redis.h"
#include "gateway/upstreams.h"
#include "lucid/dashboards/v1/dashboards_service.pb.h"
#include "services/base/call.h"

namespace lucid::gateway {

struct DashboardsOptions {
  // The services that are asked, in the order in which their cells are shown: "tasks".
  std::vector<std::string> sources;
  absl::TimeZone zone;  // in which days turn
  std::function<absl::Time()> clock;
};

// Which cells: those of every service for a region, or those of a board of indicators.
struct View {
  std::string region;
  std::string board_id;  // empty: the overview
  std::vector<std::string> min_position;
};

// A dashboard as it is kept.
struct Dashboard {
  Dashboard(std::vector<std::string> from, dashboards::v1::Overview cells, std::string json);

  const std::vector<std::string> sources;  // the services whose cells it has
  const dashboards::v1::Overview overview;
  const Prepared prepared;
  const absl::Time computed;                     // by this process's real clock
  absl::Time valid_until;                        // by the options' clock: the turn of the day
  mutable std::atomic<uint64_t> generation = 0;  // of the feeds, when last found fresh
};

// Safe for many threads.
class Dashboards {
 public:
  using Shown = std::function<void(absl::StatusOr<std::shared_ptr<const Dashboard>>)>;

  // All outlive the dashboards, and `upstreams` is abandoned before they go.
  Dashboards(DashboardsOptions options, Upstreams& upstreams, Feeds& feeds, RedisCache& redis)
      : options_(std::move(options)), upstreams_(upstreams), feeds_(feeds), redis_(redis) {}

  // The view for callers of this kind. `frame` carries the token with which the services are asked;
  // what it may see depends on nothing but `roles` and the view's region, which is set. Concurrent
  // misses are one computation.
  void Show(const std::string& roles, const View& view, const CallFrame& frame, Shown shown);

 private:
  // One computation, and who waits for it.
  struct Flight;

  std::shared_ptr<const Dashboard> Fresh(const std::string& key, absl::Time now) const;
  bool IsFresh(const Dashboard& dashboard, absl::Time now) const;
  // The key in Redis of what includes the feeds as far as they are known; "" while one is not.
  std::string KnownKey(const Flight& flight) const;
  static grpc::ByteBuffer QuestionTo(const Flight& flight, const std::string& source);
  void Gather(const std::shared_ptr<Flight>& flight);
  void Gathered(const std::shared_ptr<Flight>& flight);
  void Land(const std::shared_ptr<Flight>& flight, dashboards::v1::Overview overview, bool share);
  void Fail(const std::shared_ptr<Flight>& flight, const absl::Status& status);

  const DashboardsOptions options_;
  Upstreams& upstreams_;
  Feeds& feeds_;
  RedisCache& redis_;
  mutable std::mutex mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<const Dashboard>> kept_;  // guarded by mutex_
  absl::flat_hash_map<std::string, std::vector<Shown>> waiting_;             // guarded by mutex_
};

}  // namespace lucid::gateway
