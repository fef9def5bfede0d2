// How far the services' event feeds have come, as far as this gateway knows: what tells a cached
// dashboard that it is out of date.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/support/sync_stream.h"
#include "lucid/events/v1/events.pb.h"

namespace lucid::gateway {

struct FeedPoint {
  std::string epoch;
  int64_t position = 0;
};

class Feeds {
 public:
  using Request = events::v1::ListEventsRequest;
  using Batch = events::v1::ListEventsResponse;

  // A service's ListEvents and WatchEvents.
  struct Source {
    std::string name;  // "tasks"
    std::function<grpc::Status(grpc::ClientContext*, const Request&, Batch*)> list;
    std::function<std::unique_ptr<grpc::ClientReader<Batch>>(grpc::ClientContext*, const Request&)>
        watch;
  };
  template <class Service>
  static Source SourceOf(const std::string& name, const std::shared_ptr<grpc::Channel>& channel) {
    std::shared_ptr<typename Service::Stub> stub = Service::NewStub(channel);
    return {name,
            [stub](grpc::ClientContext* context, const Request& request, Batch* batch) {
              return stub->ListEvents(context, request, batch);
            },
            [stub](grpc::ClientContext* context, const Request& request) {
              return stub->WatchEvents(context, request);
            }};
  }

  // Follows each source from now on; `token` makes the bearer token shown to it.
  Feeds(std::vector<Source> sources, std::function<absl::StatusOr<std::string>()> token);
  ~Feeds();

  // Where the feed of the source stands; absent while it is not being followed.
  std::optional<FeedPoint> Find(absl::string_view name) const;
  // Grows with every change of any feed, the loss of one included: while it stays the same, what
  // was right before is right now.
  uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

 private:
  void Follow(const Source& source);
  // Finds the end of the feed, then reads on until the stream ends.
  absl::Status FollowOnce(const Source& source);
  void Set(const std::string& name, const std::optional<FeedPoint>& point);
  // Registers a call to be cancelled at the end; false when it has come.
  bool Begin(grpc::ClientContext* context);
  void End(grpc::ClientContext* context);

  const std::function<absl::StatusOr<std::string>()> token_;
  std::atomic<uint64_t> generation_ = 1;
  mutable std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;                               // guarded by mutex_
  std::vector<grpc::ClientContext*> contexts_;          // guarded by mutex_
  absl::flat_hash_map<std::string, FeedPoint> points_;  // guarded by mutex_
  const std::vector<Source> sources_;
  std::vector<std::thread> threads_;
};

}  // namespace lucid::gateway
