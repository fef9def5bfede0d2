// Issuers for tests: keys in a folder of their own, and tokens signed with them.
#pragma once

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "services/base/jwt.h"
#include "services/base/token.h"
#include "tests/testing/temp_dir.h"

namespace lucid::testing {

inline void WriteFile(const std::string& path, absl::string_view text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

inline std::string Jwks(const std::vector<const SigningKey*>& keys) {
  return absl::StrCat("{\"keys\":[",
                      absl::StrJoin(keys, ",",
                                    [](std::string* out, const SigningKey* key) {
                                      absl::StrAppend(out, key->PublicJwk());
                                    }),
                      "]}");
}

// What a test wants a token to say; everything not named is what a good token has.
struct TestClaims {
  std::vector<std::string> roles = {"OFFICE"};
  std::string unit = "";
  std::string region = "";
  std::string subject = "li";
  std::string issuer = "test-issuer";
  std::string audience = "lucid";
};

// The claims as JSON, valid for an hour from `now`.
inline std::string ClaimsJson(const TestClaims& claims, absl::Time now) {
  const int64_t issued = absl::ToUnixSeconds(now);
  std::string json =
      absl::StrCat(R"({"iss":")", claims.issuer, R"(","aud":")", claims.audience, R"(","sub":")",
                   claims.subject, R"(","roles":[")", absl::StrJoin(claims.roles, R"(",")"),
                   R"("],"iat":)", issued, R"(,"nbf":)", issued, R"(,"exp":)", issued + 3600);
  if (!claims.unit.empty()) absl::StrAppend(&json, R"(,"unit":")", claims.unit, "\"");
  if (!claims.region.empty()) absl::StrAppend(&json, R"(,"region":")", claims.region, "\"");
  return json + "}";
}

// A users' issuer and a services' issuer with a key each, and a verifier that trusts them.
class TestIssuer {
 public:
  TestIssuer() {
    WriteFile(jwks_path(), Jwks({&users_}));
    WriteFile(service_jwks_path(), Jwks({&services_}));
    WriteFile(service_key_path(), services_.PrivateJwk());
  }

  std::string jwks_path() const { return folder_.File("users.jwks"); }
  std::string service_jwks_path() const { return folder_.File("services.jwks"); }
  std::string service_key_path() const { return folder_.File("services.jwk"); }
  const SigningKey& users() const { return users_; }
  const SigningKey& services() const { return services_; }

  std::string Token(const TestClaims& claims, absl::Time now) const {
    return *users_.Sign(ParseJsonObject(ClaimsJson(claims, now)).get());
  }

  TokenVerifierOptions options() const {
    return {.issuers = {{.name = "test-issuer", .audience = "lucid", .jwks_path = jwks_path()},
                        {.name = std::string(kServiceIssuer),
                         .audience = "lucid",
                         .jwks_path = service_jwks_path(),
                         .services = true}}};
  }
  std::unique_ptr<TokenVerifier> Verifier() const { return *TokenVerifier::Create(options()); }

 private:
  TempDir folder_;
  SigningKey users_ = *SigningKey::Generate("users-1", "ES256");
  SigningKey services_ = *SigningKey::Generate("services-1", "ES256");
};

}  // namespace lucid::testing
