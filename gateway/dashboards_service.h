// DashboardsService as the gateway serves it: over HTTP from finished bytes, over Connect and gRPC
// as a service of this process.
#pragma once

#include <functional>
#include <string>

#include "gateway/dashboards.h"
#include "gateway/gateway.h"
#include "gateway/upstreams.h"
#include "services/base/access.h"
#include "services/base/token.h"

namespace lucid::gateway {

struct DashboardsServiceOptions {
  std::string public_region;      // whose overview everybody may see, a GB/T 2260 code
  TokenSigner* signer = nullptr;  // for the public overview: the services show cells to no one else
};

class DashboardsService {
 public:
  // All outlive the service.
  DashboardsService(DashboardsServiceOptions options, Dashboards& dashboards, TokenVerifier& tokens,
                    std::function<absl::Time()> clock);

  // Adds /v1/dashboards/overview, /v1/dashboards/indicators and /v1/public/dashboards/overview.
  void AddTo(Gateway& gateway);
  // Answers the service's methods for Connect and gRPC.
  void AddTo(Upstreams& upstreams);

  // The overview that everybody may see.
  void ShowPublic(CallFrame frame, Dashboards::Shown shown);

 private:
  // Shows what a request asks for to whom its method's rule lets in. `Request` is that of
  // GetOverview or of GetIndicatorBoard.
  template <class Request>
  void Show(const Actor& actor, const Request& request, const CallFrame& frame,
            Dashboards::Shown shown);
  template <class Request>
  void AnswerPage(const Gateway& gateway, const HttpRequest& request, const Respond& respond);
  template <class Request>
  void AnswerAs(const CallFrame& frame, const grpc::ByteBuffer& bytes, const Done& done);
  void AnswerCall(absl::string_view method, CallFrame frame, const grpc::ByteBuffer& bytes,
                  const Done& done);

  const DashboardsServiceOptions options_;
  Dashboards& dashboards_;
  TokenVerifier& tokens_;
  const std::function<absl::Time()> clock_;
};

}  // namespace lucid::gateway
