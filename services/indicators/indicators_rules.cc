#include "services/indicators/indicators_rules.h"

#include <algorithm>
#include <set>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/geo.h"
#include "services/base/region.h"
#include "services/base/status.h"
#include "services/base/units.h"
#include "services/indicators/indicators_air_shape_rules.h"
#include "services/indicators/indicators_air_statistic_rules.h"
#include "services/indicators/indicators_factors.h"
#include "services/indicators/indicators_formula_rules.h"
#include "services/indicators/indicators_quantity_rules.h"
#include "services/indicators/indicators_set_rules.h"
#include "services/indicators/indicators_standards.h"
#include "services/indicators/indicators_target_rules.h"
#include "services/indicators/indicators_value_rules.h"

namespace lucid::indicators {
namespace {

using v1::Indicator;

void Require(FieldErrors& errors, absl::string_view field, const std::string& text) {
  if (text.empty()) errors.Add(field, "is required");
}

// A rule must be there exactly for its kind.
void CheckBelongs(FieldErrors& errors, absl::string_view field, bool given, bool belongs) {
  if (belongs && !given) errors.Add(field, "is required for this kind");
  if (!belongs && given) errors.Add(field, "does not belong to this kind");
}

bool IsAir(Indicator::Kind kind) {
  return kind == Indicator::MEAN || kind == Indicator::AIR_DAYS || kind == Indicator::COMPOSITE;
}

void CheckRegisterRule(FieldErrors& errors, const v1::RegisterRule& rule,
                       const Indicator& indicator) {
  using v1::RegisterRule;
  if (rule.aggregate() == RegisterRule::AGGREGATE_UNSPECIFIED) {
    errors.Add("register_rule.aggregate", "is required");
  }
  const bool counts_sites = rule.aggregate() == RegisterRule::SITES;
  CheckBelongs(errors, "register_rule.register_id", !rule.register_id().empty(), !counts_sites);
  CheckBelongs(errors, "sites", indicator.has_sites(), counts_sites);
}

void CheckRatioRule(FieldErrors& errors, const v1::RatioRule& rule, const std::string& unit) {
  Require(errors, "ratio_rule.numerator_factor", rule.numerator_factor());
  Require(errors, "ratio_rule.denominator_factor", rule.denominator_factor());
  if (rule.numerator_factor() == rule.denominator_factor()) {
    errors.Add("ratio_rule.denominator_factor", "must differ from the numerator's");
  }
  if (!rule.multiplier().empty()) {
    CheckDecimal(errors, "ratio_rule.multiplier", rule.multiplier(), true);
    absl::StatusOr<Decimal> multiplier = Decimal::Parse(rule.multiplier());
    if (multiplier.ok() && multiplier->sign() <= 0) {
      errors.Add("ratio_rule.multiplier", "must be above 0");
    }
  }
  CheckUnit(errors, "ratio_rule.unit", rule.unit());
  if (!rule.denominator_unit().empty()) {
    CheckUnit(errors, "ratio_rule.denominator_unit", rule.denominator_unit());
  }
  absl::StatusOr<Measure> above = MeasureOf(rule.unit()), whole = MeasureOf(unit);
  absl::StatusOr<Measure> below =
      rule.denominator_unit().empty() ? above : MeasureOf(rule.denominator_unit());
  if (above.ok() && below.ok() && whole.ok() &&
      !(above->dimension / below->dimension == whole->dimension)) {
    errors.Add("unit", absl::StrCat("cannot express the quotient: ",
                                    (above->dimension / below->dimension).ToString(), " is not ",
                                    whole->dimension.ToString()));
  }
}

void CheckClass(FieldErrors& errors, const Indicator& indicator) {
  if (indicator.class_rule().measure() == v1::ClassRule::MEASURE_UNSPECIFIED) {
    errors.Add("class_rule.measure", "is required");
  }
  for (const std::string& code : indicator.class_rule().required_factors()) {
    const Factor* factor = FindFactor(code);
    if (factor == nullptr || factor->medium != Medium::kWater) {
      errors.Add("class_rule.required_factors", "must be declared factors of water");
    }
  }
  if (!indicator.class_rule().factor_set().empty() &&
      !indicator.class_rule().required_factors().empty()) {
    errors.Add("class_rule.required_factors", "must be empty where a factor_set is named");
  }
  if (indicator.sites().kind() != v1::Site::WATER_SECTION) {
    errors.Add("sites.kind", "must be WATER_SECTION for this kind");
  }
}

void CheckStandardChoice(FieldErrors& errors, const Indicator& indicator) {
  const v1::StandardChoice& choice = indicator.standard();
  const std::string name = indicator.kind() == Indicator::CLASS ? "GB 3838" : "GB 3095";
  if (choice.name() != name) {
    errors.Add("standard", absl::StrCat("must be an edition of ", name, " for this kind"));
  }
  if (indicator.kind() != Indicator::CLASS && choice.grade() != "I" && choice.grade() != "II") {
    errors.Add("standard.grade", "must be I or II");
  }
}

void CheckDays(FieldErrors& errors, absl::string_view prefix, const std::string& from,
               const std::string& to, bool from_required) {
  CheckDay(errors, absl::StrCat(prefix, "from_day"), from, from_required);
  CheckDay(errors, absl::StrCat(prefix, "to_day"), to, false);
  if (!from.empty() && !to.empty() && to < from) {
    errors.Add(absl::StrCat(prefix, "to_day"), "must not come before from_day");
  }
}

// Whether the item adds to a total on its day.
bool Counts(const v1::RegisterItem& item) {
  return item.state() == v1::RegisterItem::DONE ||
         item.state() == v1::RegisterItem::STATE_UNSPECIFIED;
}

// A place of a site or of an item, where it has one.
template <class Located>
void CheckPoint(FieldErrors& errors, const Located& located) {
  if (located.has_point() && !IsPlace(located.point()))
    errors.Add("point", "must lie on the globe");
}

}  // namespace

absl::Status CheckIndicator(const Indicator& indicator) {
  FieldErrors errors;
  errors.Add("", CheckRegion("region", indicator.region()));
  Require(errors, "name", indicator.name());
  CheckUnit(errors, "unit", indicator.unit());
  if (indicator.decimals() < 0 || indicator.decimals() > 9) {
    errors.Add("decimals", "must be 0 … 9");
  }
  const Indicator::Kind kind = indicator.kind();
  if (kind == Indicator::KIND_UNSPECIFIED || !Indicator::Kind_IsValid(kind)) {
    errors.Add("kind", "is required");
    return errors.status();
  }
  const bool counts_sites = indicator.register_rule().aggregate() == v1::RegisterRule::SITES;
  CheckBelongs(errors, "factor", !indicator.factor().empty(), kind == Indicator::MEAN);
  CheckBelongs(errors, "register_rule", indicator.has_register_rule(), kind == Indicator::REGISTER);
  CheckBelongs(errors, "class_rule", indicator.has_class_rule(), kind == Indicator::CLASS);
  CheckBelongs(errors, "bound", indicator.has_bound(), kind == Indicator::BOUND);
  CheckBelongs(errors, "air_days_rule", indicator.has_air_days_rule(), kind == Indicator::AIR_DAYS);
  CheckBelongs(errors, "mean_rule", indicator.has_mean_rule() && kind != Indicator::MEAN, false);
  CheckBelongs(errors, "composite_rule",
               indicator.has_composite_rule() && kind != Indicator::COMPOSITE, false);
  const bool air = IsAir(kind);
  CheckBelongs(errors, "formula", indicator.has_formula(), kind == Indicator::FORMULA);
  if (!(kind == Indicator::REGISTER && counts_sites)) {
    CheckBelongs(errors, "sites", indicator.has_sites(), air || kind == Indicator::CLASS);
  }
  if (kind != Indicator::BOUND) {
    CheckBelongs(errors, "ratio_rule", indicator.has_ratio_rule(), kind == Indicator::RATIO);
  }
  if (kind == Indicator::COMPOSITE) {
    CheckBelongs(errors, "standard", indicator.has_standard(), true);
  } else if (kind != Indicator::MEAN && kind != Indicator::CLASS) {
    CheckBelongs(errors, "standard", indicator.has_standard(), false);
  }
  if (!errors.empty()) return errors.status();
  if (kind == Indicator::REGISTER) {
    CheckRegisterRule(errors, indicator.register_rule(), indicator);
  }
  if (indicator.has_ratio_rule()) CheckRatioRule(errors, indicator.ratio_rule(), indicator.unit());
  if (kind == Indicator::CLASS) {
    if (!Convert(1, "%", indicator.unit()).ok()) errors.Add("unit", "must be a share, such as %");
  }
  if (air) CheckAirIndicator(errors, indicator);
  if (kind == Indicator::CLASS) CheckClass(errors, indicator);
  if (indicator.has_standard()) CheckStandardChoice(errors, indicator);
  if (indicator.has_bound()) CheckTarget(errors, "bound", indicator.bound(), indicator.unit());
  if (indicator.has_formula()) errors.Add("", ReadFormula(indicator.formula()).status());
  CheckTargets(errors, indicator);
  return errors.status();
}

absl::Status CheckBoard(const v1::Board& board) {
  FieldErrors errors;
  errors.Add("", CheckRegion("region", board.region()));
  Require(errors, "name", board.name());
  if (board.indicator_ids_size() == 0) errors.Add("indicator_ids", "is required");
  if (board.indicator_ids_size() > kMostOnBoard) {
    errors.Add("indicator_ids", "must be at most 100");
  }
  const std::set<std::string> different(board.indicator_ids().begin(), board.indicator_ids().end());
  if (static_cast<int>(different.size()) != board.indicator_ids_size()) {
    errors.Add("indicator_ids", "must name each indicator once");
  }
  return errors.status();
}

absl::Status CheckEditionsKnown(const Indicator& indicator, absl::Span<const Edition> editions) {
  FieldErrors errors;
  const auto known = [&](absl::string_view name, absl::string_view edition) {
    return absl::c_any_of(editions, [&](const Edition& one) {
      return one.name == name && (edition.empty() || one.edition == edition);
    });
  };
  const v1::StandardChoice& choice = indicator.standard();
  if (indicator.has_standard() && !known(choice.name(), choice.edition())) {
    errors.Add("standard", "must be an edition that is recorded");
  }
  if (indicator.has_air_days_rule() &&
      !known(kIndexStandard, indicator.air_days_rule().edition())) {
    errors.Add("air_days_rule.edition", "must be an edition of HJ 633 that is recorded");
  }
  if (indicator.kind() == Indicator::MEAN) {
    const AirStatistics& rules = AirStatisticsOn((absl::CivilDay::max)(), editions);
    errors.Add("", StatisticOf(indicator.mean_rule(), indicator.factor(), rules).status());
  }
  return errors.status();
}

absl::Status CheckSite(const v1::Site& site) {
  FieldErrors errors;
  errors.Add("", CheckRegion("region", site.region()));
  Require(errors, "name", site.name());
  if (site.kind() == v1::Site::KIND_UNSPECIFIED || !v1::Site::Kind_IsValid(site.kind())) {
    errors.Add("kind", "is required");
  }
  CheckDays(errors, "", site.from_day(), site.to_day(),
            site.set() != v1::AssessmentSet::LEVEL_UNSPECIFIED);
  CheckAssessments(errors, site);
  CheckPoint(errors, site);
  if (site.kind() != v1::Site::WATER_SECTION) {
    if (site.target_class() != v1::WaterQuality::CLASS_UNSPECIFIED) {
      errors.Add("target_class", "belongs to a WATER_SECTION");
    }
    if (site.freezes()) errors.Add("freezes", "belongs to a WATER_SECTION");
  }
  if (site.target_class() == v1::WaterQuality::WORSE_THAN_V) {
    errors.Add("target_class", "must be I … V");
  }
  for (int i = 0; i < site.roles_size(); ++i) {
    const std::string prefix = absl::StrCat("roles[", i, "].");
    if (site.kind() != v1::Site::AIR_STATION) errors.Add("roles", "belong to an AIR_STATION");
    if (site.roles(i).role() == v1::StationRole::ROLE_UNSPECIFIED) {
      errors.Add(prefix + "role", "is required");
    }
    CheckDays(errors, prefix, site.roles(i).from_day(), site.roles(i).to_day(), true);
    for (int k = 0; k < i; ++k) {
      if (!SpansOverlap(site.roles(k), site.roles(i))) continue;
      errors.Add(prefix + "from_day",
                 absl::StrCat("and to_day must not overlap those of roles[", k, "]"));
    }
  }
  return errors.status();
}

absl::Status CheckRegister(const v1::Register& record) {
  FieldErrors errors;
  errors.Add("", CheckRegion("region", record.region()));
  Require(errors, "name", record.name());
  if (!record.unit().empty()) CheckUnit(errors, "unit", record.unit());
  return errors.status();
}

absl::Status CheckItem(const v1::RegisterItem& item, const v1::Register& record,
                       absl::CivilDay today) {
  FieldErrors errors;
  Require(errors, "key", item.key());
  Require(errors, "name", item.name());
  CheckDay(errors, "day", item.day(), true);
  absl::StatusOr<absl::CivilDay> day = ParseDay(item.day());
  if (day.ok() && *day > today) errors.Add("day", "must not lie in the future");
  if (record.unit().empty()) {
    if (!item.quantity().empty()) errors.Add("quantity", "this register only counts items");
  } else {
    CheckDecimal(errors, "quantity", item.quantity(), true);
    absl::StatusOr<Decimal> quantity = Decimal::Parse(item.quantity());
    if (quantity.ok() && quantity->sign() < 0) errors.Add("quantity", "must not be negative");
    absl::StatusOr<Ratio> converted = Convert(1, item.unit(), record.unit());
    if (!converted.ok()) errors.Add("unit", converted.status().message());
  }
  CheckPoint(errors, item);
  if (item.state() == v1::RegisterItem::WITHDRAWN) Require(errors, "note", item.note());
  return errors.status();
}

absl::Status CheckItemChange(const v1::RegisterItem& before, const v1::RegisterItem& after) {
  // Another key may be one that is counted already.
  bool falls = Counts(before) &&
               (!Counts(after) || after.day() > before.day() || after.key() != before.key());
  if (Counts(before) && !before.quantity().empty() && !falls) {
    ASSIGN_OR_RETURN(Decimal old_quantity, Decimal::Parse(before.quantity()));
    ASSIGN_OR_RETURN(Decimal new_quantity, Decimal::Parse(after.quantity()));
    ASSIGN_OR_RETURN(Ratio converted, Convert(new_quantity, after.unit(), before.unit()));
    falls = converted < Ratio(old_quantity);
  }
  if (!falls || (!after.note().empty() && after.note() != before.note())) return absl::OkStatus();
  return Fail(absl::StatusCode::kFailedPrecondition, "FALL_NEEDS_EXPLANATION",
              "this change makes a total fall; say why in a new note");
}

std::string CommonRegion(absl::string_view a, absl::string_view b) {
  if (RegionContains(a, b)) return std::string(a);
  for (int digits : {4, 2}) {
    if (a.substr(0, digits) == b.substr(0, digits)) {
      return absl::StrCat(a.substr(0, digits), std::string(6 - digits, '0'));
    }
  }
  return std::string(kCountry);
}

}  // namespace lucid::indicators
