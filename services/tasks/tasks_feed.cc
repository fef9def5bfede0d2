// What others read of tasks: events, figures and the cells of the overview.
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/region.h"
#include "services/base/summary.h"
#include "services/tasks/tasks_figures.h"
#include "services/tasks/tasks_service.h"

namespace lucid::tasks {

absl::StatusOr<events::v1::ListEventsResponse> TasksService::ListEvents(
    const Call& call, const events::v1::ListEventsRequest& request) {
  return feed_.List(call, request);
}

absl::StatusOr<std::unique_ptr<Source<events::v1::ListEventsResponse>>> TasksService::WatchEvents(
    const Call& call, const events::v1::ListEventsRequest& request) {
  return std::make_unique<EventSource>(feed_, call, request);
}

absl::StatusOr<figures::v1::ListFiguresResponse> TasksService::ListFigures(
    const Call&, const figures::v1::ListFiguresRequest&) {
  figures::v1::ListFiguresResponse response;
  for (const auto& figure : Figures()) *response.add_figures() = figure;
  return response;
}

absl::StatusOr<figures::v1::EvaluateFiguresResponse> TasksService::EvaluateFigures(
    const Call& call, const figures::v1::EvaluateFiguresRequest& request) {
  return db_.Read([&](Tx& tx) {
    return lucid::EvaluateFigures(tx, call, request, Figures(), call.today, EvaluateFigure);
  });
}

absl::StatusOr<types::v1::Summary> TasksService::Summarize(
    const Call& call, const types::v1::SummarizeRequest& request) {
  ASSIGN_OR_RETURN(SummaryScope scope, ScopeOf(call, request));
  return db_.Read([&](Tx& tx) -> absl::StatusOr<types::v1::Summary> {
    ASSIGN_OR_RETURN(types::v1::Summary summary, StartSummary(tx, request));
    ASSIGN_OR_RETURN(std::vector<TallyRow> rows, ReadTallies(tx, "tasks", scope.region));
    std::map<std::string, int64_t> counts;
    int64_t overdue = 0, total = 0;
    const std::string today = FormatDay(scope.day);
    for (const TallyRow& row : rows) {
      counts[row.key] += row.count;
      if (row.key == "open" && row.day < today) overdue += row.count;
      if (absl::StartsWith(row.key, "progress=")) total += row.count;
    }
    int64_t closed = counts["closure=CLOSED"] + counts["closure=FILED"];
    AddCell(summary, "tasks.total", "整改任务", total, "项", "台账内的整改任务数");
    AddCell(summary, "tasks.done", "完成整改", counts["progress=DONE"], "项",
            "督导单位已确认完成整改的任务数");
    AddCell(summary, "tasks.closed", "已销号", closed, "项", "已销号或已备案的任务数");
    AddCell(summary, "tasks.open", "未完成", counts["open"], "项", "尚未确认完成整改的任务数");
    AddCell(summary, "tasks.overdue", "逾期", overdue, "项",
            absl::StrCat("现行完成时限早于 ", today, " 且尚未确认完成整改的任务数"));
    AddCell(summary, "tasks.on_notice", "公示中", counts["closure=ON_NOTICE"], "项",
            "正在销号公示的任务数");
    ASSIGN_OR_RETURN(rows, ReadTallies(tx, "projects", scope.region));
    int64_t projects = 0;
    for (const TallyRow& row : rows) {
      if (row.key != "state=CANCELLED") projects += row.count;
    }
    AddCell(summary, "projects.total", "项目", projects, "个", "未取消的项目数");
    return summary;
  });
}

}  // namespace lucid::tasks
