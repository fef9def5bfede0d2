// Imports: observations and register items from tables, with every refused row named.
//
// A row is judged by itself, by what is stored, and by the rows of its own series and month; rows
// of one series and month are always stored together. So the dry run, which is the real one rolled
// back, refuses the same rows, and the real run leaves out exactly those.
#include "services/indicators/indicators_import.h"

#include <algorithm>
#include <map>
#include <set>
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
    if (!added.ok()) refusals.push_back({place, added});
  }
  return intake.Store(tx, origin, &refusals);
}

}  // namespace

void RefuseRow(int64_t row, const absl::Status& status, v1::ImportResponse& response) {
  response.set_refused(response.refused() + 1);
  if (response.refused() > kMostErrors) return;
  google::rpc::BadRequest bad;
  const auto payload = status.GetPayload(kBadRequestUrl);
  if (payload && bad.ParseFromString(std::string(*payload))) {
    for (const auto& violation : bad.field_violations()) {
      v1::ImportResponse::RowError& error = *response.add_errors();
      error.set_row(row);
      error.set_column(violation.field());
      error.set_reason(violation.description());
    }
    return;
  }
  v1::ImportResponse::RowError& error = *response.add_errors();
  error.set_row(row);
  error.set_reason(std::string(status.message()));
}

void SortErrors(v1::ImportResponse& response) {
  std::stable_sort(response.mutable_errors()->begin(), response.mutable_errors()->end(),
                   [](const auto& a, const auto& b) { return a.row() < b.row(); });
}

absl::Status CountRow(v1::ImportResponse& response) {
  response.set_rows(response.rows() + 1);
  if (response.rows() <= kMostTableRows) return absl::OkStatus();
  return Fail(absl::StatusCode::kInvalidArgument, "TOO_MANY_ROWS",
              "the file has more than 500000 rows; send it in pieces, each with the first row");
}

namespace {

// The rows that can be read; the others are refused.
absl::StatusOr<Groups> ReadObservationRows(const std::string& content,
                                           v1::ImportResponse& response) {
  ASSIGN_OR_RETURN(std::unique_ptr<Sheet> sheet, Sheet::Open(content));
  ASSIGN_OR_RETURN(const SheetColumns columns, SheetColumns::Read(*sheet, kObservationColumns));
  std::vector<ObservationRow> rows;
  std::vector<std::string> cells;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, sheet->Next(cells));
    if (!more) return GroupRows(std::move(rows));
    RETURN_IF_ERROR(CountRow(response));
    ObservationRow row{sheet->row(), {}};
    absl::Status read = ReadObservationRow(columns, cells, row.observation);
    if (read.ok()) {
      rows.push_back(std::move(row));
    } else {
      RefuseRow(row.number, read, response);
    }
  }
}

// Refuses rows of a group, and leaves the others in it.
void TakeOut(const std::vector<Refusal>& refusals, std::vector<ObservationRow>& group,
             v1::ImportResponse& response) {
  std::set<int64_t> refused;
  for (const Refusal& refusal : refusals) {
    RefuseRow(refusal.place.index, refusal.status, response);
    refused.insert(refusal.place.index);
  }
  std::erase_if(group, [&](const ObservationRow& row) { return refused.count(row.number) > 0; });
}

void Count(const v1::ObservationBatch& batch, v1::ImportResponse& response) {
  response.set_created(response.created() + batch.created());
  response.set_unchanged(response.unchanged() + batch.unchanged());
  response.set_corrected(response.corrected() + batch.corrected());
}

}  // namespace

absl::StatusOr<v1::ImportResponse> IndicatorsService::ImportObservations(
    const Call& call, const v1::ImportObservationsRequest& request) {
  v1::ImportResponse response;
  ASSIGN_OR_RETURN(Groups groups, ReadObservationRows(request.content(), response));
  std::vector<Refusal> refusals;
  const auto store = [&](const Call& as, const std::vector<ObservationRow>& group) {
    return Write(db_, as,
                 [&](Tx& tx) { return StoreGroup(tx, as, request.origin(), group, refusals); });
  };
  Call trial = call;
  trial.validate_only = true;
  for (std::vector<ObservationRow>& group : groups) {
    ASSIGN_OR_RETURN(const v1::ObservationBatch batch, store(trial, group));
    if (request.dry_run()) Count(batch, response);
    TakeOut(refusals, group, response);
  }
  SortErrors(response);
  if (request.dry_run() || (request.all_or_nothing() && response.refused() > 0)) return response;
  for (std::vector<ObservationRow>& group : groups) {
    if (group.empty()) continue;
    ASSIGN_OR_RETURN(const v1::ObservationBatch batch, store(call, group));
    Count(batch, response);
    // What somebody else changed between the trial and now.
    TakeOut(refusals, group, response);
  }
  SortErrors(response);
  response.set_stored(true);
  return response;
}

}  // namespace lucid::indicators
