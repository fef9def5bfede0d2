// Register items from tables, with every refused row named.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/base/records.h"
#include "services/base/sheet.h"
#include "services/base/status.h"
#include "services/indicators/indicators_import.h"
#include "services/indicators/indicators_registers.h"
#include "services/indicators/indicators_service.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {
namespace {

using v1::RegisterItem;

// Each item is a record, with its event and in the tallies: five seconds on PostgreSQL.
constexpr int64_t kMostItemsAtOnce = 5'000;

constexpr SheetColumn kItemColumns[] = {
    {"key", "统一编号", true}, {"name", "名称", true}, {"place", "地点"}, {"day", "日期", true},
    {"quantity", "数量"},      {"unit", "单位"},       {"state", "状态"}, {"note", "说明"},
};

absl::Status ReadItemRow(const SheetColumns& columns, const std::vector<std::string>& cells,
                         RegisterItem& item) {
  const auto cell = [&](absl::string_view name) { return columns.Of(cells, name); };
  static const auto& states = *new std::map<std::string, RegisterItem::State>{
      {"", RegisterItem::DONE},         {"DONE", RegisterItem::DONE},
      {"已完成", RegisterItem::DONE},   {"OPEN", RegisterItem::OPEN},
      {"未完成", RegisterItem::OPEN},   {"WITHDRAWN", RegisterItem::WITHDRAWN},
      {"撤销", RegisterItem::WITHDRAWN}};
  auto state = states.find(cell("state"));
  if (state == states.end()) {
    return InvalidField("state", "must be DONE 已完成, OPEN 未完成 or WITHDRAWN 撤销");
  }
  item.set_key(cell("key"));
  item.set_name(cell("name"));
  item.set_place(cell("place"));
  item.set_day(PlainTime(cell("day")));
  item.set_quantity(PlainNumber(cell("quantity")));
  item.set_unit(cell("unit"));
  item.set_state(state->second);
  item.set_note(cell("note"));
  return absl::OkStatus();
}

// Whether a row says what is stored already.
bool SameContent(const RegisterItem& stored, const RegisterItem& row, const v1::Register& record) {
  return stored.name() == row.name() && stored.place() == row.place() &&
         stored.quantity() == row.quantity() &&
         stored.unit() == (row.unit().empty() ? record.unit() : row.unit()) &&
         stored.state() == row.state() && stored.note() == row.note();
}

absl::StatusOr<PartOutcome> EnterItems(Tx& tx, const Call& call, const v1::Import& record,
                                       const v1::ImportPart& part, bool store) {
  ASSIGN_OR_RETURN(const v1::Register of, FindFor<v1::Register>(tx, call, record.register_id()));
  PartOutcome outcome;
  outcome.region = of.region();
  for (int i = 0; i < part.rows_size(); ++i) {
    RegisterItem item;
    if (!item.ParseFromString(part.rows(i))) {
      return absl::DataLossError("a row of an import cannot be read");
    }
    *item.mutable_origin() = record.origin();
    ASSIGN_OR_RETURN(const std::optional<RegisterItem> stored,
                     ItemOfKey(tx, of.id(), item.key(), item.day()));
    absl::Status why;
    if (stored && SameContent(*stored, item, of)) {
      ++outcome.unchanged;
      continue;
    }
    if (stored) {
      why = InvalidField("key", absl::StrCat("is there already on this day, with other content (",
                                             stored->id(), ")"));
    } else {
      why = store ? InsertItem(tx, call, of, item) : CompleteItem(call, of, item);
      RETURN_IF_ERROR(tx.status());
    }
    if (why.ok()) {
      ++outcome.created;
    } else {
      outcome.refusals.push_back({part.numbers(i), std::move(why)});
    }
  }
  return outcome;
}

}  // namespace

const ImportKind& RegisterItemImports() {
  static const auto& kind = *new ImportKind{"import-register-items", kMostItemsAtOnce, EnterItems};
  return kind;
}

absl::StatusOr<v1::Import> IndicatorsService::ImportRegisterItems(
    const Call& call, const v1::ImportRegisterItemsRequest& request) {
  ASSIGN_OR_RETURN(const v1::Register of, db_.Read([&](Tx& tx) {
    return FindFor<v1::Register>(tx, call, request.register_id());
  }));
  ImportTable table;
  *table.result.mutable_origin() = request.origin();
  table.result.set_register_id(of.id());
  table.result.set_region(of.region());
  table.result.set_owner_unit_id(of.owner_unit_id());
  std::map<std::pair<std::string, std::string>, int64_t> seen;  // the row of each key and day
  RETURN_IF_ERROR(ReadRows(
      request.content(), kItemColumns, table.result,
      [&](const SheetColumns& columns, const std::vector<std::string>& cells,
          int64_t row) -> absl::Status {
        RegisterItem item;
        RETURN_IF_ERROR(ReadItemRow(columns, cells, item));
        auto [first, is_new] = seen.try_emplace({item.key(), item.day()}, row);
        if (!is_new) {
          return InvalidField("key", absl::StrCat("is on the same day in row ", first->second));
        }
        if (table.parts.empty() || table.parts.back().rows_size() == kMostInBatch) {
          table.parts.emplace_back();
        }
        table.parts.back().add_numbers(row);
        table.parts.back().add_rows(item.SerializeAsString());
        return absl::OkStatus();
      }));
  Call own = call;
  own.validate_only = call.validate_only || request.dry_run();
  return RunImport(db_, own, RegisterItemImports(), std::move(table), request.all_or_nothing());
}

}  // namespace lucid::indicators
