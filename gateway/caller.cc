#include "gateway/caller.h"

namespace lucid::gateway {

absl::StatusOr<std::shared_ptr<const Actor>> CallerOf(absl::string_view authorization,
                                                      TokenVerifier& tokens, absl::Time now) {
  if (!authorization.empty()) return tokens.Verify(BearerToken(authorization), now);
  static const auto* everybody = [] {
    auto actor = std::make_shared<Actor>();
    actor->roles = {access::v1::PUBLIC};
    return new std::shared_ptr<const Actor>(std::move(actor));
  }();
  return *everybody;
}

}  // namespace lucid::gateway
