#include "services/indicators/indicators_water_rules.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"

namespace lucid::indicators {
namespace {

using v1::WaterQuality;

constexpr WaterQuality::Class kBestFirst[] = {WaterQuality::I, WaterQuality::II, WaterQuality::III,
                                              WaterQuality::IV, WaterQuality::V};

int CountMonths(const Section& section, const std::vector<std::string>& required_factors,
                const std::vector<SectionClass::ByFactor>& assessed_factors) {
  if (required_factors.empty()) {
    std::set<absl::CivilMonth> months;
    for (const SectionClass::ByFactor& assessed : assessed_factors) {
      for (const auto& [month, value] : section.factors.at(assessed.factor)) months.insert(month);
    }
    return static_cast<int>(months.size());
  }
  size_t fewest = SIZE_MAX;
  for (const std::string& factor : required_factors) {
    auto values = section.factors.find(factor);
    fewest = std::min(fewest, values == section.factors.end() ? 0 : values->second.size());
  }
  return static_cast<int>(fewest);
}

}  // namespace

WaterQuality::Class ClassOf(const Edition& edition, absl::string_view factor, const Ratio& value,
                            WaterQuality::Body body) {
  bool limited = false;
  for (WaterQuality::Class water_class : kBestFirst) {
    const Limit* limit = FindLimit(edition, factor, v1::Limit::AVERAGING_UNSPECIFIED,
                                   WaterQuality::Class_Name(water_class), body);
    if (limit == nullptr) continue;
    limited = true;
    if (Complies(*limit, edition.method, value)) return water_class;
  }
  return limited ? WaterQuality::WORSE_THAN_V : WaterQuality::CLASS_UNSPECIFIED;
}

Months MonthlyValues(absl::Span<const Sample> months, absl::Span<const Sample> samples) {
  std::map<absl::CivilMonth, std::pair<Ratio, int>> sums;
  for (const Sample& sample : samples) {
    if (!sample.usable()) continue;
    auto& [sum, count] = sums[absl::CivilMonth(sample.start)];
    sum = sum + sample.used();
    ++count;
  }
  Months values;
  for (const auto& [month, sum] : sums) {
    values.emplace(month, Ratio::Divide(sum.first, sum.second).value());
  }
  for (const Sample& month : months) {
    if (month.usable()) values.insert_or_assign(absl::CivilMonth(month.start), month.used());
    // A month that was marked invalid, frozen or dry is not replaced by its samples.
    if (!month.usable()) values.erase(absl::CivilMonth(month.start));
  }
  return values;
}

int RequiredMonths(const v1::Site& site, int months_in_period) {
  constexpr int kWhereItFreezes = 8;
  return months_in_period == 12 && site.freezes() ? kWhereItFreezes : months_in_period;
}

SectionClass ClassifySection(const Edition& edition, const Section& section,
                             const std::vector<std::string>& required_factors,
                             int months_in_period) {
  SectionClass result;
  result.required = RequiredMonths(*section.site, months_in_period);
  for (const auto& [factor, values] : section.factors) {
    if (values.empty()) continue;
    Ratio sum;
    for (const auto& [month, value] : values) sum = sum + value;
    Ratio mean = Ratio::Divide(sum, values.size()).value();
    auto water_class = ClassOf(edition, factor, mean, section.site->water_body());
    if (water_class == WaterQuality::CLASS_UNSPECIFIED) continue;
    result.factors.push_back({factor, mean, static_cast<int>(values.size()), water_class});
    result.water_class = std::max(result.water_class, water_class);
  }
  result.months = CountMonths(section, required_factors, result.factors);
  result.assessed = result.months >= result.required && !result.factors.empty();
  if (result.water_class > WaterQuality::I) {
    for (const auto& factor : result.factors) {
      if (factor.water_class == result.water_class) result.worst_factors.push_back(factor.factor);
    }
  }
  return result;
}

bool CountsIn(v1::ClassRule::Measure measure, WaterQuality::Class water_class,
              WaterQuality::Class target) {
  if (water_class == WaterQuality::CLASS_UNSPECIFIED) return false;
  switch (measure) {
    case v1::ClassRule::GOOD:
      return water_class <= WaterQuality::III;
    case v1::ClassRule::MEETING_TARGET:
      return target != WaterQuality::CLASS_UNSPECIFIED && water_class <= target;
    case v1::ClassRule::WORSE_THAN_V:
      return water_class == WaterQuality::WORSE_THAN_V;
    default:
      return false;
  }
}

std::string ClassName(WaterQuality::Class water_class) {
  static constexpr absl::string_view kNames[] = {"未评价", "I类", "II类", "III类",
                                                 "IV类",   "V类", "劣V类"};
  return std::string(kNames[water_class]);
}

}  // namespace lucid::indicators
