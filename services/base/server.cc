#include "services/base/server.h"

#include <algorithm>
#include <iostream>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "prometheus/gauge.h"
#include "services/base/calendar.h"
#include "services/base/clock.h"
#include "services/base/identity_flags.h"
#include "services/base/log.h"
#include "services/base/metrics.h"
#include "services/base/process.h"
#include "services/base/retry.h"
#include "services/base/status.h"
#include "services/base/trace.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:0", "Address to listen on for gRPC.");
ABSL_FLAG(std::string, db, "", "Where records live: sqlite:PATH or postgres://…");
ABSL_FLAG(int, workers, 24, "Threads that run handlers, and database connections.");
ABSL_FLAG(int, queue, 1024, "Calls that may wait for a worker; more are UNAVAILABLE.");
ABSL_FLAG(std::string, metrics, "", "Address to serve Prometheus metrics on; empty: nowhere.");
ABSL_FLAG(std::string, probes, "",
          "Address where health alone is asked, never by TLS; empty: only at --listen.");
ABSL_FLAG(absl::Duration, drain_delay, absl::ZeroDuration(),
          "On SIGTERM: how long calls are still taken after health says that this replica goes.");
ABSL_FLAG(std::string, zone, "+08:00", "The zone in which days are counted, a fixed offset.");
ABSL_FLAG(std::string, tasks, "", "Address of the tasks service.");
ABSL_FLAG(std::string, indicators, "", "Address of the indicators service.");
ABSL_FLAG(std::string, cases, "", "Address of the cases service.");
ABSL_FLAG(std::string, publications, "", "Address of the publications service.");

