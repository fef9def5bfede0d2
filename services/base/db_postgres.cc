// Db on PostgreSQL.
#include "services/base/db_engines.h"
#include "services/base/status.h"

namespace lucid {

absl::StatusOr<std::unique_ptr<Db>> OpenPostgres(const std::string&, const DbOptions&) {
  return absl::UnimplementedError("PostgreSQL is not there yet");
}

}  // namespace lucid
