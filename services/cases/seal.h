// Sealing: AES-256-GCM under keys that are themselves sealed under a master key, so that destroying
// one small key destroys what it sealed.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lucid::cases {

// 32 random bytes.
std::string NewKey();

// `plain` sealed under `key`, bound to `context`: it opens under the same context only. Sealing the
// same text twice gives different bytes.
std::string Seal(absl::string_view key, absl::string_view context, absl::string_view plain);

// What was sealed; DATA_LOSS when key, context or bytes are not those of Seal. Quotes nothing.
absl::StatusOr<std::string> Open(absl::string_view key, absl::string_view context,
                                 absl::string_view sealed);

// HMAC-SHA-256 of `text` under `key`, as 64 hexadecimal digits.
std::string KeyedDigest(absl::string_view key, absl::string_view text);

// Reads the master keys from a file of lines that hold 32 bytes in base64 each.
// FAILED_PRECONDITION naming the file where there is none or another line.
absl::StatusOr<std::vector<std::string>> ReadMasterKeys(const std::string& path);

}  // namespace lucid::cases
