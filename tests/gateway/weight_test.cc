#include "gateway/weight.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gateway/json.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "library.pb.h"
#include "services/base/status.h"

namespace lucid::gateway {
namespace {

using library::v1::Kinds;

bool Passes(const std::string& encoded) {
  google::protobuf::io::ArrayInputStream stream(encoded.data(), static_cast<int>(encoded.size()));
  return CheckWeight(*Kinds::descriptor(), stream).ok();
}

TEST(WeightTest, TextsAreCounted) {
  Kinds kinds;
  for (int i = 0; i < kMostValues; ++i) kinds.add_strings("");
  EXPECT_TRUE(Passes(kinds.SerializeAsString()));
  kinds.add_strings("");
  EXPECT_FALSE(Passes(kinds.SerializeAsString()));
}

TEST(WeightTest, MessagesAreCountedHoweverDeep) {
  Kinds kinds;
  for (int i = 0; i < 100; ++i) {
    Kinds& child = *kinds.add_children();
    for (int j = 0; j < kMostValues / 100 - 1; ++j) child.add_children();
  }
  EXPECT_TRUE(Passes(kinds.SerializeAsString()));
  kinds.mutable_children(50)->add_children();
  EXPECT_FALSE(Passes(kinds.SerializeAsString()));
}

TEST(WeightTest, NumbersAreNot) {
  Kinds kinds;
  for (int i = 0; i < 2 * kMostValues; ++i) kinds.add_int64s(i);
  EXPECT_TRUE(Passes(kinds.SerializeAsString()));
}

TEST(WeightTest, UnknownFieldsAreCounted) {
  std::string encoded;
  for (int i = 0; i <= kMostValues; ++i) absl::StrAppend(&encoded, "\xf8\x7f\x01");  // number 2047
  EXPECT_FALSE(Passes(encoded));
}

TEST(WeightTest, WhatIsNoEncodingPasses) {
  Kinds kinds;
  for (int i = 0; i <= kMostValues; ++i) kinds.add_strings("");
  EXPECT_TRUE(Passes("\xff\xff\xff\xff\xff" + kinds.SerializeAsString()));
  EXPECT_TRUE(Passes("\xb2\x01\x7f"));  // a text that is longer than what is there
}

TEST(WeightTest, OfJsonTokensAreCounted) {
  std::string json = R"({"strings":[)";
  for (int i = 0; i < 3 * kMostValues; ++i) json += R"("",)";
  Kinds kinds;
  const absl::Status refused = FromJson(absl::StrCat(json, R"(""]})"), kinds);
  EXPECT_EQ(refused.message(), TooManyValues().message());
}

}  // namespace
}  // namespace lucid::gateway
