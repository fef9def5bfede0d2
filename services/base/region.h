// Administrative regions by GB/T 2260: in 210000 Liaoning 210400 Fushun, in that 210411 Shuncheng.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace lucid {

// The whole country. GB/T 2260 itself begins at the provinces; this is the code in common use.
inline constexpr absl::string_view kCountry = "100000";

// INVALID_ARGUMENT for `field` unless `code` is a code of the country, a province, a city or a
// county: six digits, whose city digits are not 00 where its county digits are not. Whether the
// region exists is for the records to say.
absl::Status CheckRegion(absl::string_view field, absl::string_view code);

// Whether `lower` is `upper` or lies below it. A text that is not a code contains nothing and lies
// nowhere, so an actor without a region is confined to nothing, not let in everywhere.
bool RegionContains(absl::string_view upper, absl::string_view lower);

// The codes within a region as a half-open range of text, for `region >= $1 AND region < $2`.
// {"", ""}, which no text satisfies, when `code` is not a code.
std::pair<std::string, std::string> RegionRange(absl::string_view code);

// The region itself, then those above it up to the country; empty when `code` is not a code.
std::vector<std::string> RegionsUpFrom(absl::string_view code);

}  // namespace lucid
