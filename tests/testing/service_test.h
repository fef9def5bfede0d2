// A service under test: its handlers as functions, on every engine.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "services/base/events.h"
#include "services/base/rpc.h"
#include "services/base/workers.h"
#include "tests/testing/engines.h"
#include "tests/testing/issuer.h"

namespace lucid {

// A call as the door would make it, at noon of 2026-11-24 in Fushun.
inline Call CallAs(std::vector<Role> roles, std::string region = "210400", std::string unit = "") {
  Call call;
  call.actor = {.subject = "li",
                .roles = std::move(roles),
                .unit = std::move(unit),
                .region = std::move(region)};
  call.today = absl::CivilDay(2026, 11, 24);
  call.now = absl::FromCivil(absl::CivilHour(2026, 11, 24, 12), absl::FixedTimeZone(8 * 3600));
  call.method = "lucid.test.v1.TestService.Test";
  return call;
}

inline Call CallAsOffice() { return CallAs({access::v1::OFFICE}); }

// The same call under a request id, with what the door adds for it.
inline Call WithRequestId(Call call, std::string id, std::string hash = "same") {
  call.request_id = std::move(id);
  call.request_hash = std::move(hash);
  return call;
}

// The fixture: a fresh database with the schema of base and of the service, a door and a feed.
class ServiceTest : public EnginesTest {
 protected:
  ServiceTest(absl::string_view service, absl::Span<const absl::string_view> migrations,
              std::vector<RecordType> records)
      : tokens_(issuer_.Verifier()), workers_(2, 64), door_(*tokens_, workers_) {
    absl::Status migrated = EventFeed::Migrate(db());
    if (migrated.ok()) migrated = Migrate(db(), service, migrations);
    if (!migrated.ok()) ADD_FAILURE() << migrated;
    feed_ = std::make_unique<EventFeed>(db(), records);
  }

  Door& door() { return door_; }
  EventFeed& feed() { return *feed_; }
  // Waits until every event written so far has its position.
  void Settle() {
    absl::Status settled = db().Settle([](Tx& tx) { return SettleEvents(tx).status(); });
    if (!settled.ok()) ADD_FAILURE() << settled;
  }

 private:
  testing::TestIssuer issuer_;
  std::unique_ptr<TokenVerifier> tokens_;
  Workers workers_;
  Door door_;
  std::unique_ptr<EventFeed> feed_;
};

}  // namespace lucid
