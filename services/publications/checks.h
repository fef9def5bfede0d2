// 一致性检查: the gate that a text passes before it may be submitted.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lucid/publications/v1/publication.pb.h"

namespace lucid::publications {

// The checks of a publication as it stands, each with what was found and with its waiver.
std::vector<v1::Check> RunChecks(const v1::Publication& publication);

// Whether a check may be waived at all.
bool IsWaivable(v1::Check::Rule rule);

// The numbers in a text that are typed before one of the units ("16次"), rather than referred to.
// A number after 第 is an ordinal, and one that is part of a day or a range is not typed.
std::vector<std::string> TypedNumbers(absl::string_view text,
                                      const std::vector<std::string>& units);

}  // namespace lucid::publications
