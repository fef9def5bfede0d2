#include "gateway/http_connection.h"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace lucid::gateway {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::beast::error_code;

// Completions carry their error as a value: a peer that goes away is no exception.
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

constexpr size_t kReadSize = 16 << 10;
constexpr size_t kBodyReadSize = 128 << 10;
constexpr size_t kLingerBytes = 128 << 20;
// How often a quiet stream is asked whether its reader is still there.
constexpr absl::Duration kStreamCheck = absl::Seconds(5);

absl::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

// Brings an answer, which may come at once or later from any thread, back to the connection.
template <class Result>
class Pending {
 public:
  explicit Pending(asio::any_io_executor executor) : executor_(std::move(executor)) {}

  // The first result counts.
  void Set(Result result) {
    if (claimed_.test_and_set()) return;
    result_.emplace(std::move(result));
    if (stage_.exchange(Stage::kSet) == Stage::kWaiting) {
      // Moved, not shared: dropped unrun it takes the coroutine with it, which owns this object.
      asio::post(executor_, std::exchange(wake_, {}));
    }
  }

  asio::awaitable<Result> Get() {
    if (stage_.load() != Stage::kSet) {
      co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(
          [this](auto handler) {
            auto shared = std::make_shared<decltype(handler)>(std::move(handler));
            wake_ = [shared] { std::move (*shared)(); };
            Stage expected = Stage::kEmpty;
            if (!stage_.compare_exchange_strong(expected, Stage::kWaiting)) {
              asio::post(executor_, std::exchange(wake_, {}));
            }
          },
          asio::use_awaitable);
    }
    co_return *std::move(result_);
  }

 private:
  enum class Stage { kEmpty, kWaiting, kSet };
  asio::any_io_executor executor_;
  std::atomic<Stage> stage_ = Stage::kEmpty;
  std::atomic_flag claimed_;
  std::optional<Result> result_;
  std::function<void()> wake_;
};

// What a parser's error means to the peer.
int StatusOf(const error_code& error) {
  if (error == http::error::header_limit) return 431;
  if (error == http::error::body_limit) return 413;
  return 400;
}

}  // namespace

HttpConnection::HttpConnection(asio::ip::tcp::socket socket, HttpShared& shared, HttpThread& thread)
    : socket_(std::move(socket)), shared_(shared), thread_(thread) {
  ++shared_.connections;
  place_ = thread_.connections.insert(thread_.connections.end(), this);
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
}

HttpConnection::~HttpConnection() {
  thread_.connections.erase(place_);
  --shared_.connections;
}

void HttpConnection::Enter(State state) {
  state_ = state;
  absl::Duration limit = absl::InfiniteDuration();
  if (state == State::kIdle) limit = shared_.options.idle_time;
  if (state == State::kHeader) limit = shared_.options.header_time;
  if (state == State::kBody) limit = shared_.options.body_time;
  if (state == State::kWrite) limit = shared_.options.write_time;
  if (state == State::kStream) limit = kStreamCheck;
  deadline_ = limit == absl::InfiniteDuration()
                  ? std::chrono::steady_clock::time_point::max()
                  : std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(limit);
}

void HttpConnection::Sweep(std::chrono::steady_clock::time_point now) {
  if (state_ == State::kStream) {
    const bool over = shared_.draining || (now >= deadline_ && PeerHasGone());
    if (over && end_stream_) return end_stream_();
    if (now >= deadline_) Enter(State::kStream);
    return;
  }
  if (now < deadline_ && !(shared_.draining && state_ == State::kIdle)) return;
  error_code ignored;
  socket_.close(ignored);
}

