// The tasks service over a real socket: what the door does for every method.
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "lucid/tasks/v1/tasks_service.grpc.pb.h"
#include "services/tasks/tasks_spec.h"
#include "tests/testing/running_service.h"

namespace lucid::tasks {
namespace {

ServerOptions WithPeers() {
  ServerOptions options;
  // Nobody answers there: the service must run without its peers.
  options.peers = {{"indicators", "127.0.0.1:1"}, {"publications", "127.0.0.1:1"}};
  return options;
}

class TasksWireTest : public ::testing::Test {
 protected:
  TasksWireTest()
      : database_(Engine::kSqlite),
        service_(TasksSpec(), database_.url(), WithPeers()),
        stub_(v1::TasksService::NewStub(service_.channel())) {}

  absl::Status CreateUnit(const testing::TestClaims& claims, const std::string& id) {
    grpc::ClientContext context;
    service_.Authorize(context, claims);
    v1::CreateUnitRequest request;
    request.mutable_unit()->set_id(id);
    request.mutable_unit()->set_name("unit " + id);
    request.mutable_unit()->set_region("210400");
    v1::Unit unit;
    return FromGrpc(stub_->CreateUnit(&context, request, &unit));
  }

  TestDatabase database_;
  RunningService service_;
  std::unique_ptr<v1::TasksService::Stub> stub_;
};

TEST_F(TasksWireTest, WithoutATokenNothingIsAnswered) {
  grpc::ClientContext context;
  v1::ListTasksResponse response;
  absl::Status status = FromGrpc(stub_->ListTasks(&context, {}, &response));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(status, HasReason("TOKEN_MISSING"));
}

TEST_F(TasksWireTest, ATokenForAnotherAudienceIsRefused) {
  grpc::ClientContext context;
  service_.Authorize(context, {.audience = "somebody-else"});
  v1::ListTasksResponse response;
  EXPECT_THAT(FromGrpc(stub_->ListTasks(&context, {}, &response)), HasReason("TOKEN_AUDIENCE"));
}

TEST_F(TasksWireTest, ARoleThatMayNotIsDenied) {
  EXPECT_THAT(CreateUnit({.roles = {"LEADER"}}, "u1"),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(CreateUnit({.roles = {"OFFICE"}, .region = "110000"}, "u1"),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_OK(CreateUnit({.roles = {"OFFICE"}}, "u1"));
}

TEST_F(TasksWireTest, ViolationsArriveAsDetails) {
  grpc::ClientContext context;
  service_.Authorize(context, {});
  v1::CreateUnitRequest request;
  request.mutable_unit()->set_region("210400");
  v1::Unit unit;
  absl::Status status = FromGrpc(stub_->CreateUnit(&context, request, &unit));
  EXPECT_THAT(status, HasReason("INVALID_FIELD"));
  EXPECT_TRUE(status.GetPayload(kBadRequestUrl).has_value());
}

TEST_F(TasksWireTest, AnIdleWatcherHearsOfTheNextChange) {
  grpc::ClientContext context;
  service_.Authorize(context, {});
  auto reader = stub_->WatchEvents(&context, {});
  ASSERT_OK(CreateUnit({}, "u1"));
  events::v1::ListEventsResponse page;
  ASSERT_TRUE(reader->Read(&page));
  EXPECT_EQ(page.events(0).record_id(), "u1");
  ASSERT_OK(CreateUnit({}, "u2"));
  ASSERT_TRUE(reader->Read(&page));
  EXPECT_EQ(page.events(0).record_id(), "u2");
  context.TryCancel();
  EXPECT_FALSE(reader->Read(&page));
}

TEST_F(TasksWireTest, ManyWatchersHoldNoWorker) {
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<events::v1::ListEventsResponse>>> readers;
  for (int i = 0; i < 100; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    service_.Authorize(*contexts.back(), {});
    readers.push_back(stub_->WatchEvents(contexts.back().get(), {}));
  }
  ASSERT_OK(CreateUnit({}, "u1"));
  for (auto& reader : readers) {
    events::v1::ListEventsResponse page;
    ASSERT_TRUE(reader->Read(&page));
  }
  for (auto& context : contexts) context->TryCancel();
}

TEST_F(TasksWireTest, APortThatIsTakenIsSaidSo) {
  TestDatabase other(Engine::kSqlite);
  ServerOptions options = WithPeers();
  options.listen = service_.address();
  options.db = other.url();
  options.tokens = service_.issuer().Verifier();
  absl::Status status = Server::Start(TasksSpec(), options).status();
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr(service_.address()));
}

}  // namespace
}  // namespace lucid::tasks
