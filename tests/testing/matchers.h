// Matchers for absl::Status and absl::StatusOr.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/base/status.h"

namespace lucid {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <class T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

MATCHER(IsOk, "is OK") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).ok();
}

MATCHER_P(StatusIs, code, "has code " + absl::StatusCodeToString(code)) {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).code() == code;
}

MATCHER_P(HasReason, reason, "has reason " + std::string(reason)) {
  *result_listener << "whose reason is " << Reason(StatusOf(arg));
  return Reason(StatusOf(arg)) == reason;
}

}  // namespace lucid

#define ASSERT_OK(expression) ASSERT_THAT((expression), ::lucid::IsOk())
#define EXPECT_OK(expression) EXPECT_THAT((expression), ::lucid::IsOk())
