#include "gateway/gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "gateway/http_server.h"
#include "gateway/operations.h"
#include "http_client.h"
#include "library_service.h"
#include "tests/testing/issuer.h"

namespace lucid::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class GatewayTest : public ::testing::Test {
 protected:
  GatewayTest() {
    GatewayOptions options;
    options.deadline = absl::Milliseconds(500);
    gateway_ = *Gateway::Create(options, {library::v1::Book::descriptor()->file()->service(0)},
                                upstreams_, *tokens_);
    AddOperations(*gateway_, upstreams_);
    AddMetrics(*gateway_);
    http_ = *HttpServer::Start({.threads = 2}, *gateway_);
    http_->set_grace(absl::ZeroDuration());
  }

  gateway::Answer Ask(absl::string_view method, absl::string_view target,
                      absl::string_view headers = "", absl::string_view body = "") {
    return gateway::Ask(http_->port(), method, target, headers, body);
  }

  lucid::testing::TestIssuer issuer_;
  std::unique_ptr<TokenVerifier> tokens_ = issuer_.Verifier();
  LibraryServer server_;
  Upstreams upstreams_{{{"lucid.library", server_.address()}}};
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<HttpServer> http_;
};

TEST_F(GatewayTest, RestCallsTheServiceAndAnswersItsMessage) {
  const auto answer = Ask("GET", "/v1/books/b1");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.Header("content-type"), "application/json");
  EXPECT_EQ(answer.Header("cache-control"), "no-store");
  EXPECT_EQ(answer.body, R"({"id":"b1","title":"水经注","version":"7"})");
}

TEST_F(GatewayTest, TokenTraceDeadlineAndIdempotencyKeyTravelAlong) {
  const std::string token = issuer_.Token({}, absl::Now());
  const auto answer =
      Ask("POST", "/v1/books",
          absl::StrCat("Authorization: Bearer ", token,
                       "\r\nIdempotency-Key: k1\r\nContent-Type: application/json\r\n"
                       "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"),
          R"({"title":"t"})");
  EXPECT_EQ(answer.body, R"({"title":"t","requestId":"k1"})");
  const Brought brought = server_.library.brought();
  EXPECT_EQ(brought.authorization, "Bearer " + token);
  EXPECT_THAT(brought.traceparent, StartsWith("00-0af7651916cd43dd8448eb211c80319c-"));
  EXPECT_LE(brought.deadline, std::chrono::system_clock::now() + std::chrono::seconds(1));
}

TEST_F(GatewayTest, BadTokensAreRefusedAtTheDoor) {
  const std::string good = issuer_.Token({}, absl::Now());
  std::string tampered = good;
  tampered[good.find('.') + 5] ^= 1;
  for (const std::string& token :
       {std::string("x"), tampered, issuer_.Token({.audience = "others"}, absl::Now()),
        issuer_.Token({}, absl::Now() - absl::Hours(9)),
        std::string("eyJhbGciOiJub25lIn0.eyJzdWIiOiJsaSJ9.")}) {
    const auto answer =
        Ask("GET", "/v1/books/b1", absl::StrCat("Authorization: Bearer ", token, "\r\n"));
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.Header("www-authenticate"), "Bearer");
    EXPECT_THAT(answer.body, HasSubstr(R"("status":"UNAUTHENTICATED")"));
  }
  EXPECT_EQ(server_.library.brought().authorization, "");
}

TEST_F(GatewayTest, FailuresAreAip193) {
  const auto missing = Ask("GET", "/v1/books/missing");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.body,
            R"({"error":{"code":404,"status":"NOT_FOUND","message":"no such book","details":[)"
            R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"NO_BOOK",)"
            R"("domain":"lucid","metadata":{"id":"missing"}}]}})");
  const auto broken = Ask("GET", "/v1/books/broken");
  EXPECT_EQ(broken.status, 500);
  EXPECT_THAT(broken.body, Not(HasSubstr("secret")));
  const auto field = Ask("POST", "/v1/books", "", R"({"nope":1})");
  EXPECT_EQ(field.status, 400);
  EXPECT_THAT(field.body, HasSubstr(R"("fieldViolations":[{"field":"book.nope",)"));
  EXPECT_EQ(Ask("GET", "/v1/nothing").status, 404);
  const auto method = Ask("DELETE", "/v1/books");
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(method.Header("allow"), "GET, POST");
  EXPECT_EQ(Ask("POST", "/v1/books", "Content-Type: text/xml\r\n", "<a/>").status, 415);
  EXPECT_EQ(Ask("POST", "/v1/books", "Content-Encoding: gzip\r\n", "x").status, 501);
  EXPECT_EQ(Ask("DELETE", "/v1/books/b1").status, 501);
  const auto large = Ask("POST", "/v1/books", "", std::string(17 << 20, 'x'));
  EXPECT_EQ(large.status, 413);
  EXPECT_THAT(large.body, StartsWith(R"({"error":{"code":413,"status":"INVALID_ARGUMENT")"));
}

