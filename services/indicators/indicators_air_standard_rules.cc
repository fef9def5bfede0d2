#include "services/indicators/indicators_air_standard_rules.h"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/base/decimal.h"
#include "services/indicators/indicators_factors.h"

namespace lucid::indicators {
namespace {

constexpr int kMostIndex = 1000;

const Factor* FindAirFactor(const std::string& code) {
  const Factor* factor = FindFactor(code);
  return factor != nullptr && factor->medium == Medium::kAir ? factor : nullptr;
}

// Each greater than the one before, from 0.
void CheckScale(FieldErrors& errors, const std::string& prefix, const v1::Breakpoints& row) {
  if (row.concentrations_size() < 2 || row.concentrations_size() != row.indices_size()) {
    errors.Add(prefix + "indices", "must be as many as concentrations, at least two");
    return;
  }
  std::optional<Decimal> before;
  for (int i = 0; i < row.concentrations_size(); ++i) {
    absl::StatusOr<Decimal> concentration = Decimal::Parse(row.concentrations(i));
    const std::string field = absl::StrCat(prefix, "concentrations[", i, "]");
    if (!concentration.ok()) {
      errors.Add(field, concentration.status().message());
      return;
    }
    if (before ? *concentration <= *before : concentration->sign() != 0) {
      errors.Add(field, "must be 0 for the first and greater than the one before for the others");
    }
    before = *concentration;
    const int index = row.indices(i);
    if (i == 0 ? index != 0 : index <= row.indices(i - 1) || index > kMostIndex) {
      errors.Add(absl::StrCat(prefix, "indices[", i, "]"),
                 "must be 0 for the first, greater than the one before for the others, and at most "
                 "1000");
    }
  }
}

void CheckRow(FieldErrors& errors, const std::string& prefix, const v1::Breakpoints& row) {
  const Factor* factor = FindAirFactor(row.factor());
  if (factor == nullptr) {
    errors.Add(prefix + "factor", "is not a declared factor of air");
    return;
  }
  if (row.unit() != factor->unit) {
    errors.Add(prefix + "unit", absl::StrCat("must be ", factor->unit, ", the factor's own"));
  }
  if (row.decimals() < 0 || row.decimals() > factor->max_decimals) {
    errors.Add(prefix + "decimals", absl::StrCat("must be 0 … ", factor->max_decimals));
  }
  if (row.averaging() == v1::Limit::AVERAGING_UNSPECIFIED ||
      !v1::Limit::Averaging_IsValid(row.averaging())) {
    errors.Add(prefix + "averaging", "is required");
  }
  if (row.beyond() == v1::Breakpoints::BEYOND_UNSPECIFIED ||
      !v1::Breakpoints::Beyond_IsValid(row.beyond())) {
    errors.Add(prefix + "beyond", "is required");
  }
  CheckScale(errors, prefix, row);
}

// The numbers of a factor each: which, and from … to.
template <class Numbers, class NumberOf>
void CheckByFactor(FieldErrors& errors, const std::string& field, const Numbers& numbers,
                   NumberOf number_of, int from, int to) {
  std::set<std::string> seen;
  for (int i = 0; i < numbers.size(); ++i) {
    const std::string prefix = absl::StrCat(field, "[", i, "].");
    if (FindAirFactor(numbers[i].factor()) == nullptr) {
      errors.Add(prefix + "factor", "is not a declared factor of air");
    }
    if (!seen.insert(numbers[i].factor()).second) errors.Add(prefix + "factor", "is there twice");
    const int number = number_of(numbers[i]);
    if (number < from || number > to) {
      errors.Add(absl::StrCat(field, "[", i, "]"), absl::StrCat("must be ", from, " … ", to));
    }
  }
}

}  // namespace

void CheckBreakpoints(FieldErrors& errors, const v1::Standard& standard) {
  std::set<std::string> factors;
  for (int i = 0; i < standard.breakpoints_size(); ++i) {
    const std::string prefix = absl::StrCat("breakpoints[", i, "].");
    CheckRow(errors, prefix, standard.breakpoints(i));
    if (!factors.insert(standard.breakpoints(i).factor()).second) {
      errors.Add(prefix + "factor", "is there twice");
    }
  }
}

void CheckAirValidity(FieldErrors& errors, const v1::AirValidity& validity) {
  const struct {
    absl::string_view field;
    int number;
    int most;
  } kCounts[] = {
      {"hours_per_day", validity.hours_per_day(), 24},
      {"hours_per_window", validity.hours_per_window(), 8},
      {"first_window_end", validity.first_window_end(), 24},
      // As many windows as end from then on.
      {"windows_per_day", validity.windows_per_day(), 25 - validity.first_window_end()},
      {"days_per_month", validity.days_per_month(), 30},
      {"days_per_february", validity.days_per_february(), 28},
      {"days_per_year", validity.days_per_year(), 365},
      {"stations_percent", validity.stations_percent(), 100},
      {"few_stations_percent", validity.few_stations_percent(), 100},
      {"few_stations", validity.few_stations(), 1000},
  };
  for (const auto& count : kCounts) {
    if (count.number < 1 || count.number > count.most) {
      errors.Add(absl::StrCat("air_validity.", count.field),
                 absl::StrCat("must be 1 … ", count.most));
    }
  }
  CheckByFactor(
      errors, "air_validity.percentiles", validity.percentiles(),
      [](const auto& one) { return one.percent(); }, 1, 100);
  CheckByFactor(
      errors, "air_validity.day_digits", validity.day_digits(),
      [](const auto& one) { return one.decimals(); }, 0, 9);
}

}  // namespace lucid::indicators