namespace lucid {
namespace {

constexpr absl::Duration kDrain = absl::Seconds(10);
constexpr absl::Duration kHealthPeriod = absl::Seconds(1);
constexpr std::chrono::seconds kMostSilence(12);  // longer than a statement may take
constexpr int kWarmConnections = 4;
constexpr absl::Duration kSweepPeriod = absl::Minutes(10);

prometheus::Gauge& Serving() {
  static auto& gauge = prometheus::BuildGauge()
                           .Name("lucid_serving")
                           .Help("1 while the database answers, else 0.")
                           .Register(Metrics())
                           .Add({});
  return gauge;
}

absl::Status BadFlag(absl::string_view message) { return absl::FailedPreconditionError(message); }

absl::StatusOr<ServerOptions> OptionsFromFlags(const std::string& service) {
  ServerOptions options;
  options.listen = absl::GetFlag(FLAGS_listen);
  options.db = absl::GetFlag(FLAGS_db);
  options.workers = absl::GetFlag(FLAGS_workers);
  options.queue = absl::GetFlag(FLAGS_queue);
  options.metrics = absl::GetFlag(FLAGS_metrics);
  options.probes = absl::GetFlag(FLAGS_probes);
  options.drain_delay = absl::GetFlag(FLAGS_drain_delay);
  options.peers = {{"tasks", absl::GetFlag(FLAGS_tasks)},
                   {"indicators", absl::GetFlag(FLAGS_indicators)},
                   {"cases", absl::GetFlag(FLAGS_cases)},
                   {"publications", absl::GetFlag(FLAGS_publications)}};
  if (options.workers < 1 || options.queue < 1) return BadFlag("--workers and --queue start at 1");
  ASSIGN_OR_RETURN(options.transport, Transport::FromFlags());
  ASSIGN_OR_RETURN(options.tokens, TokenVerifierFromFlags());
  ASSIGN_OR_RETURN(options.signer, TokenSignerFromFlags(service));
  ASSIGN_OR_RETURN(options.clock, ClockFromFlags());
  ASSIGN_OR_RETURN(options.zone, ParseZone(absl::GetFlag(FLAGS_zone)));
  return options;
}

// A URL, or a backup, of another service would mix the two.
absl::Status CheckOwner(Db& db, const std::string& service) {
  ASSIGN_OR_RETURN(Rows others, db.Read([&](Tx& tx) {
    return tx.Run(
        "SELECT component FROM schema_migrations"
        " WHERE component NOT IN ('base', 'registry', $1)",
        {service});
  }));
  if (others.empty()) return absl::OkStatus();
  return Fail(absl::StatusCode::kFailedPrecondition, "OTHER_SERVICE",
              absl::StrCat("this database is that of ", others.Text(0, 0)));
}

absl::StatusOr<std::unique_ptr<Db>> OpenDb(const ServiceSpec& spec, const std::string& url,
                                           int connections) {
  if (url.empty()) return BadFlag("--db is required: sqlite:PATH or postgres://…");
  DbOptions options;
  options.connections = connections;
  ASSIGN_OR_RETURN(std::unique_ptr<Db> db, Db::Open(url, options));
  RETURN_IF_ERROR(EventFeed::Migrate(*db));
  RETURN_IF_ERROR(CheckOwner(*db, spec.name));
  RETURN_IF_ERROR(Migrate(*db, spec.name, spec.migrations));
  return db;
}

// Commands on what a service has left behind: a mistaken URL, or a restore that is still to come,
// would leave an empty database, or another's backup, and a success behind.
absl::Status CheckThereIsOne(const ServiceSpec& spec, const std::string& url) {
  ASSIGN_OR_RETURN(std::unique_ptr<Db> db, Db::Open(url, {.connections = 1, .read_only = true}));
  const absl::StatusOr<Rows> migrations =
      db->Read([](Tx& tx) { return tx.Run("SELECT 1 FROM schema_migrations"); });
  if (MayPass(migrations.status())) return migrations.status();
  if (migrations.ok() && !migrations->empty()) return CheckOwner(*db, spec.name);
  return Fail(absl::StatusCode::kFailedPrecondition, "NO_DATABASE",
              absl::StrCat("there is no database of ", spec.name, " yet"));
}

// A connection to PostgreSQL learns at its first questions what the tables are, which takes longer
// than the questions themselves: so some are opened, and asked, before the first call.
absl::Status WarmUp(Db& db, const ServiceSpec& spec, int connections) {
  return db.Read([&](Tx& tx) -> absl::Status {
    for (const RecordType& record : spec.records) {
      RETURN_IF_ERROR(
          tx.Run(absl::StrCat("SELECT body FROM ", record.table->name, " WHERE id = $1"), {""})
              .status());
    }
    // What is stored and cannot be read is the matter of the calls that read it.
    if (spec.rehearse) spec.rehearse(tx).IgnoreError();
    RETURN_IF_ERROR(tx.status());
    return connections == 1 ? absl::OkStatus() : WarmUp(db, spec, connections - 1);
  });
}

constexpr absl::string_view kCommands = "backup FILE | restore FILE | new-epoch | check";

// The commands that work on a database without serving it.
absl::Status RunCommand(const ServiceSpec& spec, const std::vector<std::string>& words) {
  const std::string url = absl::GetFlag(FLAGS_db);
  const std::string& command = words[0];
  if (command == "restore" && words.size() == 2) {
    RETURN_IF_ERROR(RestoreDb(url, words[1]));
    ASSIGN_OR_RETURN(std::unique_ptr<Db> db, OpenDb(spec, url, 2));
    RETURN_IF_ERROR(EventFeed::StartEpoch(*db));
    std::cout << "restored; a new event epoch begins\n";
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(CheckThereIsOne(spec, url));
  if (command == "backup" && words.size() == 2) {
    // Beside the running service, which alone may write.
    ASSIGN_OR_RETURN(std::unique_ptr<Db> db, Db::Open(url, {.connections = 2, .read_only = true}));
    RETURN_IF_ERROR(db->Backup(words[1]));
    std::cout << "backed up to " << words[1] << "\n";
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Db> db, OpenDb(spec, url, 2));
  if (command == "new-epoch" && words.size() == 1) {
    RETURN_IF_ERROR(EventFeed::StartEpoch(*db));
    std::cout << "a new event epoch begins\n";
    return absl::OkStatus();
  }
  if (command == "check" && words.size() == 1) {
    RETURN_IF_ERROR(db->Settle([](Tx& tx) { return SettleEvents(tx).status(); }));
    RETURN_IF_ERROR(db->Read([&](Tx& tx) -> absl::Status {
      RETURN_IF_ERROR(CheckTallies(tx, spec.records));
      return spec.check ? spec.check(tx) : absl::OkStatus();
    }));
    std::cout << "what is counted agrees with the records\n";
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("commands: ", kCommands));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServiceSpec& spec,
                                                      ServerOptions options) {
  std::unique_ptr<Server> server(new Server(std::move(options)));
  RETURN_IF_ERROR(server->Open(spec));
  return server;
}

absl::Status Server::Open(const ServiceSpec& spec) {
  static const bool plugins = [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    return true;
  }();
  (void)plugins;
  name_ = spec.name;
  // A change of the schema may take long, and the process is alive meanwhile.
  if (!options_.probes.empty()) RETURN_IF_ERROR(ServeProbes());
  LogLine("open").Add("service", name_);
  ASSIGN_OR_RETURN(db_, OpenDb(spec, options_.db, options_.workers));
  workers_ = std::make_unique<Workers>(options_.workers, options_.queue);
  std::vector<RecordType> records = spec.records;
  records.push_back(RecordTypeOf<types::v1::Job>());
  feed_ = std::make_unique<EventFeed>(*db_, records);
  jobs_ = std::make_unique<Jobs>(*db_, [this] { return OwnCall("Job.Run"); });
  door_ = std::make_unique<Door>(*options_.tokens, *workers_, options_.clock, options_.zone);
  RETURN_IF_ERROR(door_->Admit(*spec.descriptor));
  ASSIGN_OR_RETURN(service_, spec.make(*this));

  RETURN_IF_ERROR(WarmUp(*db_, spec, std::min(kWarmConnections, options_.workers)));

  RETURN_IF_ERROR(Listen());
  if (!options_.metrics.empty()) {
    ASSIGN_OR_RETURN(metrics_, ServeMetrics(options_.metrics));
  }
  SetServing("live", true);
  SetServing("", true);  // the database has just answered
  answered_ = std::chrono::steady_clock::now();
  periodic_.push_back(std::make_unique<Periodic>(kHealthPeriod, [this] {
    const bool serving = db_->Ping().ok();
    if (serving) answered_ = std::chrono::steady_clock::now();
    SetServing("", serving);
  }));
  // A database that hangs answers nothing, not even that it is away.
  periodic_.push_back(std::make_unique<Periodic>(kHealthPeriod, [this] {
    const auto silence = std::chrono::steady_clock::now() - answered_.load();
    if (silence > kMostSilence) SetServing("", false);
  }));
  Every("sweep requests", kSweepPeriod, [this](const Call& call) -> absl::Status {
    for (int64_t swept = 1; swept > 0 && !stopping_;) {
      ASSIGN_OR_RETURN(swept, db_->Write([&](Tx& tx) { return SweepRequests(tx, call.now); }));
    }
    return absl::OkStatus();
  });
  jobs_->Serve();
  LogLine("start").Add("service", name_).Add("port", port_);
  return absl::OkStatus();
}

absl::Status Server::Listen() {
  grpc::ServerBuilder builder;
  options_.transport.Listen(builder, options_.listen, port_);
  builder.RegisterService(service_.get());
  server_ = builder.BuildAndStart();
  if (server_ != nullptr && port_ != 0) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("cannot listen on ", options_.listen, "; is another program on that port?"));
}

absl::Status Server::ServeProbes() {
  grpc::ServerBuilder builder;
  int port = 0;
  Transport().Listen(builder, options_.probes, port);
  probes_ = builder.BuildAndStart();
  if (probes_ != nullptr && port != 0) {
    // For liveness: it never fails because a database or a peer is away.
    SetServing("live", true);
    SetServing("", false);
    return absl::OkStatus();
  }
  return absl::UnavailableError(absl::StrCat("cannot listen for probes on ", options_.probes,
                                             "; is another program on that port?"));
}

void Server::SetServing(const std::string& what, bool serving) {
  for (const auto* server : {&server_, &probes_}) {
    // By name, also the empty one: without a name it would be said of "live" too.
    if (*server != nullptr) (*server)->GetHealthCheckService()->SetServingStatus(what, serving);
  }
  if (what.empty()) Serving().Set(serving ? 1 : 0);
}

Server::~Server() {
  stopping_ = true;
  if (jobs_ != nullptr) jobs_->Stop();
  if (server_ != nullptr) {
    // Final: the check of the database says nothing any more.
    for (const auto* server : {&server_, &probes_}) {
      if (*server != nullptr) (*server)->GetHealthCheckService()->Shutdown();
    }
    followers_.clear();
    own_followers_.clear();
    periodic_.clear();
    absl::SleepFor(options_.drain_delay);
    feed_->EndStreams();
    server_->Shutdown(absl::ToChronoTime(absl::Now() + kDrain));
    server_->Wait();
  }
  followers_.clear();
  own_followers_.clear();
  periodic_.clear();
  if (probes_ != nullptr) probes_->Shutdown(absl::ToChronoTime(absl::Now()));
  // Handlers may still hold the service until the last worker is done.
  workers_.reset();
  server_.reset();
  service_.reset();
  jobs_.reset();
  feed_.reset();
  db_.reset();
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Server::Peer(const std::string& name) {
  auto address = options_.peers.find(name);
  if (address == options_.peers.end() || address->second.empty()) {
    return BadFlag(absl::StrCat("--", name, " is required: the address of the ", name, " service"));
  }
  return options_.transport.To(address->second);
}

void Server::CallPeer(const Call& call, grpc::ClientContext& context) {
  if (!call.token.empty())
    context.AddMetadata("authorization", absl::StrCat("Bearer ", call.token));
  context.AddMetadata("traceparent", call.traceparent);
  context.set_deadline(
      absl::ToChronoTime(std::min(call.deadline, absl::Now() + absl::Seconds(30))));
}

Call Server::OwnCall(absl::string_view method) const {
  Call call;
  call.actor.subject = absl::StrCat("service:", name_);
  call.actor.roles = {access::v1::SERVICE};
  call.now = now();
  call.today = absl::ToCivilDay(call.now, options_.zone);
  call.zone = options_.zone;
  call.method = std::string(method);
  call.traceparent = ContinueTrace("");
  return call;
}

void Server::Follow(std::string name, Follower::Open open, Follower::Handle handle) {
  followers_.push_back(std::make_unique<Follower>(
      *db_, name, std::move(open), std::move(handle),
      [this, name] { return OwnCall(absl::StrCat("Follow.", name)); },
      [this]() -> absl::StatusOr<std::string> {
        if (options_.signer == nullptr) return BadFlag("--service_key is required to follow peers");
        return options_.signer->Token(now());
      }));
}

void Server::FollowOwn(std::string name, FeedFollower::Handle handle, FeedFollower::Work work) {
  own_followers_.push_back(std::make_unique<FeedFollower>(
      *db_, *feed_, name, std::move(handle), std::move(work),
      [this, name] { return OwnCall(absl::StrCat("Follow.", name)); }));
}

void Server::Every(std::string name, absl::Duration period,
                   std::function<absl::Status(const Call& call)> job) {
  struct Turns {
    explicit Turns(const std::string& name) : lease(name), failures("job", "job", name) {}
    Lease lease;
    FailureLog failures;
    absl::Time next = absl::InfinitePast();
  };
  auto turns = std::make_shared<Turns>(name);
  // The lease is renewed between the turns too, so that they all are this replica's.
  periodic_.push_back(std::make_unique<Periodic>(kRenewTime, [=, this, job = std::move(job)] {
    const absl::StatusOr<bool> held =
        db_->Write([&](Tx& tx) { return turns->lease.Hold(tx, absl::Now()); });
    if (!held.ok()) return turns->failures.Note(held.status());
    if (!*held || absl::Now() < turns->next) return;
    turns->next = absl::Now() + period;
    turns->failures.Note(job(OwnCall(absl::StrCat("Job.", name))));
  }));
}

int RunService(int argc, char** argv, const ServiceSpec& spec) {
  const std::vector<std::string> words =
      ReadFlags(argc, argv, absl::StrCat("the ", spec.name, " service of lucid [", kCommands, "]"));
  StartProcess(absl::StrCat("lucid-", spec.name));
  if (!words.empty()) {
    EndBySignals();
    absl::Status status = RunCommand(spec, words);
    if (!status.ok()) std::cerr << "lucid-" << spec.name << ": " << status.message() << "\n";
    return status.ok() ? 0 : 1;
  }
  absl::StatusOr<ServerOptions> options = OptionsFromFlags(spec.name);
  absl::StatusOr<std::unique_ptr<Server>> server =
      options.ok() ? Server::Start(spec, *std::move(options)) : options.status();
  if (!server.ok()) {
    LogLine("start", "ERROR").Add("error", server.status().message());
    std::cerr << "lucid-" << spec.name << ": " << server.status().message() << "\n";
    return 1;
  }
  WaitForEnd();
  server->reset();
  EndProcess();
}

}  // namespace lucid
