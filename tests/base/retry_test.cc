#include "services/base/retry.h"

#include <set>

#include "gtest/gtest.h"

namespace lucid {
namespace {

TEST(Retry, WhatIsOfTheMomentMayPassAndNothingElse) {
  using Code = absl::StatusCode;
  const std::set<Code> passing = {Code::kCancelled, Code::kDeadlineExceeded,
                                  Code::kResourceExhausted, Code::kAborted, Code::kUnavailable};
  for (int code = 0; code <= 16; ++code) {
    const auto of_it = static_cast<Code>(code);
    EXPECT_EQ(MayPass(absl::Status(of_it, "")), passing.contains(of_it)) << of_it;
  }
}

}  // namespace
}  // namespace lucid
