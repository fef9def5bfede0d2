#include "services/indicators/indicators_service.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/mask.h"
#include "services/base/records.h"
#include "services/base/region.h"
#include "services/base/timestamps.h"
#include "services/base/units.h"
#include "services/indicators/indicators_evaluation.h"
#include "services/indicators/indicators_formula_rules.h"
#include "services/indicators/indicators_import.h"
#include "services/indicators/indicators_rules.h"
#include "services/indicators/indicators_set_rules.h"
#include "services/indicators/indicators_standards_store.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {
namespace {

// The indicators that a formula refers to: of its region or below, with units that fit, and none of
// them made from this one. Notes them for the formulas that will refer to it.
absl::Status CheckOperandsOf(Tx& tx, const Call& call, const v1::Indicator& indicator) {
  if (!indicator.has_formula()) return absl::OkStatus();
  ASSIGN_OR_RETURN(Expression expression, ReadFormula(indicator.formula()));
  const std::vector<std::string> ids = OperandIds(expression);
  std::map<std::string, v1::Indicator> operands;
  auto uses = UsesFrom(tx, ids);
  RETURN_IF_ERROR(uses.status());
  (*uses)[indicator.id()] = ids;
  if (std::string cycle = FindCycle(indicator.id(), *uses); !cycle.empty()) {
    return Fail(absl::StatusCode::kFailedPrecondition, "FORMULA_CYCLE",
                absl::StrCat("the formula refers to itself: ", cycle), {{"path", cycle}});
  }
  for (const std::string& id : ids) {
    ASSIGN_OR_RETURN(std::optional<v1::Indicator> operand,
                     FindReferred<v1::Indicator>(tx, call, id));
    if (!operand || !RegionContains(indicator.region(), operand->region())) {
      return InvalidField("formula", absl::StrCat(id, " is no indicator of this region"));
    }
    operands.emplace(id, *std::move(operand));
  }
  RETURN_IF_ERROR(CheckFormula(expression, indicator.unit(), operands));
  return SaveUses(tx, indicator.id(), ids);
}

// What an indicator refers to must exist and lie in its region.
absl::Status CheckReferences(Tx& tx, const Call& call, const v1::Indicator& indicator) {
  FieldErrors errors;
  const v1::RegisterRule& rule = indicator.register_rule();
  if (!rule.register_id().empty()) {
    ASSIGN_OR_RETURN(const std::optional<v1::Register> record,
                     FindReferred<v1::Register>(tx, call, rule.register_id()));
    if (!record || !RegionContains(indicator.region(), record->region())) {
      errors.Add("register_rule.register_id", "names no register of this region");
    } else if (rule.aggregate() == v1::RegisterRule::SUM &&
               !Convert(1, record->unit(), indicator.unit()).ok()) {
      errors.Add("unit", "cannot express the sum of the register's quantities");
    }
  }
  for (const std::string& id : indicator.sites().site_ids()) {
    ASSIGN_OR_RETURN(const std::optional<v1::Site> site, FindReferred<v1::Site>(tx, call, id));
    if (!site || site->kind() != indicator.sites().kind() ||
        !RegionContains(indicator.region(), site->region())) {
      errors.Add("sites.site_ids", "must be sites of this kind and region");
    }
  }
  ASSIGN_OR_RETURN(const std::vector<Edition> editions, LoadEditions(tx));
  errors.Add("", CheckEditionsKnown(indicator, editions));
  if (const std::string& name = indicator.class_rule().factor_set(); !name.empty()) {
    ASSIGN_OR_RETURN(std::vector<v1::FactorSet> sets, FactorSetsNamed(tx, name));
    if (sets.empty()) errors.Add("class_rule.factor_set", "names no factor set that is recorded");
  }
  return errors.status();
}

absl::Status InsertSite(Tx& tx, const Call& call, v1::Site& site) {
  MirrorLastSpan(site);
  RETURN_IF_ERROR(CheckSite(site));
  return Insert(tx, call, site);
}

}  // namespace

IndicatorsService::IndicatorsService(Door& door, Db& db, EventFeed& feed, Jobs& jobs,
                                     std::shared_ptr<registry::Registry> registry)
    : door_(door), db_(db), feed_(feed), jobs_(jobs), registry_(std::move(registry)) {
  for (const ImportKind* kind : {&ObservationImports(), &RegisterItemImports()}) {
    AddImportJobs(db_, *kind, jobs_);
  }
}

absl::StatusOr<v1::Indicator> IndicatorsService::CreateIndicator(
    const Call& call, const v1::CreateIndicatorRequest& request) {
  RETURN_IF_ERROR(
      registry_->CheckUnits(call, {{"owner_unit_id", request.indicator().owner_unit_id()}}));
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Indicator> {
    v1::Indicator indicator = request.indicator();
    RETURN_IF_ERROR(CheckIndicator(indicator));
    RETURN_IF_ERROR(CheckReferences(tx, call, indicator));
    RETURN_IF_ERROR(Insert(tx, call, indicator));
    RETURN_IF_ERROR(CheckOperandsOf(tx, call, indicator));
    return indicator;
  });
}

