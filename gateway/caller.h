// Who calls, by the authorization header.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/base/token.h"

namespace lucid::gateway {

// The caller that the header's token speaks for; without a header, the public. UNAUTHENTICATED as
// TokenVerifier::Verify says.
absl::StatusOr<std::shared_ptr<const Actor>> CallerOf(absl::string_view authorization,
                                                      TokenVerifier& tokens, absl::Time now);

}  // namespace lucid::gateway
