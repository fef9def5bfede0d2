// Text on the wire: is it UTF-8, and how it is written as a JSON string.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace lucid {

// Whether every byte belongs to a well-formed sequence (no surrogates, no overlong forms).
bool IsUtf8(absl::string_view text);

// The length in bytes of the well-formed sequence at the front of `text`, which is not empty; 0
// where none begins there.
size_t Utf8Length(absl::string_view text);

// How many code points `text` has, which is what limits on texts count; a byte of no well-formed
// sequence counts as one.
size_t CodePoints(absl::string_view text);

// The text, cut after at most so many bytes, between two characters, and then with "…" behind it.
std::string Shortened(absl::string_view text, size_t most);

// Appends `text` as a JSON string with its quotes, escaping only what must be; invalid UTF-8
// becomes U+FFFD.
void AppendJsonString(std::string& out, absl::string_view text);

}  // namespace lucid
