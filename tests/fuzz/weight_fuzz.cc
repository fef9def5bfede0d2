// Any bytes as a request: what is small weighs little, whatever it is.
#include <cstddef>
#include <cstdint>

#include "gateway/weight.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "library.pb.h"
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  google::protobuf::io::ArrayInputStream stream(data, static_cast<int>(size));
  EXPECT(lucid::gateway::CheckWeight(*lucid::library::v1::Kinds::descriptor(), stream).ok());
  return 0;
}
