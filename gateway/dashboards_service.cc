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

using dashboards::v1::GetIndicatorBoardRequest;
using dashboards::v1::GetOverviewRequest;

constexpr absl::string_view kPublic = "lucid.dashboards.v1.DashboardsService.GetPublicOverview";

const google::protobuf::ServiceDescriptor* Descriptor() {
  return GetOverviewRequest::descriptor()->file()->service(0);
}

// The method that takes such requests: its full name and its rule.
struct Method {
  explicit Method(const std::string& name)
      : route(absl::StrCat(Descriptor()->full_name(), ".", name)),
        access(*MethodAccess::For(*Descriptor()->FindMethodByName(name))) {}

  const std::string route;
  const MethodAccess access;
};
const Method& MethodOf(const GetOverviewRequest&) {
  static const auto& method = *new Method("GetOverview");
  return method;
}
const Method& MethodOf(const GetIndicatorBoardRequest&) {
  static const auto& method = *new Method("GetIndicatorBoard");
  return method;
}

std::string BoardOf(const GetOverviewRequest&) { return ""; }
std::string BoardOf(const GetIndicatorBoardRequest& request) { return request.board_id(); }

absl::Status CheckRequest(const GetOverviewRequest&) { return absl::OkStatus(); }
absl::Status CheckRequest(const GetIndicatorBoardRequest& request) {
  if (request.board_id().empty()) return InvalidField("board_id", "is required");
  return absl::OkStatus();
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

// Answers a call with a dashboard's message, or its failure.
Dashboards::Shown BytesOf(const Done& done) {
  return [done](const absl::StatusOr<std::shared_ptr<const Dashboard>>& dashboard) {
    if (!dashboard.ok()) return done(dashboard.status());
    done(ToBytes((*dashboard)->overview));
  };
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
      clock_(std::move(clock)) {}

template <class Request>
void DashboardsService::Show(const Actor& actor, const Request& request, const CallFrame& frame,
                             Dashboards::Shown shown) {
  absl::Status allowed = MethodOf(request).access.Check(actor, request);
  if (allowed.ok()) allowed = CheckRequest(request);
  if (!allowed.ok()) return shown(allowed);
  const std::string& region = request.region().empty() ? actor.region : request.region();
  if (region.empty()) return shown(InvalidField("region", "is required: yours is none"));
  const View view{
      region, BoardOf(request), {request.min_position().begin(), request.min_position().end()}};
  dashboards_.Show(RolesOf(actor), view, frame, std::move(shown));
}

void DashboardsService::ShowPublic(CallFrame frame, Dashboards::Shown shown) {
  const auto token = options_.signer->Token(clock_());
  if (!token.ok()) return shown(token.status());
  frame.authorization = absl::StrCat("Bearer ", *token);
  dashboards_.Show("public", View{options_.public_region, "", {}}, frame, std::move(shown));
}

template <class Request>
void DashboardsService::AnswerPage(const Gateway& gateway, const HttpRequest& request,
                                   const Respond& respond) {
  Request asked;
  const absl::string_view route = MethodOf(asked).route;
  const auto actor = gateway.ActorOf(request);
  if (!actor.ok()) return RespondWith(actor.status(), route, respond);
  if (!request.query.empty()) {
    const absl::Status read = ReadQuery(request.query, asked);
    if (!read.ok()) return RespondWith(read, route, respond);
  }
  CallFrame frame;
  frame.authorization = std::string(request.Header("authorization"));
  frame.traceparent = ContinueTrace(request.Header("traceparent"));
  Show(**actor, asked, frame,
       [&request, route, respond](const absl::StatusOr<std::shared_ptr<const Dashboard>>& shown) {
         if (!shown.ok()) return RespondWith(shown.status(), route, respond);
         RespondWith((*shown)->prepared.For(request), route, respond);
       });
}

void DashboardsService::AddTo(Gateway& gateway) {
  gateway.AddPage("/v1/dashboards/overview",
                  [this, &gateway](const HttpRequest& request, const Respond& respond) {
                    AnswerPage<GetOverviewRequest>(gateway, request, respond);
                  });
  gateway.AddPage("/v1/dashboards/indicators",
                  [this, &gateway](const HttpRequest& request, const Respond& respond) {
                    AnswerPage<GetIndicatorBoardRequest>(gateway, request, respond);
                  });
  gateway.AddPage("/v1/public/dashboards/overview",
                  [this](const HttpRequest& request, Respond respond) {
                    CallFrame frame;
                    frame.traceparent = ContinueTrace(request.Header("traceparent"));
                    ShowPublic(std::move(frame),
                               [&request, respond = std::move(respond)](
                                   const absl::StatusOr<std::shared_ptr<const Dashboard>>& shown) {
                                 if (!shown.ok())
                                   return RespondWith(shown.status(), kPublic, respond);
                                 RespondWith((*shown)->prepared.For(request), kPublic, respond);
                               });
                  });
}

void DashboardsService::AddTo(Upstreams& upstreams) {
  upstreams.Serve(Descriptor()->full_name(),
                  [this](absl::string_view method, CallFrame frame, const grpc::ByteBuffer& bytes,
                         const Done& done) { AnswerCall(method, std::move(frame), bytes, done); });
}

template <class Request>
void DashboardsService::AnswerAs(const CallFrame& frame, const grpc::ByteBuffer& bytes,
                                 const Done& done) {
  Request request;
  const absl::Status read = FromBytes(bytes, request);
  if (!read.ok()) {
    return done(InvalidField("request", absl::StrCat("is no ", Request::descriptor()->name())));
  }
  const auto actor = CallerOf(frame.authorization, tokens_, clock_());
  if (!actor.ok()) return done(actor.status());
  Show(**actor, request, frame, BytesOf(done));
}

void DashboardsService::AnswerCall(absl::string_view method, CallFrame frame,
                                   const grpc::ByteBuffer& bytes, const Done& done) {
  if (method == "GetPublicOverview") return ShowPublic(std::move(frame), BytesOf(done));
  if (method == "GetOverview") return AnswerAs<GetOverviewRequest>(frame, bytes, done);
  if (method == "GetIndicatorBoard") return AnswerAs<GetIndicatorBoardRequest>(frame, bytes, done);
  done(Fail(absl::StatusCode::kUnimplemented, "NO_METHOD", "there is no such method"));
}

}  // namespace lucid::gateway
