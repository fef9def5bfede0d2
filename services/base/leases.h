// Leases: database rows with an expiry that choose the one replica that settles, follows or
// schedules. Followers hold it in the transaction of their work, so that a holder that was
// overtaken while it slept can do no harm; other work may be done twice.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/base/db.h"

namespace lucid {

class Lease {
 public:
  // Names the lease and makes up this holder's own name.
  explicit Lease(absl::string_view name);

  // Takes or renews the lease for a while; false when another holds it.
  absl::StatusOr<bool> Hold(Tx& tx, absl::Time now);
  // Lets it go, so that another replica need not wait for the expiry.
  absl::Status Release(Tx& tx);

 private:
  std::string name_;
  std::string holder_;
};

// How long a lease lasts when it is not renewed, and when it is.
inline constexpr absl::Duration kLeaseTime = absl::Seconds(5);
inline constexpr absl::Duration kRenewTime = absl::Seconds(2);

}  // namespace lucid
