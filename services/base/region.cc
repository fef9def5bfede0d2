#include "services/base/region.h"

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/base/status.h"

namespace lucid {
namespace {

constexpr size_t kDigits = 6;

bool IsCode(absl::string_view code) {
  if (code.size() != kDigits || !absl::c_all_of(code, absl::ascii_isdigit)) return false;
  if (code == kCountry) return true;
  bool is_province = code[0] >= '1' && code[0] <= '8' && code[1] != '0';
  return is_province && (code.substr(2, 2) != "00" || code.substr(4) == "00");
}

// The leading digits that a region shares with everything below it.
absl::string_view Prefix(absl::string_view code) {
  if (code == kCountry) return "";
  if (code.substr(2) == "0000") return code.substr(0, 2);
  if (code.substr(4) == "00") return code.substr(0, 4);
  return code;
}

}  // namespace

absl::Status CheckRegion(absl::string_view field, absl::string_view code) {
  if (IsCode(code)) return absl::OkStatus();
  return InvalidField(field, "is not a region code; expected six digits of GB/T 2260 (\"210400\")");
}

bool RegionContains(absl::string_view upper, absl::string_view lower) {
  return IsCode(upper) && IsCode(lower) && absl::StartsWith(lower, Prefix(upper));
}

std::pair<std::string, std::string> RegionRange(absl::string_view code) {
  if (!IsCode(code)) return {};
  int low = 0;
  if (!absl::SimpleAtoi(code, &low)) return {};
  const size_t shared = Prefix(code).size();
  const int count = shared == 2 ? 10000 : shared == 4 ? 100 : 1;
  // All six digits, so that every collation agrees on the order.
  const int high = code == kCountry ? 900000 : low + count;
  return {std::string(code), absl::StrCat(high)};
}

std::vector<std::string> RegionsUpFrom(absl::string_view code) {
  std::vector<std::string> regions;
  if (!IsCode(code)) return regions;
  regions.emplace_back(code);
  for (size_t shared : {4, 2}) {
    if (Prefix(code).size() <= shared) continue;
    regions.push_back(absl::StrCat(code.substr(0, shared), std::string(kDigits - shared, '0')));
  }
  if (code != kCountry) regions.emplace_back(kCountry);
  return regions;
}

}  // namespace lucid
