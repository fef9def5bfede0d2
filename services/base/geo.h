// Places on the map: how far they are from each other, and what may be near one.
#pragma once

#include <cstdint>

#include "lucid/types/v1/types.pb.h"

namespace lucid {

// Whether the degrees are those of a place; what is not a number is not.
bool IsPlace(const types::v1::Point& point);

// The metres between two places along the great circle of a sphere with the mean radius of WGS 84,
// 6 371 008.8 m; within 0.6 % of the way on the ellipsoid.
double DistanceMetres(const types::v1::Point& a, const types::v1::Point& b);

// Degrees as they are stored for look-ups, in millionths (about 0.1 m).
int64_t Microdegrees(double degrees);

// A box in microdegrees that holds every place within so many metres.
struct Box {
  int64_t west = 0;
  int64_t east = 0;
  int64_t south = 0;
  int64_t north = 0;
};
Box BoxAround(const types::v1::Point& point, double metres);

}  // namespace lucid
