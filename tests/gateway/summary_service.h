// A service that only has a feed and a summary, for dashboards to be made of.
#pragma once

#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "grpcpp/grpcpp.h"
#include "lucid/events/v1/events.pb.h"
#include "lucid/types/v1/summary.pb.h"
#include "services/base/rpc.h"
#include "services/base/status.h"

namespace lucid::gateway {

// What the service's records are: one number, changed by one event each.
class SummaryState {
 public:
  using Batch = events::v1::ListEventsResponse;

  // One more event.
  void Change() {
    std::lock_guard<std::mutex> lock(mutex_);
    ++position_;
    changed_.notify_all();
  }
  int64_t position() {
    std::lock_guard<std::mutex> lock(mutex_);
    return position_;
  }
  int asked() {
    std::lock_guard<std::mutex> lock(mutex_);
    return asked_;
  }
  // From now on Summarize waits until Release.
  void Hold() {
    std::lock_guard<std::mutex> lock(mutex_);
    held_ = true;
  }
  void Release() {
    std::lock_guard<std::mutex> lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }
  // Waits until Summarize has been called so often.
  void AwaitAsked(int times) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return asked_ >= times; });
  }

  // The methods, run by gRPC's own threads, where they may wait.
  grpc::Status Summarize(const types::v1::SummarizeRequest& request, types::v1::Summary* summary) {
    std::unique_lock<std::mutex> lock(mutex_);
    ++asked_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    if (request.min_position() > position_) {
      return ToGrpc(Fail(absl::StatusCode::kUnavailable, "NOT_YET", "not yet"));
    }
    auto* cell = summary->add_cells();
    cell->set_name("number");
    cell->set_label("数字");
    cell->set_value(absl::StrCat(position_));
    cell->set_definition(absl::StrCat(request.region(), " ", request.day()));
    summary->set_position(position_);
    summary->set_epoch("e1");
    return grpc::Status::OK;
  }

  grpc::Status List(Batch* batch) {
    std::lock_guard<std::mutex> lock(mutex_);
    batch->set_epoch("e1");
    batch->set_last_position(position_);
    return grpc::Status::OK;
  }

  grpc::Status Watch(grpc::ServerContext* context, int64_t after,
                     grpc::ServerWriter<Batch>* writer) {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!context->IsCancelled() && !stopping_) {
      if (position_ <= after) {
        changed_.wait_for(lock, std::chrono::milliseconds(20));
        continue;
      }
      after = position_;
      Batch batch;
      batch.set_epoch("e1");
      batch.set_position(after);
      lock.unlock();
      writer->Write(batch);
      lock.lock();
    }
    return grpc::Status::OK;
  }
  void Stop() {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    held_ = false;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int64_t position_ = 1;
  int asked_ = 0;
  bool held_ = false;
  bool stopping_ = false;
};

// `Service` with the three methods, on a free port.
template <class Service>
class SummaryServer : public Service::Service {
 public:
  SummaryServer() { Start("127.0.0.1:0"); }
  ~SummaryServer() { Stop(); }

  grpc::Status Summarize(grpc::ServerContext*, const types::v1::SummarizeRequest* request,
                         types::v1::Summary* summary) override {
    return state.Summarize(*request, summary);
  }
  grpc::Status ListEvents(grpc::ServerContext*, const events::v1::ListEventsRequest*,
                          SummaryState::Batch* batch) override {
    return state.List(batch);
  }
  grpc::Status WatchEvents(grpc::ServerContext* context,
                           const events::v1::ListEventsRequest* request,
                           grpc::ServerWriter<SummaryState::Batch>* writer) override {
    return state.Watch(context, request->after(), writer);
  }

  void Stop() {
    state.Stop();
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
    server_.reset();
  }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

  SummaryState state;

 private:
  void Start(const std::string& address) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }

  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace lucid::gateway
