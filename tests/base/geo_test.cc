// Distances and boxes on the map.
#include "services/base/geo.h"

#include <cmath>
#include <limits>
#include <random>

#include "gtest/gtest.h"

namespace lucid {
namespace {

types::v1::Point At(double lng, double lat) {
  types::v1::Point point;
  point.set_lng(lng);
  point.set_lat(lat);
  return point;
}

TEST(GeoTest, DistancesAreThoseOfTheSphere) {
  EXPECT_EQ(DistanceMetres(At(123.9, 41.9), At(123.9, 41.9)), 0);
  // A degree of a great circle is 111 195.08 m.
  EXPECT_NEAR(DistanceMetres(At(123, 41), At(123, 42)), 111195.08, 0.01);
  EXPECT_NEAR(DistanceMetres(At(0, 0), At(180, 0)), 180 * 111195.08, 2);
  EXPECT_NEAR(DistanceMetres(At(123, 60), At(124, 60)), 55597.5, 3);
}

TEST(GeoTest, APlaceIsInDegrees) {
  EXPECT_TRUE(IsPlace(At(-180, 90)));
  EXPECT_FALSE(IsPlace(At(180.1, 0)));
  EXPECT_FALSE(IsPlace(At(0, -90.1)));
  EXPECT_FALSE(IsPlace(At(std::numeric_limits<double>::quiet_NaN(), 0)));
  EXPECT_FALSE(IsPlace(At(0, std::numeric_limits<double>::infinity())));
}

TEST(GeoTest, ABoxHoldsEveryPlaceWithinReach) {
  std::mt19937 random(20261126);
  std::uniform_real_distribution<double> unit(-1, 1);
  for (int i = 0; i < 20000; ++i) {
    const auto centre = At(180 * unit(random), 80 * unit(random));
    const double metres = std::pow(10, 2.5 + 2 * unit(random));
    const double degrees = metres / 60'000;
    const auto other =
        At(centre.lng() + degrees * unit(random) * 3, centre.lat() + degrees * unit(random));
    if (DistanceMetres(centre, other) > metres) continue;
    const Box box = BoxAround(centre, metres);
    EXPECT_LE(box.west, Microdegrees(other.lng()));
    EXPECT_GE(box.east, Microdegrees(other.lng()));
    EXPECT_LE(box.south, Microdegrees(other.lat()));
    EXPECT_GE(box.north, Microdegrees(other.lat()));
  }
}

}  // namespace
}  // namespace lucid
