#include "services/base/deadline.h"

#include <future>

#include "absl/time/clock.h"
#include "services/base/db.h"
#include "services/base/workers.h"
#include "tests/testing/engines.h"

namespace lucid {
namespace {

class DeadlineTest : public EnginesTest {};
EVERY_ENGINE(DeadlineTest);

TEST_P(DeadlineTest, NothingIsAskedForACallerWhoNoLongerWaits) {
  const auto ask = [](Tx& tx) { return tx.Run("SELECT 1").status(); };
  SetThreadDeadline(absl::Now() + absl::Hours(1));
  EXPECT_OK(db().Read(ask));
  EXPECT_OK(db().Write(ask));
  SetThreadDeadline(absl::Now() - absl::Seconds(1));
  EXPECT_THAT(db().Read(ask), HasReason("DEADLINE"));
  EXPECT_THAT(db().Write(ask), HasReason("DEADLINE"));
  SetThreadDeadline(absl::InfiniteFuture());
  EXPECT_OK(db().Read(ask));
  EXPECT_OK(db().Write(ask));
}

TEST(Deadline, IsOfOneJobAlone) {
  Workers workers(1, 2);
  std::promise<absl::Status> of_next;
  ASSERT_TRUE(workers.Post([] { SetThreadDeadline(absl::InfinitePast()); }));
  ASSERT_TRUE(workers.Post([&] { of_next.set_value(CheckThreadDeadline()); }));
  EXPECT_OK(of_next.get_future().get());
}

}  // namespace
}  // namespace lucid
