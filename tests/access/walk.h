// What the access tests walk over: services with all their methods, messages with all their fields.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "services/base/call.h"
#include "services/base/server.h"

namespace lucid {

// The services that exist, ready to be started.
std::vector<ServiceSpec> EveryService();

// Every role that a caller can have, SERVICE included, PUBLIC not.
std::vector<Role> EveryRole();

// An actor of this one role, of region 210400 and unit u-1.
Actor ActorWith(Role role);

// Every message type of lucid that the services' files reach, each once, by name.
std::vector<const google::protobuf::Descriptor*> EveryMessage();

// A message in which every field is set, at any depth, each list with one element.
std::unique_ptr<google::protobuf::Message> Filled(const google::protobuf::Descriptor& type);

// Calls `visit` for every field that is set in `message`, at any depth.
void EachSetField(const google::protobuf::Message& message,
                  const std::function<void(const google::protobuf::FieldDescriptor&)>& visit);

// Compares lines with those of a file beside this one. With LUCID_UPDATE set in the environment the
// file is rewritten instead; what changed is then to be read by a person.
void ExpectAsWritten(const std::string& file, const std::vector<std::string>& lines);

}  // namespace lucid
