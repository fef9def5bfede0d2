#include "services/base/geo.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lucid {
namespace {

constexpr double kRadius = 6'371'008.8;

double Radians(double degrees) { return degrees * std::numbers::pi / 180; }

}  // namespace

bool IsPlace(const types::v1::Point& point) {
  return point.lng() >= -180 && point.lng() <= 180 && point.lat() >= -90 && point.lat() <= 90;
}

double DistanceMetres(const types::v1::Point& a, const types::v1::Point& b) {
  const double north = std::sin(Radians(b.lat() - a.lat()) / 2);
  const double east = std::sin(Radians(b.lng() - a.lng()) / 2);
  const double chord =
      north * north + std::cos(Radians(a.lat())) * std::cos(Radians(b.lat())) * east * east;
  return 2 * kRadius * std::asin(std::sqrt(std::min(1.0, chord)));
}

int64_t Microdegrees(double degrees) { return std::llround(degrees * 1e6); }

Box BoxAround(const types::v1::Point& point, double metres) {
  // A little more, so that rounding leaves nothing out.
  const double reach = metres / kRadius * 180 / std::numbers::pi * 1.001 + 1e-6;
  const double widest = std::min(89.9, std::abs(point.lat()) + reach);
  const double wide = reach / std::cos(Radians(widest));
  return {Microdegrees(point.lng() - wide), Microdegrees(point.lng() + wide),
          Microdegrees(point.lat() - reach), Microdegrees(point.lat() + reach)};
}

}  // namespace lucid
