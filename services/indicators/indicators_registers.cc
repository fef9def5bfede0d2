// Registers and their items.
#include "services/indicators/indicators_registers.h"

#include "services/base/mask.h"
#include "services/base/records.h"
#include "services/indicators/indicators_rules.h"
#include "services/indicators/indicators_service.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {
namespace {

// Only the office and the monitoring centre import what lies before daily use.
absl::Status CheckOrigin(const v1::RegisterItem& item, const Actor& actor) {
  if (!item.origin().historical() || actor.Has(access::v1::OFFICE) ||
      actor.Has(access::v1::MONITOR)) {
    return absl::OkStatus();
  }
  return Fail(absl::StatusCode::kPermissionDenied, "NOT_PERMITTED",
              "only OFFICE and MONITOR import historical items");
}

// The item, if it is one of this register.
absl::StatusOr<v1::RegisterItem> FindItem(Tx& tx, const Call& call, const std::string& register_id,
                                          const std::string& id) {
  ASSIGN_OR_RETURN(v1::RegisterItem item, FindFor<v1::RegisterItem>(tx, call, id));
  if (item.register_id() != register_id) return NotYours("register_items", id);
  return item;
}

}  // namespace

absl::Status CompleteItem(const Call& call, const v1::Register& record, v1::RegisterItem& item) {
  RETURN_IF_ERROR(CheckOrigin(item, call.actor));
  item.set_register_id(record.id());
  item.set_region(record.region());
  item.set_owner_unit_id(record.owner_unit_id());
  if (item.unit().empty()) item.set_unit(record.unit());
  if (item.state() == v1::RegisterItem::STATE_UNSPECIFIED) item.set_state(v1::RegisterItem::DONE);
  return CheckItem(item, record, call.today);
}

absl::Status InsertItem(Tx& tx, const Call& call, const v1::Register& record,
                        v1::RegisterItem& item) {
  RETURN_IF_ERROR(CompleteItem(call, record, item));
  return Insert(tx, call, item);
}

absl::StatusOr<v1::Register> IndicatorsService::CreateRegister(
    const Call& call, const v1::CreateRegisterRequest& request) {
  RETURN_IF_ERROR(
      registry_->CheckUnits(call, {{"owner_unit_id", request.register_().owner_unit_id()}}));
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Register> {
    v1::Register record = request.register_();
    RETURN_IF_ERROR(CheckRegister(record));
    RETURN_IF_ERROR(Insert(tx, call, record));
    return record;
  });
}

absl::StatusOr<v1::Register> IndicatorsService::GetRegister(const Call& call,
                                                            const v1::GetRegisterRequest& request) {
  return db_.Read([&](Tx& tx) { return FindFor<v1::Register>(tx, call, request.id()); });
}

absl::StatusOr<v1::ListRegistersResponse> IndicatorsService::ListRegisters(
    const Call& call, const v1::ListRegistersRequest& request) {
  Query query;
  query.Region("region", request.region()).OrderBy(request.order_by(), {"id", "name"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListRegistersResponse> {
    v1::ListRegistersResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_registers(),
                         *response.mutable_next_page_token()));
    return response;
  });
}

absl::StatusOr<v1::RegisterItem> IndicatorsService::CreateRegisterItem(
    const Call& call, const v1::CreateRegisterItemRequest& request) {
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::RegisterItem> {
    v1::RegisterItem item = request.item();
    ASSIGN_OR_RETURN(v1::Register record, FindFor<v1::Register>(tx, call, item.register_id()));
    RETURN_IF_ERROR(InsertItem(tx, call, record, item));
    return item;
  });
}

absl::StatusOr<v1::BatchCreateRegisterItemsResponse> IndicatorsService::BatchCreateRegisterItems(
    const Call& call, const v1::BatchCreateRegisterItemsRequest& request) {
  if (request.items_size() > kMostInBatch) {
    return InvalidField("items", "must be at most 1000");
  }
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::BatchCreateRegisterItemsResponse> {
    v1::BatchCreateRegisterItemsResponse response;
    ASSIGN_OR_RETURN(v1::Register record, FindFor<v1::Register>(tx, call, request.register_id()));
    for (int i = 0; i < request.items_size(); ++i) {
      v1::RegisterItem& item = *response.add_items();
      item = request.items(i);
      if (!item.register_id().empty() && item.register_id() != record.id()) {
        return InItem("items", i, InvalidField("register_id", "must be that of the batch"));
      }
      RETURN_IF_ERROR(InItem("items", i, InsertItem(tx, call, record, item)));
    }
    return response;
  });
}

absl::StatusOr<v1::RegisterItem> IndicatorsService::GetRegisterItem(
    const Call& call, const v1::GetRegisterItemRequest& request) {
  return db_.Read([&](Tx& tx) { return FindItem(tx, call, request.register_id(), request.id()); });
}

absl::StatusOr<v1::ListRegisterItemsResponse> IndicatorsService::ListRegisterItems(
    const Call& call, const v1::ListRegisterItemsRequest& request) {
  Query query;
  query.Equals("register_id", request.register_id())
      .Equals("state", int64_t{request.state()})
      .AtLeast("day", request.from_day())
      .OrderBy(request.order_by(), {"id", "day", "key"});
  if (!request.to_day().empty()) query.Where("day <= ?", {request.to_day()});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListRegisterItemsResponse> {
    RETURN_IF_ERROR(FindFor<v1::Register>(tx, call, request.register_id()).status());
    v1::ListRegisterItemsResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_items(),
                         *response.mutable_next_page_token()));
    return response;
  });
}

absl::StatusOr<v1::RegisterItem> IndicatorsService::UpdateRegisterItem(
    const Call& call, const v1::UpdateRegisterItemRequest& request) {
  ASSIGN_OR_RETURN(std::vector<std::string> paths,
                   MaskPaths(request.update_mask(), request.item()));
  // The register names the item's place in the address.
  std::erase(paths, "register_id");
  RETURN_IF_ERROR(CheckPaths(paths, {"key", "name", "place", "point", "day", "quantity", "unit",
                                     "state", "evidence_ids", "note"}));
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::RegisterItem> {
    ASSIGN_OR_RETURN(v1::RegisterItem item,
                     FindItem(tx, call, request.item().register_id(), request.item().id()));
    RETURN_IF_ERROR(CheckVersion(tx, item, request.item().version()));
    ASSIGN_OR_RETURN(v1::Register record, Find<v1::Register>(tx, item.register_id()));
    const v1::RegisterItem before = item;
    CopyPaths(request.item(), paths, item);
    if (item.unit().empty()) item.set_unit(record.unit());
    if (item.state() == v1::RegisterItem::STATE_UNSPECIFIED) {
      item.set_state(v1::RegisterItem::DONE);
    }
    RETURN_IF_ERROR(CheckItem(item, record, call.today));
    RETURN_IF_ERROR(CheckItemChange(before, item));
    RETURN_IF_ERROR(Update(tx, call, item));
    return item;
  });
}

}  // namespace lucid::indicators
