#include "services/indicators/indicators_availability_rules.h"

#include <algorithm>

#include "services/base/ratio.h"

namespace lucid::indicators {
namespace {

using v1::Observation;

std::string ShareText(int64_t part, int64_t whole) {
  if (whole == 0) return "";
  return Percent(part, whole, 1).value_or(Decimal()).ToString();
}

}  // namespace

int64_t ExpectedPeriods(Observation::Length length, Window window, absl::CivilMinute now) {
  const absl::CivilDay end = std::min(window.to + 1, absl::CivilDay(now));  // first day not whole
  int64_t count = 0;
  switch (length) {
    case Observation::HOUR:
      count = std::min(absl::CivilHour(window.to + 1), absl::CivilHour(now)) -
              absl::CivilHour(window.from);
      break;
    case Observation::DAY:
      count = end - window.from;
      break;
    case Observation::MONTH:
      count = absl::CivilMonth(end) - (absl::CivilMonth(window.from - 1) + 1);
      break;
    case Observation::YEAR:
      count = absl::CivilYear(end) - (absl::CivilYear(window.from - 1) + 1);
      break;
    default:
      break;
  }
  return std::max<int64_t>(count, 0);
}

std::vector<v1::Availability> AvailabilityOf(
    const v1::Site& site,
    const std::map<std::pair<std::string, Observation::Length>, std::vector<Sample>>& series,
    Window window, absl::CivilMinute now) {
  std::vector<v1::Availability> rows;
  for (const auto& [key, samples] : series) {
    v1::Availability& row = rows.emplace_back();
    row.set_factor(key.first);
    row.set_length(key.second);
    row.set_expected(ExpectedPeriods(key.second, window, now));
    for (const Sample& sample : samples) {
      if (sample.day() < window.from || LastDay(sample.start, key.second) > window.to) continue;
      // As it is not expected yet, the hour under way is not counted.
      if (key.second == Observation::HOUR && sample.start >= absl::CivilHour(now)) continue;
      row.set_received(row.received() + 1);
      row.set_valid(row.valid() + sample.usable());
    }
    row.set_received_share(ShareText(row.received(), row.expected()));
    row.set_valid_share(ShareText(row.valid(), row.expected()));
  }
  if (rows.empty()) rows.emplace_back();
  for (v1::Availability& row : rows) {
    row.set_site_id(site.id());
    row.set_site_name(site.name());
  }
  return rows;
}

}  // namespace lucid::indicators
