// Leases: one holder at a time, the next within the lease's time, whatever a clock says.
#include "services/base/leases.h"

#include "services/base/events.h"
#include "tests/testing/engines.h"

namespace lucid {
namespace {

class LeasesTest : public EnginesTest {
 protected:
  LeasesTest() { EXPECT_OK(EventFeed::Migrate(db())); }

  bool Hold(Lease& lease, absl::Duration since = absl::ZeroDuration()) {
    return db().Write([&](Tx& tx) { return lease.Hold(tx, now_ + since); }).value();
  }

  const absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  Lease one_{"work"}, other_{"work"};
};
EVERY_ENGINE(LeasesTest);

TEST_P(LeasesTest, OneHoldsAndRenewsItAndTheOthersWait) {
  EXPECT_TRUE(Hold(one_));
  EXPECT_FALSE(Hold(other_, kLeaseTime / 2));
  EXPECT_TRUE(Hold(one_, kLeaseTime / 2));
  EXPECT_FALSE(Hold(other_, kLeaseTime));
}

TEST_P(LeasesTest, AnotherTakesItWhenItRanOutOrWasReleased) {
  EXPECT_TRUE(Hold(one_));
  EXPECT_TRUE(Hold(other_, kLeaseTime + absl::Seconds(1)));
  EXPECT_OK(db().Write([&](Tx& tx) { return other_.Release(tx); }));
  EXPECT_TRUE(Hold(one_, kLeaseTime + absl::Seconds(1)));
}

TEST_P(LeasesTest, ALeaseTakenByAClockThatIsADayAheadDoesNotLastADay) {
  EXPECT_TRUE(Hold(one_, absl::Hours(24)));
  EXPECT_TRUE(Hold(other_));
  EXPECT_FALSE(Hold(one_));
}

}  // namespace
}  // namespace lucid
