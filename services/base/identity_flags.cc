#include "services/base/identity_flags.h"

#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "services/base/status.h"

ABSL_FLAG(std::string, jwks, "", "file with the public keys (JWKS) of the users' issuer");
ABSL_FLAG(std::string, issuer, "", "name of the users' issuer: claim iss of their tokens");
ABSL_FLAG(std::string, audience, "lucid", "what must stand in claim aud of every token");
ABSL_FLAG(std::string, service_jwks, "",
          "file with the public keys (JWKS) of the services; without it no service is let in");
ABSL_FLAG(std::string, service_key, "", "file with the private key (JWK) of this service");
ABSL_FLAG(bool, development, false,
          "accept the issuer \"lucid-local\" and its keys; never in production");

namespace lucid {
namespace {

absl::Status Misconfigured(absl::string_view message) {
  return Fail(absl::StatusCode::kFailedPrecondition, "IDENTITY_FLAGS", message);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TokenVerifier>> TokenVerifierFromFlags() {
  TrustedIssuer users{.name = absl::GetFlag(FLAGS_issuer),
                      .audience = absl::GetFlag(FLAGS_audience),
                      .jwks_path = absl::GetFlag(FLAGS_jwks)};
  if (users.name.empty()) return Misconfigured("--issuer is missing");
  if (users.audience.empty()) return Misconfigured("--audience is empty");
  if (users.jwks_path.empty()) return Misconfigured("--jwks is missing");
  if (users.name == kServiceIssuer) {
    return Misconfigured(absl::StrCat("--issuer=", kServiceIssuer, " is kept for services"));
  }
  if (users.name == kLocalIssuer && !IsDevelopment()) {
    return Misconfigured(
        absl::StrCat("--issuer=", kLocalIssuer, " is for development and wants --development"));
  }
  TokenVerifierOptions options{.issuers = {users}, .development = IsDevelopment()};
  std::string service_jwks = absl::GetFlag(FLAGS_service_jwks);
  if (!service_jwks.empty()) {
    options.issuers.push_back({.name = std::string(kServiceIssuer),
                               .audience = users.audience,
                               .jwks_path = service_jwks,
                               .services = true});
  }
  return TokenVerifier::Create(std::move(options));
}

absl::StatusOr<std::unique_ptr<TokenSigner>> TokenSignerFromFlags(absl::string_view service) {
  std::string key = absl::GetFlag(FLAGS_service_key);
  if (key.empty()) return Misconfigured("--service_key is missing");
  return TokenSigner::Create(service, absl::GetFlag(FLAGS_audience), key, IsDevelopment());
}

bool IsDevelopment() { return absl::GetFlag(FLAGS_development); }

}  // namespace lucid
