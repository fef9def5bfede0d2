// Fuzzes the reading of tokens, claims and key sets: nothing crashes, and nothing that the issuer
// did not sign is let in.
#include <cstdlib>

#include "services/base/token_claims.h"
#include "tests/testing/issuer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lucid;
  static const testing::TestIssuer issuer;
  static const std::unique_ptr<TokenVerifier> verifier = issuer.Verifier();
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);

  if (verifier->Verify(input, now).ok()) abort();
  if (Json claims = ParseJsonObject(input)) {
    for (const TrustedIssuer& trusted : issuer.options().issuers) {
      auto entry = ReadClaims(claims.get(), trusted);
      if (entry.ok() && entry->actor->Has(access::v1::SERVICE) != trusted.services) abort();
    }
  }
  (void)KeySet::Parse(input).ok();
  (void)SigningKey::Parse(input).ok();
  return 0;
}
