#include "services/base/token.h"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/base/hash.h"
#include "services/base/log.h"
#include "services/base/status.h"
#include "services/base/token_claims.h"

namespace lucid {
namespace {

constexpr size_t kMaxToken = 8192;
constexpr absl::Duration kReloadInterval = absl::Seconds(1);
constexpr absl::Duration kServiceTokenLife = absl::Minutes(5);

absl::Status Unusable(absl::string_view path, absl::string_view why) {
  return Fail(absl::StatusCode::kFailedPrecondition, "KEYS_UNUSABLE",
              absl::StrCat("key file ", path, " ", why));
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Unusable(path, "cannot be read");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// What changes when a file is rewritten or replaced, links followed; "" where it is not there.
std::string FileStamp(const std::string& path) {
  struct stat file;
  if (stat(path.c_str(), &file) != 0) return "";
  return absl::StrCat(file.st_dev, ":", file.st_ino, ":", file.st_size, ":", file.st_mtim.tv_sec,
                      ".", file.st_mtim.tv_nsec);
}

}  // namespace

absl::string_view BearerToken(absl::string_view authorization) {
  constexpr absl::string_view kScheme = "Bearer ";
  if (!absl::StartsWithIgnoreCase(authorization, kScheme)) return "";
  return authorization.substr(kScheme.size());
}

absl::StatusOr<std::unique_ptr<TokenVerifier>> TokenVerifier::Create(TokenVerifierOptions options) {
  std::unique_ptr<TokenVerifier> verifier(new TokenVerifier(std::move(options)));
  for (size_t i = 0; i < verifier->options_.issuers.size(); ++i) {
    RETURN_IF_ERROR(verifier->Load(i));
  }
  return verifier;
}

absl::Status TokenVerifier::Load(size_t issuer) {
  const std::string& path = options_.issuers[issuer].jwks_path;
  // The stamp is older than what is read, so a change in between is seen the next time.
  std::string stamp = FileStamp(path);
  ASSIGN_OR_RETURN(std::string text, ReadFile(path));
  absl::StatusOr<KeySet> keys = KeySet::Parse(text);
  if (!keys.ok()) return Unusable(path, keys.status().message());
  if (keys->HasLocalKey() && !options_.development) {
    return Unusable(path, "holds a key of the development issuer");
  }
  auto set = std::make_shared<const KeySet>(*std::move(keys));
  std::lock_guard lock(mutex_);
  keys_[issuer] = Keys{std::move(stamp), std::move(set), ""};
  return absl::OkStatus();
}

void TokenVerifier::ReloadIfDue(absl::Time now) {
  int64_t last = last_check_.load(std::memory_order_relaxed);
  const int64_t time = absl::ToUnixNanos(now);
  if (std::abs(time - last) < absl::ToInt64Nanoseconds(kReloadInterval)) return;
  if (!last_check_.compare_exchange_strong(last, time)) return;  // another thread looks
  for (size_t i = 0; i < options_.issuers.size(); ++i) {
    const std::string stamp = FileStamp(options_.issuers[i].jwks_path);
    {
      std::lock_guard lock(mutex_);
      if (stamp == keys_[i].stamp) continue;
    }
    const absl::Status loaded = Load(i);
    if (loaded.ok()) {
      cache_.NextGeneration();
      continue;
    }
    std::lock_guard lock(mutex_);
    if (stamp == keys_[i].unusable) continue;
    keys_[i].unusable = stamp;
    LogLine("keys", "WARNING").Add("error", loaded.message());
  }
}

absl::StatusOr<size_t> TokenVerifier::FindIssuer(const json_t* claims) const {
  absl::string_view name = JsonString(claims, "iss");
  for (size_t i = 0; i < options_.issuers.size(); ++i) {
    if (options_.issuers[i].name == name) return i;
  }
  return RefuseToken("TOKEN_ISSUER", "the token's issuer is not trusted here");
}

std::shared_ptr<const KeySet> TokenVerifier::KeysOf(size_t issuer) const {
  std::lock_guard lock(mutex_);
  return keys_[issuer].set;
}

absl::StatusOr<std::shared_ptr<const Actor>> TokenVerifier::Verify(absl::string_view token,
                                                                   absl::Time now) {
  if (token.size() > kMaxToken) {
    return RefuseToken("TOKEN_INVALID", "the token is longer than 8 KiB");
  }
  ReloadIfDue(now);
  const std::string digest = Sha256(token);
  if (std::shared_ptr<const Actor> actor = cache_.Find(digest, now)) return actor;

  const uint64_t generation = cache_.generation();
  absl::StatusOr<JwtParts> parts = ParseJwt(token);
  if (!parts.ok()) return RefuseToken("TOKEN_INVALID", parts.status().message());
  ASSIGN_OR_RETURN(size_t issuer, FindIssuer(parts->claims.get()));
  absl::Status verified = KeysOf(issuer)->Verify(*parts);
  if (!verified.ok()) return RefuseToken("TOKEN_INVALID", verified.message());
  ASSIGN_OR_RETURN(TokenCache::Entry entry,
                   ReadClaims(parts->claims.get(), options_.issuers[issuer]));
  RETURN_IF_ERROR(CheckTimes(entry, now));
  entry.generation = generation;
  std::shared_ptr<const Actor> actor = entry.actor;
  cache_.Insert(digest, std::move(entry));
  return actor;
}

absl::StatusOr<std::unique_ptr<TokenSigner>> TokenSigner::Create(absl::string_view service,
                                                                 absl::string_view audience,
                                                                 const std::string& key_path,
                                                                 bool development) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(key_path));
  absl::StatusOr<SigningKey> key = SigningKey::Parse(text);
  if (!key.ok()) return Unusable(key_path, key.status().message());
  if (absl::StartsWith(key->id(), kLocalIssuer) && !development) {
    return Unusable(key_path, "is a key of the development issuer");
  }
  return std::unique_ptr<TokenSigner>(new TokenSigner(service, audience, *std::move(key)));
}

absl::StatusOr<std::string> TokenSigner::Token(absl::Time now) {
  std::lock_guard lock(mutex_);
  const absl::Duration age = now - token_issued_;
  if (age >= absl::ZeroDuration() && age < kServiceTokenLife - absl::Minutes(1)) return token_;
  const int64_t issued = absl::ToUnixSeconds(now);
  const int64_t expires = issued + absl::ToInt64Seconds(kServiceTokenLife);
  Json claims(json_pack("{s:s%, s:s%, s:s%, s:[s], s:I, s:I, s:I}",            //
                        "iss", kServiceIssuer.data(), kServiceIssuer.size(),   //
                        "aud", audience_.data(), audience_.size(),             //
                        "sub", service_.data(), service_.size(),               //
                        "roles", "SERVICE",                                    //
                        "iat", json_int_t{issued}, "nbf", json_int_t{issued},  //
                        "exp", json_int_t{expires}));
  ASSIGN_OR_RETURN(token_, key_.Sign(claims.get()));
  token_issued_ = now;
  return token_;
}

}  // namespace lucid
