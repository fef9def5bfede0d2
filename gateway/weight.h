// How much a request weighs in memory, which its length does not say: two bytes on the wire may be
// hundreds in memory. Requests are counted before they are read.
#pragma once

#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/zero_copy_stream.h"
#include "grpcpp/support/byte_buffer.h"

namespace lucid::gateway {

// More messages, texts and unknown fields than any method takes: of a stream, in one message.
inline constexpr int kMostValues = 100'000;

// INVALID_ARGUMENT of a request that has more.
absl::Status TooManyValues();

// TooManyValues() where the encoding of a `type` has more than `most`, packed numbers counted by
// eights; INVALID_ARGUMENT too where it is no encoding of one.
absl::Status CheckWeight(const google::protobuf::Descriptor& type,
                         google::protobuf::io::ZeroCopyInputStream& encoded,
                         int most = kMostValues);
// The same of a request that came by gRPC; OK where its type is unknown here (null), as of a method
// that only a newer release of a service has.
absl::Status CheckWeight(const google::protobuf::Descriptor* type, grpc::ByteBuffer& request);

}  // namespace lucid::gateway
