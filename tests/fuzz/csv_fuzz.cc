// Any bytes as a table: what is read is bounded, trimmed UTF-8 in order of rows, and what people
// type is read the same once it is read.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "services/base/sheet.h"
#include "services/base/utf8.h"
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto sheet = lucid::Sheet::Open(bytes);
  if (!sheet.ok()) return 0;
  std::vector<std::string> cells;
  for (int64_t before = 0;; before = (*sheet)->row()) {
    absl::StatusOr<bool> more = (*sheet)->Next(cells);
    if (!more.ok() || !*more) return 0;
    EXPECT((*sheet)->row() > before);
    EXPECT(cells.size() <= static_cast<size_t>(lucid::Sheet::kMostColumns));
    for (const std::string& cell : cells) {
      EXPECT(lucid::IsUtf8(cell));
      const std::string number = lucid::PlainNumber(cell), time = lucid::PlainTime(cell);
      EXPECT(lucid::PlainNumber(number) == number);
      EXPECT(lucid::PlainTime(time) == time);
    }
  }
}
