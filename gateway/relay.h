// One gRPC call passed on: a server reactor and a client reactor that hand each other's messages
// over, one at a time in each direction.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "gateway/upstreams.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/support/client_callback.h"

namespace lucid::gateway {

// Deletes itself when both sides are done.
class Relay {
 public:
  // Passes the call that `context` belongs to on to `channel`; returns the reactor for it. A
  // request that weighs too much ends it (gateway/weight.h); not where its type is unknown here, as
  // of a method that only a newer release of the service has.
  static grpc::ServerGenericBidiReactor* Start(Upstreams& upstreams,
                                               const std::shared_ptr<grpc::Channel>& channel,
                                               const google::protobuf::Descriptor* type,
                                               grpc::GenericCallbackServerContext* context,
                                               const std::string& traceparent);

 private:
  // The caller's side.
  class Near : public grpc::ServerGenericBidiReactor {
   public:
    explicit Near(Relay& relay) : relay_(relay) {}
    void OnReadDone(bool ok) override { relay_.FromCaller(ok); }
    void OnWriteDone(bool ok) override { relay_.ToCallerDone(ok); }
    void OnCancel() override { relay_.to_service_.TryCancel(); }
    void OnDone() override { relay_.Release(); }

   private:
    Relay& relay_;
  };
  // The service's side.
  class Far : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
   public:
    explicit Far(Relay& relay) : relay_(relay) {}
    void OnReadInitialMetadataDone(bool ok) override { relay_.Accepted(ok); }
    void OnReadDone(bool ok) override { relay_.FromService(ok); }
    void OnWriteDone(bool ok) override { relay_.ToServiceDone(ok); }
    void OnDone(const grpc::Status& status) override { relay_.Finished(status); }

   private:
    Relay& relay_;
  };

  Relay(Upstreams& upstreams, const google::protobuf::Descriptor* type,
        grpc::GenericCallbackServerContext* context)
      : upstreams_(upstreams), type_(type), caller_(context), near_(*this), far_(*this) {}

  void Accepted(bool ok);
  void FromCaller(bool ok);
  // Whether a request may go on; else the call ends.
  bool Accepts(grpc::ByteBuffer& request);
  void ToServiceDone(bool ok);
  void FromService(bool ok);
  void ToCallerDone(bool ok);
  void Finished(const grpc::Status& status);
  // The way to the service is closed by whichever side ends first, but not while a step of the
  // caller's side is on it: the hold on the far side goes with the last of both.
  bool EnterWay();
  void LeaveWay(bool close);
  void CloseWay();
  // Whether the hold goes now. With the lock held.
  bool TakeHold();
  void Release();

  Upstreams& upstreams_;
  const google::protobuf::Descriptor* const type_;
  grpc::GenericCallbackServerContext* caller_;
  grpc::ClientContext to_service_;
  grpc::ByteBuffer request_, response_;
  Near near_;
  Far far_;
  std::mutex mutex_;
  // Guarded by mutex_.
  absl::Status refused_;  // why this side ended the call
  bool way_open_ = true;
  bool on_way_ = false;
  bool hold_ = true;
  int sides_ = 2;
};

}  // namespace lucid::gateway
