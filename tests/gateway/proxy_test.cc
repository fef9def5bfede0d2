#include "gateway/proxy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "gateway/reflection.h"
#include "gateway/weight.h"
#include "grpcpp/generic/generic_stub.h"
#include "library_service.h"
#include "tests/testing/issuer.h"

namespace lucid::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ProxyTest : public ::testing::Test {
 protected:
  ProxyTest() {
    GrpcProxyOptions options;
    options.services = {"lucid.library.v1.LibraryService"};
    proxy_ = *GrpcProxy::Start(options, upstreams_, *tokens_);
    channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", proxy_->port()),
                                   grpc::InsecureChannelCredentials());
    stub_ = library::v1::LibraryService::NewStub(channel_);
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  }

  grpc::Status GetBook(const std::string& id) {
    library::v1::GetBookRequest request;
    request.set_id(id);
    return stub_->GetBook(&context_, request, &book_);
  }

  lucid::testing::TestIssuer issuer_;
  std::unique_ptr<TokenVerifier> tokens_ = issuer_.Verifier();
  LibraryServer server_;
  Upstreams upstreams_{{{"lucid.library", server_.address()}}};
  std::unique_ptr<GrpcProxy> proxy_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<library::v1::LibraryService::Stub> stub_;
  grpc::ClientContext context_;
  library::v1::Book book_;
};

TEST_F(ProxyTest, UnaryCallsPassWithTheirTokenTraceAndDeadline) {
  const std::string token = "Bearer " + issuer_.Token({}, absl::Now());
  context_.AddMetadata("authorization", token);
  context_.AddMetadata("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  EXPECT_TRUE(GetBook("b1").ok());
  EXPECT_EQ(book_.title(), "水经注");
  const Brought brought = server_.library.brought();
  EXPECT_EQ(brought.authorization, token);
  EXPECT_THAT(brought.traceparent, ::testing::StartsWith("00-0af7651916cd43dd8448eb211c80319c-"));
  EXPECT_LE(brought.deadline, std::chrono::system_clock::now() + std::chrono::seconds(21));
}

TEST_F(ProxyTest, FailuresPassWithTheirDetails) {
  const grpc::Status status = GetBook("missing");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Reason(FromGrpc(status)), "NO_BOOK");
}

TEST_F(ProxyTest, BadTokensAreRefusedAtTheDoor) {
  context_.AddMetadata("authorization", "Bearer x");
  EXPECT_EQ(GetBook("b1").error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(server_.library.brought().authorization, "");
}

TEST_F(ProxyTest, AServiceThatIsAwayIsSaidSo) {
  server_.Stop();
  const grpc::Status status = GetBook("b1");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Reason(FromGrpc(status)), "SERVICE_AWAY");
}

TEST_F(ProxyTest, StreamsPassInBothDirections) {
  auto stream = stub_->Echo(&context_);
  for (int i = 0; i < 200; ++i) {
    library::v1::Book sent, back;
    sent.set_pages(i + 1);
    ASSERT_TRUE(stream->Write(sent));
    ASSERT_TRUE(stream->Read(&back));
    ASSERT_EQ(back.pages(), i + 1);
  }
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(ProxyTest, AMessageOfTooManyValuesEndsTheCallBeforeTheServiceReadsIt) {
  auto stream = stub_->Echo(&context_);
  library::v1::Book sent, back;
  sent.set_pages(1);
  ASSERT_TRUE(stream->Write(sent));
  ASSERT_TRUE(stream->Read(&back));
  for (int i = 0; i <= kMostValues; ++i) sent.add_tags("");
  stream->Write(sent);
  EXPECT_FALSE(stream->Read(&back));  // what the service reads, it echoes
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("more than 100000"));
}

