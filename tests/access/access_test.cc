// Who may do and see what: every method × role over the wire, every field × role, every resource ×
// role. What was decided stands in methods.txt, fields.txt and resources.txt, for people to read.
#include "services/base/access.h"

#include <set>

#include "absl/algorithm/container.h"
#include "absl/flags/flag.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "services/cases/cases_spec.h"
#include "tests/access/walk.h"
#include "tests/testing/running_service.h"

namespace lucid {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;

constexpr char kDeniedByMethod[] = "your roles do not permit this method";

std::string RoleNames(const std::vector<Role>& roles) {
  return absl::StrJoin(roles, " ", [](std::string* out, Role role) {
    absl::StrAppend(out, access::v1::Role_Name(role));
  });
}

// Every service, running.
class AccessTest : public ::testing::Test {
 protected:
  AccessTest() {
    const std::string key = folder_.File("petitioner.key");
    testing::WriteFile(key, absl::Base64Escape(std::string(32, 'k')));
    absl::SetFlag(&FLAGS_petitioner_key, key);
  }

  std::unique_ptr<RunningService> Start(const ServiceSpec& spec) {
    ServerOptions options;
    options.workers = 4;
    // Nobody answers there: the walk needs no peer.
    for (const char* peer : {"tasks", "indicators", "cases", "publications"}) {
      options.peers[peer] = "127.0.0.1:1";
    }
    options.signer = *TokenSigner::Create(spec.name, "lucid", keys_.service_key_path(), false);
    return std::make_unique<RunningService>(
        spec, absl::StrCat("sqlite:", folder_.File(spec.name + ".db")), options);
  }

  // Calls a method with an empty request; `role` UNSPECIFIED is a call without a token.
  static absl::Status CallEmpty(RunningService& service, const MethodDescriptor& method,
                                Role role) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(60)));
    if (role == access::v1::SERVICE) {
      auto signer =
          TokenSigner::Create("tests", "lucid", service.issuer().service_key_path(), false);
      context.AddMetadata("authorization", absl::StrCat("Bearer ", *(*signer)->Token(absl::Now())));
    } else if (role != access::v1::ROLE_UNSPECIFIED) {
      service.Authorize(context, {.roles = {access::v1::Role_Name(role)}, .unit = "u-1"});
    }
    grpc::GenericStub stub(service.channel());
    grpc::CompletionQueue queue;
    grpc::ByteBuffer empty(nullptr, 0), answer;
    grpc::Status status;
    auto call = stub.PrepareUnaryCall(
        &context, absl::StrCat("/", method.service()->full_name(), "/", method.name()), empty,
        &queue);
    call->StartCall();
    call->Finish(&answer, &status, &queue);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return FromGrpc(status);
  }

  TempDir folder_;
  testing::TestIssuer keys_;
};

bool IsStream(const MethodDescriptor& method) {
  return method.client_streaming() || method.server_streaming();
}

TEST_F(AccessTest, EachMethodIsForItsRolesOnly) {
  std::vector<std::string> lines;
  for (const ServiceSpec& spec : EveryService()) {
    std::unique_ptr<RunningService> service = Start(spec);
    for (int i = 0; i < spec.descriptor->method_count(); ++i) {
      const MethodDescriptor& method = *spec.descriptor->method(i);
      auto rule = MethodAccess::For(method);
      ASSERT_OK(rule);
      std::vector<Role> permitted;
      for (Role role : EveryRole()) {
        // A permitted stream stays open and tells nothing, so streams are asked at the door.
        absl::Status status = IsStream(method)
                                  ? rule->Check(ActorWith(role), *Filled(*method.input_type()))
                                  : CallEmpty(*service, method, role);
        if (status.message() == kDeniedByMethod) {
          EXPECT_THAT(status, StatusIs(absl::StatusCode::kPermissionDenied));
        } else {
          permitted.push_back(role);
        }
      }
      std::string line = absl::StrCat(method.full_name(), ": ", RoleNames(permitted));
      if (!IsStream(method)) {
        const bool open = CallEmpty(*service, method, access::v1::ROLE_UNSPECIFIED).code() !=
                          absl::StatusCode::kUnauthenticated;
        EXPECT_EQ(open, rule->is_public()) << method.full_name();
        if (open) line = absl::StrCat(method.full_name(), ": everybody, without a token");
      }
      lines.push_back(line);
    }
  }
  ExpectAsWritten("methods.txt", lines);
}

