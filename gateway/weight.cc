#include "gateway/weight.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "services/base/status.h"

namespace lucid::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;

constexpr int kNumbersOfOneWeight = 8;  // packed, each of a byte on the wire and eight in memory

// Reads through an encoding and counts what becomes an object or a text of its own.
class Scale {
 public:
  Scale(google::protobuf::io::ZeroCopyInputStream& encoded, int most)
      : in_(&encoded), left_(most) {}

  bool over() const { return left_ < 0; }

  // What is left of a message, or of the group that ends with the tag `end`. False where that is
  // no encoding, or too much. `type` is null within what is unknown.
  bool Weigh(const Descriptor* type, uint32_t end = 0) {
    while (!over()) {
      const uint32_t tag = in_.ReadTag();
      if (tag == 0) return end == 0 && in_.ConsumedEntireMessage();
      const auto wire = WireFormatLite::GetTagWireType(tag);
      if (wire == WireFormatLite::WIRETYPE_END_GROUP) return tag == end;
      const FieldDescriptor* field =
          type == nullptr ? nullptr
                          : type->FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
      if (!WeighField(field, tag, wire)) return false;
    }
    return false;
  }

 private:
  bool WeighField(const FieldDescriptor* field, uint32_t tag, WireFormatLite::WireType wire) {
    const bool known =
        field != nullptr && wire == WireFormatLite::WireTypeForFieldType(
                                        static_cast<WireFormatLite::FieldType>(field->type()));
    switch (wire) {
      case WireFormatLite::WIRETYPE_START_GROUP:
        --left_;
        return WeighGroup(WireFormatLite::GetTagFieldNumber(tag));
      case WireFormatLite::WIRETYPE_LENGTH_DELIMITED:
        return WeighLength(field, known);
      default:  // a number, which of its own field is none of the objects
        if (!known) --left_;
        return WireFormatLite::SkipField(&in_, tag);
    }
  }

  // No message of lucid has groups: they are unknown fields.
  bool WeighGroup(int number) {
    if (!in_.IncrementRecursionDepth()) return false;
    const uint32_t end = WireFormatLite::MakeTag(number, WireFormatLite::WIRETYPE_END_GROUP);
    if (!Weigh(nullptr, end)) return false;
    in_.DecrementRecursionDepth();
    return true;
  }

  bool WeighLength(const FieldDescriptor* field, bool known) {
    int length = 0;
    if (!in_.ReadVarintSizeAsInt(&length)) return false;
    if (field != nullptr && field->is_packable()) {
      left_ -= length / kNumbersOfOneWeight;
      return in_.Skip(length);
    }
    --left_;
    if (!known || field->type() != FieldDescriptor::TYPE_MESSAGE) return in_.Skip(length);
    const auto [limit, depth] = in_.IncrementRecursionDepthAndPushLimit(length);
    return depth >= 0 && Weigh(field->message_type()) &&
           in_.DecrementRecursionDepthAndPopLimit(limit);
  }

  google::protobuf::io::CodedInputStream in_;
  int left_;
};

}  // namespace

absl::Status TooManyValues() {
  return InvalidField("body", absl::StrCat("has more than ", kMostValues, " messages and texts"));
}

absl::Status CheckWeight(const Descriptor& type, google::protobuf::io::ZeroCopyInputStream& encoded,
                         int most) {
  Scale scale(encoded, most);
  if (scale.Weigh(&type)) return absl::OkStatus();
  return scale.over() ? TooManyValues() : InvalidField("body", absl::StrCat("is no ", type.name()));
}

absl::Status CheckWeight(const Descriptor* type, grpc::ByteBuffer& request) {
  if (type == nullptr) return absl::OkStatus();
  grpc::ProtoBufferReader reader(&request);
  return CheckWeight(*type, reader);
}

}  // namespace lucid::gateway
