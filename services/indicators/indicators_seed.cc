#include "services/indicators/indicators_seed.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "services/base/call.h"
#include "services/base/records.h"
#include "services/base/status.h"
#include "services/indicators/indicators_standard_tables.h"
#include "services/indicators/indicators_standards_store.h"

namespace lucid::indicators {
namespace {

template <class R>
absl::Status SeedTable(Tx& tx, const Call& call, std::vector<R> records) {
  ASSIGN_OR_RETURN(Rows rows,
                   tx.Run(absl::StrCat("SELECT id FROM ", TableOf<R>().name, " LIMIT 1")));
  if (!rows.empty()) return absl::OkStatus();
  for (R& record : records) RETURN_IF_ERROR(Insert(tx, call, record));
  return absl::OkStatus();
}

}  // namespace

absl::Status Seed(Db& db, absl::Time now) {
  Call call;
  call.actor.subject = "service:indicators";
  call.actor.roles = {access::v1::SERVICE};
  call.now = now;
  call.method = "lucid.indicators.v1.Seed";
  absl::Status seeded = db.Write([&](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(SeedTable(tx, call, BuiltInStandards()));
    return SeedTable(tx, call, BuiltInFactorSets());
  });
  // A replica that started at the same time was faster.
  return absl::IsAlreadyExists(seeded) ? absl::OkStatus() : seeded;
}

}  // namespace lucid::indicators
