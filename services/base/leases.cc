#include "services/base/leases.h"

#include "services/base/id.h"
#include "services/base/status.h"

namespace lucid {

Lease::Lease(absl::string_view name) : name_(name), holder_(NewId(absl::Now())) {}

absl::StatusOr<bool> Lease::Hold(Tx& tx, absl::Time now) {
  // One that lasts longer than leases do was taken by a clock that is wrong, and does not count.
  ASSIGN_OR_RETURN(
      Rows rows,
      tx.Run("INSERT INTO leases (name, holder, until) VALUES ($1, $2, $3) "
             "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until "
             "WHERE leases.holder = excluded.holder OR leases.until < $4 OR leases.until > $5 "
             "RETURNING name",
             {name_, holder_, absl::ToUnixMicros(now + kLeaseTime), absl::ToUnixMicros(now),
              absl::ToUnixMicros(now + 2 * kLeaseTime)}));
  return !rows.empty();
}

absl::Status Lease::Release(Tx& tx) {
  return tx.Run("DELETE FROM leases WHERE name = $1 AND holder = $2", {name_, holder_}).status();
}

}  // namespace lucid
