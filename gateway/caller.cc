#include "gateway/caller.h"

#include "services/base/access.h"
#include "services/base/status.h"

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

absl::StatusOr<std::shared_ptr<const Actor>> CallerOf(
    const google::protobuf::MethodDescriptor* method, absl::string_view authorization,
    TokenVerifier& tokens, absl::Time now) {
  if (authorization.empty() && method != nullptr) {
    const absl::StatusOr<MethodAccess> access = MethodAccess::For(*method);
    if (access.ok() && !access->is_public()) {
      return Fail(absl::StatusCode::kUnauthenticated, "TOKEN_MISSING",
                  "this method needs a bearer token");
    }
  }
  return CallerOf(authorization, tokens, now);
}

}  // namespace lucid::gateway
