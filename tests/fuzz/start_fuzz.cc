// Any text as the start of an observation: what is read prints as it was written, and an instant
// that is given as a day as that day's midnight.
#include <cstddef>
#include <cstdint>
#include <string>

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
    const std::string printed = lucid::indicators::FormatStart(*start, form);
    EXPECT(printed == text ||
           (form == Observation::INSTANT && printed == std::string(text) + "T00:00"));
    EXPECT(absl::CivilDay(*start) <= lucid::indicators::LastDay(*start, form));
  }
  return 0;
}
