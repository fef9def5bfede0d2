// Page sizes and page tokens: a token is a keyset position bound to the query it was made for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lucid {

// 0 → 50, above 1000 → 1000; negative is INVALID_ARGUMENT.
absl::StatusOr<int64_t> PageSize(int64_t asked);

// An opaque token (base64url) for the position `keys` in the list described by `query`.
std::string MakePageToken(absl::string_view query, const std::vector<std::string>& keys);

// The keys of a token, which can be bound as text; INVALID_ARGUMENT when it is damaged or was made
// for another query. No secret protects it: what a list shows is judged as without one.
absl::StatusOr<std::vector<std::string>> ReadPageToken(absl::string_view query,
                                                       absl::string_view token);

}  // namespace lucid
