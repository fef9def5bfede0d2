#include "gateway/http_server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gateway/http_connection.h"

namespace lucid::gateway {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr auto kSweep = std::chrono::milliseconds(200);
constexpr auto kNoDescriptors = std::chrono::milliseconds(100);

asio::awaitable<void> Serve(tcp::socket socket, HttpShared& shared, HttpThread& thread) {
  HttpConnection connection(std::move(socket), shared, thread);
  co_await connection.Serve();
}

}  // namespace

class HttpServer::Engine {
 public:
  Engine(HttpServerOptions options, HttpHandler& handler)
      : shared_{std::move(options), handler}, cores_(MakeCores(shared_.options.threads)) {}

  absl::Status Listen() {
    error_code error;
    const auto address = asio::ip::make_address(shared_.options.address, error);
    const auto endpoint = tcp::endpoint(address, static_cast<uint16_t>(shared_.options.port));
    if (!error) acceptor_.open(endpoint.protocol(), error);
    // Restarting at once is fine; sharing a port with another program is not.
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(4096, error);
    if (error) {
      return absl::UnavailableError(absl::StrCat("cannot listen on ", shared_.options.address, ":",
                                                 shared_.options.port, ": ", error.message(),
                                                 "; is another program on that port?"));
    }
    port_ = acceptor_.local_endpoint().port();
    asio::co_spawn(cores_[0]->context, Accept(), asio::detached);
    for (auto& core : cores_) {
      asio::co_spawn(core->context, Sweep(*core), asio::detached);
      core->runner = std::thread([&core = *core] { core.context.run(); });
    }
    return absl::OkStatus();
  }

  ~Engine() {
    shared_.draining = true;
    asio::post(cores_[0]->context, [this] {
      error_code ignored;
      acceptor_.close(ignored);
    });
    const absl::Time end = absl::Now() + grace_;
    while (shared_.connections > 0 && absl::Now() < end) absl::SleepFor(absl::Milliseconds(10));
    shared_.handler.Abandon();
    for (auto& core : cores_) core->context.stop();
    for (auto& core : cores_) {
      if (core->runner.joinable()) core->runner.join();
    }
    for (auto& core : cores_) {
      for (HttpConnection* connection : core->thread.connections) connection->Forget();
    }
    // What is left are suspended connections: they go with their contexts, which come after what
    // they use.
  }

  int port() const { return port_; }
  int connections() const { return shared_.connections; }
  void set_grace(absl::Duration grace) { grace_ = grace; }
  void Leave() { shared_.leaving = true; }

 private:
  // Members in this order: connections, destroyed with the context, still use the thread's state.
  struct Core {
    HttpThread thread;
    asio::io_context context{1};
    std::thread runner;
  };

  static std::vector<std::unique_ptr<Core>> MakeCores(int threads) {
    if (threads <= 0) threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    std::vector<std::unique_ptr<Core>> cores;
    for (int i = 0; i < threads; ++i) cores.push_back(std::make_unique<Core>());
    return cores;
  }

  asio::awaitable<void> Accept() {
    asio::steady_timer pause(cores_[0]->context);
    for (size_t next = 0;; ++next) {
      Core& core = *cores_[next % cores_.size()];
      tcp::socket socket(core.context);
      const auto [error] = co_await acceptor_.async_accept(socket, kAwait);
      if (shared_.draining || error == asio::error::operation_aborted) co_return;
      if (error) {
        // Out of descriptors: those that wait are served when others have gone.
        pause.expires_after(kNoDescriptors);
        co_await pause.async_wait(kAwait);
        continue;
      }
      if (shared_.connections >= shared_.options.max_connections) {
        static constexpr absl::string_view kBusy =
            "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n"
            "Content-Length: 0\r\n\r\n";
        error_code ignored;
        socket.non_blocking(true, ignored);
        socket.write_some(asio::buffer(kBusy.data(), kBusy.size()), ignored);
        continue;
      }
      asio::co_spawn(core.context, Serve(std::move(socket), shared_, core.thread), asio::detached);
    }
  }

  asio::awaitable<void> Sweep(Core& core) {
    asio::steady_timer timer(core.context);
    for (;;) {
      timer.expires_after(kSweep);
      co_await timer.async_wait(kAwait);
      const auto now = std::chrono::steady_clock::now();
      for (HttpConnection* connection : core.thread.connections) connection->Sweep(now);
      core.thread.log.Flush();
    }
  }

  HttpShared shared_;
  std::vector<std::unique_ptr<Core>> cores_;
  tcp::acceptor acceptor_{cores_[0]->context};
  int port_ = 0;
  absl::Duration grace_ = absl::Seconds(10);
};

HttpServer::HttpServer(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
HttpServer::~HttpServer() = default;
int HttpServer::port() const { return engine_->port(); }
int HttpServer::connections() const { return engine_->connections(); }
void HttpServer::set_grace(absl::Duration grace) { engine_->set_grace(grace); }
void HttpServer::Leave() { engine_->Leave(); }

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(HttpServerOptions options,
                                                              HttpHandler& handler) {
  auto engine = std::make_unique<Engine>(std::move(options), handler);
  absl::Status status = engine->Listen();
  if (!status.ok()) return status;
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(engine)));
}

}  // namespace lucid::gateway
