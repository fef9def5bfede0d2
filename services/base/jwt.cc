#include "services/base/jwt.h"

extern "C" {
#include <jose/b64.h>
#include <jose/cfg.h>
#include <jose/jwk.h>
#include <jose/jws.h>
}

#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/base/status.h"

namespace lucid {
namespace {

// libjose prints its errors to stderr unless told otherwise, and they may quote input.
using Quiet = std::unique_ptr<jose_cfg_t, decltype(&jose_cfg_decref)>;
Quiet QuietConfig() {
  Quiet config(jose_cfg(), &jose_cfg_decref);
  jose_cfg_set_err_func(
      config.get(), [](void*, const char*, int, uint64_t, const char*, va_list) {}, nullptr);
  return config;
}

absl::Status Malformed(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("the token ", why));
}

// Decodes base64url as RFC 7515 wants it: no padding, no spare bits. Null bytes are kept.
bool Decode(absl::string_view encoded, std::string& decoded) {
  const size_t size = jose_b64_dec_buf(nullptr, encoded.size(), nullptr, 0);
  if (size == SIZE_MAX) return false;
  decoded.resize(size);
  if (jose_b64_dec_buf(encoded.data(), encoded.size(), decoded.data(), size) != size) return false;
  std::string again(encoded.size(), '\0');
  return jose_b64_enc_buf(decoded.data(), size, again.data(), again.size()) == encoded.size() &&
         again == encoded;
}

// The algorithm that a public or private key is for, or "" when it is none that we use.
absl::string_view AlgorithmOf(const json_t* jwk) {
  absl::string_view type = JsonString(jwk, "kty"), algorithm = JsonString(jwk, "alg");
  absl::string_view natural;
  if (type == "EC" && JsonString(jwk, "crv") == "P-256") natural = "ES256";
  // 256 bytes of modulus are 342 or more characters: shorter keys than 2048 bits are too weak.
  if (type == "RSA" && JsonString(jwk, "n").size() >= 342) natural = "RS256";
  if (!algorithm.empty() && algorithm != natural) return "";
  absl::string_view use = JsonString(jwk, "use");
  return use.empty() || use == "sig" ? natural : "";
}

Json String(absl::string_view text) { return Json(json_stringn(text.data(), text.size())); }

std::string Dump(const json_t* value) {
  std::unique_ptr<char, decltype(&free)> text(json_dumps(value, JSON_COMPACT), &free);
  return text == nullptr ? "" : text.get();
}

std::string Text(const json_t* string) {
  return std::string(json_string_value(string), json_string_length(string));
}

}  // namespace

Json ParseJsonObject(absl::string_view text) {
  Json value(json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, nullptr));
  return json_is_object(value.get()) ? std::move(value) : nullptr;
}

absl::string_view JsonString(const json_t* object, const char* key) {
  const json_t* value = json_object_get(object, key);
  if (!json_is_string(value)) return "";
  return absl::string_view(json_string_value(value), json_string_length(value));
}

absl::StatusOr<JwtParts> ParseJwt(absl::string_view token) {
  std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  if (parts.size() != 3) return Malformed("does not have three parts");
  std::string header_json, claims_json, signature;
  if (!Decode(parts[0], header_json) || !Decode(parts[1], claims_json) ||
      !Decode(parts[2], signature)) {
    return Malformed("is not base64url");
  }
  Json header = ParseJsonObject(header_json), claims = ParseJsonObject(claims_json);
  if (header == nullptr || claims == nullptr) return Malformed("is not made of JSON objects");
  if (json_object_get(header.get(), "crit") != nullptr) return Malformed("has unknown extensions");
  return JwtParts{.header = parts[0],
                  .payload = parts[1],
                  .signature = parts[2],
                  .algorithm = std::string(JsonString(header.get(), "alg")),
                  .key_id = std::string(JsonString(header.get(), "kid")),
                  .claims = std::move(claims)};
}

