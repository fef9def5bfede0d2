#include "services/indicators/indicators_quality_rules.h"

#include <algorithm>
#include <map>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "services/base/decimal.h"
#include "services/base/region.h"
#include "services/base/status.h"
#include "services/base/text.h"
#include "services/base/timestamps.h"
#include "services/base/units.h"
#include "services/indicators/indicators_factors.h"

namespace lucid::indicators {
namespace {

using v1::Observation;
using v1::QualityFlag;
using v1::QualityRule;

constexpr int kMostDays = 1830;
constexpr int kMostPeriods = 1000;

bool IsStretch(QualityRule::Check check) {
  return check == QualityRule::FLAT_LINE || check == QualityRule::DUPLICATE ||
         check == QualityRule::GAP;
}

bool HasBaseline(QualityRule::Check check) {
  return check == QualityRule::Z_SCORE || check == QualityRule::MODIFIED_Z ||
         check == QualityRule::DUPLICATE;
}

bool HasLimit(QualityRule::Check check) {
  return check == QualityRule::JUMP || check == QualityRule::Z_SCORE ||
         check == QualityRule::MODIFIED_Z;
}

void CheckThresholds(FieldErrors& errors, const QualityRule& rule, const Factor& factor) {
  const QualityRule::Check check = rule.check();
  const bool range = check == QualityRule::RANGE;
  CheckDecimal(errors, "low", rule.low(), false);
  CheckDecimal(errors, "high", rule.high(), false);
  CheckDecimal(errors, "limit", rule.limit(), HasLimit(check));
  if (range && rule.low().empty() && rule.high().empty()) {
    errors.Add("low", "or high is required of a RANGE");
  }
  const absl::StatusOr<Decimal> low = Decimal::Parse(rule.low());
  const absl::StatusOr<Decimal> high = Decimal::Parse(rule.high());
  if (low.ok() && high.ok() && *low > *high) errors.Add("low", "must not be above high");
  if (!range && !(rule.low().empty() && rule.high().empty())) {
    errors.Add("low", "and high are only for a RANGE");
  }
  if (!HasLimit(check) && !rule.limit().empty()) errors.Add("limit", "is not for this check");
  absl::StatusOr<Decimal> limit = Decimal::Parse(rule.limit());
  if (HasLimit(check) && limit.ok() && limit->sign() <= 0) {
    errors.Add("limit", "must be greater than 0");
  }
  if (!rule.unit().empty() && !Convert(1, rule.unit(), factor.unit).ok()) {
    errors.Add("unit", "is not a unit of the factor");
  }
  if (IsStretch(check) ? rule.count() < 2 || rule.count() > kMostPeriods : rule.count() != 0) {
    errors.Add("count", "must be 2 … 1000 of FLAT_LINE, DUPLICATE and GAP, and absent elsewhere");
  }
  if (HasBaseline(check) ? rule.baseline_days() < 1 || rule.baseline_days() > kMostDays
                         : rule.baseline_days() != 0) {
    errors.Add("baseline_days",
               "must be 1 … 1830 of Z_SCORE, MODIFIED_Z and DUPLICATE, and absent elsewhere");
  }
  if (rule.min_samples() < 0 || rule.min_samples() == 1) {
    errors.Add("min_samples", "must be 0 or at least 2");
  }
}

// How much a rule goes before others of its check: its own site, then the nearest region.
int Nearness(const QualityRule& rule, const v1::Site& site) {
  if (rule.site_id() == site.id()) return 100;
  const std::vector<std::string> regions = RegionsUpFrom(site.region());
  auto found = std::find(regions.begin(), regions.end(), rule.region());
  return found == regions.end() || !rule.site_id().empty()
             ? -1
             : static_cast<int>(regions.end() - found);
}

int DaysOf(int periods, Observation::Length length) {
  switch (length) {
    case Observation::HOUR:
      return periods / 24 + 2;
    case Observation::MONTH:
      return (periods + 1) * 31;
    case Observation::YEAR:
      return (periods + 1) * 366;
    default:
      return periods + 2;
  }
}

bool MayDecide(const QualityFlag& flag, const Actor& actor) {
  return (actor.Has(access::v1::OFFICE) || actor.Has(access::v1::MONITOR)) &&
         RegionContains(actor.region, flag.region());
}

}  // namespace

absl::Status CheckQualityRule(const QualityRule& rule) {
  FieldErrors errors;
  errors.Add("", CheckRegion("region", rule.region()));
  const Factor* factor = FindFactor(rule.factor());
  if (factor == nullptr) errors.Add("factor", "is not a declared factor");
  if (rule.length() == Observation::LENGTH_UNSPECIFIED) errors.Add("length", "is required");
  if (rule.check() == QualityRule::CHECK_UNSPECIFIED) errors.Add("check", "is required");
  if (rule.length() == Observation::INSTANT && rule.check() == QualityRule::GAP) {
    errors.Add("check", "GAP is not for INSTANT, which has no plan");
  }
  if (rule.check() == QualityRule::DUPLICATE && rule.length() != Observation::HOUR &&
      rule.length() != Observation::DAY) {
    errors.Add("check", "DUPLICATE is for HOUR and DAY");
  }
  if (factor != nullptr) CheckThresholds(errors, rule, *factor);
  return errors.status();
}

std::vector<QualityRule> RulesFor(absl::Span<const QualityRule> records, const v1::Site& site,
                                  absl::string_view factor, Observation::Length length) {
  std::map<QualityRule::Check, const QualityRule*> nearest;
  for (const QualityRule& seed : QualitySeeds()) {
    if (seed.factor() == factor && seed.length() == length) nearest[seed.check()] = &seed;
  }
  std::map<QualityRule::Check, int> nearness;
  for (const QualityRule& record : records) {
    if (record.factor() != factor || record.length() != length) continue;
    const int near = Nearness(record, site);
    if (near < 0 || near <= nearness[record.check()]) continue;
    nearness[record.check()] = near;
    nearest[record.check()] = &record;
  }
  std::vector<QualityRule> rules;
  for (const auto& [check, rule] : nearest) {
    if (!rule->disabled()) rules.push_back(*rule);
  }
  return rules;
}

Reach ReachOf(absl::Span<const QualityRule> rules, Observation::Length length) {
  Reach reach;
  for (const QualityRule& rule : rules) {
    const int stretch = DaysOf(rule.count() + 1, length);
    reach.days_before = std::max(reach.days_before, rule.baseline_days() + stretch);
    reach.days_after = std::max(reach.days_after, stretch);
    // The value before a gap may lie a long way back.
    if (rule.check() == QualityRule::GAP) reach.days_before = std::max(reach.days_before, 62);
  }
  return reach;
}

QualityFlag FlagOf(const Finding& finding, const v1::Site& site, absl::string_view factor,
                   Observation::Length length) {
  QualityFlag flag;
  flag.set_region(site.region());
  flag.set_site_id(site.id());
  flag.set_factor(std::string(factor));
  flag.set_length(length);
  flag.set_start(FormatStart(finding.start, length));
  flag.set_count(finding.count);
  flag.set_check(finding.check);
  flag.set_rule_id(finding.rule_id);
  if (finding.sample != nullptr) {
    flag.set_value(finding.sample->value.ToString());
    flag.set_unit(finding.sample->unit);
    flag.set_revision(finding.sample->revision);
  }
  flag.set_threshold(finding.threshold);
  flag.set_working(finding.working);
  flag.set_state(QualityFlag::OPEN);
  return flag;
}

absl::Status CheckDecision(const QualityFlag& flag, const Actor& actor,
                           const v1::DecideQualityFlagRequest& request, bool confirm) {
  if (!MayDecide(flag, actor)) {
    return Fail(absl::StatusCode::kPermissionDenied, "NOT_PERMITTED",
                "a flag is for the office or the monitoring centre to decide");
  }
  FieldErrors errors;
  CheckText(errors, "reason", request.reason(), 2000, true);
  if (request.invalidate() && !confirm) errors.Add("invalidate", "is given only to confirm");
  if (request.invalidate() && flag.check() == QualityRule::GAP) {
    errors.Add("invalidate", "is not for a GAP, which has no values");
  }
  RETURN_IF_ERROR(errors.status());
  if (flag.state() == QualityFlag::OPEN) return absl::OkStatus();
  return Fail(absl::StatusCode::kFailedPrecondition, "WRONG_STATE",
              absl::StrCat("the flag is ", QualityFlag::State_Name(flag.state())));
}

void Decide(QualityFlag& flag, const Actor& actor, absl::Time now,
            const v1::DecideQualityFlagRequest& request, bool confirm) {
  flag.set_state(confirm ? QualityFlag::CONFIRMED : QualityFlag::DISMISSED);
  flag.set_reason(request.reason());
  flag.set_decided_by(actor.subject);
  *flag.mutable_decide_time() = ToTimestamp(now);
  flag.set_invalidated(request.invalidate());
}

void Decorate(QualityFlag& flag, const Actor& actor) {
  flag.clear_allowed_actions();
  if (flag.state() != QualityFlag::OPEN || !MayDecide(flag, actor)) return;
  flag.add_allowed_actions("confirm");
  flag.add_allowed_actions("dismiss");
}

}  // namespace lucid::indicators
