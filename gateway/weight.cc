#include "gateway/weight.h"

#include <cstdint>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "services/base/status.h"

namespace lucid::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// Takes what is counted of the rest of a message from `left`; ends early where that is used up, or
// what follows is no encoding.
void Count(const Descriptor& type, CodedInputStream& in, int& left) {
  while (left > 0) {
    const uint32_t tag = in.ReadTag();
    if (tag == 0) return;
    const FieldDescriptor* field = type.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
    const bool has_length =
        WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
    if (field == nullptr || has_length) --left;
    if (field == nullptr || !has_length || field->type() != FieldDescriptor::TYPE_MESSAGE) {
      if (!WireFormatLite::SkipField(&in, tag)) return;
      continue;
    }
    int length = 0;
    if (!in.ReadVarintSizeAsInt(&length)) return;
    const auto [limit, depth] = in.IncrementRecursionDepthAndPushLimit(length);
    if (depth < 0) return;
    Count(*field->message_type(), in, left);
    if (left > 0 && !in.DecrementRecursionDepthAndPopLimit(limit)) return;
  }
}

}  // namespace

absl::Status TooManyValues() {
  return InvalidField("body", "has more than 300000 messages and texts");
}

absl::Status CheckWeight(const Descriptor& type,
                         google::protobuf::io::ZeroCopyInputStream& encoded) {
  CodedInputStream in(&encoded);
  int left = kMostValues + 1;
  Count(type, in, left);
  return left > 0 ? absl::OkStatus() : TooManyValues();
}

}  // namespace lucid::gateway
