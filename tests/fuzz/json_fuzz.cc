// Any bytes as JSON, and as a message in binary: what is read can be sent on and prints as what
// reads back the same.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "gateway/json.h"
#include "google/protobuf/util/field_comparator.h"
#include "google/protobuf/util/message_differencer.h"
#include "library.pb.h"
#include "lucid/tasks/v1/tasks_service.pb.h"
#include "tests/fuzz/expect.h"

namespace lucid::gateway {
namespace {

using google::protobuf::util::DefaultFieldComparator;
using google::protobuf::util::MessageDifferencer;

bool Same(const google::protobuf::Message& a, const google::protobuf::Message& b) {
  DefaultFieldComparator comparator;
  comparator.set_treat_nan_as_equal(true);
  MessageDifferencer differencer;
  differencer.set_field_comparator(&comparator);
  return differencer.Compare(a, b);
}

// What a message prints as, or "" where it has no JSON.
std::string Printed(const google::protobuf::Message& message) {
  return ToJson(message).value_or("");
}

template <class Message>
void CheckJson(absl::string_view json) {
  Message message, sent, again;
  if (!FromJson(json, message).ok()) return;
  // The service that gets it can read it.
  EXPECT(sent.ParseFromString(message.SerializeAsString()));
  const std::string printed = Printed(message);
  EXPECT(!printed.empty());
  EXPECT(FromJson(printed, again).ok());
  EXPECT(Same(message, again));
  EXPECT(Printed(again) == printed);
  Message with_names;
  EXPECT(FromJsonWithNames(json, with_names).ok());
  EXPECT(Same(message, with_names));
}

template <class Message>
void CheckBinary(absl::string_view bytes) {
  Message message, once, twice;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  // What has several forms in binary comes back in ours, which then does not change any more.
  if (!FromJson(Printed(message), once).ok()) return;
  const std::string printed = Printed(once);
  EXPECT(FromJson(printed, twice).ok());
  EXPECT(Printed(twice) == printed);
}

}  // namespace
}  // namespace lucid::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  lucid::gateway::CheckJson<lucid::library::v1::Kinds>(input);
  lucid::gateway::CheckJson<lucid::tasks::v1::CreateTaskRequest>(input);
  lucid::gateway::CheckBinary<lucid::library::v1::Kinds>(input);
  return 0;
}
