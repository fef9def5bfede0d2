// Any text as the start of an observation: what is read prints as it was written.
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "services/indicators/indicators_runs.h"
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using lucid::indicators::v1::Observation;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  for (int length = Observation::Length_MIN; length <= Observation::Length_MAX; ++length) {
    const auto form = static_cast<Observation::Length>(length);
    const auto start = lucid::indicators::ParseStart(text, form);
    if (!start.ok()) continue;
    EXPECT(lucid::indicators::FormatStart(*start, form) == text);
    EXPECT(absl::CivilDay(*start) <= lucid::indicators::LastDay(*start, form));
  }
  return 0;
}
