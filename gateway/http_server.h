// The HTTP/1.1 server: Boost.Beast's parser under C++20 coroutines, one io_context per core.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gateway/http.h"

namespace lucid::gateway {

struct HttpServerOptions {
  std::string address = "127.0.0.1";
  int port = 0;                                  // 0: any free one
  int threads = 0;                               // 0: one per core
  int max_connections = 10'000;                  // more are answered 503 and closed
  size_t max_header = 16 << 10;                  // more is 431
  size_t max_body = 16 << 20;                    // more is 413
  size_t max_bodies = 256 << 20;                 // bytes of all bodies being received; more is 503
  absl::Duration idle_time = absl::Seconds(60);  // between two requests
  absl::Duration header_time = absl::Seconds(10);  // for a whole header
  absl::Duration body_time = absl::Seconds(60);    // for a whole body
  absl::Duration write_time = absl::Seconds(30);   // for a piece of an answer
};

class HttpServer {
 public:
  // Listens and serves from now on. `handler` outlives the server. UNAVAILABLE naming the address
  // when it is taken.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(HttpServerOptions options,
                                                           HttpHandler& handler);
  // Drains: no new connections; requests under way have `grace` to end, streams end at once.
  ~HttpServer();

  int port() const;
  void set_grace(absl::Duration grace);
  // From now on each answer asks its caller to connect anew, which finds another gateway.
  void Leave();
  // Open connections; for tests and metrics.
  int connections() const;

 private:
  class Engine;
  explicit HttpServer(std::unique_ptr<Engine> engine);
  std::unique_ptr<Engine> engine_;
};

}  // namespace lucid::gateway
