#include "services/cases/cases_figures.h"

#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/status.h"
#include "services/cases/cases_store.h"

namespace lucid::cases {
namespace {

// A figure: its definition, and how its records and its value are found.
struct Counting {
  figures::v1::FigureDefinition definition;
  std::function<absl::Status(Evaluation&, const Period&)> evaluate;
};

figures::v1::FigureDefinition Define(absl::string_view id, absl::string_view name,
                                     absl::string_view unit, absl::string_view rule) {
  return DefineFigure(id, name, unit, rule,
                      {{"region", "行政区划代码 GB/T 2260; the caller's when absent", ""},
                       {"from", "起始日", "2021-01-01"},
                       {"to", "截止日; the as-of day when absent", ""}});
}

absl::Status CountRecords(Evaluation& evaluation, absl::string_view collection,
                          const absl::StatusOr<Rows>& rows) {
  RETURN_IF_ERROR(rows.status());
  evaluation.figure.set_value(absl::StrCat(rows->size()));
  evaluation.figure.set_working(absl::StrCat("count of ", collection, " = ", rows->size()));
  evaluation.Count(collection, *rows);
  return absl::OkStatus();
}

absl::Status CountClues(Evaluation& evaluation, const Period& period) {
  return CountRecords(evaluation, "clues", HandledClues(evaluation.tx, period));
}

absl::Status CountCases(Evaluation& evaluation, const Period& period) {
  RETURN_IF_ERROR(CountRecords(evaluation, "discipline_cases", FiledCases(evaluation.tx, period)));
  ASSIGN_OR_RETURN(Rows clues, HandledClues(evaluation.tx, period));
  if (evaluation.records.size() > clues.size()) {
    // A clue may lead to several cases, so this is no error, but somebody should look.
    evaluation.figure.set_working(absl::StrCat(evaluation.figure.working(), "; more than the ",
                                               clues.size(), " clues of the period"));
  }
  return absl::OkStatus();
}

// Persons are counted, not sanctions; the records behind the number are the sanctions.
absl::Status CountPersons(Evaluation& evaluation, const Period& period,
                          v1::Sanction::Measure measure) {
  RETURN_IF_ERROR(
      CountRecords(evaluation, "sanctions", StandingSanctions(evaluation.tx, measure, period)));
  ASSIGN_OR_RETURN(int64_t persons, SanctionedPersons(evaluation.tx, measure, period));
  evaluation.figure.set_value(absl::StrCat(persons));
  evaluation.figure.set_working(
      absl::StrCat("distinct persons of ", evaluation.records.size(), " sanctions = ", persons));
  return absl::OkStatus();
}

const std::vector<Counting>& All() {
  static const auto& all = *new std::vector<Counting>{
      {Define("F05", "查办督察组移交问题线索", "件",
              "来源为中央督察组或省督察组移交、查办日在期间内的问题线索件数"),
       CountClues},
      {Define("F06", "立案", "件",
              "由中央督察组或省督察组移交线索引出、立案日在期间内的案件数,已结案的仍计"),
       CountCases},
      {Define("F07", "党纪政务处分", "人",
              "决定日在期间内、未撤销的党纪政务处分所涉人数,按人去重,不是人次"),
       [](Evaluation& evaluation, const Period& period) {
         return CountPersons(evaluation, period, v1::Sanction::PARTY_ADMIN);
       }},
      {Define(
           "F08", "组织处理", "人",
           "决定日在期间内、未撤销的组织处理所涉人数,按人去重,不含诫勉和批评教育,可与党纪政务处分"
           "重叠"),
       [](Evaluation& evaluation, const Period& period) {
         return CountPersons(evaluation, period, v1::Sanction::ORGANISATIONAL);
       }},
  };
  return all;
}

}  // namespace

const std::vector<figures::v1::FigureDefinition>& Figures() {
  static const auto& definitions = *[] {
    auto* list = new std::vector<figures::v1::FigureDefinition>;
    for (const Counting& figure : All()) list->push_back(figure.definition);
    return list;
  }();
  return definitions;
}

absl::Status EvaluateFigure(Evaluation& evaluation) {
  for (const Counting& figure : All()) {
    if (figure.definition.id() != evaluation.definition.id()) continue;
    const std::string as_of = FormatDay(evaluation.as_of);
    const std::string& to = evaluation["to"];
    const Period period = {evaluation["region"], evaluation["from"],
                           to.empty() ? as_of : std::min(to, as_of)};
    evaluation.figure.set_period(absl::StrCat(period.from, " – ", period.to));
    return figure.evaluate(evaluation, period);
  }
  return absl::InternalError("a figure of the catalogue has no evaluation");
}

}  // namespace lucid::cases
