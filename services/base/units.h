// The declared units of measure 计量单位 and the exact factors between them.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/base/ratio.h"
#include "services/base/status.h"

namespace lucid {

// A declared unit. Units of one dimension convert into each other; units that count things (家, 处,
// 台 …) are each a dimension of their own, because 3 firms are not 3 sites.
struct Unit {
  absl::string_view symbol;     // as printed: "μg/m³", "亩"
  absl::string_view dimension;  // "area", "mass per day" …; of a counting unit, its symbol
  int64_t numerator = 1;        // how many of the dimension's base unit: 亩 = 2000/3 m²
  int64_t denominator = 1;

  Ratio factor() const;
};

// The unit written `text`, by its symbol or by another spelling of it ("ug/m3", "Km", "㎡"). A name
// in another language is a unit of its own (公里, km), so that what was written is what is printed.
// INVALID_ARGUMENT, reason UNDECLARED_UNIT, naming the text where there is none.
absl::StatusOr<const Unit*> FindUnit(absl::string_view text);

// Adds a violation unless `text` is a declared unit.
void CheckUnit(FieldErrors& errors, absl::string_view field, absl::string_view text);

// `value` in `from`, expressed in `to`: exact, to be rounded by the caller. Fails like FindUnit();
// INVALID_ARGUMENT, reason INCOMPATIBLE_UNITS, where the dimensions differ.
absl::StatusOr<Ratio> Convert(const Ratio& value, absl::string_view from, absl::string_view to);

}  // namespace lucid
