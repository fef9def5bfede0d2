// A plain HTTP/1.1 client over a socket, for tests that must say exactly which bytes are sent.
#pragma once

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

// A macro of netdb.h, which Asio includes; lucid.indicators.v1 has a value of this name.
#undef NO_DATA

namespace lucid::gateway {

struct Answer {
  int status = 0;  // 0: the server closed without an answer
  std::string body;
  boost::beast::http::fields headers;

  std::string Header(const std::string& name) const { return std::string(headers[name]); }
};

class HttpClient {
 public:
  explicit HttpClient(int port) : socket_(context_) {
    socket_.connect({boost::asio::ip::make_address("127.0.0.1"), static_cast<uint16_t>(port)});
    // A test that waits for ever tells nothing: the kernel gives up after twenty seconds.
    const timeval limit{20, 0};
    setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }

  // False when the peer has closed.
  bool Send(absl::string_view bytes) {
    boost::system::error_code error;
    boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()), error);
    return !error;
  }

  Answer Read(bool head = false) {
    boost::beast::http::response_parser<boost::beast::http::string_body> parser;
    parser.skip(head);
    boost::system::error_code error;
    boost::beast::http::read(socket_, buffer_, parser, error);
    Answer answer;
    if (error) return answer;
    answer.status = parser.get().result_int();
    answer.body = parser.get().body();
    answer.headers = parser.get().base();
    return answer;
  }

  // What comes until `end` has come, or the peer closes.
  std::string ReadUntil(const std::string& end) {
    boost::system::error_code error;
    std::string text;
    boost::asio::read_until(socket_, boost::asio::dynamic_buffer(text), end, error);
    return text;
  }

  // Whether the server has closed; waits for it.
  bool ReadsEnd() {
    char byte;
    boost::system::error_code error;
    socket_.read_some(boost::asio::buffer(&byte, 1), error);
    return error && error != boost::asio::error::would_block;
  }

  void Close() { socket_.close(); }

 private:
  boost::asio::io_context context_;
  boost::asio::ip::tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
};

// One request on a connection of its own. `headers` are whole lines.
inline Answer Ask(int port, absl::string_view method, absl::string_view target,
                  absl::string_view headers = "", absl::string_view body = "") {
  HttpClient client(port);
  std::string length;
  if (!body.empty()) length = absl::StrCat("Content-Length: ", body.size(), "\r\n");
  client.Send(absl::StrCat(method, " ", target, " HTTP/1.1\r\nHost: test\r\n", length, headers,
                           "\r\n", body));
  return client.Read(method == "HEAD");
}

}  // namespace lucid::gateway