bool HttpConnection::PeerHasGone() {
  char byte;
  const ssize_t size = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return size == 0 || (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

asio::awaitable<void> HttpConnection::Serve() {
  for (;;) {
    Parser parser;
    parser.header_limit(static_cast<uint32_t>(shared_.options.max_header));
    int refused = co_await ReadHeader(parser);
    const absl::Time arrived = absl::Now();
    if (refused == 0) refused = co_await ReadBody(parser);
    if (refused < 0) co_return;
    if (refused > 0) {
      co_await Refuse(refused);
      co_return;
    }
    const auto& message = parser.get();
    HttpRequest request;
    request.method = View(message.method_string());
    const absl::string_view target = View(message.target());
    const size_t mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != absl::string_view::npos) request.query = target.substr(mark + 1);
    request.body = message.body();
    request.fields = &message;
    const bool head_only = request.method == "HEAD";
    if (head_only) request.method = "GET";

    Enter(State::kAnswer);
    const HttpResponse response = co_await Answer(request);
    const absl::Time answered = absl::Now();
    const bool close = !message.keep_alive() || shared_.leaving || shared_.draining;
    const bool written = co_await Write(response, head_only, close);
    // A stream lasts for as long as its caller wants.
    const absl::Time end = response.stream != nullptr ? answered : absl::Now();
    Note(arrived, end - arrived, View(message.method_string()), response);
    if (!written) co_return;
    if (close) {
      co_await LingeringClose();
      co_return;
    }
  }
}

// Gives the parser what has been read: 0 to go on, else the status of a refusal.
int HttpConnection::FeedParser(Parser& parser) {
  while (buffer_.size() > 0 && !parser.is_done()) {
    const bool had_header = parser.is_header_done();
    error_code error;
    const size_t used = parser.put(buffer_.data(), error);
    buffer_.consume(used);
    if (error == http::error::need_more) return 0;
    if (error) return StatusOf(error);
    if (!had_header && parser.is_header_done()) return 0;
  }
  return 0;
}

asio::awaitable<bool> HttpConnection::ReadSome(size_t size) {
  const auto [error, bytes] = co_await socket_.async_read_some(buffer_.prepare(size), kAwait);
  buffer_.commit(bytes);
  co_return !error && bytes > 0;
}

asio::awaitable<int> HttpConnection::ReadHeader(Parser& parser) {
  // The body's limit is set when the header tells where it goes.
  parser.body_limit(boost::none);
  if (buffer_.size() == 0) {
    Enter(State::kIdle);
    if (shared_.draining || !co_await ReadSome(kReadSize)) co_return -1;
  }
  for (bool first = true;; first = false) {
    const int refused = FeedParser(parser);
    if (refused != 0) co_return refused;
    if (parser.is_header_done()) co_return 0;
    if (first) Enter(State::kHeader);
    // Only a complete header comes out of the buffer, so this is what bounds an endless one.
    if (buffer_.size() > shared_.options.max_header) co_return 431;
    if (!co_await ReadSome(kReadSize)) co_return -1;
  }
}

asio::awaitable<int> HttpConnection::ReadBody(Parser& parser) {
  const auto& message = parser.get();
  if (message.version() == 11 && message.find(http::field::host) == message.end()) co_return 400;
  if (message.target().empty() || message.target()[0] != '/') co_return 400;
  if (parser.is_done()) co_return 0;
  const size_t limit = shared_.options.max_body;
  const auto length = parser.content_length();
  if (length.has_value() && *length > limit) co_return 413;
  const absl::string_view expect = View(message[http::field::expect]);
  if (!expect.empty() && !absl::EqualsIgnoreCase(expect, "100-continue")) co_return 417;
  parser.body_limit(limit);

  // Counted in full from the beginning, one of unknown length as the longest, so that many large
  // bodies are refused and not many half-received ones.
  struct Counted {
    std::atomic<size_t>& total;
    size_t bytes;
    Counted(std::atomic<size_t>& all, size_t count) : total(all), bytes(count) { total += bytes; }
    ~Counted() { total -= bytes; }
  } counted(shared_.body_bytes, length.has_value() ? static_cast<size_t>(*length) : limit);
  if (shared_.body_bytes > shared_.options.max_bodies) co_return 503;

  Enter(State::kBody);
  if (!expect.empty() && buffer_.size() == 0 &&
      !co_await WriteAll("HTTP/1.1 100 Continue\r\n\r\n", "")) {
    co_return -1;
  }
  Enter(State::kBody);
  for (;;) {
    const int refused = FeedParser(parser);
    if (refused != 0) co_return refused;
    if (parser.is_done()) co_return 0;
    if (!co_await ReadSome(kBodyReadSize)) co_return -1;
  }
}

void HttpConnection::Note(absl::Time arrived, absl::Duration took, absl::string_view method,
                          const HttpResponse& response) {
  thread_.log.Add(arrived, method, response, took);
  thread_.metrics.Observe(response.route, response.status_sent(), took);
}

asio::awaitable<HttpResponse> HttpConnection::Answer(const HttpRequest& request) {
  auto pending = std::make_shared<Pending<HttpResponse>>(socket_.get_executor());
  shared_.handler.Answer(request,
                         [pending](HttpResponse response) { pending->Set(std::move(response)); });
  co_return co_await pending->Get();
}

asio::awaitable<bool> HttpConnection::Write(const HttpResponse& response, bool head_only,
                                            bool close) {
  const int status = response.status_sent();
  head_.clear();
  absl::StrAppend(&head_, "HTTP/1.1 ", status, " ", HttpReason(status),
                  "\r\nDate: ", HttpDate(absl::Now()), "\r\n");
  if (close) head_ += "Connection: close\r\n";
  absl::string_view body;
  if (response.prepared != nullptr) {
    absl::StrAppend(&head_, response.prepared->head, "\r\n");
    body = response.prepared->body;
  } else {
    if (!response.content_type.empty()) {
      absl::StrAppend(&head_, "Content-Type: ", response.content_type, "\r\n");
    }
    for (const auto& [name, value] : response.headers) {
      absl::StrAppend(&head_, name, ": ", value, "\r\n");
    }
    if (response.stream != nullptr) {
      head_ += "Transfer-Encoding: chunked\r\n";
    } else if (status != 304 && status != 204) {
      absl::StrAppend(&head_, "Content-Length: ", response.body.size(), "\r\n");
    }
    head_ += "\r\n";
    if (response.stream == nullptr) body = response.body;
  }
  Enter(State::kWrite);
  if (!co_await WriteAll(head_, head_only ? absl::string_view() : body)) co_return false;
  if (response.stream == nullptr || head_only) co_return true;
  co_return co_await WriteStream(*response.stream);
}

asio::awaitable<bool> HttpConnection::WriteStream(BodyStream& stream) {
  for (;;) {
    Enter(State::kStream);
    auto pending = std::make_shared<Pending<std::optional<std::string>>>(socket_.get_executor());
    stream.Next([pending](std::optional<std::string> piece) { pending->Set(std::move(piece)); });
    end_stream_ = [pending] { pending->Set(std::nullopt); };
    const std::optional<std::string> piece = co_await pending->Get();
    end_stream_ = nullptr;
    Enter(State::kWrite);
    if (!piece.has_value()) co_return co_await WriteAll("0\r\n\r\n", "");
    if (piece->empty()) continue;
    head_ = absl::StrCat(absl::Hex(piece->size()), "\r\n");
    if (!co_await WriteAll(head_, absl::StrCat(*piece, "\r\n"))) co_return false;
  }
}

asio::awaitable<bool> HttpConnection::WriteAll(absl::string_view first, absl::string_view second) {
  std::array<asio::const_buffer, 2> buffers = {asio::buffer(first.data(), first.size()),
                                               asio::buffer(second.data(), second.size())};
  // Nearly always the kernel takes it all at once, which spares a turn of the reactor.
  error_code error;
  size_t written = socket_.write_some(buffers, error);
  if (error == asio::error::would_block) written = 0;
  if (error && error != asio::error::would_block) co_return false;
  if (written == first.size() + second.size()) co_return true;
  for (asio::const_buffer& buffer : buffers) {
    const size_t part = std::min(written, buffer.size());
    buffer += part;
    written -= part;
  }
  const auto [failed, bytes] = co_await asio::async_write(socket_, buffers, kAwait);
  co_return !failed;
}

asio::awaitable<void> HttpConnection::Refuse(int status) {
  static constexpr std::pair<int, std::pair<const char*, const char*>> kWords[] = {
      {400, {"MALFORMED_HTTP", "the request is not well-formed HTTP/1.1"}},
      {413, {"BODY_TOO_LARGE", "the body is larger than this method takes"}},
      {417, {"EXPECTATION", "only Expect: 100-continue can be met"}},
      {431, {"HEADER_TOO_LARGE", "the header is too large"}},
      {503, {"OVERLOADED", "too much is being received at once; try again"}},
  };
  for (const auto& [code, words] : kWords) {
    if (code != status) continue;
    const HttpResponse response = shared_.handler.Refuse(status, words.first, words.second);
    Note(absl::Now(), absl::ZeroDuration(), "-", response);
    if (co_await Write(response, false, true)) co_await LingeringClose();
  }
}

// Closing with unread bytes would reset the connection and could take the answer with it: say that
// nothing more comes, then read to the peer's end, within bounds.
asio::awaitable<void> HttpConnection::LingeringClose() {
  error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  Enter(State::kHeader);
  buffer_.clear();
  for (size_t discarded = 0; discarded < kLingerBytes;) {
    if (!co_await ReadSome(kBodyReadSize)) co_return;
    discarded += buffer_.size();
    buffer_.clear();
  }
}

absl::string_view HttpRequest::Header(absl::string_view name) const {
  if (fields == nullptr) return "";
  const auto it = fields->find(boost::beast::string_view(name.data(), name.size()));
  return it == fields->end() ? absl::string_view() : View(it->value());
}

absl::string_view HttpReason(int status) {
  if (status == 499) return "Client Closed Request";
  return View(http::obsolete_reason(static_cast<http::status>(status)));
}

}  // namespace lucid::gateway
