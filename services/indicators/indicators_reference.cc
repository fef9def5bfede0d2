// What evaluations are judged by, as records: standards and factor sets.
#include <utility>

#include "services/base/calendar.h"
#include "services/base/mask.h"
#include "services/base/records.h"
#include "services/indicators/indicators_service.h"
#include "services/indicators/indicators_standard_rules.h"
#include "services/indicators/indicators_standards_store.h"

namespace lucid::indicators {
namespace {

absl::Status CheckRecord(Tx& tx, const v1::Standard& standard) {
  RETURN_IF_ERROR(CheckStandard(standard));
  ASSIGN_OR_RETURN(std::vector<v1::Standard> recorded, StandardsNamed(tx, standard.name()));
  return CheckApart(standard, recorded);
}

absl::Status CheckRecord(Tx& tx, const v1::FactorSet& set) {
  RETURN_IF_ERROR(CheckFactorSet(set));
  ASSIGN_OR_RETURN(std::vector<v1::FactorSet> recorded, FactorSetsNamed(tx, set.name()));
  return CheckApart(set, recorded);
}

// Puts a record in place of what it was before.
template <class R>
absl::StatusOr<R> Replace(Tx& tx, const Call& call, const R& before, R after) {
  RETURN_IF_ERROR(CheckRecord(tx, after));
  RETURN_IF_ERROR(CheckChange(before, after));
  RETURN_IF_ERROR(Update(tx, call, after));
  return after;
}

// The records of a name that hold on a day.
template <class Request>
absl::StatusOr<Query> QueryOf(const Request& request) {
  FieldErrors errors;
  CheckDay(errors, "day", request.day(), false);
  RETURN_IF_ERROR(errors.status());
  Query query;
  query.Equals("name", request.name()).OrderBy(request.order_by(), {"id", "name", "from_day"});
  if (!request.day().empty()) {
    query.Where("(from_day <= ? AND (to_day = '' OR to_day >= ?))", {request.day(), request.day()});
  }
  return query;
}

}  // namespace

absl::StatusOr<v1::Standard> IndicatorsService::CreateStandard(
    const Call& call, const v1::CreateStandardRequest& request) {
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Standard> {
    v1::Standard standard = request.standard();
    RETURN_IF_ERROR(CheckRecord(tx, standard));
    RETURN_IF_ERROR(Insert(tx, call, standard));
    return standard;
  });
}

absl::StatusOr<v1::Standard> IndicatorsService::GetStandard(const Call& call,
                                                            const v1::GetStandardRequest& request) {
  return db_.Read([&](Tx& tx) { return FindFor<v1::Standard>(tx, call, request.id()); });
}

absl::StatusOr<v1::ListStandardsResponse> IndicatorsService::ListStandards(
    const Call& call, const v1::ListStandardsRequest& request) {
  ASSIGN_OR_RETURN(Query query, QueryOf(request));
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListStandardsResponse> {
    v1::ListStandardsResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_standards(),
                         *response.mutable_next_page_token()));
    return response;
  });
}

absl::StatusOr<v1::Standard> IndicatorsService::UpdateStandard(
    const Call& call, const v1::UpdateStandardRequest& request) {
  ASSIGN_OR_RETURN(std::vector<std::string> paths,
                   MaskPaths(request.update_mask(), request.standard()));
  RETURN_IF_ERROR(CheckPaths(paths, {"title", "from_day", "to_day", "method", "source", "limits",
                                     "breakpoints", "air_validity", "note"}));
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Standard> {
    ASSIGN_OR_RETURN(const v1::Standard before,
                     FindFor<v1::Standard>(tx, call, request.standard().id()));
    RETURN_IF_ERROR(CheckVersion(tx, before, request.standard().version()));
    v1::Standard standard = before;
    CopyPaths(request.standard(), paths, standard);
    return Replace(tx, call, before, std::move(standard));
  });
}

absl::StatusOr<v1::Standard> IndicatorsService::CorrectStandard(
    const Call& call, const v1::CorrectStandardRequest& request) {
  if (request.limits().empty()) return InvalidField("limits", "is required");
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Standard> {
    ASSIGN_OR_RETURN(const v1::Standard before, FindFor<v1::Standard>(tx, call, request.id()));
    RETURN_IF_ERROR(CheckVersion(tx, before, request.version()));
    v1::Standard standard = before;
    CorrectLimits(request.limits(), standard);
    standard.set_note(request.note());
    return Replace(tx, call, before, std::move(standard));
  });
}

absl::StatusOr<v1::FactorSet> IndicatorsService::CreateFactorSet(
    const Call& call, const v1::CreateFactorSetRequest& request) {
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::FactorSet> {
    v1::FactorSet set = request.factor_set();
    RETURN_IF_ERROR(CheckRecord(tx, set));
    RETURN_IF_ERROR(Insert(tx, call, set));
    return set;
  });
}

absl::StatusOr<v1::FactorSet> IndicatorsService::GetFactorSet(
    const Call& call, const v1::GetFactorSetRequest& request) {
  return db_.Read([&](Tx& tx) { return FindFor<v1::FactorSet>(tx, call, request.id()); });
}

absl::StatusOr<v1::ListFactorSetsResponse> IndicatorsService::ListFactorSets(
    const Call& call, const v1::ListFactorSetsRequest& request) {
  ASSIGN_OR_RETURN(Query query, QueryOf(request));
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListFactorSetsResponse> {
    v1::ListFactorSetsResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_factor_sets(),
                         *response.mutable_next_page_token()));
    return response;
  });
}

absl::StatusOr<v1::FactorSet> IndicatorsService::UpdateFactorSet(
    const Call& call, const v1::UpdateFactorSetRequest& request) {
  ASSIGN_OR_RETURN(std::vector<std::string> paths,
                   MaskPaths(request.update_mask(), request.factor_set()));
  RETURN_IF_ERROR(
      CheckPaths(paths, {"from_day", "to_day", "factors", "adds_own_factors", "source", "note"}));
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::FactorSet> {
    ASSIGN_OR_RETURN(const v1::FactorSet before,
                     FindFor<v1::FactorSet>(tx, call, request.factor_set().id()));
    RETURN_IF_ERROR(CheckVersion(tx, before, request.factor_set().version()));
    v1::FactorSet set = before;
    CopyPaths(request.factor_set(), paths, set);
    return Replace(tx, call, before, std::move(set));
  });
}

}  // namespace lucid::indicators
