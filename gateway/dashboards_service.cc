#include "gateway/dashboards_service.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gateway/caller.h"
#include "gateway/errors.h"
#include "gateway/transcode.h"
#include "services/base/status.h"
#include "services/base/trace.h"

namespace lucid::gateway {
namespace {

using dashboards::v1::GetOverviewRequest;

constexpr absl::string_view kOverview = "lucid.dashboards.v1.DashboardsService.GetOverview";
constexpr absl::string_view kPublic = "lucid.dashboards.v1.DashboardsService.GetPublicOverview";

const google::protobuf::ServiceDescriptor* Descriptor() {
  return GetOverviewRequest::descriptor()->file()->service(0);
}

// "OFFICE,LEADER" in the order of the enum: what a dashboard's cells may depend on.
std::string RolesOf(const Actor& actor) {
  std::vector<access::v1::Role> roles = actor.roles;
  std::sort(roles.begin(), roles.end());
  std::string text;
  for (const access::v1::Role role : roles) {
    absl::StrAppend(&text, text.empty() ? "" : ",", static_cast<int>(role));
  }
  return text;
}

// Answers HTTP with a dashboard's finished bytes, or its failure.
void RespondWith(const absl::StatusOr<std::shared_ptr<const PreparedBody>>& body,
                 absl::string_view route, const Respond& respond) {
  HttpResponse response;
  if (body.ok()) {
    response.prepared = *body;
  } else {
    response = RestError(body.status());
  }
  response.route = route;
  respond(std::move(response));
}

}  // namespace

DashboardsService::DashboardsService(DashboardsServiceOptions options, Dashboards& dashboards,
                                     TokenVerifier& tokens, std::function<absl::Time()> clock)
    : options_(std::move(options)),
      dashboards_(dashboards),
      tokens_(tokens),
      clock_(std::move(clock)),
      access_(*MethodAccess::For(*Descriptor()->FindMethodByName("GetOverview"))) {}

void DashboardsService::Show(const Actor& actor, GetOverviewRequest request, const CallFrame& frame,
                             Dashboards::Shown shown) {
  const absl::Status allowed = access_.Check(actor, request);
  if (!allowed.ok()) return shown(allowed);
  if (request.region().empty()) request.set_region(actor.region);
  if (request.region().empty()) return shown(InvalidField("region", "is required: yours is none"));
  dashboards_.ShowOverview(RolesOf(actor), request, frame, std::move(shown));
}

void DashboardsService::ShowPublic(CallFrame frame, Dashboards::Shown shown) {
  const auto token = options_.signer->Token(clock_());
  if (!token.ok()) return shown(token.status());
  frame.authorization = absl::StrCat("Bearer ", *token);
  GetOverviewRequest request;
  request.set_region(options_.public_region);
  dashboards_.ShowOverview("public", request, frame, std::move(shown));
}

void DashboardsService::AnswerOverview(const Gateway& gateway, const HttpRequest& request,
                                       Respond respond) {
  const auto actor = gateway.ActorOf(request);
  if (!actor.ok()) return RespondWith(actor.status(), kOverview, respond);
  GetOverviewRequest asked;
  if (!request.query.empty()) {
    const absl::Status read = ReadQuery(request.query, asked);
    if (!read.ok()) return RespondWith(read, kOverview, respond);
  }
  CallFrame frame;
  frame.authorization = std::string(request.Header("authorization"));
  frame.traceparent = std::string(request.Header("traceparent"));
  Show(**actor, std::move(asked), frame,
       [&request, respond = std::move(respond)](
           const absl::StatusOr<std::shared_ptr<const Dashboard>>& shown) {
         if (!shown.ok()) return RespondWith(shown.status(), kOverview, respond);
         RespondWith((*shown)->prepared.For(request), kOverview, respond);
       });
}

void DashboardsService::AddTo(Gateway& gateway) {
  gateway.AddPage("/v1/dashboards/overview",
                  [this, &gateway](const HttpRequest& request, Respond respond) {
                    AnswerOverview(gateway, request, std::move(respond));
                  });
  gateway.AddPage(
      "/v1/public/dashboards/overview", [this](const HttpRequest& request, Respond respond) {
        ShowPublic({}, [&request, respond = std::move(respond)](
                           const absl::StatusOr<std::shared_ptr<const Dashboard>>& shown) {
          if (!shown.ok()) return RespondWith(shown.status(), kPublic, respond);
          RespondWith((*shown)->prepared.For(request), kPublic, respond);
        });
      });
}

void DashboardsService::AddTo(Upstreams& upstreams) {
  upstreams.Serve(Descriptor()->full_name(),
                  [this](absl::string_view method, CallFrame frame, const grpc::ByteBuffer& bytes,
                         const Done& done) { AnswerCall(method, std::move(frame), bytes, done); });
}

void DashboardsService::AnswerCall(absl::string_view method, CallFrame frame,
                                   const grpc::ByteBuffer& bytes, const Done& done) {
  const auto shown = [done](const absl::StatusOr<std::shared_ptr<const Dashboard>>& dashboard) {
    if (!dashboard.ok()) return done(dashboard.status());
    done(ToBytes((*dashboard)->overview));
  };
  if (method == "GetPublicOverview") return ShowPublic(std::move(frame), shown);
  if (method != "GetOverview") {
    return done(Fail(absl::StatusCode::kUnimplemented, "NO_METHOD", "there is no such method"));
  }
  GetOverviewRequest request;
  const absl::Status read = FromBytes(bytes, request);
  if (!read.ok()) return done(InvalidField("request", "is no GetOverviewRequest"));
  const auto actor = CallerOf(frame.authorization, tokens_, clock_());
  if (!actor.ok()) return done(actor.status());
  Show(**actor, std::move(request), frame, shown);
}

}  // namespace lucid::gateway
