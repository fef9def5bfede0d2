// The flags by which a program is told whom to trust and who it is itself.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/base/token.h"

namespace lucid {

// The verifier of --jwks, --issuer, --audience and --service_jwks. FAILED_PRECONDITION where a flag
// or a key is missing, and where the development issuer or one of its keys is configured without
// --development: a production configuration cannot reach it.
absl::StatusOr<std::unique_ptr<TokenVerifier>> TokenVerifierFromFlags();

// The signer of --service_key for the program named `service` ("tasks").
absl::StatusOr<std::unique_ptr<TokenSigner>> TokenSignerFromFlags(absl::string_view service);

// --development.
bool IsDevelopment();

}  // namespace lucid
