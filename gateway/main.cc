// lucid-gateway: the one door of the suite for HTTP and for native gRPC.
#include <iostream>
#include <map>
#include <string>
#include <thread>

#include "absl/flags/flag.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gateway/dashboards.h"
#include "gateway/dashboards_service.h"
#include "gateway/feeds.h"
#include "gateway/gateway.h"
#include "gateway/http_server.h"
#include "gateway/openapi.h"
#include "gateway/operations.h"
#include "gateway/pages.h"
#include "gateway/proxy.h"
#include "gateway/redis.h"
#include "lucid/cases/v1/cases_service.grpc.pb.h"
#include "lucid/indicators/v1/indicators_service.grpc.pb.h"
#include "lucid/publications/v1/publications_service.grpc.pb.h"
#include "lucid/tasks/v1/tasks_service.grpc.pb.h"
#include "services/base/calendar.h"
#include "services/base/clock.h"
#include "services/base/identity_flags.h"
#include "services/base/log.h"
#include "services/base/metrics.h"
#include "services/base/process.h"
#include "services/base/region.h"
#include "services/base/status.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:8080", "Address to listen on for HTTP.");
ABSL_FLAG(std::string, grpc_listen, "127.0.0.1:9090", "Address to listen on for native gRPC.");
ABSL_FLAG(std::string, tasks, "", "Address of the tasks service.");
ABSL_FLAG(std::string, indicators, "", "Address of the indicators service.");
ABSL_FLAG(std::string, cases, "", "Address of the cases service.");
ABSL_FLAG(std::string, publications, "", "Address of the publications service.");
ABSL_FLAG(
    std::string, redis, "",
    "Where dashboards are shared: unix:PATH, HOST:PORT or sentinel:HOST:PORT,…/MASTER; empty: "
    "in this process only.");
ABSL_FLAG(std::string, public_region, "100000",
          "The region that the front page shows to everybody, a GB/T 2260 code.");
