// A real service for the gateway's tests to stand in front of.
#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <string>

#include "absl/strings/str_cat.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"
#include "library.grpc.pb.h"
#include "services/base/rpc.h"
#include "services/base/status.h"

namespace lucid::gateway {

// What a call brought along.
struct Brought {
  std::string authorization, traceparent;
  std::chrono::system_clock::time_point deadline;
};

class Library : public library::v1::LibraryService::CallbackService {
 public:
  grpc::ServerUnaryReactor* GetBook(grpc::CallbackServerContext* context,
                                    const library::v1::GetBookRequest* request,
                                    library::v1::Book* book) override {
    Note(*context);
    if (request->id() == "never") return new Never;
    auto* reactor = context->DefaultReactor();
    if (IsUnreached()) {
      reactor->Finish(grpc::Status(grpc::StatusCode::UNAVAILABLE, "Socket closed"));
    } else if (request->id() == "missing") {
      reactor->Finish(ToGrpc(
          Fail(absl::StatusCode::kNotFound, "NO_BOOK", "no such book", {{"id", request->id()}})));
    } else if (request->id() == "broken") {
      reactor->Finish(grpc::Status(grpc::StatusCode::INTERNAL, "secret of the database"));
    } else {
      book->set_id(request->id());
      book->set_title("水经注");
      book->set_version(7);
      reactor->Finish(grpc::Status::OK);
    }
    return reactor;
  }

  grpc::ServerUnaryReactor* CreateBook(grpc::CallbackServerContext* context,
                                       const library::v1::CreateBookRequest* request,
                                       library::v1::Book* book) override {
    Note(*context);
    *book = request->book();
    book->set_request_id(request->request_id());
    auto* reactor = context->DefaultReactor();
    reactor->Finish(IsUnreached() ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "Socket closed")
                                  : grpc::Status::OK);
    return reactor;
  }

  // Sends its events, then waits until the caller goes.
  grpc::ServerWriteReactor<events::v1::ListEventsResponse>* WatchEvents(
      grpc::CallbackServerContext* context, const events::v1::ListEventsRequest* request) override {
    class Watch : public grpc::ServerWriteReactor<events::v1::ListEventsResponse> {
     public:
      Watch(int64_t after, std::atomic<int>& watching) : watching_(watching) {
        ++watching_;
        for (int64_t i = after + 1; i <= 2; ++i) {
          auto* event = response_.add_events();
          event->set_epoch("e1");
          event->set_position(i);
          event->set_kind("books.CreateBook");
          event->set_collection("books");
          event->set_record_id(absl::StrCat("b", i));
          event->set_record_version(1);
          event->mutable_time()->set_seconds(1'700'000'000);
          library::v1::Author author;
          author.set_name("郦道元");
          event->mutable_record()->PackFrom(author);
        }
        if (response_.events_size() > 0) StartWrite(&response_);
      }
      void OnCancel() override { Finish(grpc::Status::CANCELLED); }
      void OnDone() override {
        --watching_;
        delete this;
      }

     private:
      std::atomic<int>& watching_;
      events::v1::ListEventsResponse response_;
    };
    Note(*context);
    if (request->after() == 99) {
      class Refusal : public grpc::ServerWriteReactor<events::v1::ListEventsResponse> {
       public:
        Refusal() {
          Finish(ToGrpc(Fail(absl::StatusCode::kFailedPrecondition, "EPOCH_CHANGED", "epoch")));
        }
        void OnDone() override { delete this; }
      };
      return new Refusal;
    }
    return new Watch(request->after(), watching);
  }

  // Sends back each book that it is sent.
  grpc::ServerBidiReactor<library::v1::Book, library::v1::Book>* Echo(
      grpc::CallbackServerContext* context) override {
    class Echoes : public grpc::ServerBidiReactor<library::v1::Book, library::v1::Book> {
     public:
      Echoes() { StartRead(&book_); }
      void OnReadDone(bool ok) override {
        if (!ok) return Finish(grpc::Status::OK);
        StartWrite(&book_);
      }
      void OnWriteDone(bool ok) override {
        if (ok) StartRead(&book_);
      }
      void OnDone() override { delete this; }

     private:
      library::v1::Book book_;
    };
    Note(*context);
    return new Echoes;
  }

  Brought brought() {
    std::lock_guard<std::mutex> lock(mutex_);
    return brought_;
  }

  std::atomic<int> watching = 0;
  // So many calls end as if they had not reached the service.
  std::atomic<int> unreached = 0;

 private:
  bool IsUnreached() {
    int left = unreached;
    while (left > 0 && !unreached.compare_exchange_weak(left, left - 1)) continue;
    return left > 0;
  }

  // Ends when the caller gives up.
  class Never : public grpc::ServerUnaryReactor {
   public:
    void OnCancel() override { Finish(grpc::Status::CANCELLED); }
    void OnDone() override { delete this; }
  };

  void Note(const grpc::CallbackServerContext& context) {
    const auto get = [&](const char* key) {
      auto it = context.client_metadata().find(key);
      return it == context.client_metadata().end()
                 ? std::string()
                 : std::string(it->second.data(), it->second.size());
    };
    std::lock_guard<std::mutex> lock(mutex_);
    brought_ = {get("authorization"), get("traceparent"), context.deadline()};
  }

  std::mutex mutex_;
  Brought brought_;
};

// The service on a free port of its own.
class LibraryServer {
 public:
  LibraryServer() {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&library);
    server_ = builder.BuildAndStart();
  }
  ~LibraryServer() { Stop(); }

  void Stop() {
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
    server_.reset();
  }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }
  grpc::Server& server() { return *server_; }

  Library library;

 private:
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace lucid::gateway
