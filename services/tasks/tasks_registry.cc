// Units, regions, inspections and findings.
#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/mask.h"
#include "services/base/region.h"
#include "services/base/text.h"
#include "services/tasks/tasks_deadline_rules.h"
#include "services/tasks/tasks_references.h"
#include "services/tasks/tasks_service.h"
#include "services/tasks/tasks_store.h"

namespace lucid::tasks {
namespace {

absl::Status CheckUnit(const v1::Unit& unit) {
  FieldErrors errors;
  errors.Add("", CheckRegion("region", unit.region()));
  CheckText(errors, "name", unit.name(), 200, true);
  if (!unit.parent_id().empty() && unit.parent_id() == unit.id()) {
    errors.Add("parent_id", "must not be the unit itself");
  }
  return errors.status();
}

absl::Status CheckInspection(const v1::Inspection& inspection) {
  FieldErrors errors;
  errors.Add("", CheckRegion("region", inspection.region()));
  if (inspection.level() == v1::Inspection::LEVEL_UNSPECIFIED) errors.Add("level", "is required");
  if (inspection.kind() == v1::Inspection::KIND_UNSPECIFIED) errors.Add("kind", "is required");
  if (inspection.round() < 1) errors.Add("round", "must be 1 or more");
  CheckDay(errors, "stationed_from", inspection.stationed_from(), true);
  CheckDay(errors, "stationed_to", inspection.stationed_to(), false);
  CheckDay(errors, "feedback_day", inspection.feedback_day(), false);
  auto from = ParseDay(inspection.stationed_from()), to = ParseDay(inspection.stationed_to());
  if (from.ok() && to.ok() && *to < *from) {
    errors.Add("stationed_to", "must not be before stationed_from");
  }
  auto feedback = ParseDay(inspection.feedback_day());
  if (from.ok() && feedback.ok() && *feedback < *from) {
    errors.Add("feedback_day", "must not be before stationed_from");
  }
  return errors.status();
}

absl::Status CheckFinding(const v1::Finding& finding) {
  FieldErrors errors;
  errors.Add("", CheckRegion("region", finding.region()));
  if (finding.inspection_id().empty()) errors.Add("inspection_id", "is required");
  if (finding.number().empty()) errors.Add("number", "is required");
  CheckText(errors, "text", finding.text(), 20000, true);
  return errors.status();
}

absl::Status CheckParent(Tx& tx, const v1::Unit& unit) {
  FieldErrors errors;
  RETURN_IF_ERROR(CheckExists<v1::Unit>(tx, "parent_id", unit.parent_id(), "a unit", errors));
  return errors.status();
}

// The rule set that the inspection names must be there; one that names none gets the one in force.
absl::Status ChooseRuleSet(Tx& tx, v1::Inspection& inspection) {
  if (inspection.rule_set().empty()) {
    ASSIGN_OR_RETURN(*inspection.mutable_rule_set(), RuleSetOn(tx, inspection.stationed_from()));
    return absl::OkStatus();
  }
  FieldErrors errors;
  RETURN_IF_ERROR(
      CheckExists<v1::RuleSet>(tx, "rule_set", inspection.rule_set(), "a rule set", errors));
  return errors.status();
}

}  // namespace

absl::StatusOr<v1::Unit> TasksService::CreateUnit(const Call& call,
                                                  const v1::CreateUnitRequest& request) {
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Unit> {
    v1::Unit unit = request.unit();
    RETURN_IF_ERROR(CheckUnit(unit));
    RETURN_IF_ERROR(CheckParent(tx, unit));
    RETURN_IF_ERROR(Insert(tx, call, unit));
    return unit;
  });
}

absl::StatusOr<v1::Unit> TasksService::GetUnit(const Call& call,
                                               const v1::GetUnitRequest& request) {
  return db_.Read([&](Tx& tx) { return FindFor<v1::Unit>(tx, call, request.id()); });
}

absl::StatusOr<v1::ListUnitsResponse> TasksService::ListUnits(const Call& call,
                                                              const v1::ListUnitsRequest& request) {
  Query query;
  query.Region("region", request.region()).OrderBy(request.order_by(), {"id", "name"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListUnitsResponse> {
    v1::ListUnitsResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_units(),
                         *response.mutable_next_page_token()));
    return response;
  });
}

absl::StatusOr<v1::Unit> TasksService::UpdateUnit(const Call& call,
                                                  const v1::UpdateUnitRequest& request) {
  ASSIGN_OR_RETURN(std::vector<std::string> paths,
                   MaskPaths(request.update_mask(), request.unit()));
  RETURN_IF_ERROR(CheckPaths(paths, {"name", "parent_id", "kind", "successor_ids"}));
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Unit> {
    ASSIGN_OR_RETURN(v1::Unit unit, FindFor<v1::Unit>(tx, call, request.unit().id()));
    RETURN_IF_ERROR(CheckVersion(tx, unit, request.unit().version()));
    CopyPaths(request.unit(), paths, unit);
    RETURN_IF_ERROR(CheckUnit(unit));
    RETURN_IF_ERROR(CheckParent(tx, unit));
    if (!unit.parent_id().empty()) {
      ASSIGN_OR_RETURN(bool circle, StandsAbove(tx, unit.id(), unit.parent_id()));
      if (circle) return InvalidField("parent_id", "names a unit that stands below this one");
    }
    RETURN_IF_ERROR(Update(tx, call, unit));
    return unit;
  });
}

