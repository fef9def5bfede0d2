#include "gateway/shape.h"

#include <algorithm>
#include <mutex>
#include <shared_mutex>

#include "absl/strings/str_cat.h"
#include "lucid/types/v1/types.pb.h"

namespace lucid::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

Special SpecialOf(const Descriptor* type) {
  static const auto* specials = new absl::flat_hash_map<absl::string_view, Special>{
      {"google.protobuf.Any", Special::kAny},
      {"google.protobuf.Timestamp", Special::kTimestamp},
      {"google.protobuf.Duration", Special::kDuration},
      {"google.protobuf.FieldMask", Special::kFieldMask},
      {"google.protobuf.Struct", Special::kStruct},
      {"google.protobuf.Value", Special::kValue},
      {"google.protobuf.ListValue", Special::kList},
      {"google.protobuf.DoubleValue", Special::kWrapper},
      {"google.protobuf.FloatValue", Special::kWrapper},
      {"google.protobuf.Int64Value", Special::kWrapper},
      {"google.protobuf.UInt64Value", Special::kWrapper},
      {"google.protobuf.Int32Value", Special::kWrapper},
      {"google.protobuf.UInt32Value", Special::kWrapper},
      {"google.protobuf.BoolValue", Special::kWrapper},
      {"google.protobuf.StringValue", Special::kWrapper},
      {"google.protobuf.BytesValue", Special::kWrapper},
  };
  auto it = specials->find(type->full_name());
  return it == specials->end() ? Special::kNone : it->second;
}

using Shapes = absl::flat_hash_map<const Descriptor*, std::unique_ptr<Shape>>;

// Builds the shape of `type` and of everything it reaches. The caller holds the lock.
const Shape& Build(Shapes& shapes, const Descriptor* type) {
  auto [it, added] = shapes.try_emplace(type);
  if (!added) return *it->second;
  it->second = std::make_unique<Shape>();
  Shape& shape = *it->second;
  shape.type = type;
  shape.special = SpecialOf(type);
  std::vector<const FieldDescriptor*> fields;
  for (int i = 0; i < type->field_count(); ++i) fields.push_back(type->field(i));
  std::sort(fields.begin(), fields.end(),
            [](const auto* a, const auto* b) { return a->number() < b->number(); });
  shape.fields.reserve(fields.size());
  for (const FieldDescriptor* field : fields) {
    FieldShape& added_field = shape.fields.emplace_back();
    added_field.field = field;
    added_field.key = absl::StrCat("\"", field->json_name(), "\":");
    added_field.always = field->options().GetExtension(types::v1::always);
    if (field->message_type() != nullptr) {
      added_field.message = &Build(shapes, field->message_type());
    }
    const int index = static_cast<int>(shape.fields.size()) - 1;
    shape.by_name.emplace(field->name(), index);
    shape.by_name.emplace(field->json_name(), index);
  }
  return shape;
}

}  // namespace

const Shape& ShapeOf(const Descriptor* type) {
  static auto* shapes = new Shapes;
  static std::shared_mutex mutex;
  {
    std::shared_lock lock(mutex);
    auto it = shapes->find(type);
    if (it != shapes->end()) return *it->second;
  }
  std::unique_lock lock(mutex);
  return Build(*shapes, type);
}

std::unique_ptr<google::protobuf::Message> NewMessageOf(absl::string_view type_url) {
  const size_t slash = type_url.rfind('/');
  if (slash == absl::string_view::npos) return nullptr;
  const auto* type = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
      std::string(type_url.substr(slash + 1)));
  if (type == nullptr) return nullptr;
  const auto* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(type);
  return std::unique_ptr<google::protobuf::Message>(prototype->New());
}

}  // namespace lucid::gateway
