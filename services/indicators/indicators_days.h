// What the observations of one series add up to on each day of a year: derived from its runs and
// kept beside them, so that a year is evaluated without its hours. Pure functions.
#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "lucid/indicators/v1/observation.pb.h"
#include "services/base/ratio.h"
#include "services/indicators/indicators_runs.h"

namespace lucid::indicators {

// The days of one series in one calendar year, before any rule on how many hours make a day. Days
// are counted from 0, which is January 1.
class ObservedYear {
 public:
  using Daily = v1::ObservedDays::Daily;

  explicit ObservedYear(absl::CivilYear year);
  // What Pack() made. DATA_LOSS when it contradicts itself.
  static absl::StatusOr<ObservedYear> Unpack(const v1::ObservedDays& days, absl::CivilYear year);

  absl::CivilYear year() const { return year_; }
  // 365 or 366.
  int size() const { return static_cast<int>(days_.size()); }
  // How many usable hourly values the day has, and their sum.
  int hours(int day) const { return days_[day].hours; }
  Ratio sum(int day) const { return Ratio::Of(days_[day].sum, unit_); }
  // Their mean; there is one at least.
  Ratio mean(int day) const {
    return Ratio::Of(days_[day].sum, __int128{unit_} * days_[day].hours);
  }
  // Whether the day has a daily value, and that value where it is usable.
  Daily daily(int day) const { return days_[day].daily; }
  Ratio value(int day) const { return Ratio::Of(days_[day].value, unit_); }
  // Whether all days are equal.
  friend bool operator==(const ObservedYear& a, const ObservedYear& b);

  // Puts the observations of one month, all of this length, in place of what there was of them.
  // Only HOUR and DAY make days; others change nothing.
  void SetMonth(v1::Observation::Length length, absl::CivilMonth month,
                absl::Span<const Sample> samples);

  // Absent where a number has too many digits to be kept; then its days are made from its runs.
  std::optional<v1::ObservedDays> Pack() const;

 private:
  // Numbers times unit_; 18 digits and as many places fit.
  struct Day {
    __int128 sum = 0;
    __int128 value = 0;
    int hours = 0;
    Daily daily = v1::ObservedDays::DAILY_UNSPECIFIED;
  };
  void Rescale(int scale);
  __int128 Scaled(const Decimal& value);

  absl::CivilYear year_;
  int scale_ = 0;
  int64_t unit_ = 1;  // 10^scale_
  std::vector<Day> days_;
};

}  // namespace lucid::indicators
