// A service as it runs: over a real socket, with tokens of a test issuer.
#pragma once

#include <memory>
#include <string>

#include "services/base/server.h"
#include "tests/testing/engines.h"
#include "tests/testing/issuer.h"
#include "tests/testing/matchers.h"

namespace lucid {

class RunningService {
 public:
  // Starts it on a free port; aborts when that fails.
  RunningService(const ServiceSpec& spec, const std::string& db_url, ServerOptions options = {}) {
    options.db = db_url;
    options.tokens = issuer_.Verifier();
    absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(spec, options);
    if (!server.ok()) {
      ADD_FAILURE() << server.status();
      abort();
    }
    server_ = *std::move(server);
    channel_ = grpc::CreateChannel(address(), grpc::InsecureChannelCredentials());
  }

  Server& server() { return *server_; }
  std::string address() const { return absl::StrCat("127.0.0.1:", server_->port()); }
  std::shared_ptr<grpc::Channel> channel() { return channel_; }
  const testing::TestIssuer& issuer() const { return issuer_; }

  // Puts a token of these claims and a deadline into a context.
  void Authorize(grpc::ClientContext& context, testing::TestClaims claims) const {
    if (claims.region.empty()) claims.region = "210400";
    context.AddMetadata("authorization",
                        absl::StrCat("Bearer ", issuer_.Token(claims, absl::Now())));
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
  }

 private:
  testing::TestIssuer issuer_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace lucid
