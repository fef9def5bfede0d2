// Fuzzes the reference parser: whatever the bytes, its properties hold.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/publications/references_properties.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string broken = lucid::publications::BrokenProperty(
      absl::string_view(reinterpret_cast<const char*>(data), size));
  if (!broken.empty()) {
    fprintf(stderr, "%s\n", broken.c_str());
    abort();
  }
  return 0;
}
