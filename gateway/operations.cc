#include "gateway/operations.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/base/metrics.h"

namespace lucid::gateway {
namespace {

constexpr absl::Duration kHealthTimeout = absl::Seconds(2);

HttpResponse Health(const std::vector<std::string>& failing) {
  HttpResponse response;
  response.route = "healthz";
  response.status = failing.empty() ? 200 : 503;
  response.content_type = "application/json";
  response.headers.emplace_back("Cache-Control", "no-store");
  if (!failing.empty()) response.headers.emplace_back("Retry-After", "1");
  response.body = failing.empty() ? "{\"status\":\"SERVING\"}"
                                  : absl::StrCat("{\"status\":\"NOT_SERVING\",\"notServing\":[\"",
                                                 absl::StrJoin(failing, "\",\""), "\"]}");
  return response;
}

}  // namespace

void AddOperations(Gateway& gateway, Upstreams& upstreams) {
  gateway.AddPage("/healthz", [&upstreams](const HttpRequest&, Respond respond) {
    upstreams.CheckHealth(kHealthTimeout,
                          [respond = std::move(respond)](const std::vector<std::string>& failing) {
                            respond(Health(failing));
                          });
  });
  gateway.AddPage("/readyz", [&gateway](const HttpRequest&, Respond respond) {
    respond(gateway.leaving() ? Health({"gateway"}) : Health({}));
  });
  gateway.AddPage("/livez", [](const HttpRequest&, Respond respond) { respond(Health({})); });
}

void AddMetrics(Gateway& gateway) {
  gateway.AddPage("/metrics", [](const HttpRequest&, Respond respond) {
    HttpResponse response;
    response.route = "metrics";
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = MetricsText();
    respond(std::move(response));
  });
}

}  // namespace lucid::gateway