TEST_F(ProxyTest, CompressedMessagesAreRefused) {
  context_.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  EXPECT_EQ(GetBook(std::string(10'000, 'b')).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(ProxyTest, LongQuestionsOfReflectionAreRefused) {
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  const grpc::ByteBuffer bytes = ToBytes(std::string(100'000, '\n'));
  grpc::GenericStub(channel_).UnaryCall(
      &context_, "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", {}, &bytes, &response,
      [&](grpc::Status status) { done.set_value(status); });
  EXPECT_THAT(done.get_future().get().error_message(), HasSubstr("64 KiB"));
}

TEST_F(ProxyTest, ACallerThatGoesTakesTheCallWithIt) {
  events::v1::ListEventsResponse response;
  auto stream = stub_->WatchEvents(&context_, {});
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.events_size(), 2);
  EXPECT_EQ(server_.library.watching, 1);
  context_.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  // When the server stops, every reactor has been told.
  server_.Stop();
  EXPECT_EQ(server_.library.watching, 0);
}

TEST_F(ProxyTest, AServiceThatEndsWhileTheCallerStillTalksEndsTheCall) {
  auto stream = stub_->Echo(&context_);
  library::v1::Book book;
  ASSERT_TRUE(stream->Write(book));
  ASSERT_TRUE(stream->Read(&book));
  server_.Stop();
  EXPECT_FALSE(stream->Finish().ok());
}

TEST_F(ProxyTest, UnknownServicesAreUnimplemented) {
  library::v1::GetBookRequest request;
  grpc::ByteBuffer response;
  grpc::GenericStub stub(channel_);
  std::promise<grpc::Status> done;
  const grpc::ByteBuffer bytes = ToBytes(request);
  stub.UnaryCall(&context_, "/lucid.other.v1.OtherService/Get", {}, &bytes, &response,
                 [&](grpc::Status status) { done.set_value(status); });
  EXPECT_EQ(done.get_future().get().error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(ProxyTest, LocalServicesAreServedToo) {
  upstreams_.Serve("lucid.local.v1.LocalService",
                   [](absl::string_view method, const CallFrame&, const grpc::ByteBuffer& request,
                      Done done) { done(ToBytes(absl::StrCat(method, ToString(request)))); });
  const grpc::ByteBuffer bytes = ToBytes("!");
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  grpc::GenericStub(channel_).UnaryCall(&context_, "/lucid.local.v1.LocalService/Say", {}, &bytes,
                                        &response,
                                        [&](grpc::Status status) { done.set_value(status); });
  EXPECT_TRUE(done.get_future().get().ok());
  EXPECT_EQ(ToString(response), "Say!");
}

TEST_F(ProxyTest, DrainingCancelsWhatDoesNotEnd) {
  std::thread call([this] {
    const auto code = GetBook("never").error_code();
    EXPECT_TRUE(code == grpc::StatusCode::CANCELLED || code == grpc::StatusCode::UNAVAILABLE);
  });
  proxy_->Drain(absl::Milliseconds(50));
  call.join();
}

TEST_F(ProxyTest, ATakenPortIsAnErrorThatNamesIt) {
  GrpcProxyOptions options;
  options.listen = absl::StrCat("127.0.0.1:", proxy_->port());
  const auto second = GrpcProxy::Start(options, upstreams_, *tokens_);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(options.listen));
}

TEST(Reflection, AnswersWhatStockClientsAsk) {
  reflection::Request request;
  request.set_list_services("*");
  auto response = Reflect(request, {"a.B"});
  EXPECT_EQ(response.services().service(0).name(), "a.B");

  request.set_file_containing_symbol("lucid.library.v1.LibraryService");
  response = Reflect(request, {});
  google::protobuf::FileDescriptorProto file;
  ASSERT_GT(response.files().file_descriptor_proto_size(), 5);
  ASSERT_TRUE(file.ParseFromString(response.files().file_descriptor_proto(0)));
  EXPECT_EQ(file.name(), "library.proto");

  request.set_file_by_filename("nope.proto");
  EXPECT_EQ(Reflect(request, {}).error().error_code(), 5);
}

}  // namespace
}  // namespace lucid::gateway
