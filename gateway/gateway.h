// What the front door answers at each place: pages of its own, REST routes, Connect methods.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "gateway/http.h"
#include "gateway/routes.h"
#include "gateway/upstreams.h"
#include "services/base/token.h"

namespace lucid::gateway {

struct GatewayOptions {
  absl::Duration deadline = absl::Seconds(30);
  std::function<absl::Time()> clock = absl::Now;
};

using Respond = std::function<void(HttpResponse)>;

class Gateway : public HttpHandler {
 public:
  // Routes to every method of `services`. `upstreams` and `tokens` outlive the gateway.
  static absl::StatusOr<std::unique_ptr<Gateway>> Create(
      GatewayOptions options, absl::Span<const google::protobuf::ServiceDescriptor* const> services,
      Upstreams& upstreams, TokenVerifier& tokens);

  // A page of the gateway's own. A `path` that ends in '/' stands for everything below it.
  using Page = std::function<void(const HttpRequest&, Respond)>;
  void AddPage(const std::string& path, Page page);

  void Answer(const HttpRequest& request, std::function<void(HttpResponse)> done) override;
  HttpResponse Refuse(int status, absl::string_view reason, absl::string_view message) override;
  void Abandon() override;
  // From now on /readyz says that this gateway goes.
  void Leave() { leaving_ = true; }
  bool leaving() const { return leaving_; }
  // `stop` ends, when requests are abandoned, what pages wait for besides the services.
  void AddStop(std::function<void()> stop) { stops_.push_back(std::move(stop)); }

  // What goes along with a call of the method on behalf of a request whose token is good.
  absl::StatusOr<CallFrame> FrameFor(const google::protobuf::MethodDescriptor& method,
                                     const HttpRequest& request) const;
  // The caller of a request, as its token says; without one, the public.
  absl::StatusOr<std::shared_ptr<const Actor>> ActorOf(const HttpRequest& request) const;

  const Routes& routes() const { return routes_; }

 private:
  // A method as Connect addresses it.
  struct Method {
    const google::protobuf::MethodDescriptor* descriptor = nullptr;
    const google::protobuf::Message* request = nullptr;  // prototypes
    const google::protobuf::Message* response = nullptr;
  };

  Gateway(GatewayOptions options, Routes routes, Upstreams& upstreams, TokenVerifier& tokens)
      : options_(std::move(options)),
        routes_(std::move(routes)),
        upstreams_(upstreams),
        tokens_(tokens) {}

  const Page* FindPage(absl::string_view path) const;
  void AnswerRest(const HttpRequest& request, Respond respond);
  void AnswerConnect(const Method& method, const HttpRequest& request, Respond respond);
  void AnswerEvents(const Match& match, const HttpRequest& request, Respond respond);
  const GatewayOptions options_;
  const Routes routes_;
  Upstreams& upstreams_;
  TokenVerifier& tokens_;
  absl::flat_hash_map<std::string, Method> methods_;  // "/pkg.Service/Method"
  absl::flat_hash_map<std::string, Page> pages_;
  std::vector<std::pair<std::string, Page>> page_trees_;
  std::vector<std::function<void()>> stops_;
  std::atomic<bool> leaving_ = false;
};

}  // namespace lucid::gateway
