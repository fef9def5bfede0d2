#include "services/cases/cases_spec.h"

#include "absl/flags/flag.h"
#include "services/base/status.h"
#include "services/cases/cases_service.h"
#include "services/cases/cases_store.h"
#include "services/cases/seal.h"

ABSL_FLAG(std::string, petitioner_key, "",
          "File with the master key of petitioners: 32 bytes in base64.");

namespace lucid::cases {
namespace {

absl::StatusOr<std::unique_ptr<grpc::Service>> Make(Server& server) {
  const std::string path = absl::GetFlag(FLAGS_petitioner_key);
  if (path.empty()) {
    return absl::FailedPreconditionError(
        "--petitioner_key is required: a file with 32 random bytes in base64");
  }
  ASSIGN_OR_RETURN(std::string master_key, ReadMasterKey(path));
  PetitionSecrets secrets(std::move(master_key));
  RETURN_IF_ERROR(secrets.CheckMasterKey(server.db()));
  ASSIGN_OR_RETURN(auto registry, registry::Registry::Start(server));
  return std::make_unique<CasesService>(server.door(), server.db(), server.feed(),
                                        std::move(registry), std::move(secrets),
                                        server.options().zone);
}

}  // namespace

ServiceSpec CasesSpec() {
  ServiceSpec spec;
  spec.name = "cases";
  // By the file that declares it, so that nobody can lose it to the linker.
  spec.descriptor = v1::GetPetitionRequest::descriptor()->file()->FindServiceByName("CasesService");
  spec.migrations = {Migrations().begin(), Migrations().end()};
  spec.records = Records();
  spec.make = Make;
  return spec;
}

}  // namespace lucid::cases
