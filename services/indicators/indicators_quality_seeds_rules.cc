// The thresholds of quality control that hold where no rule says otherwise [D].
#include "services/base/region.h"
#include "services/indicators/indicators_factors.h"
#include "services/indicators/indicators_quality_rules.h"

namespace lucid::indicators {
namespace {

using v1::Observation;
using v1::QualityRule;

QualityRule Seed(absl::string_view factor, Observation::Length length, QualityRule::Check check) {
  QualityRule rule;
  rule.set_region(std::string(kCountry));
  rule.set_factor(std::string(factor));
  rule.set_length(length);
  rule.set_check(check);
  return rule;
}

void AddRange(absl::string_view factor, Observation::Length length, absl::string_view low,
              absl::string_view high, std::vector<QualityRule>& seeds) {
  QualityRule& rule = seeds.emplace_back(Seed(factor, length, QualityRule::RANGE));
  rule.set_low(std::string(low));
  rule.set_high(std::string(high));
}

void AddStretch(absl::string_view factor, Observation::Length length, QualityRule::Check check,
                int count, std::vector<QualityRule>& seeds) {
  seeds.emplace_back(Seed(factor, length, check)).set_count(count);
}

void AddLimit(absl::string_view factor, Observation::Length length, QualityRule::Check check,
              absl::string_view limit, int baseline_days, int min_samples,
              std::vector<QualityRule>& seeds) {
  QualityRule& rule = seeds.emplace_back(Seed(factor, length, check));
  rule.set_limit(std::string(limit));
  rule.set_baseline_days(baseline_days);
  rule.set_min_samples(min_samples);
}

// Hours of air: ranges from the greatest hourly breakpoints of HJ 633-2012 where there are any.
void AddAirSeeds(std::vector<QualityRule>& seeds) {
  static constexpr struct {
    absl::string_view factor, highest, jump;
  } kAir[] = {{"SO2", "2620", "300"}, {"NO2", "3840", "200"},   {"CO", "150", "10"},
              {"O3", "1200", "200"},  {"PM10", "5000", "1000"}, {"PM2_5", "1000", "300"}};
  for (const auto& air : kAir) {
    AddRange(air.factor, Observation::HOUR, "0", air.highest, seeds);
    AddLimit(air.factor, Observation::HOUR, QualityRule::JUMP, air.jump, 0, 0, seeds);
    AddStretch(air.factor, Observation::HOUR, QualityRule::FLAT_LINE, 6, seeds);
    AddStretch(air.factor, Observation::HOUR, QualityRule::GAP, 4, seeds);
    AddStretch(air.factor, Observation::HOUR, QualityRule::DUPLICATE, 12, seeds);
    seeds.back().set_baseline_days(7);
    AddLimit(air.factor, Observation::HOUR, QualityRule::Z_SCORE, "5", 30, 240, seeds);
    AddLimit(air.factor, Observation::HOUR, QualityRule::MODIFIED_Z, "8", 30, 240, seeds);
    AddRange(air.factor, Observation::DAY, "0", air.highest, seeds);
    AddStretch(air.factor, Observation::DAY, QualityRule::FLAT_LINE, 4, seeds);
    AddStretch(air.factor, Observation::DAY, QualityRule::GAP, 3, seeds);
    AddLimit(air.factor, Observation::DAY, QualityRule::Z_SCORE, "4", 365, 30, seeds);
    AddLimit(air.factor, Observation::DAY, QualityRule::MODIFIED_Z, "6", 365, 30, seeds);
  }
}

void AddWaterSeeds(std::vector<QualityRule>& seeds) {
  for (const Factor& factor : Factors()) {
    if (factor.medium != Medium::kWater) continue;
    for (Observation::Length length :
         {Observation::MONTH, Observation::DAY, Observation::INSTANT}) {
      if (factor.code == "PH") AddRange(factor.code, length, "4", "11", seeds);
      if (factor.code == "DO") AddRange(factor.code, length, "0", "25", seeds);
      AddLimit(factor.code, length, QualityRule::Z_SCORE, "4", 1095, 12, seeds);
      AddLimit(factor.code, length, QualityRule::MODIFIED_Z, "6", 1095, 12, seeds);
    }
    AddStretch(factor.code, Observation::MONTH, QualityRule::GAP, 2, seeds);
  }
}

}  // namespace

const std::vector<QualityRule>& QualitySeeds() {
  static const auto& seeds = *[] {
    auto* made = new std::vector<QualityRule>;
    AddAirSeeds(*made);
    AddWaterSeeds(*made);
    return made;
  }();
  return seeds;
}

}  // namespace lucid::indicators
