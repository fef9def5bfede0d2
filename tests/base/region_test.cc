// Regions: which code lies below which, and the same by range.
#include "services/base/region.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "services/base/status.h"

namespace lucid {
namespace {

TEST(Region, ACountyLiesInItsCityAndProvince) {
  EXPECT_TRUE(RegionContains("210000", "210411"));
  EXPECT_TRUE(RegionContains("210400", "210411"));
  EXPECT_TRUE(RegionContains("210411", "210411"));
  EXPECT_TRUE(RegionContains("210000", "210400"));
  EXPECT_TRUE(RegionContains("429000", "429004"));
  EXPECT_TRUE(RegionContains(kCountry, "210411"));
}

TEST(Region, NothingLiesAboveOrBesideItself) {
  EXPECT_FALSE(RegionContains("210411", "210400"));
  EXPECT_FALSE(RegionContains("210400", "210000"));
  EXPECT_FALSE(RegionContains("210400", "210500"));
  EXPECT_FALSE(RegionContains("210400", "220411"));
  EXPECT_FALSE(RegionContains("210000", kCountry));
}

TEST(Region, ATextThatIsNoCodeContainsNothingAndLiesNowhere) {
  for (absl::string_view text : {"", "21", "2104110", "21041a", "２１０４", "010400", "910000",
                                 "200000", "210011", "000000", " 21040"}) {
    EXPECT_FALSE(RegionContains(text, "210411")) << text;
    EXPECT_FALSE(RegionContains(kCountry, text)) << text;
    EXPECT_FALSE(RegionContains(text, text)) << text;
    EXPECT_EQ(RegionRange(text), std::make_pair(std::string(), std::string())) << text;
    absl::Status status = CheckRegion("task.region", text);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_TRUE(absl::StartsWith(status.message(), "task.region is not a region code")) << status;
  }
  for (absl::string_view code : {"100000", "110000", "210400", "210411", "429004", "820000"}) {
    EXPECT_TRUE(CheckRegion("region", code).ok()) << code;
  }
}

TEST(Region, TheRangeHoldsExactlyWhatTheRegionContains) {
  std::vector<std::string> codes = {std::string(kCountry)};
  for (int province : {11, 21, 22, 42, 82}) {
    for (int city : {0, 1, 4, 5, 90, 99}) {
      for (int county : {0, 1, 11, 99}) {
        std::string code = absl::StrFormat("%02d%02d%02d", province, city, county);
        if (CheckRegion("region", code).ok()) codes.push_back(code);
      }
    }
  }
  ASSERT_GT(codes.size(), 100u);
  for (const std::string& upper : codes) {
    auto [low, high] = RegionRange(upper);
    EXPECT_EQ(low.size(), 6u);
    EXPECT_EQ(high.size(), 6u);
    for (const std::string& lower : codes) {
      EXPECT_EQ(RegionContains(upper, lower), low <= lower && lower < high) << upper << lower;
    }
  }
}

TEST(RegionTest, AboveARegionAreItsCityItsProvinceAndTheCountry) {
  using Codes = std::vector<std::string>;
  EXPECT_EQ(RegionsUpFrom("210411"), (Codes{"210411", "210400", "210000", "100000"}));
  EXPECT_EQ(RegionsUpFrom("210400"), (Codes{"210400", "210000", "100000"}));
  EXPECT_EQ(RegionsUpFrom("210000"), (Codes{"210000", "100000"}));
  EXPECT_EQ(RegionsUpFrom("100000"), (Codes{"100000"}));
  EXPECT_EQ(RegionsUpFrom("Fushun"), Codes{});
  for (const std::string& region : RegionsUpFrom("210411")) {
    EXPECT_TRUE(RegionContains(region, "210411")) << region;
  }
}

}  // namespace
}  // namespace lucid