ABSL_FLAG(std::string, zone, "+08:00", "The zone in which times are shown, a fixed offset.");
ABSL_FLAG(int, threads, 0, "Threads that serve HTTP; 0: one per core.");
ABSL_FLAG(int, max_connections, 10'000, "Connections at once; more are answered 503.");
ABSL_FLAG(absl::Duration, idle_time, absl::Seconds(60),
          "How long a connection may wait between two requests.");
ABSL_FLAG(absl::Duration, header_time, absl::Seconds(10), "How long a whole header may take.");
ABSL_FLAG(absl::Duration, body_time, absl::Seconds(60), "How long a whole body may take.");
ABSL_FLAG(absl::Duration, write_time, absl::Seconds(30),
          "How long a peer may take to read a piece of an answer.");
ABSL_FLAG(std::string, metrics, "",
          "Address to serve Prometheus metrics on; empty: among the pages at --listen.");
ABSL_FLAG(absl::Duration, drain_delay, absl::ZeroDuration(),
          "On SIGTERM: how long requests are still taken after /readyz says that this one goes.");
ABSL_FLAG(absl::Duration, grace, absl::Seconds(10),
          "How long requests may take to end on SIGTERM.");

namespace lucid::gateway {
namespace {

absl::StatusOr<HttpServerOptions> ServerOptionsFromFlags() {
  const std::string listen = absl::GetFlag(FLAGS_listen);
  HttpServerOptions options;
  const size_t colon = listen.rfind(':');
  if (colon == std::string::npos || !absl::SimpleAtoi(listen.substr(colon + 1), &options.port) ||
      options.port < 0 || options.port > 65535) {
    return absl::FailedPreconditionError(absl::StrCat("--listen=", listen, " is no ADDRESS:PORT"));
  }
  options.address = listen.substr(0, colon);
  options.threads = absl::GetFlag(FLAGS_threads);
  options.max_connections = absl::GetFlag(FLAGS_max_connections);
  options.idle_time = absl::GetFlag(FLAGS_idle_time);
  options.header_time = absl::GetFlag(FLAGS_header_time);
  options.body_time = absl::GetFlag(FLAGS_body_time);
  options.write_time = absl::GetFlag(FLAGS_write_time);
  return options;
}

std::vector<const google::protobuf::ServiceDescriptor*> LucidServices() {
  std::vector<const google::protobuf::ServiceDescriptor*> services;
  for (const auto* service : LinkedServices()) {
    if (service->full_name().rfind("lucid.", 0) == 0) services.push_back(service);
  }
  return services;
}

// The services, in the order in which dashboards show their cells.
const std::vector<std::string>& ServiceNames() {
  static const auto* names =
      new std::vector<std::string>{"tasks", "cases", "indicators", "publications"};
  return *names;
}

// The feeds of the services that are behind this gateway.
std::vector<Feeds::Source> FeedSources(const Upstreams& upstreams) {
  std::vector<Feeds::Source> sources;
  const auto add = [&]<class Service>(const std::string& name) {
    if (const auto channel = upstreams.ChannelOf(Service::service_full_name())) {
      sources.push_back(Feeds::SourceOf<Service>(name, channel));
    }
  };
  add.operator()<tasks::v1::TasksService>("tasks");
  add.operator()<cases::v1::CasesService>("cases");
  add.operator()<indicators::v1::IndicatorsService>("indicators");
  add.operator()<publications::v1::PublicationsService>("publications");
  return sources;
}

// Serves until the process shall end.
absl::Status Run() {
  ASSIGN_OR_RETURN(const HttpServerOptions options, ServerOptionsFromFlags());
  ASSIGN_OR_RETURN(const std::unique_ptr<TokenVerifier> tokens, TokenVerifierFromFlags());
  ASSIGN_OR_RETURN(const std::function<absl::Time()> clock, ClockFromFlags());
  GatewayOptions gateway_options;
  gateway_options.clock = clock;
  ASSIGN_OR_RETURN(const Transport transport, Transport::FromFlags());
  Upstreams upstreams({{"lucid.tasks", absl::GetFlag(FLAGS_tasks)},
                       {"lucid.indicators", absl::GetFlag(FLAGS_indicators)},
                       {"lucid.cases", absl::GetFlag(FLAGS_cases)},
                       {"lucid.publications", absl::GetFlag(FLAGS_publications)}},
                      transport);
  const auto services = LucidServices();
  ASSIGN_OR_RETURN(const std::unique_ptr<Gateway> gateway,
                   Gateway::Create(std::move(gateway_options), services, upstreams, *tokens));
  AddOperations(*gateway, upstreams);
  AddOpenApi(*gateway);
  const std::string metrics_address = absl::GetFlag(FLAGS_metrics);
  std::shared_ptr<void> metrics;
  if (metrics_address.empty()) {
    AddMetrics(*gateway);
  } else {
    ASSIGN_OR_RETURN(metrics, ServeMetrics(metrics_address));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<TokenSigner> signer, TokenSignerFromFlags("gateway"));
  ASSIGN_OR_RETURN(const absl::TimeZone zone, ParseZone(absl::GetFlag(FLAGS_zone)));
  RETURN_IF_ERROR(CheckRegion("--public_region", absl::GetFlag(FLAGS_public_region)));
  ASSIGN_OR_RETURN(const std::unique_ptr<RedisCache> redis,
                   RedisCache::Create(absl::GetFlag(FLAGS_redis)));
  Feeds feeds(FeedSources(upstreams), [&signer, &clock] { return signer->Token(clock()); });
  Dashboards dashboards({ServiceNames(), zone, clock}, upstreams, feeds, *redis);
  DashboardsService dashboards_service({absl::GetFlag(FLAGS_public_region), signer.get()},
                                       dashboards, *tokens, clock);
  dashboards_service.AddTo(*gateway);
  dashboards_service.AddTo(upstreams);
  gateway->AddStop([&redis] { redis->Stop(); });
  AddPages(*gateway, upstreams, dashboards_service, zone);
  GrpcProxyOptions proxy_options;
  proxy_options.listen = absl::GetFlag(FLAGS_grpc_listen);
  proxy_options.clock = clock;
  for (const auto* service : services) proxy_options.services.push_back(service->full_name());
  ASSIGN_OR_RETURN(const std::unique_ptr<GrpcProxy> proxy,
                   GrpcProxy::Start(std::move(proxy_options), upstreams, *tokens));
  ASSIGN_OR_RETURN(std::unique_ptr<HttpServer> server, HttpServer::Start(options, *gateway));
  server->set_grace(absl::GetFlag(FLAGS_grace));
  LogLine("start").Add("port", server->port()).Add("grpc_port", proxy->port());
  WaitForEnd();
  gateway->Leave();
  server->Leave();
  proxy->Leave();
  absl::SleepFor(absl::GetFlag(FLAGS_drain_delay));
  // Both at once: each has the whole grace.
  std::thread drain([&proxy] { proxy->Drain(absl::GetFlag(FLAGS_grace)); });
  server.reset();
  drain.join();
  return absl::OkStatus();
}

}  // namespace
}  // namespace lucid::gateway

int main(int argc, char** argv) {
  lucid::ReadFlags(argc, argv, "the gateway of lucid: HTTP/JSON, Connect and gRPC in one place");
  lucid::StartProcess("lucid-gateway");
  const absl::Status status = lucid::gateway::Run();
  if (!status.ok()) {
    lucid::LogLine("start", "ERROR").Add("error", status.message());
    std::cerr << "lucid-gateway: " << status.message() << "\n";
    return 1;
  }
  lucid::EndProcess();
}
