// TLS between the programs: who is let in, and whom a caller believes.
#include "services/base/transport.h"

#include <fstream>
#include <future>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "tests/testing/matchers.h"
#include "tests/testing/temp_dir.h"

namespace lucid {
namespace {

// An authority with a certificate for a host name, made by the openssl command.
class Authority {
 public:
  explicit Authority(const std::string& host) {
    std::ofstream(dir_.File("names")) << "subjectAltName=DNS:" << host << "\n";
    Run("req -x509 -keyout ca.key -out ca.crt -subj /CN=authority" + kNewKey);
    Run("req -keyout tls.key -out tls.csr -subj /CN=program" + kNewKey);
    Run("x509 -req -in tls.csr -CA ca.crt -CAkey ca.key -CAcreateserial -extfile names -out "
        "tls.crt");
  }
  Transport transport() const { return WithCertificateOf(*this); }
  // Trusts this authority, and shows what another one gave out.
  Transport WithCertificateOf(const Authority& other) const {
    return *Transport::Tls(File("ca.crt"), other.File("tls.crt"), other.File("tls.key"));
  }
  std::string File(const std::string& name) const { return dir_.File(name); }

 private:
  const std::string kNewKey = " -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

  void Run(const std::string& words) {
    const std::string command =
        absl::StrCat("cd ", dir_.path(), " && openssl ", words, " >/dev/null 2>&1");
    if (system(command.c_str()) != 0) ADD_FAILURE() << command;
  }

  TempDir dir_;
};

// Knows no method, and says so to whom it lets in.
class Listener {
 public:
  explicit Listener(const Transport& transport) {
    grpc::ServerBuilder builder;
    transport.Listen(builder, "localhost:0", port_);
    builder.RegisterCallbackGenericService(&service_);
    server_ = builder.BuildAndStart();
  }
  ~Listener() { server_->Shutdown(std::chrono::system_clock::now()); }

  bool LetsIn(const Transport& transport) const {
    grpc::GenericStub stub(transport.To(absl::StrCat("dns:///localhost:", port_)));
    grpc::ClientContext context;
    context.set_wait_for_ready(false);
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
    const grpc::Slice nothing;
    grpc::ByteBuffer request(&nothing, 1), response;
    std::promise<grpc::StatusCode> code;
    stub.UnaryCall(&context, "/any/Method", {}, &request, &response,
                   [&](const grpc::Status& status) { code.set_value(status.error_code()); });
    const grpc::StatusCode answered = code.get_future().get();
    EXPECT_THAT(answered,
                ::testing::AnyOf(grpc::StatusCode::UNIMPLEMENTED, grpc::StatusCode::UNAVAILABLE));
    return answered == grpc::StatusCode::UNIMPLEMENTED;
  }

 private:
  grpc::CallbackGenericService service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST(TransportTest, PlainReachesPlain) { EXPECT_TRUE(Listener(Transport()).LetsIn(Transport())); }

TEST(TransportTest, OnlyWhoHasACertificateOfTheAuthorityIsLetIn) {
  const Authority ours("localhost"), other("localhost");
  const Listener listener(ours.transport());
  EXPECT_TRUE(listener.LetsIn(ours.transport()));
  EXPECT_FALSE(listener.LetsIn(Transport()));
  EXPECT_FALSE(listener.LetsIn(ours.WithCertificateOf(other)));
}

TEST(TransportTest, OnlyTheNameThatWasCalledIsBelieved) {
  const Authority ours("localhost"), stranger("localhost"), elsewhere("elsewhere");
  EXPECT_FALSE(Listener(stranger.transport()).LetsIn(ours.transport()));
  EXPECT_FALSE(Listener(elsewhere.transport()).LetsIn(elsewhere.transport()));
}

TEST(TransportTest, AMissingFileIsNamed) {
  const Authority ours("localhost");
  EXPECT_THAT(Transport::Tls("", "c", "k").status().message(), ::testing::HasSubstr("--tls_ca"));
  EXPECT_THAT(Transport::Tls(ours.File("ca.crt"), "/no/such", "k").status().message(),
              ::testing::HasSubstr("--tls_certificate=/no/such"));
}

}  // namespace
}  // namespace lucid
