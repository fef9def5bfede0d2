// The comments of the protos: what the API reference says of a message, field, method or enum.
#pragma once

#include <string>

#include "google/protobuf/descriptor.h"

namespace lucid::gateway {

// The comments as the build found them; descriptors of other protos have none.
class ProtoComments {
 public:
  ProtoComments();

  // The comment in front of what `descriptor` (of a message, field, enum, enum value, service or
  // method) describes, without the marks of comments; "" where there is none.
  template <class AnyDescriptor>
  std::string Of(const AnyDescriptor& descriptor) const {
    return Text(Find(descriptor));
  }

 private:
  const google::protobuf::Descriptor* Find(const google::protobuf::Descriptor& message) const {
    return pool_.FindMessageTypeByName(message.full_name());
  }
  const google::protobuf::FieldDescriptor* Find(
      const google::protobuf::FieldDescriptor& field) const {
    return pool_.FindFieldByName(field.full_name());
  }
  const google::protobuf::EnumDescriptor* Find(const google::protobuf::EnumDescriptor& type) const {
    return pool_.FindEnumTypeByName(type.full_name());
  }
  const google::protobuf::EnumValueDescriptor* Find(
      const google::protobuf::EnumValueDescriptor& value) const {
    return pool_.FindEnumValueByName(value.full_name());
  }
  const google::protobuf::ServiceDescriptor* Find(
      const google::protobuf::ServiceDescriptor& service) const {
    return pool_.FindServiceByName(service.full_name());
  }
  const google::protobuf::MethodDescriptor* Find(
      const google::protobuf::MethodDescriptor& method) const {
    return pool_.FindMethodByName(method.full_name());
  }

  template <class AnyDescriptor>
  static std::string Text(const AnyDescriptor* descriptor) {
    google::protobuf::SourceLocation location;
    if (descriptor == nullptr || !descriptor->GetSourceLocation(&location)) return "";
    return Joined(location.leading_comments);
  }
  static std::string Joined(const std::string& comment);

  google::protobuf::DescriptorPool pool_;
};

}  // namespace lucid::gateway
