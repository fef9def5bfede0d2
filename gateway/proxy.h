// Native gRPC on a port of its own: every call is passed on, as bytes, to the service that its name
// belongs to.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gateway/upstreams.h"
#include "services/base/token.h"

namespace lucid::gateway {

struct GrpcProxyOptions {
  std::string listen = "127.0.0.1:0";
  std::vector<std::string> services;  // the names that reflection lists
  std::function<absl::Time()> clock = absl::Now;
};

class GrpcProxy {
 public:
  // Listens and serves from now on; `upstreams` and `tokens` outlive the proxy. UNAVAILABLE naming
  // the address when it is taken.
  static absl::StatusOr<std::unique_ptr<GrpcProxy>> Start(GrpcProxyOptions options,
                                                          Upstreams& upstreams,
                                                          TokenVerifier& tokens);
  // Stops at once; see Drain.
  ~GrpcProxy();

  int port() const;
  // From now on health says that this gateway goes.
  void Leave();
  // No new calls; calls under way have `grace` to end, then they are cancelled.
  void Drain(absl::Duration grace);

 private:
  class Engine;
  explicit GrpcProxy(std::unique_ptr<Engine> engine);
  std::unique_ptr<Engine> engine_;
};

}  // namespace lucid::gateway
