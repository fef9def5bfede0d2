// Who calls, by the authorization header.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "services/base/token.h"

namespace lucid::gateway {

// The caller that the header's token speaks for; without a header, the public. UNAUTHENTICATED as
// TokenVerifier::Verify says.
absl::StatusOr<std::shared_ptr<const Actor>> CallerOf(absl::string_view authorization,
                                                      TokenVerifier& tokens, absl::Time now);

// The same for a call of `method` (nullptr: of one that is unknown here). Without a token only
// public methods are called: the others are refused before anything of their requests is read,
// because a few bytes on the wire may be many in memory.
absl::StatusOr<std::shared_ptr<const Actor>> CallerOf(
    const google::protobuf::MethodDescriptor* method, absl::string_view authorization,
    TokenVerifier& tokens, absl::Time now);

}  // namespace lucid::gateway
