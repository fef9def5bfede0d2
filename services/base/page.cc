#include "services/base/page.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/base/hash.h"
#include "services/base/status.h"
#include "services/base/utf8.h"

namespace lucid {
namespace {

constexpr size_t kChecksumLength = 8;

std::string Checksum(absl::string_view query, absl::string_view content) {
  return Sha256(absl::StrCat(query.size(), ":", query, content)).substr(0, kChecksumLength);
}

}  // namespace

absl::StatusOr<int64_t> PageSize(int64_t asked) {
  if (asked < 0) return InvalidField("page_size", "must not be negative");
  return asked == 0 ? 50 : std::min<int64_t>(asked, 1000);
}

std::string MakePageToken(absl::string_view query, const std::vector<std::string>& keys) {
  std::string content;
  for (const std::string& key : keys) absl::StrAppend(&content, key.size(), ":", key);
  return absl::WebSafeBase64Escape(absl::StrCat(Checksum(query, content), content));
}

absl::StatusOr<std::vector<std::string>> ReadPageToken(absl::string_view query,
                                                       absl::string_view token) {
  absl::Status bad = InvalidField("page_token", "was not given out for this query");
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(token, &bytes) || bytes.size() < kChecksumLength) return bad;
  absl::string_view content = absl::string_view(bytes).substr(kChecksumLength);
  if (Checksum(query, content) != bytes.substr(0, kChecksumLength)) return bad;
  std::vector<std::string> keys;
  while (!content.empty()) {
    size_t colon = content.find(':');
    size_t length = 0;
    if (colon == content.npos || !absl::SimpleAtoi(content.substr(0, colon), &length) ||
        length > content.size() - colon - 1) {
      return bad;
    }
    keys.emplace_back(content.substr(colon + 1, length));
    if (!IsUtf8(keys.back()) || absl::StrContains(keys.back(), '\0')) return bad;
    content.remove_prefix(colon + 1 + length);
  }
  return keys;
}

}  // namespace lucid
