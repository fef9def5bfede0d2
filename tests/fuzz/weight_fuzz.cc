// Any bytes as a request: what is read has no more messages, texts and unknown fields than were
// counted, and what is refused as no encoding cannot be read.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "gateway/weight.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/unknown_field_set.h"
#include "library.pb.h"
#include "services/base/status.h"
#include "tests/fuzz/expect.h"

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kMost = 8;

int Weight(const google::protobuf::UnknownFieldSet& unknown) {
  int weight = unknown.field_count();
  for (int i = 0; i < unknown.field_count(); ++i) {
    if (unknown.field(i).type() == google::protobuf::UnknownField::TYPE_GROUP) {
      weight += Weight(unknown.field(i).group());
    }
  }
  return weight;
}

int Weight(const Message& message) {
  const auto& reflection = *message.GetReflection();
  int weight = Weight(reflection.GetUnknownFields(message));
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool of_messages = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    const bool of_texts = field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
    // The key and value of a map's entry are there even where the encoding has none.
    if (field->is_map() || !(of_messages || of_texts)) continue;
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    weight += count;
    for (int i = 0; of_messages && i < count; ++i) {
      weight += Weight(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                            : reflection.GetMessage(message, field));
    }
  }
  return weight;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  google::protobuf::io::ArrayInputStream stream(data, static_cast<int>(size));
  const absl::Status weighed =
      lucid::gateway::CheckWeight(*lucid::library::v1::Kinds::descriptor(), stream, kMost);
  lucid::library::v1::Kinds kinds;
  const bool read = kinds.ParseFromArray(data, static_cast<int>(size));
  if (weighed.ok() && read) EXPECT(Weight(kinds) <= kMost);
  const bool too_many = weighed.message() == lucid::gateway::TooManyValues().message();
  if (!weighed.ok() && !too_many) EXPECT(!read);
  return 0;
}
