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

constexpr SheetColumn kItemColumns[] = {
    {"key", "统一编号", true}, {"name", "名称", true}, {"place", "地点"}, {"day", "日期", true},
    {"quantity", "数量"},      {"unit", "单位"},       {"state", "状态"}, {"note", "说明"},
};

struct ItemRow {
  int64_t number;
  RegisterItem item;
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

// What became of one row.
enum class Outcome { kCreated, kUnchanged, kRefused };

// Enters the rows from `begin` on, at most 1 000 of them; those that cannot be are refused.
struct Entered {
  std::vector<Outcome> outcomes;
  std::vector<absl::Status> why;  // of the refused ones
};
absl::StatusOr<Entered> EnterRows(Tx& tx, const Call& call, const std::string& register_id,
                                  absl::Span<const ItemRow> rows) {
  ASSIGN_OR_RETURN(const v1::Register record, FindFor<v1::Register>(tx, call, register_id));
  Entered entered;
  for (const ItemRow& row : rows) {
    ASSIGN_OR_RETURN(std::optional<RegisterItem> stored,
                     ItemOfKey(tx, register_id, row.item.key(), row.item.day()));
    Outcome outcome = Outcome::kCreated;
    absl::Status why;
    if (stored && SameContent(*stored, row.item, record)) {
      outcome = Outcome::kUnchanged;
    } else if (stored) {
      why = InvalidField("key", absl::StrCat("is there already on this day, with other content (",
                                             stored->id(), ")"));
    } else {
      RegisterItem item = row.item;
      why = InsertItem(tx, call, record, item);
      RETURN_IF_ERROR(tx.status());
    }
    if (!why.ok()) outcome = Outcome::kRefused;
    entered.outcomes.push_back(outcome);
    entered.why.push_back(std::move(why));
  }
  return entered;
}

// The rows that can be read, each key once a day; the others are refused.
absl::StatusOr<std::vector<ItemRow>> ReadItemRows(const v1::ImportRegisterItemsRequest& request,
                                                  v1::Import& result) {
  ASSIGN_OR_RETURN(std::unique_ptr<Sheet> sheet, Sheet::Open(request.content()));
  ASSIGN_OR_RETURN(const SheetColumns columns, SheetColumns::Read(*sheet, kItemColumns));
  std::vector<ItemRow> rows;
  std::map<std::pair<std::string, std::string>, int64_t> seen;
  std::vector<std::string> cells;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, sheet->Next(cells));
    if (!more) return rows;
    RETURN_IF_ERROR(CountRow(result));
    ItemRow row{sheet->row(), {}};
    *row.item.mutable_origin() = request.origin();
    absl::Status read = ReadItemRow(columns, cells, row.item);
    auto [first, is_new] = seen.try_emplace({row.item.key(), row.item.day()}, row.number);
    if (read.ok() && !is_new) {
      read = InvalidField("key", absl::StrCat("is on the same day in row ", first->second));
    }
    if (read.ok()) {
      rows.push_back(std::move(row));
    } else {
      RefuseRow(row.number, read, result);
    }
  }
}

}  // namespace

absl::StatusOr<v1::Import> IndicatorsService::ImportRegisterItems(
    const Call& call, const v1::ImportRegisterItemsRequest& request) {
  v1::Import read;
  ASSIGN_OR_RETURN(const std::vector<ItemRow> rows, ReadItemRows(request, read));
  const auto enter = [&](const Call& as) -> absl::StatusOr<v1::Import> {
    v1::Import result = read;
    for (size_t begin = 0; begin < rows.size(); begin += kMostInBatch) {
      const auto part = absl::MakeSpan(rows).subspan(begin, kMostInBatch);
      Entered entered;
      absl::Status written = db_.Write([&](Tx& tx) -> absl::Status {
        ASSIGN_OR_RETURN(entered, EnterRows(tx, as, request.register_id(), part));
        return as.validate_only ? DryRun() : absl::OkStatus();
      });
      if (!written.ok() && !IsDryRun(written)) return written;
      for (size_t i = 0; i < part.size(); ++i) {
        if (entered.outcomes[i] == Outcome::kRefused) {
          RefuseRow(part[i].number, entered.why[i], result);
          continue;
        }
        const bool created = entered.outcomes[i] == Outcome::kCreated;
        result.set_created(result.created() + created);
        result.set_unchanged(result.unchanged() + !created);
      }
    }
    SortErrors(result);
    result.set_state(as.validate_only ? v1::Import::TRIED : v1::Import::DONE);
    return result;
  };
  Call trial = call;
  trial.validate_only = true;
  ASSIGN_OR_RETURN(v1::Import tried, enter(trial));
  if (request.dry_run() || (request.all_or_nothing() && tried.refused() > 0)) return tried;
  return enter(call);
}

}  // namespace lucid::indicators
