#include "services/base/trace.h"

#include <random>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace lucid {
namespace {

uint64_t Random() {
  static thread_local std::mt19937_64 random{std::random_device{}()};
  return random();
}

bool IsLowerHex(absl::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == text.npos;
}

// version "-" trace id "-" span id "-" flags, as in W3C Trace Context section 3.2.
bool IsTraceparent(absl::string_view text) {
  return text.size() == 55 && text.substr(0, 3) == "00-" && text[35] == '-' && text[52] == '-' &&
         IsLowerHex(text.substr(3, 32)) && IsLowerHex(text.substr(36, 16)) &&
         IsLowerHex(text.substr(53, 2)) && text.substr(3, 32).find_first_not_of('0') != text.npos;
}

}  // namespace

std::string ContinueTrace(absl::string_view incoming) {
  std::string span = absl::StrFormat("%016x", Random() | 1);
  if (IsTraceparent(incoming)) {
    return absl::StrCat(incoming.substr(0, 36), span, incoming.substr(52));
  }
  return absl::StrFormat("00-%016x%016x-%s-01", Random() | 1, Random(), span);
}

}  // namespace lucid
