#include "services/indicators/indicators_verdict_rules.h"

#include <set>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "services/base/region.h"
#include "services/indicators/indicators_formula_rules.h"
#include "services/indicators/indicators_value_rules.h"

namespace lucid::indicators {
namespace {

using v1::Indicator;

constexpr absl::string_view kAnyFactor = "*";

std::string SitesInput(v1::Site::Kind kind, absl::string_view region) {
  return absl::StrCat("sites/", v1::Site::Kind_Name(kind), "/", region, "/");
}

std::string SiteInput(absl::string_view id) { return absl::StrCat("site/", id, "/"); }

// The factors whose observations make the value; where the indicator names none, all of them.
std::vector<std::string> FactorsOf(const Indicator& indicator) {
  if (indicator.factor().empty()) return {std::string(kAnyFactor)};
  // The daily greatest 8-hour mean comes from hours of ozone.
  if (indicator.factor() == "O3_8H") return {"O3_8H", "O3"};
  return {indicator.factor()};
}

// The standards by which the value is made, beside the one that judges it.
std::set<std::string> StandardsBehind(const Indicator& indicator) {
  switch (indicator.kind()) {
    case Indicator::CLASS:
      return {"GB 3838"};
    case Indicator::MEAN:
    case Indicator::COMPOSITE:
      // A day with few windows of ozone is valid above the limit of GB 3095.
      return {"HJ 663", "GB 3095"};
    case Indicator::AIR_DAYS:
      return {"HJ 633", "HJ 663", "GB 3095"};
    default:
      return {};
  }
}

bool SameTarget(const v1::TargetVerdict& a, const v1::TargetVerdict& b) {
  return a.region() == b.region() && a.standard() == b.standard() && a.value() == b.value() &&
         a.validity() == b.validity() && a.verdict() == b.verdict() && a.progress() == b.progress();
}

}  // namespace

std::string IndicatorInput(absl::string_view id) { return absl::StrCat("indicator/", id); }
std::string RegisterInput(absl::string_view id) { return absl::StrCat("register/", id); }
std::string StandardInput(absl::string_view name) { return absl::StrCat("standard/", name); }
std::string FactorSetInput(absl::string_view name) { return absl::StrCat("factor_set/", name); }

std::vector<std::string> InputsOf(const Indicator& indicator) {
  std::vector<std::string> inputs = {IndicatorInput(indicator.id())};
  if (!indicator.register_rule().register_id().empty()) {
    inputs.push_back(RegisterInput(indicator.register_rule().register_id()));
  }
  if (indicator.has_sites()) {
    for (const std::string& factor : FactorsOf(indicator)) {
      if (indicator.sites().site_ids().empty()) {
        inputs.push_back(
            absl::StrCat(SitesInput(indicator.sites().kind(), indicator.region()), factor));
      }
      for (const std::string& site : indicator.sites().site_ids()) {
        inputs.push_back(absl::StrCat(SiteInput(site), factor));
      }
    }
  }
  std::set<std::string> standards = StandardsBehind(indicator);
  if (indicator.has_standard()) standards.insert(indicator.standard().name());
  for (const std::string& standard : standards) inputs.push_back(StandardInput(standard));
  if (!indicator.class_rule().factor_set().empty()) {
    inputs.push_back(FactorSetInput(indicator.class_rule().factor_set()));
  }
  // What is stored can be read; what cannot rests on nothing.
  if (absl::StatusOr<Expression> formula = ReadFormula(indicator.formula()); formula.ok()) {
    for (const std::string& id : OperandIds(*formula)) inputs.push_back(IndicatorInput(id));
  }
  return inputs;
}

std::vector<std::string> ObservationInputs(const v1::Site& site, absl::string_view factor) {
  std::vector<std::string> inputs;
  for (absl::string_view counted : {factor, kAnyFactor}) {
    inputs.push_back(absl::StrCat(SiteInput(site.id()), counted));
    for (const std::string& region : RegionsUpFrom(site.region())) {
      inputs.push_back(absl::StrCat(SitesInput(site.kind(), region), counted));
    }
  }
  return inputs;
}

std::vector<std::string> SiteInputs(const v1::Site& site) {
  std::vector<std::string> inputs = {SiteInput(site.id())};
  for (const std::string& region : RegionsUpFrom(site.region())) {
    inputs.push_back(SitesInput(site.kind(), region));
  }
  return inputs;
}

bool InCurrentPeriod(const Indicator& indicator, absl::CivilDay from, absl::CivilDay to,
                     absl::CivilDay today) {
  const Period period = PeriodFor(indicator.kind(), Period{std::nullopt, today, today});
  return from <= period.last() && (!period.from || *period.from <= to);
}

bool SaysAnotherThing(const v1::IndicatorVerdict& before, const v1::IndicatorVerdict& after) {
  return before.verdict() != after.verdict() || before.value() != after.value() ||
         before.exact() != after.exact() || before.unit() != after.unit() ||
         before.validity() != after.validity() || before.standard() != after.standard() ||
         before.from_day() != after.from_day() || before.name() != after.name() ||
         !absl::c_equal(before.targets(), after.targets(), SameTarget);
}

bool Turned(const v1::IndicatorVerdict& before, const v1::IndicatorVerdict& after) {
  return before.verdict() != after.verdict() ||
         !absl::c_equal(before.targets(), after.targets(), [](const auto& a, const auto& b) {
           return a.region() == b.region() && a.verdict() == b.verdict();
         });
}

}  // namespace lucid::indicators
