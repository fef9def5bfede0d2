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

TEST(WeightTest, PackedNumbersAreCountedByEights) {
  Kinds kinds;
  for (int i = 0; i < 8 * kMostValues; ++i) kinds.add_bools(true);
  EXPECT_TRUE(Passes(kinds.SerializeAsString()));
  for (int i = 0; i < 8; ++i) kinds.add_bools(true);
  EXPECT_FALSE(Passes(kinds.SerializeAsString()));
}

TEST(WeightTest, UnknownFieldsAreCounted) {
  std::string encoded;
  for (int i = 0; i <= kMostValues; ++i) absl::StrAppend(&encoded, "\xf8\x7f\x01");  // number 2047
  EXPECT_FALSE(Passes(encoded));
}

TEST(WeightTest, FieldsOfTheWrongKindAreUnknownFields) {
  std::string encoded;  // strings (22) as numbers
  for (int i = 0; i <= kMostValues; ++i) absl::StrAppend(&encoded, "\xb0\x01\x01");
  EXPECT_FALSE(Passes(encoded));
}

TEST(WeightTest, GroupsAreCountedWithWhatTheyHave) {
  std::string encoded = "\x0b";  // group 1 of empty texts
  for (int i = 0; i <= kMostValues; ++i) encoded.append("\x0a\0", 2);
  EXPECT_FALSE(Passes(encoded + "\x0c"));
  encoded.clear();  // empty groups
  for (int i = 0; i <= kMostValues; ++i) encoded += "\x0b\x0c";
  EXPECT_FALSE(Passes(encoded));
  EXPECT_TRUE(Passes("\x0b\x0c"));
}

TEST(WeightTest, WhatIsNoEncodingIsRefused) {
  EXPECT_TRUE(Passes(""));
  for (const char* broken : {"\xff\xff\xff\xff\xff",
                             "\xb2\x01\x7f",  // a text that is longer than what is there
                             "\x0b",          // a group that does not end
                             "\x0c",          // one that did not begin
                             "\x0b\x14"}) {
    EXPECT_FALSE(Passes(broken));
  }
}

TEST(WeightTest, OfJsonValuesAreCounted) {
  const auto texts = [](int count) {
    std::string json = R"({"strings":[)";
    for (int i = 1; i < count; ++i) json += R"("",)";
    return absl::StrCat(json, R"(""]})");
  };
  constexpr int kMostTexts = kMostValues - 2;  // the object and the list are values too
  Kinds kinds;
  EXPECT_TRUE(FromJson(texts(kMostTexts), kinds).ok());
  kinds.Clear();
  EXPECT_EQ(FromJson(texts(kMostTexts + 1), kinds).message(), TooManyValues().message());
}

TEST(WeightTest, AMaskIsNoWayAround) {
  Kinds kinds;
  const absl::Status refused =
      FromJson(absl::StrCat(R"({"aMask":")", std::string(10'001, ','), R"("})"), kinds);
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace lucid::gateway
