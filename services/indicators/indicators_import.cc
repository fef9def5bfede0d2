// Imports: observations and register items from tables, with every refused row named.
//
// A row is judged by itself, by what is stored, and by the rows of its own series and month; rows
// of one series and month are always stored together. So the dry run, which is the real one rolled
// back, refuses the same rows, and the real run leaves out exactly those.
#include "services/indicators/indicators_import.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "services/base/records.h"
#include "services/base/sheet.h"
#include "services/base/status.h"
#include "services/indicators/indicators_intake.h"
#include "services/indicators/indicators_service.h"

namespace lucid::indicators {
namespace {

using v1::Observation;

constexpr int kMostErrors = 1000;
constexpr size_t kMostRuns = 1000;
constexpr size_t kMostRowsAtOnce = 20'000;
constexpr int64_t kMostTableRows = 500'000;

constexpr SheetColumn kObservationColumns[] = {
    {"site_id", "点位"},      {"indicator_id", "指标"},    {"factor", "因子", true},
    {"length", "时段", true}, {"start", "起始时间", true}, {"value", "数值", true},
    {"unit", "单位"},         {"qualifier", "限定"},       {"invalid", "无效"},
    {"note", "说明"},         {"source", "来源"},
};

// A row that can be read, and where it belongs.
struct ObservationRow {
  int64_t number;
  Observation observation;
};

// A word of a column, in English or Chinese, as its enum value; false where it is none.
template <class Enum>
bool ReadWord(const std::string& text,
              std::initializer_list<std::pair<absl::string_view, Enum>> words, Enum& value) {
  for (const auto& [word, meaning] : words) {
    if (text != word) continue;
    value = meaning;
    return true;
  }
  return false;
}

bool ReadLength(const std::string& text, Observation::Length& length) {
  return ReadWord<Observation::Length>(text,
                                       {{"HOUR", Observation::HOUR},
                                        {"小时", Observation::HOUR},
                                        {"DAY", Observation::DAY},
                                        {"日", Observation::DAY},
                                        {"MONTH", Observation::MONTH},
                                        {"月", Observation::MONTH},
                                        {"YEAR", Observation::YEAR},
                                        {"年", Observation::YEAR},
                                        {"INSTANT", Observation::INSTANT},
                                        {"瞬时", Observation::INSTANT}},
                                       length);
}

bool ReadQualifier(const std::string& text, Observation::Qualifier& qualifier) {
  return ReadWord<Observation::Qualifier>(text,
                                          {{"", Observation::QUALIFIER_UNSPECIFIED},
                                           {"NOT_DETECTED", Observation::NOT_DETECTED},
                                           {"未检出", Observation::NOT_DETECTED},
                                           {"DRY", Observation::DRY},
                                           {"断流", Observation::DRY},
                                           {"FROZEN", Observation::FROZEN},
                                           {"封冻", Observation::FROZEN},
                                           {"MAINTENANCE", Observation::MAINTENANCE},
                                           {"设备维护", Observation::MAINTENANCE}},
                                          qualifier);
}

bool ReadYes(const std::string& text, bool& yes) {
  return ReadWord<bool>(text,
                        {{"", false},
                         {"否", false},
                         {"FALSE", false},
                         {"false", false},
                         {"是", true},
                         {"TRUE", true},
                         {"true", true}},
                        yes);
}

// A cell of a day or time, in the precision of the length: of an hour on the full day too.
std::string StartInCell(const std::string& cell, Observation::Length length) {
  std::string start = PlainTime(cell);
  if (length == Observation::HOUR && start.size() == 10) start += "T00:00";
  return start;
}

absl::Status ReadObservationRow(const SheetColumns& columns, const std::vector<std::string>& cells,
                                Observation& observation) {
  const auto cell = [&](absl::string_view name) { return columns.Of(cells, name); };
  FieldErrors errors;
  Observation::Length length = Observation::LENGTH_UNSPECIFIED;
  Observation::Qualifier qualifier = Observation::QUALIFIER_UNSPECIFIED;
  bool invalid = false;
  if (!ReadLength(cell("length"), length)) {
    errors.Add("length", "must be HOUR 小时, DAY 日, MONTH 月, YEAR 年 or INSTANT 瞬时");
  }
  if (!ReadQualifier(cell("qualifier"), qualifier)) {
    errors.Add("qualifier",
               "must be NOT_DETECTED 未检出, DRY 断流, FROZEN 封冻 or MAINTENANCE 设备维护");
  }
  if (!ReadYes(cell("invalid"), invalid)) errors.Add("invalid", "must be 是 or 否");
  RETURN_IF_ERROR(errors.status());
  observation.set_site_id(cell("site_id"));
  observation.set_indicator_id(cell("indicator_id"));
  observation.set_factor(cell("factor"));
  observation.set_length(length);
  observation.set_start(StartInCell(cell("start"), length));
  observation.set_value(PlainNumber(cell("value")));
  observation.set_unit(cell("unit"));
  observation.set_qualifier(qualifier);
  observation.set_invalid(invalid);
  observation.set_note(cell("note"));
  observation.set_source(cell("source"));
  return absl::OkStatus();
}

// The rows that are stored together: whole series and months.
using Groups = std::vector<std::vector<ObservationRow>>;
Groups GroupRows(std::vector<ObservationRow> rows) {
  std::map<std::string, std::vector<ObservationRow>> runs;
  for (ObservationRow& row : rows) {
    const Observation& one = row.observation;
    runs[absl::StrCat(one.site_id(), "|", one.indicator_id(), "|", one.factor(), "|",
                      int{one.length()}, "|", one.start().substr(0, 7))]
        .push_back(std::move(row));
  }
  Groups groups;
  size_t runs_in_group = kMostRuns;
  for (auto& [key, run] : runs) {
    if (runs_in_group == kMostRuns || groups.back().size() + run.size() > kMostRowsAtOnce) {
      groups.emplace_back();
      runs_in_group = 0;
    }
    ++runs_in_group;
    std::move(run.begin(), run.end(), std::back_inserter(groups.back()));
  }
  return groups;
}

// The status as one about a column, where it does not name one itself.
absl::Status AtColumn(absl::string_view column, const absl::Status& status) {
  return status.GetPayload(kBadRequestUrl) ? status : InvalidField(column, status.message());
}

// Stores a group but for the rows that are refused, and lists these.
absl::StatusOr<v1::ObservationBatch> StoreGroup(Tx& tx, const Call& call,
                                                const types::v1::Origin& origin,
                                                const std::vector<ObservationRow>& rows,
                                                std::vector<Refusal>& refusals) {
  refusals.clear();
  Intake intake(call);
  for (const ObservationRow& row : rows) {
    const Place place{"row", static_cast<int>(row.number)};
    absl::Status added = intake.Add(tx, row.observation, place);
    RETURN_IF_ERROR(tx.status());
    if (added.ok()) continue;
    refusals.push_back(
        {place, AtColumn(row.observation.site_id().empty() ? "indicator_id" : "site_id", added)});
  }
  ASSIGN_OR_RETURN(v1::ObservationBatch batch, intake.Store(tx, origin, &refusals));
  for (Refusal& refusal : refusals) refusal.status = AtColumn("value", refusal.status);
  return batch;
}

}  // namespace

void RefuseRow(int64_t row, const absl::Status& status, v1::Import& result) {
  result.set_refused(result.refused() + 1);
  if (result.refused() > kMostErrors) return;
  google::rpc::BadRequest bad;
  const auto payload = status.GetPayload(kBadRequestUrl);
  if (payload && bad.ParseFromString(std::string(*payload))) {
    for (const auto& violation : bad.field_violations()) {
      v1::Import::RowError& error = *result.add_errors();
      error.set_row(row);
      error.set_column(violation.field());
      error.set_reason(violation.description());
    }
    return;
  }
  v1::Import::RowError& error = *result.add_errors();
  error.set_row(row);
  error.set_reason(std::string(status.message()));
}

void SortErrors(v1::Import& result) {
  std::stable_sort(result.mutable_errors()->begin(), result.mutable_errors()->end(),
                   [](const auto& a, const auto& b) { return a.row() < b.row(); });
}

absl::Status CountRow(v1::Import& result) {
  result.set_rows(result.rows() + 1);
  if (result.rows() <= kMostTableRows) return absl::OkStatus();
  return Fail(absl::StatusCode::kInvalidArgument, "TOO_MANY_ROWS",
              "the file has more than 500000 rows; send it in pieces, each with the first row");
}

namespace {

// The rows that can be read; the others are refused.
absl::StatusOr<Groups> ReadObservationRows(const std::string& content, v1::Import& result) {
  ASSIGN_OR_RETURN(std::unique_ptr<Sheet> sheet, Sheet::Open(content));
  ASSIGN_OR_RETURN(const SheetColumns columns, SheetColumns::Read(*sheet, kObservationColumns));
  std::vector<ObservationRow> rows;
  std::vector<std::string> cells;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, sheet->Next(cells));
    if (!more) return GroupRows(std::move(rows));
    RETURN_IF_ERROR(CountRow(result));
    ObservationRow row{sheet->row(), {}};
    absl::Status read = ReadObservationRow(columns, cells, row.observation);
    if (read.ok()) {
      rows.push_back(std::move(row));
    } else {
      RefuseRow(row.number, read, result);
    }
  }
}

