// A request and its answer as the gateway's handlers see them, apart from sockets.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace boost::beast::http {
template <class Allocator>
class basic_fields;
}

namespace lucid::gateway {

// Valid until the request is answered.
struct HttpRequest {
  absl::string_view method;
  absl::string_view path;   // as sent, without the query
  absl::string_view query;  // as sent, without '?'
  absl::string_view body;
  const boost::beast::http::basic_fields<std::allocator<char>>* fields = nullptr;

  // The header's value, or ""; `name` in any case.
  absl::string_view Header(absl::string_view name) const;
};

// A body that is sent piece by piece, as it comes.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  // Calls `next` once, from any thread, with the next piece, or with nothing at the end. Destroying
  // the stream before that is allowed, and then `next` may never be called.
  virtual void Next(std::function<void(std::optional<std::string>)> next) = 0;
};

// The finished head and body of an answer, written as they are by every request that gets it. The
// status line and the date come before them.
struct PreparedBody {
  int status = 200;
  std::string head;  // header lines with their line ends, content-length included
  std::string body;
};

struct HttpResponse {
  int status = 200;
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::shared_ptr<const PreparedBody> prepared;  // instead of the fields above
  std::shared_ptr<BodyStream> stream;            // instead of `body`
  // For the log and the metrics: the RPC or the page, never the path. Lives as long as the program.
  absl::string_view route;
  std::string reason;  // for the log: why it failed
  std::string trace;   // for the log: the traceparent of the call that was made for it

  // The status that goes out.
  int status_sent() const { return prepared ? prepared->status : status; }
};

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // Answers by calling `done` once, from any thread, perhaps before it returns. Does not block.
  virtual void Answer(const HttpRequest& request, std::function<void(HttpResponse)> done) = 0;
  // The answer to what is refused before there is a request to look at.
  virtual HttpResponse Refuse(int status, absl::string_view reason, absl::string_view message) = 0;
  // Ends what is under way: when this returns, no `done` is called any more.
  virtual void Abandon() = 0;
};

// "Not Found".
absl::string_view HttpReason(int status);

}  // namespace lucid::gateway
