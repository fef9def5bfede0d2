#include "services/tasks/tasks_figures.h"

#include <functional>

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/status.h"
#include "services/tasks/tasks_store.h"

namespace lucid::tasks {
namespace {

// A figure that counts records: its definition, its collection, and which records it counts.
struct Counting {
  figures::v1::FigureDefinition definition;
  absl::string_view collection;
  std::function<absl::StatusOr<Rows>(Evaluation&, const std::string& from, const std::string& to)>
      select;
};

const FigureParameter kRegion = {"region", "行政区划代码 GB/T 2260; the caller's when absent", ""};
const FigureParameter kTo = {"to", "截止日; the as-of day when absent", ""};

FigureParameter From(absl::string_view day) { return {"from", "起始日", std::string(day)}; }

Counting Meetings(absl::string_view id, absl::string_view name, v1::Meeting::Body body,
                  absl::string_view rule) {
  return {DefineFigure(id, name, "次", rule, {kRegion, From("2021-04-06"), kTo}), "meetings",
          [body](Evaluation& e, const std::string& from, const std::string& to) {
            return MeetingsOf(e.tx, e["region"], body, from, to);
          }};
}

const std::vector<Counting>& All() {
  static const auto& all = *new std::vector<Counting>{
      Meetings("F01", "市委常委会研究整改", v1::Meeting::STANDING_COMMITTEE,
               "议题含督察整改的市委常委会会议次数"),
      Meetings("F02", "市政府常务会议研究整改", v1::Meeting::GOVERNMENT_EXECUTIVE,
               "议题含督察整改的市政府常务会议次数"),
      Meetings("F03", "生态文明建设和生态环境保护委员会会议", v1::Meeting::ECOLOGICAL_COMMISSION,
               "议题含督察整改的生态文明建设和生态环境保护委员会会议次数"),
      {DefineFigure("F04", "出台制度文件", "份", "登记的制度文件份数,按文号去重",
                    {kRegion, From("2021-04-06"), kTo}),
       "documents",
       [](Evaluation& e, const std::string& from, const std::string& to) {
         return DocumentsOf(e.tx, e["region"], v1::Document::RULE, from, to);
       }},
      {DefineFigure("F10", "可再生能源项目", "个", "类别为可再生能源、未取消的项目数",
                    {kRegion, kTo}),
       "projects",
       [](Evaluation& e, const std::string&, const std::string& to) {
         return ProjectsOf(e.tx, e["region"], v1::Project::RENEWABLE, to);
       }},
      {DefineFigure("F27", "谋划与中央督察有关的项目", "个",
                    "与中央生态环境保护督察关联、未取消的项目数",
                    {kRegion, {"inspection", "督察编号; every central one when absent", ""}, kTo}),
       "projects",
       [](Evaluation& e, const std::string&, const std::string& to) {
         return InspectionProjectsOf(e.tx, e["region"], e["inspection"], to);
       }},
      {DefineFigure("F28", "复查轮次", "轮次", "整改任务及信访案件落实情况复查的轮次数",
                    {kRegion, kTo}),
       "review_rounds",
       [](Evaluation& e, const std::string&, const std::string& to) {
         return ReviewRoundsOf(e.tx, e["region"], to);
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
    std::string as_of = FormatDay(evaluation.as_of);
    std::string to = evaluation["to"].empty() ? as_of : std::min(evaluation["to"], as_of);
    auto from = evaluation.parameters.find("from");
    std::string start = from == evaluation.parameters.end() ? "" : from->second;
    ASSIGN_OR_RETURN(Rows rows, figure.select(evaluation, start, to));
    evaluation.figure.set_value(absl::StrCat(rows.size()));
    evaluation.figure.set_period(start.empty() ? absl::StrCat("截至 ", to)
                                               : absl::StrCat(start, " – ", to));
    evaluation.figure.set_working(absl::StrCat("count of ", figure.collection, " = ", rows.size()));
    evaluation.Count(figure.collection, rows);
    return absl::OkStatus();
  }
  return absl::InternalError("a figure of the catalogue has no evaluation");
}

}  // namespace lucid::tasks