TEST_F(AccessTest, EachFieldIsForItsReadersOnly) {
  std::vector<std::string> lines;
  for (const Descriptor* type : EveryMessage()) {
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      if (!field->options().HasExtension(access::v1::field)) continue;
      std::vector<Role> readers;
      for (Role role : EveryRole()) {
        auto message = Filled(*type);
        ClearUnreadable(ActorWith(role), *message);
        bool set = false;
        EachSetField(*message, [&](const FieldDescriptor& seen) { set = set || &seen == field; });
        if (set) readers.push_back(role);
      }
      auto message = Filled(*type);
      ClearConfidential(*message);
      bool in_events = false;
      EachSetField(*message,
                   [&](const FieldDescriptor& seen) { in_events = in_events || &seen == field; });
      lines.push_back(absl::StrCat(field->full_name(), ": ", RoleNames(readers),
                                   in_events ? "" : ", never in events"));
    }
  }
  ExpectAsWritten("fields.txt", lines);
}

// Wherever in an answer a field stands, a role that is no reader does not get it.
TEST_F(AccessTest, NoAnswerHoldsWhatItsReaderMayNotSee) {
  int restricted = 0;
  for (const ServiceSpec& spec : EveryService()) {
    for (int i = 0; i < spec.descriptor->method_count(); ++i) {
      const Descriptor& type = *spec.descriptor->method(i)->output_type();
      for (Role role : EveryRole()) {
        auto answer = Filled(type);
        ClearUnreadable(ActorWith(role), *answer);
        EachSetField(*answer, [&](const FieldDescriptor& field) {
          const auto& rule = field.options().GetExtension(access::v1::field);
          if (rule.readers().empty()) return;
          ++restricted;
          EXPECT_TRUE(absl::c_linear_search(rule.readers(), static_cast<int>(role)))
              << field.full_name() << " in " << type.full_name() << " for "
              << access::v1::Role_Name(role);
        });
      }
    }
  }
  EXPECT_GT(restricted, 0) << "readers do get what is theirs";
}

TEST_F(AccessTest, EachResourceIsForItsReadersOnly) {
  using Scope = ResourceAccess::Scope;
  auto name = [](Scope scope) {
    switch (scope) {
      case Scope::kNothing:
        return "";
      case Scope::kUnit:
        return "of its unit";
      case Scope::kRegion:
        return "of its region";
      case Scope::kRegionOrUnit:
        return "of its region or unit";
      case Scope::kAll:
        return "all";
    }
    return "?";
  };
  std::vector<std::string> lines;
  for (const ServiceSpec& spec : EveryService()) {
    for (const RecordType& record : spec.records) {
      const ResourceAccess& access = ResourceAccess::For(*record.prototype->GetDescriptor());
      EXPECT_EQ(access.collection(), record.table->name);
      std::vector<std::string> sights;
      for (Role role : EveryRole()) {
        const Scope scope = access.ScopeOf(ActorWith(role));
        if (scope != Scope::kNothing) {
          sights.push_back(absl::StrCat(access::v1::Role_Name(role), " ", name(scope)));
        }
      }
      lines.push_back(absl::StrCat(access.collection(), ": ", absl::StrJoin(sights, ", ")));
      EXPECT_EQ(access.ScopeOf(ActorWith(access::v1::PUBLIC)), Scope::kNothing)
          << access.collection();
    }
  }
  ExpectAsWritten("resources.txt", lines);
}

}  // namespace
}  // namespace lucid
