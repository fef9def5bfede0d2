// The shared cache: what addresses it takes. Sentinels are in tests/system/sentinel_test.py.
#include "gateway/redis.h"

#include <gtest/gtest.h>

namespace lucid::gateway {
namespace {

TEST(RedisTest, WhatIsNoAddressIsRefused) {
  for (const char* wrong :
       {"redis", "redis:", ":6379", "redis:x", "a:1,b:2", "unix:", "sentinel:a:1", "sentinel:a:1/",
        "sentinel:/lucid", "sentinel:a/lucid", "a:1/lucid"}) {
    EXPECT_EQ(RedisCache::Create(wrong).status().code(), absl::StatusCode::kInvalidArgument)
        << wrong;
  }
}

}  // namespace
}  // namespace lucid::gateway
