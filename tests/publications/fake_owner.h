// A service that owns figures, for tests: the generated service with the two methods that count.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/strings/str_cat.h"
#include "grpcpp/grpcpp.h"
#include "lucid/figures/v1/figures.pb.h"
#include "services/publications/figure_owners.h"

namespace lucid::publications {

// Owns what it is told to own, on a port of its own.
template <class Owned>
class FakeOwner : public Owned::Service {
 public:
  explicit FakeOwner(std::string name) : name_(std::move(name)) { Start(); }
  ~FakeOwner() override { Stop(); }

  // The figure has this value from now on, counted from so many records.
  void Set(const std::string& id, const std::string& value, const std::string& unit,
           int records = 2) {
    std::lock_guard<std::mutex> lock(mutex_);
    figures::v1::Figure& figure = figures_[id];
    figure.set_id(id);
    figure.set_value(value);
    figure.set_unit(unit);
    figure.set_definition("how " + id + " is counted");
    figure.set_record_count(records);
    figure.set_records_sha256("sha of " + value);
    figure.clear_records();
    for (int i = 1; i <= records; ++i) {
      auto& record = *figure.add_records();
      record.set_collection("things");
      record.set_id(absl::StrCat(id, "-", absl::Dec(i, absl::kZeroPad6)));
      record.set_version(i);
    }
  }
  // The next evaluations fail so.
  void Refuse(grpc::Status status) {
    std::lock_guard<std::mutex> lock(mutex_);
    refusal_ = std::move(status);
  }
  // Calls this before each evaluation.
  void Before(std::function<void(const figures::v1::EvaluateFiguresRequest&)> hook) {
    before_ = std::move(hook);
  }
  // The process is gone.
  void Stop() {
    if (server_ != nullptr) server_->Shutdown();
    server_.reset();
  }
  // It is back, on the same port.
  void Start() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(absl::StrCat("127.0.0.1:", port_), grpc::InsecureServerCredentials(),
                             &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }

  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }
  FigureOwner AsOwner() const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 10);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 10);
    return FigureOwnerOf<Owned>(
        name_, grpc::CreateCustomChannel(address(), grpc::InsecureChannelCredentials(), arguments));
  }
  // What the last evaluation asked, and with which authorization.
  figures::v1::EvaluateFiguresRequest asked() {
    std::lock_guard<std::mutex> lock(mutex_);
    return asked_;
  }
  std::string authorization() {
    std::lock_guard<std::mutex> lock(mutex_);
    return authorization_;
  }
  int lists() {
    std::lock_guard<std::mutex> lock(mutex_);
    return lists_;
  }

  grpc::Status ListFigures(grpc::ServerContext*, const figures::v1::ListFiguresRequest*,
                           figures::v1::ListFiguresResponse* response) override {
    std::lock_guard<std::mutex> lock(mutex_);
    ++lists_;
    for (const auto& [id, figure] : figures_) {
      auto& definition = *response->add_figures();
      definition.set_id(id);
      definition.add_parameters()->set_name("region");
    }
    return grpc::Status::OK;
  }

  grpc::Status EvaluateFigures(grpc::ServerContext* context,
                               const figures::v1::EvaluateFiguresRequest* request,
                               figures::v1::EvaluateFiguresResponse* response) override {
    if (before_) before_(*request);
    std::lock_guard<std::mutex> lock(mutex_);
    asked_ = *request;
    auto token = context->client_metadata().find("authorization");
    if (token != context->client_metadata().end()) {
      authorization_ = std::string(token->second.data(), token->second.size());
    }
    if (!refusal_.ok()) return refusal_;
    for (const auto& query : request->queries()) {
      const figures::v1::Figure& known = figures_[query.figure()];
      figures::v1::Figure& figure = *response->add_figures();
      figure = known;
      figure.set_as_of_day(request->as_of_day());
      figure.clear_records();
      for (const auto& record : known.records()) {
        if (figure.records_size() == request->records_page_size()) break;
        if (record.id() > request->records_after()) *figure.add_records() = record;
      }
    }
    return grpc::Status::OK;
  }

 private:
  const std::string name_;
  int port_ = 0;
  std::mutex mutex_;
  std::map<std::string, figures::v1::Figure> figures_;
  figures::v1::EvaluateFiguresRequest asked_;
  std::string authorization_;
  grpc::Status refusal_;
  std::function<void(const figures::v1::EvaluateFiguresRequest&)> before_;
  int lists_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace lucid::publications
