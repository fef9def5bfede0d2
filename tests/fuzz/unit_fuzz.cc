// Any texts as units of measure, a line each: a conversion there and back changes nothing. All
// doors refuse bytes that are not UTF-8.
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "services/base/decimal.h"
#include "services/base/units.h"
#include "services/base/utf8.h"
#include "tests/fuzz/expect.h"

namespace lucid {
namespace {

void CheckUnits(absl::string_view from, absl::string_view to) {
  const auto source = FindUnit(from), target = FindUnit(to);
  if (!source.ok()) EXPECT(Reason(source.status()) == "UNDECLARED_UNIT");
  if (source.ok()) EXPECT(*FindUnit((*source)->symbol) == *source);
  const Ratio value(Decimal(12'345, 3));
  const absl::StatusOr<Ratio> converted = Convert(value, from, to);
  EXPECT(converted.ok() ==
         (source.ok() && target.ok() && (*source)->dimension == (*target)->dimension));
  if (converted.ok()) EXPECT(*Convert(*converted, to, from) == value);
}

}  // namespace
}  // namespace lucid

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  if (!lucid::IsUtf8(input)) return 0;
  const std::pair<std::string, std::string> texts = absl::StrSplit(input, absl::MaxSplits('\n', 1));
  lucid::CheckUnits(texts.first, texts.second);
  return 0;
}
