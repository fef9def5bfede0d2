// lucid-token: keys and bearer tokens of the development issuer, which only programs started with
// --development accept.
//
//   lucid-token keygen --keys DIR     makes the keys that are missing: users.jwk and services.jwk
//                                     (private, mode 0600), users.jwks and services.jwks (public)
//   lucid-token issue --keys DIR --role ROLE[,ROLE] [--unit ID] [--region CODE] [--sub NAME]
//                     [--hours N]     prints a token

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lucid/access/v1/access.pb.h"
#include "services/base/jwt.h"
#include "services/base/process.h"
#include "services/base/status.h"

ABSL_FLAG(std::string, keys, "", "folder of the keys");
ABSL_FLAG(std::vector<std::string>, role, {}, "roles of the caller, such as OFFICE or UNIT,LEADER");
ABSL_FLAG(std::string, unit, "", "id of the caller's unit");
ABSL_FLAG(std::string, region, "", "GB/T 2260 code of the caller's region");
ABSL_FLAG(std::string, sub, "", "who the caller is; default: local- and the first role");
ABSL_FLAG(int, hours, 24, "how long the token is valid, 1 to 8760");

namespace lucid {
namespace {

absl::Status WriteFile(const std::string& path, mode_t mode, absl::string_view text) {
  const std::string unfinished = absl::StrCat(path, ".new");
  const int file = open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  bool written = file >= 0 && write(file, text.data(), text.size()) == ssize_t(text.size());
  if (file >= 0) written = close(file) == 0 && written;
  if (written && rename(unfinished.c_str(), path.c_str()) == 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot write ", path, ": ", strerror(errno)));
}

absl::Status MakeKey(const std::string& stem) {
  if (std::filesystem::exists(stem + ".jwk") && std::filesystem::exists(stem + ".jwks")) {
    return absl::OkStatus();
  }
  const std::string id = absl::StrCat(kLocalIssuer, "-", absl::ToUnixMicros(absl::Now()));
  ASSIGN_OR_RETURN(SigningKey key, SigningKey::Generate(id, "ES256"));
  RETURN_IF_ERROR(WriteFile(stem + ".jwk", 0600, key.PrivateJwk()));
  return WriteFile(stem + ".jwks", 0644, absl::StrCat("{\"keys\":[", key.PublicJwk(), "]}\n"));
}

absl::Status CheckArguments() {
  const std::vector<std::string> roles = absl::GetFlag(FLAGS_role);
  if (roles.empty()) return absl::InvalidArgumentError("--role is missing");
  for (const std::string& name : roles) {
    access::v1::Role role;
    if (!access::v1::Role_Parse(absl::AsciiStrToUpper(name), &role) ||
        role == access::v1::ROLE_UNSPECIFIED || role == access::v1::SERVICE) {
      return absl::InvalidArgumentError(
          absl::StrCat(name,
                       " is no role of users; they are OFFICE, UNIT, LEADER, SUPERIOR, MONITOR, "
                       "PETITIONS, DISCIPLINE, PUBLISHER, PUBLIC and ADMIN"));
    }
  }
  const int hours = absl::GetFlag(FLAGS_hours);
  if (hours < 1 || hours > 8760) return absl::InvalidArgumentError("--hours is not 1 to 8760");
  return absl::OkStatus();
}

absl::StatusOr<std::string> Issue(const std::string& key_path) {
  RETURN_IF_ERROR(CheckArguments());
  std::ifstream file(key_path);
  if (!file) {
    return absl::NotFoundError(
        absl::StrCat("no key at ", key_path, "; deploy/local/up makes it on its first run"));
  }
  ASSIGN_OR_RETURN(SigningKey key,
                   SigningKey::Parse(std::string(std::istreambuf_iterator<char>(file), {})));
  Json roles(json_array());
  for (const std::string& name : absl::GetFlag(FLAGS_role)) {
    json_array_append_new(roles.get(), json_string(absl::AsciiStrToUpper(name).c_str()));
  }
  std::string subject = absl::GetFlag(FLAGS_sub);
  if (subject.empty()) {
    subject = absl::StrCat("local-", absl::AsciiStrToLower(absl::GetFlag(FLAGS_role).front()));
  }
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  Json claims(json_pack("{s:s, s:s, s:s, s:O, s:I, s:I, s:I}", "iss", "lucid-local", "aud", "lucid",
                        "sub", subject.c_str(), "roles", roles.get(), "iat", json_int_t{now}, "nbf",
                        json_int_t{now}, "exp",
                        json_int_t{now + 3600 * absl::GetFlag(FLAGS_hours)}));
  if (claims == nullptr) return absl::InvalidArgumentError("--sub is not UTF-8");
  for (const auto& [claim, value] : {std::pair{"unit", absl::GetFlag(FLAGS_unit)},
                                     std::pair{"region", absl::GetFlag(FLAGS_region)}}) {
    if (!value.empty()) json_object_set_new(claims.get(), claim, json_string(value.c_str()));
  }
  return key.Sign(claims.get());
}

absl::Status Run(const std::vector<std::string>& words) {
  const absl::string_view command = words.size() == 1 ? absl::string_view(words[0]) : "";
  const std::string keys = absl::GetFlag(FLAGS_keys);
  if (keys.empty()) return absl::InvalidArgumentError("--keys is missing");
  if (command == "keygen") {
    RETURN_IF_ERROR(MakeKey(absl::StrCat(keys, "/users")));
    return MakeKey(absl::StrCat(keys, "/services"));
  }
  if (command == "issue") {
    ASSIGN_OR_RETURN(std::string token, Issue(absl::StrCat(keys, "/users.jwk")));
    printf("%s\n", token.c_str());
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("say what to do: keygen or issue");
}

}  // namespace
}  // namespace lucid

int main(int argc, char** argv) {
  const absl::Status status = lucid::Run(
      lucid::ReadFlags(argc, argv, "lucid-token keygen|issue --keys DIR [--role ROLE …]"));
  if (status.ok()) return 0;
  fprintf(stderr, "lucid-token: %s\n", std::string(status.message()).c_str());
  return 1;
}
