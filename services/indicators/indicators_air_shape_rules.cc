#include "services/indicators/indicators_air_shape_rules.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/units.h"
#include "services/indicators/indicators_air_tables.h"
#include "services/indicators/indicators_factors.h"

namespace lucid::indicators {
namespace {

using v1::Indicator;

void CheckMean(FieldErrors& errors, const Indicator& indicator) {
  const Factor* factor = FindFactor(indicator.factor());
  if (factor == nullptr || factor->medium != Medium::kAir) {
    errors.Add("factor", "must be a declared factor of air, such as PM2_5");
  } else if (!Convert(1, factor->unit, indicator.unit()).ok()) {
    errors.Add("unit", absl::StrCat("cannot express values in ", factor->unit));
  }
  const v1::MeanRule& rule = indicator.mean_rule();
  if (!v1::MeanRule::Statistic_IsValid(rule.statistic())) {
    errors.Add("mean_rule.statistic", "is not known");
  } else if (rule.statistic() != v1::MeanRule::PERCENTILE) {
    if (!rule.percent().empty()) errors.Add("mean_rule.percent", "belongs to a PERCENTILE");
    return;
  }
  CheckDecimal(errors, "mean_rule.percent", rule.percent(), false);
  absl::StatusOr<Decimal> percent = Decimal::Parse(rule.percent());
  if (percent.ok() && (percent->sign() <= 0 || *percent > Decimal(100))) {
    errors.Add("mean_rule.percent", "must be above 0 and at most 100");
  }
}

void CheckAirDays(FieldErrors& errors, const v1::AirDaysRule& rule, const std::string& unit) {
  const bool ratio = rule.measure() == v1::AirDaysRule::RATIO;
  if (!ratio && rule.measure() != v1::AirDaysRule::COUNT) {
    errors.Add("air_days_rule.measure", "is required");
  } else if (!Convert(1, ratio ? "%" : "天", unit).ok()) {
    errors.Add("unit", ratio ? "must be a share, such as %" : "must be days, such as 天");
  }
  for (int air_class : rule.classes()) {
    if (!v1::AirQuality::Class_IsValid(air_class) || air_class == 0) {
      errors.Add("air_days_rule.classes", "must be classes of the index");
    }
  }
  std::set<std::string> days;
  for (int i = 0; i < rule.removed_days_size(); ++i) {
    const std::string prefix = absl::StrCat("air_days_rule.removed_days[", i, "].");
    CheckDay(errors, prefix + "day", rule.removed_days(i).day(), true);
    if (rule.removed_days(i).reason().empty()) errors.Add(prefix + "reason", "is required");
    if (!days.insert(rule.removed_days(i).day()).second) {
      errors.Add(prefix + "day", "stands in the list already");
    }
  }
  if (!rule.edition().empty() && rule.edition_of_day()) {
    errors.Add("air_days_rule.edition_of_day", "cannot stand beside an edition");
  }
  if (rule.valid_percent() < 0 || rule.valid_percent() > 100) {
    errors.Add("air_days_rule.valid_percent", "must be 0 … 100");
  }
}

void CheckComposite(FieldErrors& errors, const Indicator& indicator) {
  if (!FindComposite(indicator.composite_rule().formula()).ok()) {
    errors.Add("composite_rule.formula", "must be a named index, such as 环境空气质量综合指数");
  }
  if (!Convert(1, "无量纲", indicator.unit()).ok()) errors.Add("unit", "must be 无量纲");
}

}  // namespace

void CheckAirIndicator(FieldErrors& errors, const Indicator& indicator) {
  if (indicator.kind() == Indicator::MEAN) CheckMean(errors, indicator);
  if (indicator.kind() == Indicator::AIR_DAYS) {
    CheckAirDays(errors, indicator.air_days_rule(), indicator.unit());
  }
  if (indicator.kind() == Indicator::COMPOSITE) CheckComposite(errors, indicator);
  if (indicator.sites().kind() != v1::Site::AIR_STATION) {
    errors.Add("sites.kind", "must be AIR_STATION for this kind");
  }
}

}  // namespace lucid::indicators
