#include "tests/access/walk.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cases/cases_spec.h"
#include "services/indicators/indicators_spec.h"
#include "services/publications/publications_spec.h"
#include "services/tasks/tasks_spec.h"

namespace lucid {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kDepth = 6;  // messages refer to themselves nowhere, so this is never reached

void Collect(const Descriptor* type, std::map<std::string, const Descriptor*>& found) {
  if (!absl::StartsWith(type->full_name(), "lucid.") ||
      !found.emplace(type->full_name(), type).second) {
    return;
  }
  for (int i = 0; i < type->field_count(); ++i) {
    if (type->field(i)->message_type() != nullptr) Collect(type->field(i)->message_type(), found);
  }
}

void Fill(Message& message, int depth);

void FillOne(Message& message, const FieldDescriptor* field, int depth) {
  const auto* reflection = message.GetReflection();
  const bool many = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      many ? reflection->AddString(&message, field, "x")
           : reflection->SetString(&message, field, "x");
      return;
    case FieldDescriptor::CPPTYPE_INT32:
      many ? reflection->AddInt32(&message, field, 1) : reflection->SetInt32(&message, field, 1);
      return;
    case FieldDescriptor::CPPTYPE_INT64:
      many ? reflection->AddInt64(&message, field, 1) : reflection->SetInt64(&message, field, 1);
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      many ? reflection->AddBool(&message, field, true)
           : reflection->SetBool(&message, field, true);
      return;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      many ? reflection->AddDouble(&message, field, 1) : reflection->SetDouble(&message, field, 1);
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      many ? reflection->AddEnumValue(&message, field, 1)
           : reflection->SetEnumValue(&message, field, 1);
      return;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (depth > 0) {
        Fill(many ? *reflection->AddMessage(&message, field)
                  : *reflection->MutableMessage(&message, field),
             depth - 1);
      }
      return;
    default:
      FAIL() << field->full_name() << " has a type that no other field of lucid has";
  }
}

void Fill(Message& message, int depth) {
  const Descriptor* type = message.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) FillOne(message, type->field(i), depth);
}

}  // namespace

std::vector<ServiceSpec> EveryService() {
  return {tasks::TasksSpec(), indicators::IndicatorsSpec(), cases::CasesSpec(),
          publications::PublicationsSpec()};
}

std::vector<Role> EveryRole() {
  return {access::v1::OFFICE,  access::v1::UNIT,      access::v1::LEADER,     access::v1::SUPERIOR,
          access::v1::MONITOR, access::v1::PETITIONS, access::v1::DISCIPLINE, access::v1::PUBLISHER,
          access::v1::ADMIN,   access::v1::SERVICE};
}

Actor ActorWith(Role role) {
  Actor actor;
  actor.subject = "li";
  actor.roles = {role};
  actor.unit = "u-1";
  actor.region = "210400";
  return actor;
}

std::vector<const Descriptor*> EveryMessage() {
  std::map<std::string, const Descriptor*> found;
  for (const ServiceSpec& spec : EveryService()) {
    for (int i = 0; i < spec.descriptor->method_count(); ++i) {
      Collect(spec.descriptor->method(i)->input_type(), found);
      Collect(spec.descriptor->method(i)->output_type(), found);
    }
    for (const RecordType& record : spec.records) Collect(record.prototype->GetDescriptor(), found);
  }
  std::vector<const Descriptor*> types;
  for (const auto& [name, type] : found) types.push_back(type);
  return types;
}

std::unique_ptr<Message> Filled(const Descriptor& type) {
  std::unique_ptr<Message> message(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
  Fill(*message, kDepth);
  return message;
}

void EachSetField(const Message& message,
                  const std::function<void(const FieldDescriptor&)>& visit) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    visit(*field);
    if (field->message_type() == nullptr) continue;
    if (!field->is_repeated()) {
      EachSetField(reflection->GetMessage(message, field), visit);
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      EachSetField(reflection->GetRepeatedMessage(message, field, i), visit);
    }
  }
}

void ExpectAsWritten(const std::string& file, const std::vector<std::string>& lines) {
  const std::string path = std::string(LUCID_ACCESS_FOLDER) + "/" + file;
  if (getenv("LUCID_UPDATE") != nullptr) {
    std::ofstream(path) << absl::StrJoin(lines, "\n") << "\n";
    return;
  }
  std::ifstream stream(path);
  std::stringstream text;
  text << stream.rdbuf();
  std::vector<std::string> written = absl::StrSplit(text.str(), '\n', absl::SkipEmpty());
  std::set<std::string> before(written.begin(), written.end()), now(lines.begin(), lines.end());
  for (const std::string& line : written) {
    EXPECT_TRUE(now.count(line) > 0) << file << " says, but it is no longer so:\n  " << line;
  }
  for (const std::string& line : lines) {
    EXPECT_TRUE(before.count(line) > 0)
        << file << " does not say, but it is so:\n  " << line
        << "\nIf that is meant: LUCID_UPDATE=1 build/bin/access_test rewrites the file.";
  }
}

}  // namespace lucid
