// Signing and checking of compact JSON Web Signatures (RFC 7515) with ES256 and RS256, by libjose.
#pragma once

extern "C" {
#include <jansson.h>
}

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lucid {

struct JsonRelease {
  void operator()(json_t* value) const { json_decref(value); }
};
using Json = std::unique_ptr<json_t, JsonRelease>;

// Strictly parsed JSON object (no duplicate keys, valid UTF-8), or null.
Json ParseJsonObject(absl::string_view text);

// A string member of an object, or "" where it is absent or no string. Lives as long as `object`.
absl::string_view JsonString(const json_t* object, const char* key);

// The prefix of the key ids that belong to the development issuer, and its name.
inline constexpr absl::string_view kLocalIssuer = "lucid-local";

// The three parts of a compact token, still encoded, with the header read.
struct JwtParts {
  absl::string_view header;
  absl::string_view payload;
  absl::string_view signature;
  std::string algorithm;
  std::string key_id;
  Json claims;
};

// Splits a token and reads its header and claims. Nothing in it may be trusted before Verify.
// INVALID_ARGUMENT where it is malformed or names critical extensions; the message quotes nothing
// of the token.
absl::StatusOr<JwtParts> ParseJwt(absl::string_view token);

// The public keys of an issuer, by key id.
class KeySet {
 public:
  // Reads a JWKS (RFC 7517). Keys that cannot check ES256 or RS256 signatures, and keys without an
  // id, are passed over. INVALID_ARGUMENT where it is malformed, holds a private or symmetric key,
  // two keys of one id, or no usable key.
  static absl::StatusOr<KeySet> Parse(absl::string_view jwks);

  // Checks the signature with the key that the token names. UNAUTHENTICATED where the algorithm is
  // not allowed, the key is unknown or made for another algorithm, or the signature is not its own.
  absl::Status Verify(const JwtParts& token) const;

  // Whether one of the keys was made for the development issuer.
  bool HasLocalKey() const;

 private:
  struct Key {
    std::string algorithm;
    Json jwk;
  };
  absl::flat_hash_map<std::string, Key> keys_;
};

// A private key (a JWK for ES256 or RS256 with a `kid`) that signs tokens.
class SigningKey {
 public:
  // A new key; `algorithm` is ES256 or RS256.
  static absl::StatusOr<SigningKey> Generate(const std::string& id, const std::string& algorithm);
  static absl::StatusOr<SigningKey> Parse(absl::string_view jwk);
  std::string PrivateJwk() const;
  // What an issuer publishes of the key, an entry of a JWKS.
  std::string PublicJwk() const;
  // The compact token of these claims, a JSON object.
  absl::StatusOr<std::string> Sign(const json_t* claims) const;
  const std::string& id() const { return id_; }

 private:
  std::string id_;
  std::string algorithm_;
  Json jwk_;
};

}  // namespace lucid
