// What the claims of a token say, once its signature is known to be good.
#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/base/jwt.h"
#include "services/base/token.h"

namespace lucid {

// UNAUTHENTICATED with a reason; `message` quotes nothing of the token.
absl::Status RefuseToken(absl::string_view reason, absl::string_view message);

// The actor and the instants between which the token holds, leeway included, whatever the time is.
absl::StatusOr<TokenCache::Entry> ReadClaims(const json_t* claims, const TrustedIssuer& issuer);

// OK where `now` lies between the entry's instants.
absl::Status CheckTimes(const TokenCache::Entry& entry, absl::Time now);

}  // namespace lucid
