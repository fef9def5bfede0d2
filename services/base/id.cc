#include "services/base/id.h"

#include <sys/random.h>

#include <algorithm>
#include <cstdint>
#include <mutex>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "services/base/status.h"

namespace lucid {
namespace {

// RFC 9562, section 6.2, method 1: after the milliseconds stands a counter of 26 bits (rand_a and
// the first 14 bits of rand_b) that begins each millisecond at 16 random bits, which leaves room
// for 67 million ids.
constexpr uint64_t kCounterMax = (uint64_t{1} << 26) - 1;

struct Position {
  uint64_t milliseconds = 0;
  uint64_t counter = 0;
};

uint64_t RandomBits() {
  uint64_t bits = 0;
  // Up to 256 bytes cannot be cut short, and can only fail where there is no such call.
  while (getrandom(&bits, sizeof bits, 0) != sizeof bits) {
  }
  return bits;
}

Position NextPosition(uint64_t milliseconds, uint64_t seed) {
  static std::mutex mutex;
  static Position last;
  std::lock_guard<std::mutex> lock(mutex);
  if (milliseconds > last.milliseconds) {
    last = {milliseconds, seed};
  } else if (++last.counter > kCounterMax) {
    last = {last.milliseconds + 1, 0};
  }
  return last;
}

}  // namespace

std::string NewId(absl::Time now) {
  const uint64_t random = RandomBits();
  const Position at = NextPosition(std::max<int64_t>(absl::ToUnixMillis(now), 0), random >> 48);
  const uint64_t variant_and_counter = 0x8000 | (at.counter & 0x3fff);
  return absl::StrFormat("%08x-%04x-7%03x-%04x-%012x", (at.milliseconds >> 16) & 0xffffffff,
                         at.milliseconds & 0xffff, at.counter >> 14, variant_and_counter,
                         random & 0xffffffffffff);
}

absl::Status CheckId(absl::string_view field, absl::string_view id) {
  const auto is_plain = [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  };
  if (!id.empty() && id.size() <= 63 && id[0] != '-' && absl::c_all_of(id, is_plain)) {
    return absl::OkStatus();
  }
  return InvalidField(field,
                      "is not an id; expected 1 to 63 of a-z, 0-9 and '-', the first not '-'");
}

}  // namespace lucid
