// SHA-256, as bytes and as text.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace lucid {

// The 32 bytes of the digest.
std::string Sha256(absl::string_view bytes);
// The digest as 64 lower-case hexadecimal digits.
std::string Sha256Hex(absl::string_view bytes);

}  // namespace lucid
