#include "services/cases/cases_spec.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/time/time.h"
#include "services/base/log.h"
#include "services/base/status.h"
#include "services/cases/cases_service.h"
#include "services/cases/cases_store.h"
#include "services/cases/seal.h"

ABSL_FLAG(std::string, petitioner_key, "",
          "File with the master keys of petitioners, one in a line: 32 bytes in base64. The first"
          " seals, each opens.");

namespace lucid::cases {
namespace {

// Until every replica knows the new key, which a rollout takes less than; see deploy/README.md.
constexpr absl::Duration kRollout = absl::Minutes(10);

// Seals under the first of several master keys what the others sealed, so that they can go.
void KeepResealing(Server& server, const PetitionSecrets& secrets) {
  const absl::Time begin = server.now() + kRollout;
  server.Every("reseal petitioners", absl::Minutes(1),
               [&server, begin, secrets](const Call&) -> absl::Status {
                 if (server.now() < begin) return absl::OkStatus();
                 ASSIGN_OR_RETURN(std::optional<int64_t> resealed, secrets.Reseal(server.db()));
                 if (resealed) LogLine("reseal").Add("petitions", *resealed);
                 return absl::OkStatus();
               });
}

absl::StatusOr<std::unique_ptr<grpc::Service>> Make(Server& server) {
  const std::string path = absl::GetFlag(FLAGS_petitioner_key);
  if (path.empty()) {
    return absl::FailedPreconditionError(
        "--petitioner_key is required: a file with 32 random bytes in base64");
  }
  ASSIGN_OR_RETURN(std::vector<std::string> master_keys, ReadMasterKeys(path));
  const bool exchanging = master_keys.size() > 1;
  PetitionSecrets secrets(std::move(master_keys));
  RETURN_IF_ERROR(secrets.CheckMasterKey(server.db()));
  if (exchanging) KeepResealing(server, secrets);
  ASSIGN_OR_RETURN(auto registry, registry::Registry::Start(server));
  return std::make_unique<CasesService>(server.door(), server.db(), server.feed(),
                                        std::move(registry), std::move(secrets),
                                        server.options().zone);
}

}  // namespace

ServiceSpec CasesSpec() {
  ServiceSpec spec;
  spec.name = "cases";
  spec.descriptor = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      v1::CasesService::service_full_name());
  spec.migrations = {Migrations().begin(), Migrations().end()};
  spec.records = Records();
  spec.make = Make;
  return spec;
}

}  // namespace lucid::cases
