// The door: every RPC of every service passes Answer(), on gRPC's callback API and the worker pool.
//
// A handler is a function (Call, Request) → absl::StatusOr<Response> that reads top to bottom and
// may block. The door verifies the token, checks the method's rule, makes the Call, clears what the
// caller may not read, and turns the status into gRPC's, with one log line and one histogram
// sample.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "google/protobuf/message.h"
#include "grpcpp/grpcpp.h"
#include "prometheus/histogram.h"
#include "services/base/access.h"
#include "services/base/call.h"
#include "services/base/token.h"
#include "services/base/workers.h"

namespace lucid {

// Status with its details (AIP-193) in grpc-status-details-bin, and back.
grpc::Status ToGrpc(const absl::Status& status);
absl::Status FromGrpc(const grpc::Status& status);

// What the door knows of one method.
struct Method {
  std::string name;  // "lucid.tasks.v1.TasksService.GetTask"
  MethodAccess access;
  const google::protobuf::FieldDescriptor* request_id = nullptr;
  const google::protobuf::FieldDescriptor* validate_only = nullptr;
  prometheus::Histogram* seconds = nullptr;
};

class Door {
 public:
  using Clock = std::function<absl::Time()>;

  // `tokens` and `workers` outlive the door. `clock` is the only clock that handlers see, `zone`
  // the one in which its days are counted.
  Door(TokenVerifier& tokens, Workers& workers, Clock clock = absl::Now,
       absl::TimeZone zone = absl::FixedTimeZone(8 * 60 * 60));

  // Makes the methods of a service known; FAILED_PRECONDITION when one has no access rule.
  absl::Status Admit(const google::protobuf::ServiceDescriptor& service);

  // Answers a unary call with what `handler` (Call, Request) returns.
  template <class Request, class Response, class Handler>
  grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, absl::string_view method,
                                   const Request* request, Response* response, Handler handler) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    absl::Time arrived = absl::Now();
    bool queued = workers_.Post([=, this] {
      Begun begun = Begin(*context, method, *request, arrived);
      if (begun.status.ok()) {
        absl::StatusOr<Response> answer = handler(begun.call, *request);
        if (answer.ok()) {
          *response = *std::move(answer);
          ClearUnreadable(begun.call.actor, *response);
        } else {
          begun.status = answer.status();
        }
      }
      End(*context, begun);
      reactor->Finish(ToGrpc(begun.status));
    });
    if (!queued) reactor->Finish(ToGrpc(Overloaded(method)));
    return reactor;
  }

  // A call on its way through the door.
  struct Begun {
    absl::Status status;
    Call call;
    absl::Time arrived;
    const Method* method = nullptr;
  };
  // Verifies, checks and makes the Call; the status says what refused it.
  Begun Begin(const grpc::CallbackServerContext& context, absl::string_view method,
              const google::protobuf::Message& request, absl::Time arrived);
  // Begins a step of a call that goes on for long, with the clock of that step; UNAUTHENTICATED
  // when its token is no longer good.
  absl::Status Renew(Call& call);
  // The log line and the histogram sample.
  void End(grpc::CallbackServerContext& context, const Begun& begun);
  absl::Status Overloaded(absl::string_view method);

  Workers& workers() { return workers_; }
  absl::Time now() const { return clock_(); }

 private:
  TokenVerifier& tokens_;
  Workers& workers_;
  Clock clock_;
  absl::TimeZone zone_;
  absl::flat_hash_map<std::string, std::unique_ptr<Method>> methods_;
};

}  // namespace lucid

// Declares a unary method of a callback service that has a member `door_`: the handler, and the
// override that leads to it. The class has `using Service = v1::XService`.
#define RPC(Name, Request, Response)                                                            \
  absl::StatusOr<Response> Name(const ::lucid::Call& call, const Request& request);             \
  grpc::ServerUnaryReactor* Name(grpc::CallbackServerContext* context, const Request* request,  \
                                 Response* response) override {                                 \
    static const auto& method =                                                                 \
        *new std::string(std::string(Service::service_full_name()) + "." #Name);                \
    return door_.Answer(                                                                        \
        context, method, request, response,                                                     \
        [this](const ::lucid::Call& call, const Request& asked) { return Name(call, asked); }); \
  }