TEST_F(GatewayTest, AServiceThatIsSlowOrAwayIsSaidSo) {
  const auto slow = Ask("GET", "/v1/books/never");
  EXPECT_EQ(slow.status, 504);
  EXPECT_THAT(slow.body, HasSubstr("DEADLINE"));
  server_.Stop();
  const auto away = Ask("GET", "/v1/books/b1");
  EXPECT_EQ(away.status, 503);
  EXPECT_EQ(away.Header("retry-after"), "1");
  EXPECT_THAT(away.body, HasSubstr("SERVICE_AWAY"));
  EXPECT_THAT(away.body, Not(HasSubstr("127.0.0.1")));
}

TEST_F(GatewayTest, ConnectTakesJsonAndProto) {
  constexpr absl::string_view kMethod = "/lucid.library.v1.LibraryService/GetBook";
  const auto json =
      Ask("POST", kMethod, "Content-Type: application/json\r\nConnect-Protocol-Version: 1\r\n",
          R"({"id":"b1"})");
  EXPECT_EQ(json.body, R"({"id":"b1","title":"水经注","version":"7"})");
  library::v1::GetBookRequest request;
  request.set_id("b2");
  const auto proto =
      Ask("POST", kMethod, "Content-Type: application/proto\r\n", request.SerializeAsString());
  EXPECT_EQ(proto.Header("content-type"), "application/proto");
  library::v1::Book book;
  ASSERT_TRUE(book.ParseFromString(proto.body));
  EXPECT_EQ(book.id(), "b2");
  const auto missing =
      Ask("POST", kMethod, "Content-Type: application/json\r\n", R"({"id":"missing"})");
  EXPECT_EQ(missing.status, 404);
  EXPECT_THAT(missing.body, StartsWith(R"({"code":"not_found","message":"no such book","details":[)"
                                       R"({"type":"google.rpc.ErrorInfo","value":")"));
  const char* const kRefused[][4] = {
      {"GET", "Content-Type: application/json\r\n", "", "405"},
      {"POST", "Content-Type: application/grpc\r\n", "x", "415"},
      {"POST", "Content-Type: application/json\r\nConnect-Protocol-Version: 2\r\n", "{}", "400"},
      {"POST", "Content-Type: application/json\r\nConnect-Timeout-Ms: 12345678901\r\n", "{}",
       "400"},
      {"POST", "Content-Type: application/json\r\nContent-Encoding: br\r\n", "{}", "501"},
      {"POST", "Content-Type: application/json\r\nConnect-Timeout-Ms: 1\r\n", R"({"id":"never"})",
       "504"},
      {"POST", "Content-Type: application/json\r\n", R"({"id":1})", "400"},
      {"POST", "Content-Type: application/proto\r\n", "no message", "400"},
      {"POST", "Content-Type: application/proto\r\n", "\x0a\x01\xff", "400"},
  };
  for (const auto& [method, headers, body, status] : kRefused) {
    EXPECT_EQ(absl::StrCat(Ask(method, kMethod, headers, body).status), status) << headers;
  }
}

TEST_F(GatewayTest, EventsAreStreamedAsCloudEvents) {
  HttpClient client(http_->port());
  client.Send("GET /v1/events/library HTTP/1.1\r\nHost: t\r\nAccept: text/event-stream\r\n\r\n");
  const std::string text = client.ReadUntil("b2");
  EXPECT_THAT(text, HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "id: e1/1\ndata: {\"specversion\":\"1.0\",\"id\":\"e1/1\","
          "\"source\":\"/lucid.library.v1.LibraryService\",\"type\":\"lucid.books.CreateBook\","
          "\"subject\":\"books/b1\",\"time\":\"2023-11-14T22:13:20Z\",\"recordversion\":1,"
          "\"datacontenttype\":\"application/json\",\"data\":{\"@type\":"
          "\"type.googleapis.com/lucid.library.v1.Author\",\"name\":\"郦道元\"}}\n\n"));
  EXPECT_EQ(server_.library.watching, 1);
}

