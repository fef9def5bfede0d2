#include "gateway/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "http_client.h"

namespace lucid::gateway {
namespace {

// Answers what it was asked; `/later` when it is told to; `/stream` piece by piece.
class Echo : public HttpHandler {
 public:
  ~Echo() override {
    for (std::thread& thread : threads_) thread.join();
  }

  void Answer(const HttpRequest& request, std::function<void(HttpResponse)> done) override {
    HttpResponse response;
    response.content_type = "text/plain";
    response.body = absl::StrCat(request.method, " ", request.path, "?", request.query, " ",
                                 request.Header("X-TEST"), " ", request.body);
    if (request.path == "/prepared") {
      auto prepared = std::make_shared<PreparedBody>();
      prepared->head = "Content-Length: 3\r\n";
      prepared->body = "abc";
      response.prepared = prepared;
    }
    if (request.path == "/stream") response.stream = std::make_shared<Numbers>();
    if (request.path == "/forever") response.stream = std::make_shared<Silence>(gone);
    if (request.path != "/later") return done(std::move(response));
    threads_.emplace_back([this, done = std::move(done), response = std::move(response)] {
      later.get_future().wait();
      done(response);
    });
    asked.set_value();
  }

  HttpResponse Refuse(int status, absl::string_view reason, absl::string_view) override {
    HttpResponse response;
    response.status = status;
    response.body = std::string(reason);
    return response;
  }
  void Abandon() override {}

  std::promise<void> asked, later, gone;

 private:
  class Numbers : public BodyStream {
   public:
    void Next(std::function<void(std::optional<std::string>)> next) override {
      if (n_ == 3) return next(std::nullopt);
      next(absl::StrCat(n_++, ";"));
    }

   private:
    int n_ = 0;
  };
  class Silence : public BodyStream {
   public:
    explicit Silence(std::promise<void>& gone) : gone_(gone) {}
    ~Silence() override { gone_.set_value(); }
    void Next(std::function<void(std::optional<std::string>)> next) override {
      if (!std::exchange(begun_, true)) next("begun");
    }

   private:
    std::promise<void>& gone_;
    bool begun_ = false;
  };

