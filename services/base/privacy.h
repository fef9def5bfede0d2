// Texts that must name nobody: what gives a person away by its form alone.
#pragma once

#include "absl/strings/string_view.h"

namespace lucid {

// What the text holds that points to a person: "a resident identity number" (18 digits with a valid
// check digit, GB 11643) or "a mobile number" (11 digits from 13 to 19); "" when it holds neither.
// Full-width digits, and single spaces and hyphens between digits, hide nothing.
absl::string_view FindPersonalNumber(absl::string_view text);

}  // namespace lucid
