// Page tokens: whoever may have made one, it opens for its own query only.
#include "services/base/page.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/matchers.h"

namespace lucid {
namespace {

using Keys = std::vector<std::string>;

TEST(PageTest, ATokenGivesItsKeysBack) {
  for (const Keys& keys : {Keys{}, Keys{""}, Keys{"a", "2:b"}, Keys{"督改办", "id"}}) {
    auto read = ReadPageToken("query", MakePageToken("query", keys));
    ASSERT_OK(read);
    EXPECT_EQ(*read, keys);
  }
}

TEST(PageTest, ATokenOfAnotherQueryOrThatWasChangedIsRefused) {
  const std::string token = MakePageToken("query", {"a"});
  EXPECT_THAT(ReadPageToken("another", token), HasReason("INVALID_FIELD"));
  // All but the last character, which has bits that mean nothing.
  for (size_t i = 0; i + 1 < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(ReadPageToken("query", changed).ok()) << i;
  }
  EXPECT_THAT(ReadPageToken("query", ""), HasReason("INVALID_FIELD"));
}

TEST(PageTest, KeysThatNoDatabaseWouldTakeAsTextAreRefused) {
  for (const std::string& key : {std::string("\xff"), std::string("a\0b", 3)}) {
    EXPECT_THAT(ReadPageToken("query", MakePageToken("query", {key})), HasReason("INVALID_FIELD"));
  }
}

}  // namespace
}  // namespace lucid
