// Any bytes as a page token, and any texts as its keys: a token opens for its own query only, and
// what it gives can be bound as text.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "services/base/page.h"
#include "services/base/utf8.h"
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  // The seal is 8 bytes, which luck does not find.
  EXPECT(!lucid::ReadPageToken("query", input).ok());
  const std::vector<std::string> keys = absl::StrSplit(input, '\n');
  const std::string token = lucid::MakePageToken("query", keys);
  const auto read = lucid::ReadPageToken("query", token);
  const bool text = lucid::IsUtf8(input) && input.find('\0') == input.npos;
  EXPECT(read.ok() == text);
  if (text) EXPECT(*read == keys);
  EXPECT(!lucid::ReadPageToken("another query", token).ok());
  return 0;
}