absl::StatusOr<v1::Indicator> IndicatorsService::GetIndicator(
    const Call& call, const v1::GetIndicatorRequest& request) {
  return db_.Read([&](Tx& tx) { return FindFor<v1::Indicator>(tx, call, request.id()); });
}

absl::StatusOr<v1::ListIndicatorsResponse> IndicatorsService::ListIndicators(
    const Call& call, const v1::ListIndicatorsRequest& request) {
  Query query;
  query.Region("region", request.region())
      .Equals("kind", int64_t{request.kind()})
      .Equals("figure_id", request.figure_id())
      .OrderBy(request.order_by(), {"id", "name"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListIndicatorsResponse> {
    v1::ListIndicatorsResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_indicators(),
                         *response.mutable_next_page_token()));
    return response;
  });
}

absl::StatusOr<v1::Indicator> IndicatorsService::UpdateIndicator(
    const Call& call, const v1::UpdateIndicatorRequest& request) {
  ASSIGN_OR_RETURN(std::vector<std::string> paths,
                   MaskPaths(request.update_mask(), request.indicator()));
  RETURN_IF_ERROR(
      CheckPaths(paths, {"name", "decimals", "direction", "sites", "register_rule", "class_rule",
                         "bound", "standard", "targets", "owner_unit_id", "figure_id", "task_ids",
                         "headline", "mean_rule", "air_days_rule", "composite_rule", "formula"}));
  RETURN_IF_ERROR(
      registry_->CheckUnits(call, {{"owner_unit_id", request.indicator().owner_unit_id()}}));
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Indicator> {
    ASSIGN_OR_RETURN(v1::Indicator indicator,
                     FindFor<v1::Indicator>(tx, call, request.indicator().id()));
    RETURN_IF_ERROR(CheckVersion(tx, indicator, request.indicator().version()));
    CopyPaths(request.indicator(), paths, indicator);
    RETURN_IF_ERROR(CheckIndicator(indicator));
    RETURN_IF_ERROR(CheckReferences(tx, call, indicator));
    RETURN_IF_ERROR(CheckOperandsOf(tx, call, indicator));
    RETURN_IF_ERROR(Update(tx, call, indicator));
    return indicator;
  });
}

absl::StatusOr<v1::Site> IndicatorsService::CreateSite(const Call& call,
                                                       const v1::CreateSiteRequest& request) {
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Site> {
    v1::Site site = request.site();
    RETURN_IF_ERROR(InsertSite(tx, call, site));
    return site;
  });
}

absl::StatusOr<v1::BatchCreateSitesResponse> IndicatorsService::BatchCreateSites(
    const Call& call, const v1::BatchCreateSitesRequest& request) {
  if (request.sites_size() > kMostInBatch) {
    return InvalidField("sites", "must be at most 1000");
  }
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::BatchCreateSitesResponse> {
    v1::BatchCreateSitesResponse response;
    for (int i = 0; i < request.sites_size(); ++i) {
      v1::Site& site = *response.add_sites();
      site = request.sites(i);
      RETURN_IF_ERROR(InItem("sites", i, InsertSite(tx, call, site)));
    }
    return response;
  });
}

absl::StatusOr<v1::Site> IndicatorsService::GetSite(const Call& call,
                                                    const v1::GetSiteRequest& request) {
  return db_.Read([&](Tx& tx) { return FindFor<v1::Site>(tx, call, request.id()); });
}

absl::StatusOr<v1::ListSitesResponse> IndicatorsService::ListSites(
    const Call& call, const v1::ListSitesRequest& request) {
  Query query;
  query.Region("region", request.region())
      .Equals("kind", int64_t{request.kind()})
      .Equals("set_level", int64_t{request.set()})
      .OrderBy(request.order_by(), {"id", "name"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListSitesResponse> {
    v1::ListSitesResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_sites(),
                         *response.mutable_next_page_token()));
    return response;
  });
}

absl::StatusOr<v1::Site> IndicatorsService::UpdateSite(const Call& call,
                                                       const v1::UpdateSiteRequest& request) {
  ASSIGN_OR_RETURN(std::vector<std::string> paths,
                   MaskPaths(request.update_mask(), request.site()));
  RETURN_IF_ERROR(
      CheckPaths(paths, {"name", "point", "set", "from_day", "to_day", "target_class", "water_body",
                         "freezes", "water_name", "roles", "assessments", "basin"}));
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Site> {
    ASSIGN_OR_RETURN(v1::Site site, FindFor<v1::Site>(tx, call, request.site().id()));
    RETURN_IF_ERROR(CheckVersion(tx, site, request.site().version()));
    RETURN_IF_ERROR(CheckSpanPaths(site, request.site(), paths));
    CopyPaths(request.site(), paths, site);
    MirrorLastSpan(site);
    RETURN_IF_ERROR(CheckSite(site));
    RETURN_IF_ERROR(Update(tx, call, site));
    return site;
  });
}

}  // namespace lucid::indicators
