// Any bytes as text: counting, normalising and JSON strings hold for whatever arrives.
#include <cstddef>
#include <cstdint>
#include <string>

#include "services/base/text.h"
#include "services/base/utf8.h"
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  EXPECT(lucid::CodePoints(text) <= size);
  const std::string normal = lucid::NormaliseDocumentNumber(text);
  if (lucid::IsUtf8(text)) {
    EXPECT(lucid::IsUtf8(normal));
    EXPECT(lucid::NormaliseDocumentNumber(normal) == normal);
    EXPECT(lucid::CodePoints(normal) <= lucid::CodePoints(text));
  }
  std::string json;
  lucid::AppendJsonString(json, text);
  EXPECT(lucid::IsUtf8(json));
  return 0;
}