  std::vector<std::thread> threads_;
};

class HttpServerTest : public testing::Test {
 protected:
  void Start(HttpServerOptions options = {}) {
    options.threads = 2;
    auto server = HttpServer::Start(options, echo_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  Echo echo_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, ARequestIsAnswered) {
  Start();
  const Answer answer = Ask(server_->port(), "POST", "/a/b?c=d", "x-test: e\r\n", "body");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "POST /a/b?c=d e body");
  EXPECT_EQ(answer.Header("content-type"), "text/plain");
  EXPECT_EQ(answer.Header("content-length"), "20");
  EXPECT_EQ(answer.Header("date").size(), 29u);
  EXPECT_EQ(Ask(server_->port(), "GET", "/prepared").body, "abc");
  const Answer head = Ask(server_->port(), "HEAD", "/prepared");
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.Header("content-length"), "3");
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  Start();
  HttpClient client(server_->port());
  std::string requests;
  for (int i = 0; i < 50; ++i) {
    absl::StrAppend(&requests, "POST /", i, " HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nxy");
  }
  client.Send(requests);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(client.Read().body, absl::StrCat("POST /", i, "?  xy"));
}

TEST_F(HttpServerTest, ARequestMayComeByteByByte) {
  Start();
  HttpClient client(server_->port());
  const std::string request = "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabc";
  for (const char byte : request) client.Send(absl::string_view(&byte, 1));
  EXPECT_EQ(client.Read().body, "POST /?  abc");
}

TEST_F(HttpServerTest, ChunkedBodiesAreJoined) {
  Start();
  HttpClient client(server_->port());
  client.Send(
      "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(client.Read().body, "POST /?  abcde");
}

TEST_F(HttpServerTest, MalformedRequestsAreRefusedAndTheConnectionCloses) {
  Start();
  for (const std::string request : {
           "nonsense\r\n\r\n",
           "GET / HTTP/9.9\r\nHost: t\r\n\r\n",
           "GET /\x01 HTTP/1.1\r\nHost: t\r\n\r\n",
           "GET / HTTP/1.1\r\n\r\n",
           "GET http://x/ HTTP/1.1\r\nHost: t\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: t\r\nBad Name: x\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
           "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
           "0\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
       }) {
    HttpClient client(server_->port());
    client.Send(request);
    EXPECT_EQ(client.Read().status, 400) << request;
    EXPECT_TRUE(client.ReadsEnd());
  }
}

TEST_F(HttpServerTest, LargeBodiesAreRefusedBeforeTheyAreRead) {
  Start({.max_body = 1 << 20});
  HttpClient asks(server_->port());
  asks.Send(
      "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 104857600\r\n"
      "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(asks.Read().status, 413);
  HttpClient chunks(server_->port());
  chunks.Send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n");
  chunks.Send(std::string(2 << 20, 'x'));
  EXPECT_EQ(chunks.Read().status, 413);
  // A client that sends everything at once still gets to read why.
  const Answer answer = Ask(server_->port(), "POST", "/", "", std::string(8 << 20, 'x'));
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.body, "BODY_TOO_LARGE");
  EXPECT_EQ(answer.Header("connection"), "close");
}

TEST_F(HttpServerTest, ContinueIsSentToThoseWhoAsk) {
  Start();
  HttpClient client(server_->port());
  client.Send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("ab");
  EXPECT_EQ(client.Read().body, "POST /?  ab");
  EXPECT_EQ(Ask(server_->port(), "POST", "/", "Expect: miracles\r\n", "x").status, 417);
}

TEST_F(HttpServerTest, BodiesTogetherAreBounded) {
  Start({.max_body = 2000, .max_bodies = 1000});
  const Answer answer = Ask(server_->port(), "POST", "/", "", std::string(2000, 'x'));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(Ask(server_->port(), "POST", "/", "", std::string(500, 'x')).status, 200);
  // One that does not say its length may be as long as any.
  HttpClient chunks(server_->port());
  chunks.Send(
      "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  EXPECT_EQ(chunks.Read().status, 503);
}

TEST_F(HttpServerTest, HeadersAreBounded) {
  Start();
  EXPECT_EQ(
      Ask(server_->port(), "GET", "/", absl::StrCat("X: ", std::string(64 << 10, 'x'), "\r\n"))
          .status,
      431);
}

TEST_F(HttpServerTest, SlowAndIdlePeersAreClosed) {
  Start({.idle_time = absl::Milliseconds(300),
         .header_time = absl::Milliseconds(300),
         .body_time = absl::Milliseconds(300)});
  for (const absl::string_view begun :
       {"", "GET / HTTP/1.1\r\nHost",
        "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\nabc"}) {
    HttpClient client(server_->port());
    client.Send(begun);
    EXPECT_TRUE(client.ReadsEnd()) << begun;
  }
}

TEST_F(HttpServerTest, ConnectionsAreBounded) {
  Start({.max_connections = 2});
  HttpClient first(server_->port()), second(server_->port());
  first.Send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
  second.Send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(first.Read().status, 200);
  EXPECT_EQ(second.Read().status, 200);
  HttpClient third(server_->port());
  EXPECT_EQ(third.Read().status, 503);
}

TEST_F(HttpServerTest, ClosingAndOldClientsGetTheirConnectionClosed) {
  Start();
  HttpClient closing(server_->port());
  closing.Send("GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(closing.Read().Header("connection"), "close");
  EXPECT_TRUE(closing.ReadsEnd());
  HttpClient old(server_->port());
  old.Send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.Read().status, 200);
  EXPECT_TRUE(old.ReadsEnd());
}

TEST_F(HttpServerTest, StreamsComeInChunks) {
  Start();
  const Answer answer = Ask(server_->port(), "GET", "/stream");
  EXPECT_EQ(answer.body, "0;1;2;");
  EXPECT_EQ(answer.Header("transfer-encoding"), "chunked");
}

TEST_F(HttpServerTest, DrainingEndsRequestsUnderWayAndStreams) {
  Start();
  HttpClient idle(server_->port()), waiting(server_->port()), streaming(server_->port());
  waiting.Send("GET /later HTTP/1.1\r\nHost: t\r\n\r\n");
  streaming.Send("GET /forever HTTP/1.1\r\nHost: t\r\n\r\n");
  streaming.ReadUntil("begun");
  echo_.asked.get_future().wait();
  std::thread stop([this] { server_.reset(); });
  echo_.gone.get_future().wait();
  EXPECT_TRUE(idle.ReadsEnd());
  echo_.later.set_value();
  const Answer answer = waiting.Read();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.Header("connection"), "close");
  waiting.Close();
  streaming.Close();
  stop.join();
}

TEST_F(HttpServerTest, AStreamWhoseReaderHasGoneEnds) {
  Start();
  {
    HttpClient client(server_->port());
    client.Send("GET /forever HTTP/1.1\r\nHost: t\r\n\r\n");
    client.ReadUntil("begun");
  }
  EXPECT_EQ(echo_.gone.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

TEST_F(HttpServerTest, ATakenPortIsAnErrorThatNamesIt) {
  Start();
  HttpServerOptions options;
  options.port = server_->port();
  const auto second = HttpServer::Start(options, echo_);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()),
              testing::HasSubstr(absl::StrCat("127.0.0.1:", server_->port())));
}

}  // namespace
}  // namespace lucid::gateway
