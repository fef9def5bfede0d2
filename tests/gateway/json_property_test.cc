// Random messages: our JSON and protobuf's own must read each other.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "gateway/json.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "library.pb.h"

namespace lucid::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::util::JsonStringToMessage;
using google::protobuf::util::MessageDifferencer;
using google::protobuf::util::MessageToJsonString;

class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  void Fill(Message& message, int depth) {
    const std::string& type = message.GetDescriptor()->full_name();
    if (type == "google.protobuf.Timestamp") {
      static_cast<google::protobuf::Timestamp&>(message).set_seconds(
          Within(-62135596800, 253402300799));
      static_cast<google::protobuf::Timestamp&>(message).set_nanos(Nanos());
    } else if (type == "google.protobuf.Duration") {
      const int64_t seconds = Within(-315576000000, 315576000000);
      static_cast<google::protobuf::Duration&>(message).set_seconds(seconds);
      static_cast<google::protobuf::Duration&>(message).set_nanos(seconds < 0 ? -Nanos() : Nanos());
    } else if (type == "google.protobuf.FieldMask") {
      static_cast<google::protobuf::FieldMask&>(message).add_paths("due_day.x_y");
    } else if (type == "google.protobuf.Any") {
      library::v1::Kinds inner;
      if (depth > 0) Fill(inner, depth - 1);
      static_cast<google::protobuf::Any&>(message).PackFrom(inner);
    } else if (type == "google.protobuf.Value") {
      FillValue(static_cast<google::protobuf::Value&>(message), depth);
    } else {
      FillFields(message, depth);
    }
  }

 private:
  void FillValue(google::protobuf::Value& value, int depth) {
    switch (Within(0, depth > 0 ? 5 : 3)) {
      case 0:
        value.set_null_value(google::protobuf::NULL_VALUE);
        break;
      case 1:
        value.set_number_value(Double());
        break;
      case 2:
        value.set_string_value(Text());
        break;
      case 3:
        value.set_bool_value(Coin());
        break;
      case 4:
        Fill(*value.mutable_struct_value(), depth - 1);
        break;
      default:
        Fill(*value.mutable_list_value(), depth - 1);
    }
  }

  void FillFields(Message& message, int depth) {
    const Reflection& reflection = *message.GetReflection();
    const auto* type = message.GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      const auto* oneof = field->real_containing_oneof();
      if (oneof != nullptr && reflection.HasOneof(message, oneof)) continue;
      const bool entry = type->options().map_entry();
      if (field->message_type() != nullptr && depth == 0 && !entry) continue;
      if (!entry && Within(0, 3) > 0) continue;
      if (field->is_map()) {
        FillMap(message, field, depth);
        continue;
      }
      const int64_t count = field->is_repeated() ? Within(1, 3) : 1;
      for (int64_t n = 0; n < count; ++n) FillField(message, field, depth);
    }
  }

  // Keys differ: a map with a repeated key has no single meaning.
  void FillMap(Message& message, const FieldDescriptor* field, int depth) {
    const Reflection& reflection = *message.GetReflection();
    Message* entry = reflection.AddMessage(&message, field);
    FillFields(*entry, depth);
  }

  void FillField(Message& message, const FieldDescriptor* field, int depth) {
    const Reflection& r = *message.GetReflection();
    const bool add = field->is_repeated();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32: {
        const auto v = static_cast<int32_t>(Integer());
        add ? r.AddInt32(&message, field, v) : r.SetInt32(&message, field, v);
        break;
      }
      case FieldDescriptor::CPPTYPE_INT64: {
        const int64_t v = Integer();
        add ? r.AddInt64(&message, field, v) : r.SetInt64(&message, field, v);
        break;
      }
      case FieldDescriptor::CPPTYPE_UINT32: {
        const auto v = static_cast<uint32_t>(Integer());
        add ? r.AddUInt32(&message, field, v) : r.SetUInt32(&message, field, v);
        break;
      }
      case FieldDescriptor::CPPTYPE_UINT64: {
        const auto v = static_cast<uint64_t>(Integer());
        add ? r.AddUInt64(&message, field, v) : r.SetUInt64(&message, field, v);
        break;
      }
      case FieldDescriptor::CPPTYPE_DOUBLE: {
        const double v = Double();
        add ? r.AddDouble(&message, field, v) : r.SetDouble(&message, field, v);
        break;
      }
      case FieldDescriptor::CPPTYPE_FLOAT: {
        const auto v = static_cast<float>(Within(-1'000'000, 1'000'000)) / 64;
        add ? r.AddFloat(&message, field, v) : r.SetFloat(&message, field, v);
        break;
      }
      case FieldDescriptor::CPPTYPE_BOOL: {
        const bool v = Coin();
        add ? r.AddBool(&message, field, v) : r.SetBool(&message, field, v);
        break;
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        const bool null = field->enum_type()->full_name() == "google.protobuf.NullValue";
        const int v = null ? 0 : static_cast<int>(Within(0, 4));
        add ? r.AddEnumValue(&message, field, v) : r.SetEnumValue(&message, field, v);
        break;
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        const std::string v = Text();
        add ? r.AddString(&message, field, v) : r.SetString(&message, field, v);
        break;
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        Fill(add ? *r.AddMessage(&message, field) : *r.MutableMessage(&message, field),
             std::max(depth - 1, 0));
        break;
    }
  }

  int64_t Within(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random_);
  }
  bool Coin() { return Within(0, 1) == 1; }
  int32_t Nanos() {
    const int32_t units[] = {0, 1, 1'000, 1'000'000};
    return static_cast<int32_t>(Within(0, 999)) * units[Within(0, 3)];
  }
  int64_t Integer() {
    const int64_t bits = Within(0, 63);
    return Within(INT64_MIN, INT64_MAX) >> bits;
  }
  double Double() {
    const double size = std::pow(10.0, static_cast<double>(Within(-300, 300)));
    return Coin() ? static_cast<double>(Within(-1000, 1000)) : size * 1.2345678901234567;
  }
  std::string Text() {
    static const char* const kPieces[] = {"a", "\"", "\\", "\n", "水", "😀", "\x01", "</", "\x7f"};
    std::string text;
    for (int64_t n = Within(0, 6); n > 0; --n) text += kPieces[Within(0, 8)];
    return text;
  }

  std::mt19937 random_;
};

