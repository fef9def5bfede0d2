// Observations from tables.
//
// A row is judged by itself, by what is stored, and by the rows of its own series and month; rows
// of one series and month are always stored together. So a trial refuses the same rows as the real
// run, whatever the size of the table.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/base/sheet.h"
#include "services/base/status.h"
#include "services/indicators/indicators_import.h"
#include "services/indicators/indicators_intake.h"
#include "services/indicators/indicators_service.h"

namespace lucid::indicators {
namespace {

using v1::Observation;

constexpr int kMostRunsOfPart = 1000;
constexpr int kMostRowsOfPart = 5000;
constexpr int64_t kMostObservationsAtOnce = 20'000;

constexpr SheetColumn kObservationColumns[] = {
    {"site_id", "点位"},      {"indicator_id", "指标"},    {"factor", "因子", true},
    {"length", "时段", true}, {"start", "起始时间", true}, {"value", "数值", true},
    {"unit", "单位"},         {"qualifier", "限定"},       {"invalid", "无效"},
    {"note", "说明"},         {"source", "来源"},
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

// Rows by what they are stored with: their series and month.
using RowsOfRuns = std::map<std::string, v1::ImportPart>;
std::string RunOf(const Observation& one) {
  return absl::StrCat(one.site_id(), "|", one.indicator_id(), "|", one.factor(), "|",
                      int{one.length()}, "|", one.start().substr(0, 7));
}

std::vector<v1::ImportPart> PartsOf(const RowsOfRuns& runs) {
  std::vector<v1::ImportPart> parts;
  int runs_of_part = kMostRunsOfPart;
  for (const auto& [key, run] : runs) {
    if (runs_of_part == kMostRunsOfPart ||
        parts.back().rows_size() + run.rows_size() > kMostRowsOfPart) {
      parts.emplace_back();
      runs_of_part = 0;
    }
    ++runs_of_part;
    parts.back().MergeFrom(run);
  }
  return parts;
}

// The status as one about a column, where it does not name one itself.
absl::Status AtColumn(absl::string_view column, const absl::Status& status) {
  return status.GetPayload(kBadRequestUrl) ? status : InvalidField(column, status.message());
}

absl::StatusOr<PartOutcome> EnterObservations(Tx& tx, const Call& call, const v1::Import& record,
                                              const v1::ImportPart& part, bool store) {
  PartOutcome outcome;
  // What is added to an Intake outlives it.
  std::vector<Observation> rows(part.rows_size());
  Intake intake(call);
  for (int i = 0; i < part.rows_size(); ++i) {
    if (!rows[i].ParseFromString(part.rows(i))) {
      return absl::DataLossError("a row of an import cannot be read");
    }
    const int number = static_cast<int>(part.numbers(i));
    absl::Status added = intake.Add(tx, rows[i], Place{"row", number});
    RETURN_IF_ERROR(tx.status());
    if (added.ok()) continue;
    const char* subject = rows[i].site_id().empty() ? "indicator_id" : "site_id";
    outcome.refusals.push_back({number, AtColumn(subject, added)});
  }
  std::vector<Refusal> contradicting;
  ASSIGN_OR_RETURN(
      const v1::ObservationBatch batch,
      store ? intake.Store(tx, record.origin(), &contradicting) : intake.Try(tx, &contradicting));
  for (const Refusal& refusal : contradicting) {
    outcome.refusals.push_back({refusal.place.index, AtColumn("value", refusal.status)});
  }
  outcome.created = batch.created();
  outcome.unchanged = batch.unchanged();
  outcome.corrected = batch.corrected();
  outcome.region = batch.region();
  return outcome;
}

}  // namespace

const ImportKind& ObservationImports() {
  static const auto& kind =
      *new ImportKind{"import-observations", kMostObservationsAtOnce, EnterObservations};
  return kind;
}

absl::StatusOr<v1::Import> IndicatorsService::ImportObservations(
    const Call& call, const v1::ImportObservationsRequest& request) {
  ImportTable table;
  *table.result.mutable_origin() = request.origin();
  RowsOfRuns runs;
  RETURN_IF_ERROR(ReadRows(request.content(), kObservationColumns, table.result,
                           [&](const SheetColumns& columns, const std::vector<std::string>& cells,
                               int64_t row) -> absl::Status {
                             Observation one;
                             RETURN_IF_ERROR(ReadObservationRow(columns, cells, one));
                             v1::ImportPart& run = runs[RunOf(one)];
                             run.add_numbers(row);
                             run.add_rows(one.SerializeAsString());
                             return absl::OkStatus();
                           }));
  table.parts = PartsOf(runs);
  Call own = call;
  own.validate_only = call.validate_only || request.dry_run();
  return RunImport(db_, own, ObservationImports(), std::move(table), request.all_or_nothing());
}

}  // namespace lucid::indicators