void Count(const v1::ObservationBatch& batch, v1::Import& result) {
  result.set_created(result.created() + batch.created());
  result.set_unchanged(result.unchanged() + batch.unchanged());
  result.set_corrected(result.corrected() + batch.corrected());
}

}  // namespace

absl::StatusOr<v1::Import> IndicatorsService::ImportObservations(
    const Call& call, const v1::ImportObservationsRequest& request) {
  v1::Import read;
  ASSIGN_OR_RETURN(const Groups groups, ReadObservationRows(request.content(), read));
  const auto store = [&](const Call& as) -> absl::StatusOr<v1::Import> {
    v1::Import result = read;
    std::vector<Refusal> refusals;
    for (const std::vector<ObservationRow>& group : groups) {
      ASSIGN_OR_RETURN(const v1::ObservationBatch batch, Write(db_, as, [&](Tx& tx) {
                         return StoreGroup(tx, as, request.origin(), group, refusals);
                       }));
      Count(batch, result);
      for (const Refusal& refusal : refusals) {
        RefuseRow(refusal.place.index, refusal.status, result);
      }
    }
    SortErrors(result);
    result.set_state(as.validate_only ? v1::Import::TRIED : v1::Import::DONE);
    return result;
  };
  Call trial = call;
  trial.validate_only = true;
  ASSIGN_OR_RETURN(v1::Import tried, store(trial));
  if (request.dry_run() || (request.all_or_nothing() && tried.refused() > 0)) return tried;
  return store(call);
}

}  // namespace lucid::indicators
