#include "services/base/leases.h"

#include "services/base/id.h"
#include "services/base/status.h"

namespace lucid {

Lease::Lease(absl::string_view name) : name_(name), holder_(NewId(absl::Now())) {}

absl::StatusOr<bool> Lease::Hold(Tx& tx, absl::Time now) {
  ASSIGN_OR_RETURN(
      Rows rows,
      tx.Run("INSERT INTO leases (name, holder, until) VALUES ($1, $2, $3) "
             "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until "
             "WHERE leases.holder = excluded.holder OR leases.until < $4 RETURNING name",
             {name_, holder_, absl::ToUnixMicros(now + kLeaseTime), absl::ToUnixMicros(now)}));
  return !rows.empty();
}

absl::Status Lease::Release(Tx& tx) {
  return tx.Run("DELETE FROM leases WHERE name = $1 AND holder = $2", {name_, holder_}).status();
}

}  // namespace lucid
