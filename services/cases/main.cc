// lucid-cases: the cases service as a program.
#include "absl/flags/flag.h"
#include "services/base/server.h"
#include "services/base/status.h"
#include "services/cases/cases_service.h"
#include "services/cases/cases_store.h"
#include "services/cases/seal.h"

ABSL_FLAG(std::string, petitioner_key, "",
          "File with the master key of petitioners: 32 bytes in base64.");

int main(int argc, char** argv) {
  using lucid::cases::CasesService;
  using lucid::cases::PetitionSecrets;
  lucid::ServiceSpec spec;
  spec.name = "cases";
  spec.descriptor = lucid::cases::v1::Petition::descriptor()->file()->pool()->FindServiceByName(
      CasesService::Service::service_full_name());
  spec.migrations = {lucid::cases::Migrations().begin(), lucid::cases::Migrations().end()};
  spec.records = lucid::cases::Records();
  spec.make = [](lucid::Server& server) -> absl::StatusOr<std::unique_ptr<grpc::Service>> {
    const std::string path = absl::GetFlag(FLAGS_petitioner_key);
    if (path.empty()) {
      return absl::FailedPreconditionError(
          "--petitioner_key is required: a file with 32 random bytes in base64");
    }
    ASSIGN_OR_RETURN(std::string master_key, lucid::cases::ReadMasterKey(path));
    PetitionSecrets secrets(std::move(master_key));
    RETURN_IF_ERROR(secrets.CheckMasterKey(server.db()));
    return std::make_unique<CasesService>(server.door(), server.db(), server.feed(),
                                          std::move(secrets), server.options().zone);
  };
  return lucid::RunService(argc, argv, spec);
}
