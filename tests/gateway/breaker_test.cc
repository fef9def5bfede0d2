#include "gateway/breaker.h"

#include "gtest/gtest.h"

namespace lucid::gateway {
namespace {

class BreakerTest : public ::testing::Test {
 protected:
  void Silence(int calls) {
    for (int i = 0; i < calls; ++i) breaker_.Unanswered(Breaker::kSilence);
  }
  const absl::Time now_ = absl::FromUnixSeconds(1);
  Breaker breaker_;
};

TEST_F(BreakerTest, OpensAfterManySilentCallsInARow) {
  Silence(Breaker::kMostSilent - 1);
  breaker_.Answered();
  Silence(Breaker::kMostSilent - 1);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(breaker_.Admits(now_));
  Silence(1);
  EXPECT_TRUE(breaker_.Admits(now_)) << "one goes through to see";
  EXPECT_FALSE(breaker_.Admits(now_));
}

TEST_F(BreakerTest, LetsOneCallThroughInEachPauseAndAllOnceOneIsAnswered) {
  Silence(Breaker::kMostSilent);
  EXPECT_TRUE(breaker_.Admits(now_));
  EXPECT_FALSE(breaker_.Admits(now_ + Breaker::kPause - absl::Milliseconds(1)));
  EXPECT_TRUE(breaker_.Admits(now_ + Breaker::kPause));
  Silence(1);
  EXPECT_FALSE(breaker_.Admits(now_ + Breaker::kPause));
  breaker_.Answered();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(breaker_.Admits(now_ + Breaker::kPause));
}

TEST_F(BreakerTest, ShortDeadlinesOpenNothing) {
  for (int i = 0; i < 1000; ++i) breaker_.Unanswered(Breaker::kSilence - absl::Milliseconds(1));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(breaker_.Admits(now_));
}

}  // namespace
}  // namespace lucid::gateway
