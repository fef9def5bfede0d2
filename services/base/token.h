// Who a bearer token speaks for: tokens verified against the issuers' keys, and the short tokens
// that the services sign for themselves.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/base/call.h"
#include "services/base/jwt.h"
#include "services/base/token_cache.h"

namespace lucid {

// The issuer of the tokens that services sign for themselves.
inline constexpr absl::string_view kServiceIssuer = "lucid-services";

// How far the clocks of an issuer and of ours may differ.
inline constexpr absl::Duration kTokenLeeway = absl::Seconds(60);

// An issuer whose tokens are accepted.
struct TrustedIssuer {
  std::string name;       // claim `iss`
  std::string audience;   // must be in claim `aud`
  std::string jwks_path;  // file with its public keys; read again when it changes
  // True: its tokens carry the one role SERVICE. False: they never do.
  bool services = false;
};

struct TokenVerifierOptions {
  std::vector<TrustedIssuer> issuers;
  // Accepts keys made for the development issuer.
  bool development = false;
  size_t cache_capacity = 32768;
};

// The token in an `authorization` header ("Bearer …", the scheme in any case), or "".
absl::string_view BearerToken(absl::string_view authorization);

// Verifies tokens. Safe for many threads.
class TokenVerifier {
 public:
  // Reads the issuers' keys. FAILED_PRECONDITION, naming the file, where they cannot be used.
  static absl::StatusOr<std::unique_ptr<TokenVerifier>> Create(TokenVerifierOptions options);

  // The caller that a token speaks for at `now`. Otherwise UNAUTHENTICATED with a reason:
  // TOKEN_INVALID (malformed, algorithm, key, signature, a claim of the wrong shape),
  // TOKEN_ISSUER, TOKEN_AUDIENCE, TOKEN_EXPIRED, TOKEN_NOT_YET_VALID, TOKEN_ROLES. Messages quote
  // nothing of the token. A key file that changed takes effect within a second; one that cannot be
  // used leaves the keys as they were, and a line in the log.
  absl::StatusOr<std::shared_ptr<const Actor>> Verify(absl::string_view token, absl::Time now);

  // How many verified tokens are remembered.
  size_t cached() const { return cache_.size(); }

 private:
  // The keys of one issuer, and which state of the file they are.
  struct Keys {
    std::string stamp;
    std::shared_ptr<const KeySet> set;
    std::string unusable;  // the state that was last found unusable
  };

  explicit TokenVerifier(TokenVerifierOptions options)
      : options_(std::move(options)),
        cache_(options_.cache_capacity),
        keys_(options_.issuers.size()) {}

  absl::Status Load(size_t issuer);
  void ReloadIfDue(absl::Time now);
  absl::StatusOr<size_t> FindIssuer(const json_t* claims) const;
  std::shared_ptr<const KeySet> KeysOf(size_t issuer) const;

  const TokenVerifierOptions options_;
  TokenCache cache_;
  std::atomic<int64_t> last_check_ = 0;  // Unix nanoseconds
  mutable std::mutex mutex_;
  std::vector<Keys> keys_;  // by issuer; guarded by mutex_
};

// Signs the tokens by which one service is known to its peers. Safe for many threads.
class TokenSigner {
 public:
  // `key_path`: file with a private JWK. FAILED_PRECONDITION, naming the file, where it cannot be
  // used, and where it is a development key outside development.
  static absl::StatusOr<std::unique_ptr<TokenSigner>> Create(absl::string_view service,
                                                             absl::string_view audience,
                                                             const std::string& key_path,
                                                             bool development);

  // A token that is valid for at least a minute from `now`.
  absl::StatusOr<std::string> Token(absl::Time now);

 private:
  TokenSigner(absl::string_view service, absl::string_view audience, SigningKey key)
      : service_(service), audience_(audience), key_(std::move(key)) {}

  const std::string service_;
  const std::string audience_;
  const SigningKey key_;
  std::mutex mutex_;
  std::string token_;                               // guarded by mutex_
  absl::Time token_issued_ = absl::InfinitePast();  // guarded by mutex_
};

}  // namespace lucid
