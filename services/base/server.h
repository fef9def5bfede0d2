// A service as a running program: flags, database, door, health, metrics, followers, draining.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/impl/service_type.h"
#include "services/base/db.h"
#include "services/base/events.h"
#include "services/base/feed_follower.h"
#include "services/base/follower.h"
#include "services/base/jobs.h"
#include "services/base/records.h"
#include "services/base/rpc.h"
#include "services/base/token.h"
#include "services/base/transport.h"
#include "services/base/workers.h"

namespace lucid {

class Server;

// What makes one service different from the others.
struct ServiceSpec {
  std::string name;  // "tasks"
  const google::protobuf::ServiceDescriptor* descriptor = nullptr;
  std::vector<absl::string_view> migrations;
  // The resources: whose events the feed carries and whose tallies `check` recounts.
  std::vector<RecordType> records;
  // What `check` checks beside the tallies, on one snapshot; may be null.
  std::function<absl::Status(Tx&)> check;
  // Asks what calls ask most, before the first call, and finds nothing; may be null.
  std::function<absl::Status(Tx&)> rehearse;
  // Makes the service; may call Server::Peer, Server::Follow, Server::Every and Jobs::Add.
  std::function<absl::StatusOr<std::unique_ptr<grpc::Service>>(Server&)> make;
};

struct ServerOptions {
  std::string listen = "127.0.0.1:0";
  std::string db;  // "sqlite:PATH" or "postgres://…"
  int workers = 24;
  int queue = 1024;
  std::string metrics;  // address of /metrics, or ""
  std::string probes;   // address of health alone, never by TLS, or ""
  absl::Duration drain_delay = absl::ZeroDuration();
  Transport transport;
  std::map<std::string, std::string> peers;  // "tasks" → "127.0.0.1:9101"
  std::shared_ptr<TokenVerifier> tokens;
  std::shared_ptr<TokenSigner> signer;  // null: the service calls no peers of its own
  Door::Clock clock = absl::Now;
  absl::TimeZone zone = absl::FixedTimeZone(8 * 60 * 60);
};

class Server {
 public:
  // Opens the database, brings its schema up to date, makes the service and listens. A port that
  // is taken is an error that names it.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServiceSpec& spec,
                                                       ServerOptions options);
  // Drains: says first that it does not serve, so that callers turn to other replicas; after the
  // drain delay takes no new calls and ends event streams; running calls have ten seconds.
  ~Server();

  Db& db() { return *db_; }
  EventFeed& feed() { return *feed_; }
  Door& door() { return *door_; }
  Jobs& jobs() { return *jobs_; }
  int port() const { return port_; }
  absl::Time now() const { return options_.clock(); }
  const ServerOptions& options() const { return options_; }

  // The channel to a peer service, with load balancing over its addresses; FAILED_PRECONDITION
  // when no --NAME flag gives it.
  absl::StatusOr<std::shared_ptr<grpc::Channel>> Peer(const std::string& name);
  // A context for a call to a peer on a user's behalf: the user's token, trace and deadline.
  static void CallPeer(const Call& call, grpc::ClientContext& context);
  // Follows a peer's events; see Follower.
  void Follow(std::string name, Follower::Open open, Follower::Handle handle);
  // Follows this service's own events; see FeedFollower.
  void FollowOwn(std::string name, FeedFollower::Handle handle, FeedFollower::Work work = nullptr);
  // Runs `job` on the one replica that holds the lease `name`, about every `period`. A failure is
  // logged and tried again at the next turn. A job that takes longer than a lease lasts may be
  // begun by another replica too.
  void Every(std::string name, absl::Duration period,
             std::function<absl::Status(const Call& call)> job);

 private:
  explicit Server(ServerOptions options) : options_(std::move(options)) {}
  absl::Status Open(const ServiceSpec& spec);
  absl::Status Listen();
  absl::Status ServeProbes();
  void SetServing(const std::string& what, bool serving);
  Call OwnCall(absl::string_view method) const;

  ServerOptions options_;
  std::string name_;
  std::unique_ptr<Db> db_;
  std::unique_ptr<Workers> workers_;
  std::unique_ptr<EventFeed> feed_;
  std::unique_ptr<Door> door_;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<grpc::Server> probes_;  // null: asked where everything is
  std::shared_ptr<void> metrics_;
  std::vector<std::unique_ptr<Follower>> followers_;
  std::vector<std::unique_ptr<FeedFollower>> own_followers_;
  std::vector<std::unique_ptr<Periodic>> periodic_;
  std::unique_ptr<Jobs> jobs_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::chrono::steady_clock::time_point> answered_;  // when the database last did
  int port_ = 0;
};

// main() of a service: reads the flags, runs until SIGTERM or SIGINT, answers the exit code. With a
// first argument it is a command instead: `backup FILE`, `restore FILE`, `new-epoch`, `check`
// (recounts the tallies, and what else the service keeps).
int RunService(int argc, char** argv, const ServiceSpec& spec);

}  // namespace lucid
