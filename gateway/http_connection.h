// One HTTP/1.1 connection: reads requests one after the other, has them answered, writes.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <optional>
#include <string>

#include "gateway/access_log.h"
#include "gateway/http.h"
#include "gateway/http_metrics.h"
#include "gateway/http_server.h"

namespace lucid::gateway {

// What all connections share.
struct HttpShared {
  HttpServerOptions options;
  HttpHandler& handler;
  std::atomic<bool> leaving = false;
  std::atomic<bool> draining = false;
  std::atomic<int> connections = 0;
  std::atomic<size_t> body_bytes = 0;  // of bodies being received
};

// What the connections of one thread share; used by that thread only.
struct HttpThread {
  std::list<class HttpConnection*> connections;
  AccessLog log;
  HttpMetrics metrics;
};

class HttpConnection {
 public:
  HttpConnection(boost::asio::ip::tcp::socket socket, HttpShared& shared, HttpThread& thread);
  ~HttpConnection();

  // Serves until the peer closes, a limit is broken, or the server drains.
  boost::asio::awaitable<void> Serve();
  // Called now and then by the thread: closes what is past its time, or idle while draining; ends
  // streams whose reader has gone.
  void Sweep(std::chrono::steady_clock::time_point now);
  // Called when the thread has ended: lets go of what a stream waits for.
  void Forget() {
    if (end_stream_) end_stream_();
  }

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  enum class State { kIdle, kHeader, kBody, kAnswer, kStream, kWrite };

  void Enter(State state);
  // The status to refuse the request with, or 0. Negative: the connection is gone.
  boost::asio::awaitable<int> ReadHeader(Parser& parser);
  boost::asio::awaitable<int> ReadBody(Parser& parser);
  boost::asio::awaitable<bool> ReadSome(size_t size);
  int FeedParser(Parser& parser);
  boost::asio::awaitable<HttpResponse> Answer(const HttpRequest& request);
  boost::asio::awaitable<bool> Write(const HttpResponse& response, bool head_only, bool close);
  boost::asio::awaitable<bool> WriteStream(BodyStream& stream);
  boost::asio::awaitable<bool> WriteAll(absl::string_view first, absl::string_view second);
  boost::asio::awaitable<void> Refuse(int status);
  boost::asio::awaitable<void> LingeringClose();
  bool PeerHasGone();
  void Note(absl::Time arrived, absl::Duration took, absl::string_view method,
            const HttpResponse& response);

  boost::asio::ip::tcp::socket socket_;
  HttpShared& shared_;
  HttpThread& thread_;
  std::list<HttpConnection*>::iterator place_;
  boost::beast::flat_buffer buffer_;
  std::string head_;                  // scratch of Write
  std::function<void()> end_stream_;  // while a stream's next piece is awaited
  State state_ = State::kIdle;
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace lucid::gateway
