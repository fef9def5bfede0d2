// How lucid's programs reach each other: plain, or by TLS with a certificate on either side.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/security/tls_certificate_provider.h"

namespace lucid {

class Transport {
 public:
  // Plain.
  Transport() = default;
  // TLS by the files in PEM, which are read again when they change. FAILED_PRECONDITION when one
  // is missing or cannot be read.
  static absl::StatusOr<Transport> Tls(const std::string& ca, const std::string& certificate,
                                       const std::string& key);
  // By --tls_ca, --tls_certificate and --tls_key; plain when none is given.
  static absl::StatusOr<Transport> FromFlags();

  // Makes `builder` listen, alone on its port, which `port` becomes; with TLS it admits only those
  // whose certificate is of the same authority.
  void Listen(grpc::ServerBuilder& builder, const std::string& address, int& port) const;

  // A channel to a service: calls are spread over all addresses of the name, replicas that say of
  // themselves that they do not serve are passed over, peers that vanish without a word are
  // noticed.
  std::shared_ptr<grpc::Channel> To(const std::string& address) const;

 private:
  std::shared_ptr<grpc::experimental::CertificateProviderInterface> certificates_;  // null: plain
};

// Compressed messages are refused (UNIMPLEMENTED): some hundred bytes may be gigabytes, and the
// limit on their length is asked when they are unpacked.
void RefuseCompressed(grpc::ServerBuilder& builder);

}  // namespace lucid