TEST(JsonProperty, OursAndProtobufsReadEachOther) {
  for (uint32_t seed = 0; seed < 3000; ++seed) {
    library::v1::Kinds message;
    Generator(seed).Fill(message, 3);
    const auto ours = ToJson(message);
    ASSERT_TRUE(ours.ok()) << ours.status() << message.DebugString();

    library::v1::Kinds read_by_us, read_by_protobuf, theirs_read_by_us;
    ASSERT_TRUE(FromJson(*ours, read_by_us).ok()) << FromJson(*ours, read_by_us) << *ours;
    ASSERT_TRUE(MessageDifferencer::Equals(message, read_by_us)) << seed << " " << *ours;

    ASSERT_TRUE(JsonStringToMessage(*ours, &read_by_protobuf).ok()) << *ours;
    ASSERT_TRUE(MessageDifferencer::Equals(message, read_by_protobuf)) << seed << " " << *ours;

    std::string theirs;
    ASSERT_TRUE(MessageToJsonString(message, &theirs).ok());
    const absl::Status status = FromJson(theirs, theirs_read_by_us);
    ASSERT_TRUE(status.ok()) << status << theirs;
    ASSERT_TRUE(MessageDifferencer::Equals(message, theirs_read_by_us)) << seed << " " << theirs;
  }
}

TEST(JsonProperty, DamagedTextIsReadOrRefusedButNeverMore) {
  std::mt19937 random(1);
  for (uint32_t seed = 0; seed < 3000; ++seed) {
    library::v1::Kinds message, read, again;
    Generator(seed).Fill(message, 2);
    std::string json = *ToJson(message);
    const char bytes[] = "{}[]\",:\\0e-.tn\x80";
    for (int n = 0; n < 3; ++n)
      json[random() % json.size()] = bytes[random() % (sizeof(bytes) - 1)];
    if (!FromJson(json, read).ok()) continue;
    const auto printed = ToJson(read);
    ASSERT_TRUE(printed.ok()) << printed.status() << json;
    ASSERT_TRUE(FromJson(*printed, again).ok()) << *printed;
    ASSERT_EQ(*ToJson(again), *printed);
  }
}

}  // namespace
}  // namespace lucid::gateway