absl::StatusOr<KeySet> KeySet::Parse(absl::string_view jwks) {
  Json document = ParseJsonObject(jwks);
  const json_t* keys = json_object_get(document.get(), "keys");
  if (!json_is_array(keys)) return absl::InvalidArgumentError("is not a JWKS");
  KeySet set;
  for (size_t i = 0; i < json_array_size(keys); ++i) {
    json_t* jwk = json_array_get(keys, i);
    if (json_object_get(jwk, "d") != nullptr || JsonString(jwk, "kty") == "oct") {
      return absl::InvalidArgumentError("holds a private or symmetric key");
    }
    std::string id(JsonString(jwk, "kid"));
    std::string algorithm(AlgorithmOf(jwk));
    if (id.empty() || algorithm.empty()) continue;
    if (!set.keys_.try_emplace(id, Key{algorithm, Json(json_incref(jwk))}).second) {
      return absl::InvalidArgumentError(absl::StrCat("has two keys of the id ", id));
    }
  }
  if (set.keys_.empty()) {
    return absl::InvalidArgumentError("has no key with an id for ES256 or RS256");
  }
  return set;
}

absl::Status KeySet::Verify(const JwtParts& token) const {
  // The key decides the algorithm; the token only has to agree. That refuses `none`, HMAC with a
  // public key for a secret, and whatever is invented next.
  auto key = keys_.find(token.key_id);
  if (key == keys_.end()) return absl::UnauthenticatedError("the token names no known key");
  if (token.algorithm != key->second.algorithm) {
    return absl::UnauthenticatedError("the token's algorithm is not its key's");
  }
  Json jws(json_object());
  json_object_set_new(jws.get(), "protected", String(token.header).release());
  json_object_set_new(jws.get(), "payload", String(token.payload).release());
  json_object_set_new(jws.get(), "signature", String(token.signature).release());
  if (!jose_jws_ver(QuietConfig().get(), jws.get(), nullptr, key->second.jwk.get(), false)) {
    return absl::UnauthenticatedError("the token's signature is not valid");
  }
  return absl::OkStatus();
}

bool KeySet::HasLocalKey() const {
  for (const auto& [id, key] : keys_) {
    if (absl::StartsWith(id, kLocalIssuer)) return true;
  }
  return false;
}

absl::StatusOr<SigningKey> SigningKey::Generate(const std::string& id,
                                                const std::string& algorithm) {
  Json jwk(json_pack("{s:s, s:s}", "kid", id.c_str(), "alg", algorithm.c_str()));
  if (!jose_jwk_gen(QuietConfig().get(), jwk.get())) {
    return absl::InternalError(absl::StrCat("cannot make a key for ", algorithm));
  }
  return Parse(Dump(jwk.get()));
}

absl::StatusOr<SigningKey> SigningKey::Parse(absl::string_view jwk) {
  SigningKey key;
  key.jwk_ = ParseJsonObject(jwk);
  key.id_ = std::string(JsonString(key.jwk_.get(), "kid"));
  key.algorithm_ = std::string(AlgorithmOf(key.jwk_.get()));
  if (key.id_.empty() || key.algorithm_.empty() || JsonString(key.jwk_.get(), "d").empty()) {
    return absl::InvalidArgumentError("is not a private JWK with a kid, for ES256 or RS256");
  }
  return key;
}

std::string SigningKey::PrivateJwk() const { return Dump(jwk_.get()); }

std::string SigningKey::PublicJwk() const {
  Json jwk(json_deep_copy(jwk_.get()));
  jose_jwk_pub(QuietConfig().get(), jwk.get());
  return Dump(jwk.get());
}

absl::StatusOr<std::string> SigningKey::Sign(const json_t* claims) const {
  const std::string text = Dump(claims);
  Json jws(json_pack("{s:o}", "payload", jose_b64_enc(text.data(), text.size())));
  Json header(json_pack("{s:{s:s, s:s, s:s}}", "protected", "alg", algorithm_.c_str(), "kid",
                        id_.c_str(), "typ", "JWT"));
  if (!jose_jws_sig(QuietConfig().get(), jws.get(), header.get(), jwk_.get())) {
    return absl::InternalError("the key does not sign");
  }
  return absl::StrCat(Text(json_object_get(jws.get(), "protected")), ".",
                      Text(json_object_get(jws.get(), "payload")), ".",
                      Text(json_object_get(jws.get(), "signature")));
}

}  // namespace lucid
