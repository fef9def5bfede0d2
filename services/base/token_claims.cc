#include "services/base/token_claims.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/base/status.h"

namespace lucid {
namespace {

constexpr size_t kMaxName = 256;
constexpr double kLastSecond = 253402300799;  // 9999-12-31, the last that RFC 3339 can write

absl::Status WrongShape(absl::string_view claim) {
  return RefuseToken("TOKEN_INVALID", absl::StrCat("the token's claim ", claim, " is malformed"));
}

absl::StatusOr<std::optional<absl::Time>> ReadTime(const json_t* claims, const char* claim) {
  const json_t* value = json_object_get(claims, claim);
  if (value == nullptr) return std::nullopt;
  const double seconds = json_number_value(value);
  if (!json_is_number(value) || !(seconds >= 0 && seconds <= kLastSecond)) return WrongShape(claim);
  return absl::UnixEpoch() + absl::Seconds(seconds);
}

absl::StatusOr<std::string> ReadName(const json_t* claims, const char* claim) {
  if (json_object_get(claims, claim) == nullptr) return "";
  absl::string_view name = JsonString(claims, claim);
  if (name.empty() || name.size() > kMaxName) return WrongShape(claim);
  return std::string(name);
}

bool HasAudience(const json_t* claims, absl::string_view audience) {
  if (JsonString(claims, "aud") == audience) return true;
  const json_t* list = json_object_get(claims, "aud");
  for (size_t i = 0; i < json_array_size(list); ++i) {
    const json_t* item = json_array_get(list, i);
    if (json_is_string(item) && absl::string_view(json_string_value(item)) == audience) return true;
  }
  return false;
}

absl::StatusOr<std::vector<Role>> ReadRoles(const json_t* claims, bool services) {
  const json_t* names = json_object_get(claims, "roles");
  if (!json_is_array(names) || json_array_size(names) == 0) {
    return RefuseToken("TOKEN_ROLES", "the token has no roles");
  }
  std::vector<Role> roles;
  for (size_t i = 0; i < json_array_size(names); ++i) {
    const char* name = json_string_value(json_array_get(names, i));
    Role role;
    if (name == nullptr || !access::v1::Role_Parse(name, &role) ||
        role == access::v1::ROLE_UNSPECIFIED) {
      return RefuseToken("TOKEN_ROLES", "the token has an unknown role");
    }
    if ((role == access::v1::SERVICE) != services) {
      return RefuseToken("TOKEN_ROLES", "the token has a role that its issuer may not give");
    }
    if (!absl::c_linear_search(roles, role)) roles.push_back(role);
  }
  return roles;
}

}  // namespace

absl::Status RefuseToken(absl::string_view reason, absl::string_view message) {
  return Fail(absl::StatusCode::kUnauthenticated, reason, message);
}

absl::StatusOr<TokenCache::Entry> ReadClaims(const json_t* claims, const TrustedIssuer& issuer) {
  if (!HasAudience(claims, issuer.audience)) {
    return RefuseToken("TOKEN_AUDIENCE", "the token is not meant for this service");
  }
  ASSIGN_OR_RETURN(std::optional<absl::Time> expires, ReadTime(claims, "exp"));
  ASSIGN_OR_RETURN(std::optional<absl::Time> not_before, ReadTime(claims, "nbf"));
  ASSIGN_OR_RETURN(std::optional<absl::Time> issued, ReadTime(claims, "iat"));
  if (!expires.has_value()) return WrongShape("exp");
  Actor actor;
  ASSIGN_OR_RETURN(actor.subject, ReadName(claims, "sub"));
  if (actor.subject.empty()) return WrongShape("sub");
  ASSIGN_OR_RETURN(actor.unit, ReadName(claims, "unit"));
  ASSIGN_OR_RETURN(actor.region, ReadName(claims, "region"));
  ASSIGN_OR_RETURN(actor.roles, ReadRoles(claims, issuer.services));
  absl::Time from =
      std::max(not_before.value_or(absl::UnixEpoch()), issued.value_or(absl::UnixEpoch()));
  return TokenCache::Entry{.actor = std::make_shared<const Actor>(std::move(actor)),
                           .valid_from = from - kTokenLeeway,
                           .valid_until = *expires + kTokenLeeway};
}

absl::Status CheckTimes(const TokenCache::Entry& entry, absl::Time now) {
  if (now >= entry.valid_until) return RefuseToken("TOKEN_EXPIRED", "the token has expired");
  if (now < entry.valid_from) {
    return RefuseToken("TOKEN_NOT_YET_VALID", "the token is not valid yet");
  }
  return absl::OkStatus();
}

}  // namespace lucid