TEST_F(GatewayTest, AReaderThatComesBackGoesOnWhereItWas) {
  HttpClient client(http_->port());
  client.Send(
      "GET /v1/events/library HTTP/1.1\r\nHost: t\r\nAccept: text/event-stream\r\n"
      "Last-Event-ID: e1/1\r\n\r\n");
  EXPECT_THAT(client.ReadUntil("\n\n"), Not(HasSubstr("e1/1")));
  // With nothing new the answer still begins.
  HttpClient quiet(http_->port());
  quiet.Send(
      "GET /v1/events/library?after=2 HTTP/1.1\r\nHost: t\r\n"
      "Accept: text/event-stream\r\n\r\n");
  EXPECT_THAT(quiet.ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(GatewayTest, AnEventStreamThatIsRefusedSaysWhy) {
  constexpr absl::string_view kAccept = "Accept: text/event-stream\r\n";
  EXPECT_THAT(Ask("GET", "/v1/events/library?after=99", kAccept).body, HasSubstr("EPOCH_CHANGED"));
  EXPECT_EQ(Ask("GET", "/v1/books/b1", kAccept).status, 501);
  for (absl::string_view id : {"x", "e1/", "e1/-1", "e1/1x", "\xff/1"}) {
    const auto headers = absl::StrCat(kAccept, "Last-Event-ID: ", id, "\r\n");
    EXPECT_EQ(Ask("GET", "/v1/events/library", headers).status, 400) << id;
  }
}

TEST_F(GatewayTest, WhatDoesNoHarmTwiceIsCalledAgainWhenItGotNoAnswer) {
  const auto create = [this](absl::string_view headers) {
    server_.library.unreached = 1;
    return Ask("POST", "/v1/books", headers, R"({"id":"b2"})").status;
  };
  server_.library.unreached = 2;
  EXPECT_EQ(Ask("GET", "/v1/books/b1").status, 200);
  EXPECT_EQ(create("Idempotency-Key: k1\r\n"), 200);
  EXPECT_EQ(create(""), 503);
}

TEST_F(GatewayTest, AServiceThatStaysAwayIsGivenUp) {
  server_.library.unreached = 1000;
  const auto answer = Ask("GET", "/v1/books/b1");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.Header("retry-after"), "1");
  EXPECT_THAT(answer.body, HasSubstr("SERVICE_AWAY"));
  EXPECT_GT(server_.library.unreached, 990);
}

TEST_F(GatewayTest, AGatewayThatLeavesSaysSoFirst) {
  server_.Stop();
  EXPECT_EQ(Ask("GET", "/readyz").status, 200) << "a service that is away takes no gateway along";
  gateway_->Leave();
  http_->Leave();
  const auto answer = Ask("GET", "/readyz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.Header("connection"), "close");
  EXPECT_EQ(Ask("GET", "/livez").status, 200);
}

TEST_F(GatewayTest, HealthIsThatOfAllServices) {
  EXPECT_EQ(Ask("GET", "/healthz").status, 200);
  server_.server().GetHealthCheckService()->SetServingStatus(false);
  const auto sick = Ask("GET", "/healthz");
  EXPECT_EQ(sick.status, 503);
  EXPECT_THAT(sick.body, HasSubstr("lucid.library"));
  server_.Stop();
  EXPECT_EQ(Ask("GET", "/healthz").status, 503);
  EXPECT_EQ(Ask("POST", "/healthz").status, 405);
}

TEST_F(GatewayTest, MetricsCountRequestsByRoute) {
  Ask("GET", "/v1/books/b1");
  EXPECT_THAT(
      Ask("GET", "/metrics").body,
      HasSubstr("lucid_http_requests_total{route=\"lucid.library.v1.LibraryService.GetBook\","
                "status=\"200\"}"));
}

TEST_F(GatewayTest, WhatIsRefusedIsCountedByItsRouteToo) {
  Ask("POST", "/v1/books", "", "no JSON");
  Ask("GET", "/v1/events/library?after=99", "Accept: text/event-stream\r\n");
  const std::string metrics = Ask("GET", "/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("{route=\"lucid.library.v1.LibraryService.CreateBook\","
                                 "status=\"400\"}"));
  EXPECT_THAT(metrics, HasSubstr("{route=\"lucid.library.v1.LibraryService.WatchEvents\","
                                 "status=\"400\"}"));
}

TEST_F(GatewayTest, StoppingAbandonsWhatDoesNotEnd) {
  HttpClient client(http_->port());
  client.Send("GET /v1/books/never HTTP/1.1\r\nHost: t\r\n\r\n");
  HttpClient events(http_->port());
  events.Send("GET /v1/events/library HTTP/1.1\r\nHost: t\r\nAccept: text/event-stream\r\n\r\n");
  events.ReadUntil("b2");
  http_.reset();
  EXPECT_THAT(client.Read().status, ::testing::AnyOf(0, 503));
}

}  // namespace
}  // namespace lucid::gateway
