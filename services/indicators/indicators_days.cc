#include "services/indicators/indicators_days.h"

#include <algorithm>

namespace lucid::indicators {
namespace {

using v1::Observation;
using v1::ObservedDays;

bool Fits(__int128 number) { return number == static_cast<int64_t>(number); }

absl::Status BrokenDays() {
  return absl::DataLossError("the days of a series contradict themselves");
}

}  // namespace

ObservedYear::ObservedYear(absl::CivilYear year)
    : year_(year), days_(absl::CivilDay(year + 1) - absl::CivilDay(year)) {}

absl::StatusOr<ObservedYear> ObservedYear::Unpack(const ObservedDays& days, absl::CivilYear year) {
  ObservedYear result(year);
  const int size = result.size();
  if (days.scale() < 0 || days.scale() > Decimal::kMaxDigits ||
      days.hours_size() != days.sums_size() || days.daily_size() != days.values_size() ||
      (!days.hours().empty() && days.hours_size() != size) ||
      (!days.daily().empty() && days.daily_size() != size)) {
    return BrokenDays();
  }
  for (; result.scale_ < days.scale(); ++result.scale_) result.unit_ *= 10;
  // A field's own accessor is a call for each element.
  const int32_t* const hours = days.hours().data();
  const int64_t* const sums = days.sums().data();
  for (int i = 0; i < days.hours_size(); ++i) {
    result.days_[i].hours = hours[i];
    result.days_[i].sum = sums[i];
  }
  const int* const daily = days.daily().data();
  const int64_t* const values = days.values().data();
  for (int i = 0; i < days.daily_size(); ++i) {
    result.days_[i].daily = static_cast<Daily>(daily[i]);
    result.days_[i].value = values[i];
  }
  return result;
}

bool operator==(const ObservedYear& a, const ObservedYear& b) {
  if (a.year_ != b.year_) return false;
  for (int day = 0; day < a.size(); ++day) {
    if (a.hours(day) != b.hours(day) || a.daily(day) != b.daily(day) || a.sum(day) != b.sum(day) ||
        a.value(day) != b.value(day)) {
      return false;
    }
  }
  return true;
}

void ObservedYear::SetMonth(Observation::Length length, absl::CivilMonth month,
                            absl::Span<const Sample> samples) {
  if (length != Observation::HOUR && length != Observation::DAY) return;
  const absl::CivilDay january(year_);
  const int begin = static_cast<int>(absl::CivilDay(month) - january);
  const int end = static_cast<int>(absl::CivilDay(month + 1) - january);
  for (int i = begin; i < end; ++i) {
    if (length == Observation::HOUR) {
      days_[i].hours = 0;
      days_[i].sum = 0;
    } else {
      days_[i].daily = ObservedDays::DAILY_UNSPECIFIED;
      days_[i].value = 0;
    }
  }
  for (const Sample& sample : samples) {
    Day& day = days_[begin + sample.start.day() - 1];
    if (length == Observation::DAY) {
      day.daily = sample.usable() ? ObservedDays::USABLE : ObservedDays::UNUSABLE;
      if (sample.usable()) day.value = Scaled(sample.used());
    } else if (sample.usable()) {
      day.sum += Scaled(sample.used());
      ++day.hours;
    }
  }
}

std::optional<ObservedDays> ObservedYear::Pack() const {
  ObservedDays packed;
  packed.set_scale(scale_);
  const bool hours = std::any_of(days_.begin(), days_.end(), [](auto& day) { return day.hours; });
  const bool daily = std::any_of(days_.begin(), days_.end(), [](auto& day) { return day.daily; });
  for (const Day& day : days_) {
    if (!Fits(day.sum) || !Fits(day.value)) return std::nullopt;
    if (hours) {
      packed.add_hours(day.hours);
      packed.add_sums(static_cast<int64_t>(day.sum));
    }
    if (daily) {
      packed.add_daily(day.daily);
      packed.add_values(static_cast<int64_t>(day.value));
    }
  }
  return packed;
}

// The scale only grows, so that a year is the same in whatever order its months arrive: as of its
// values' digits, not as of their history.
void ObservedYear::Rescale(int scale) {
  for (; scale_ < scale; ++scale_) {
    unit_ *= 10;
    for (Day& day : days_) {
      day.sum *= 10;
      day.value *= 10;
    }
  }
}

__int128 ObservedYear::Scaled(const Decimal& value) {
  if (value.scale() > scale_) Rescale(value.scale());
  __int128 mantissa = value.mantissa();
  for (int i = value.scale(); i < scale_; ++i) mantissa *= 10;
  return mantissa;
}

}  // namespace lucid::indicators