absl::StatusOr<v1::Region> TasksService::CreateRegion(const Call& call,
                                                      const v1::CreateRegionRequest& request) {
  RETURN_IF_ERROR(CheckRegionRecord(request.region()));
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Region> {
    v1::Region region = request.region();
    region.set_parent_id(RegionsUpFrom(region.id())[1]);
    if (region.parent_id() != kCountry) {
      ASSIGN_OR_RETURN(const std::optional<v1::Region> parent,
                       FindReferred<v1::Region>(tx, call, region.parent_id()));
      if (!parent) {
        return InvalidField(
            "id", absl::StrCat("lies in ", region.parent_id(), ", which is not recorded"));
      }
    }
    RETURN_IF_ERROR(Insert(tx, call, region));
    return region;
  });
}

absl::StatusOr<v1::Region> TasksService::GetRegion(const Call& call,
                                                   const v1::GetRegionRequest& request) {
  return db_.Read([&](Tx& tx) { return FindFor<v1::Region>(tx, call, request.id()); });
}

absl::StatusOr<v1::ListRegionsResponse> TasksService::ListRegions(
    const Call& call, const v1::ListRegionsRequest& request) {
  Query query;
  query.Equals("parent_id", request.parent_id()).OrderBy(request.order_by(), {"id", "name"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListRegionsResponse> {
    v1::ListRegionsResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_regions(),
                         *response.mutable_next_page_token()));
    return response;
  });
}

absl::StatusOr<v1::Inspection> TasksService::CreateInspection(
    const Call& call, const v1::CreateInspectionRequest& request) {
  RETURN_IF_ERROR(CheckInspection(request.inspection()));
  ASSIGN_OR_RETURN(v1::Inspection created,
                   Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Inspection> {
                     v1::Inspection inspection = request.inspection();
                     inspection.clear_plan_due();
                     RETURN_IF_ERROR(ChooseRuleSet(tx, inspection));
                     RETURN_IF_ERROR(Insert(tx, call, inspection));
                     return inspection;
                   }));
  RETURN_IF_ERROR(db_.Read([&](Tx& tx) { return AddPlanDue(tx, {&created}); }));
  return created;
}

absl::StatusOr<v1::Inspection> TasksService::GetInspection(
    const Call& call, const v1::GetInspectionRequest& request) {
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::Inspection> {
    ASSIGN_OR_RETURN(v1::Inspection inspection, FindFor<v1::Inspection>(tx, call, request.id()));
    RETURN_IF_ERROR(AddPlanDue(tx, {&inspection}));
    return inspection;
  });
}

absl::StatusOr<v1::ListInspectionsResponse> TasksService::ListInspections(
    const Call& call, const v1::ListInspectionsRequest& request) {
  Query query;
  query.Region("region", request.region())
      .Equals("level", int64_t{request.level()})
      .OrderBy(request.order_by(), {"id", "feedback_day"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListInspectionsResponse> {
    v1::ListInspectionsResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_inspections(),
                         *response.mutable_next_page_token()));
    auto& page = *response.mutable_inspections();
    RETURN_IF_ERROR(
        AddPlanDue(tx, std::vector<v1::Inspection*>(page.pointer_begin(), page.pointer_end())));
    return response;
  });
}

absl::StatusOr<v1::Finding> TasksService::CreateFinding(const Call& call,
                                                        const v1::CreateFindingRequest& request) {
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Finding> {
    v1::Finding finding = request.finding();
    RETURN_IF_ERROR(CheckFinding(finding));
    absl::StatusOr<v1::Inspection> inspection = Find<v1::Inspection>(tx, finding.inspection_id());
    if (!inspection.ok() && !absl::IsNotFound(inspection.status())) return inspection.status();
    if (!inspection.ok() || !RegionContains(inspection->region(), finding.region())) {
      return InvalidField("inspection_id", "names no inspection of a region that holds this one");
    }
    RETURN_IF_ERROR(Insert(tx, call, finding));
    return finding;
  });
}

absl::StatusOr<v1::Finding> TasksService::GetFinding(const Call& call,
                                                     const v1::GetFindingRequest& request) {
  return db_.Read([&](Tx& tx) { return FindFor<v1::Finding>(tx, call, request.id()); });
}

absl::StatusOr<v1::ListFindingsResponse> TasksService::ListFindings(
    const Call& call, const v1::ListFindingsRequest& request) {
  Query query;
  query.Region("region", request.region())
      .Equals("inspection_id", request.inspection_id())
      .OrderBy(request.order_by(), {"id"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListFindingsResponse> {
    v1::ListFindingsResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_findings(),
                         *response.mutable_next_page_token()));
    return response;
  });
}

}  // namespace lucid::tasks
