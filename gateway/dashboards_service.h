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

  // Adds /v1/dashboards/overview and /v1/public/dashboards/overview.
  void AddTo(Gateway& gateway);
  // Answers the service's methods for Connect and gRPC.
  void AddTo(Upstreams& upstreams);

  // The overview that everybody may see.
  void ShowPublic(CallFrame frame, Dashboards::Shown shown);

 private:
  void Show(const Actor& actor, dashboards::v1::GetOverviewRequest request, const CallFrame& frame,
            Dashboards::Shown shown);
  void AnswerOverview(const Gateway& gateway, const HttpRequest& request, Respond respond);
  void AnswerCall(absl::string_view method, CallFrame frame, const grpc::ByteBuffer& bytes,
                  const Done& done);

  const DashboardsServiceOptions options_;
  Dashboards& dashboards_;
  TokenVerifier& tokens_;
  const std::function<absl::Time()> clock_;
  const MethodAccess access_;
};

}  // namespace lucid::gateway
