#include "services/indicators/indicators_water_rules.h"

#include <algorithm>
#include <set>

#include "absl/algorithm/container.h"
#include "services/base/calendar.h"
#include "services/indicators/indicators_set_rules.h"

namespace lucid::indicators {
namespace {

using v1::Observation;
using v1::WaterQuality;

// The class that a limit is that of; unspecified where its grade is none of water.
WaterQuality::Class ClassOf(const Limit& limit) {
  WaterQuality::Class water_class = WaterQuality::CLASS_UNSPECIFIED;
  WaterQuality::Class_Parse(limit.grade, &water_class);
  return water_class;
}

bool HoldsIn(const Limit& limit, WaterQuality::Body body) {
  // A section that does not say what it lies in is a river's.
  if (body == WaterQuality::BODY_UNSPECIFIED) body = WaterQuality::RIVER;
  return limit.body == body || limit.body == WaterQuality::BODY_UNSPECIFIED;
}

// The class that a factor reaches by another in its place: dissolved oxygen by its saturation. The
// other one must be known for every month in which the factor itself is.
WaterQuality::Class ClassInstead(const Edition& edition, const Section& section,
                                 const std::string& factor, const Months& values) {
  WaterQuality::Class best = WaterQuality::CLASS_UNSPECIFIED;
  for (const Limit& limit : edition.limits) {
    if (limit.instead_of != factor || !HoldsIn(limit, section.site->water_body())) continue;
    auto other = section.factors.find(limit.factor);
    if (other == section.factors.end()) continue;
    Months paired;
    for (const auto& [month, value] : values) {
      auto found = other->second.find(month);
      if (found != other->second.end()) paired.insert(*found);
    }
    if (paired.size() != values.size()) continue;
    if (!Complies(limit, edition.method, MeanOf(paired))) continue;
    if (best == WaterQuality::CLASS_UNSPECIFIED || ClassOf(limit) < best) best = ClassOf(limit);
  }
  return best;
}

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
  WaterQuality::Class best = WaterQuality::CLASS_UNSPECIFIED;
  for (const Limit& limit : edition.limits) {
    if (limit.factor != factor || !limit.instead_of.empty() || !HoldsIn(limit, body)) continue;
    if (best == WaterQuality::CLASS_UNSPECIFIED) best = WaterQuality::WORSE_THAN_V;
    if (Complies(limit, edition.method, value)) best = std::min(best, ClassOf(limit));
  }
  return best;
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

Ratio MeanOf(const Months& values) {
  RatioSum sum;
  for (const auto& [month, value] : values) sum.Add(value);
  return sum.Mean().value();
}

std::vector<std::string> RequiredFactors(const v1::ClassRule& rule, const v1::FactorSet* set,
                                         const Edition& edition, const v1::Site& site,
                                         absl::CivilDay day) {
  std::vector<std::string> factors(rule.required_factors().begin(), rule.required_factors().end());
  if (set == nullptr) return factors;
  factors.assign(set->factors().begin(), set->factors().end());
  if (set->adds_own_factors()) {
    if (auto span = SpanOn(site, v1::AssessmentSet::LEVEL_UNSPECIFIED, day)) {
      factors.insert(factors.end(), span->extra_factors().begin(), span->extra_factors().end());
    }
  }
  std::erase_if(factors, [&](const std::string& factor) {
    return absl::c_none_of(edition.limits, [&](const Limit& limit) {
      return limit.factor == factor && limit.instead_of.empty();
    });
  });
  return factors;
}

std::vector<v1::MonthNotAssessed> MonthsNotAssessed(
    const Section& section, const SectionClass& result,
    const std::vector<std::string>& required_factors, absl::CivilMonth first,
    absl::CivilMonth last) {
  auto has = [&](const std::string& factor, absl::CivilMonth month) {
    auto values = section.factors.find(factor);
    return values != section.factors.end() && values->second.contains(month);
  };
  std::vector<v1::MonthNotAssessed> gaps;
  for (absl::CivilMonth month = first; month <= last; ++month) {
    const bool assessed =
        required_factors.empty()
            ? absl::c_any_of(result.factors, [&](const auto& of) { return has(of.factor, month); })
            : absl::c_all_of(required_factors,
                             [&](const std::string& factor) { return has(factor, month); });
    if (assessed) continue;
    v1::MonthNotAssessed& gap = gaps.emplace_back();
    gap.set_month(FormatDay(absl::CivilDay(month)).substr(0, 7));
    for (const Sample& sample : section.unusable) {
      if (absl::CivilMonth(sample.start) != month) continue;
      // A reason why nothing was measured goes before a value that was thrown away.
      if (gap.reason() != Observation::QUALIFIER_UNSPECIFIED) break;
      if (sample.has_value()) {
        gap.set_invalid(true);
      } else {
        gap.set_reason(sample.qualifier);
        gap.set_invalid(false);
      }
      gap.set_note(sample.note);
    }
  }
  return gaps;
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
    const Ratio mean = MeanOf(values);
    auto water_class = ClassOf(edition, factor, mean, section.site->water_body());
    if (water_class == WaterQuality::CLASS_UNSPECIFIED) continue;
    const auto instead = ClassInstead(edition, section, factor, values);
    if (instead != WaterQuality::CLASS_UNSPECIFIED) water_class = std::min(water_class, instead);
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
