#include "services/base/transport.h"

#include <fstream>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "services/base/status.h"

ABSL_FLAG(std::string, tls_ca, "",
          "File with the certificates of the authority whose programs are let in and trusted.");
ABSL_FLAG(std::string, tls_certificate, "", "File with this program's certificate.");
ABSL_FLAG(std::string, tls_key, "", "File with the private key of the certificate.");

namespace lucid {
namespace {

constexpr unsigned kReloadSeconds = 10;
constexpr int kLargestMessage = 64 << 20;
constexpr int kSecond = 1000;  // gRPC's options are in milliseconds

template <class Options>
void UseCertificates(
    const std::shared_ptr<grpc::experimental::CertificateProviderInterface>& certificates,
    Options& options) {
  options.set_certificate_provider(certificates);
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
}

}  // namespace

absl::StatusOr<Transport> Transport::Tls(const std::string& ca, const std::string& certificate,
                                         const std::string& key) {
  for (const auto& [flag, path] :
       {std::pair{"--tls_ca", ca}, {"--tls_certificate", certificate}, {"--tls_key", key}}) {
    if (path.empty()) {
      return Fail(absl::StatusCode::kFailedPrecondition, "TLS_FLAGS",
                  absl::StrCat(flag, " is missing: TLS needs all three files"));
    }
    if (!std::ifstream(path)) {
      return Fail(absl::StatusCode::kFailedPrecondition, "TLS_FLAGS",
                  absl::StrCat("cannot read ", flag, "=", path));
    }
  }
  Transport transport;
  transport.certificates_ = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      key, certificate, ca, kReloadSeconds);
  return transport;
}

absl::StatusOr<Transport> Transport::FromFlags() {
  const std::string ca = absl::GetFlag(FLAGS_tls_ca);
  const std::string certificate = absl::GetFlag(FLAGS_tls_certificate);
  const std::string key = absl::GetFlag(FLAGS_tls_key);
  if (ca.empty() && certificate.empty() && key.empty()) return Transport();
  return Tls(ca, certificate, key);
}

void RefuseCompressed(grpc::ServerBuilder& builder) {
  for (grpc_compression_algorithm algorithm : {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP}) {
    builder.SetCompressionAlgorithmSupportStatus(algorithm, false);
  }
}

void Transport::Listen(grpc::ServerBuilder& builder, const std::string& address, int& port) const {
  std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
  if (certificates_ != nullptr) {
    grpc::experimental::TlsServerCredentialsOptions options(certificates_);
    UseCertificates(certificates_, options);
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    credentials = grpc::experimental::TlsServerCredentials(options);
  }
  // Otherwise a second program on the same port would silently share it.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(kLargestMessage);
  RefuseCompressed(builder);
  // Callers look for new replicas when they connect anew. Streams stay as long as they like.
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, 60 * kSecond);
  // The pings of To() are welcome.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kSecond);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddListeningPort(address, credentials, &port);
}

std::shared_ptr<grpc::Channel> Transport::To(const std::string& address) const {
  grpc::ChannelArguments arguments;
  arguments.SetLoadBalancingPolicyName("round_robin");
  arguments.SetServiceConfigJSON(R"({"healthCheckConfig": {"serviceName": ""}})");
  arguments.SetMaxReceiveMessageSize(kLargestMessage);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kSecond / 10);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kSecond);
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, kSecond);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 5 * kSecond);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 3 * kSecond);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (certificates_ != nullptr) {
    grpc::experimental::TlsChannelCredentialsOptions options;
    UseCertificates(certificates_, options);
    credentials = grpc::experimental::TlsCredentials(options);
  }
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

}  // namespace lucid
