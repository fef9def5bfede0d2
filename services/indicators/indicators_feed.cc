// What others read of indicators: events, figures and the cells of the overview.
#include <map>

#include "services/base/figures.h"
#include "services/base/summary.h"
#include "services/indicators/indicators_cells.h"
#include "services/indicators/indicators_figures.h"
#include "services/indicators/indicators_service.h"
#include "services/indicators/indicators_standards_store.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {

absl::StatusOr<events::v1::ListEventsResponse> IndicatorsService::ListEvents(
    const Call& call, const events::v1::ListEventsRequest& request) {
  return feed_.List(call, request);
}

absl::StatusOr<std::unique_ptr<Source<events::v1::ListEventsResponse>>>
IndicatorsService::WatchEvents(const Call& call, const events::v1::ListEventsRequest& request) {
  return std::make_unique<EventSource>(feed_, call, request);
}

absl::StatusOr<figures::v1::ListFiguresResponse> IndicatorsService::ListFigures(
    const Call&, const figures::v1::ListFiguresRequest&) {
  figures::v1::ListFiguresResponse response;
  for (const auto& figure : Figures()) *response.add_figures() = figure;
  return response;
}

absl::StatusOr<figures::v1::EvaluateFiguresResponse> IndicatorsService::EvaluateFigures(
    const Call& call, const figures::v1::EvaluateFiguresRequest& request) {
  return db_.Read([&](Tx& tx) {
    return lucid::EvaluateFigures(tx, call, request, Figures(), call.today, EvaluateFigure);
  });
}

absl::StatusOr<types::v1::Summary> IndicatorsService::Summarize(
    const Call& call, const types::v1::SummarizeRequest& request) {
  ASSIGN_OR_RETURN(SummaryScope scope, ScopeOf(call, request));
  return db_.Read([&](Tx& tx) -> absl::StatusOr<types::v1::Summary> {
    ASSIGN_OR_RETURN(types::v1::Summary summary, StartSummary(tx, request));
    ASSIGN_OR_RETURN(std::vector<v1::Indicator> headlines, HeadlinesOf(tx, scope.region));
    ASSIGN_OR_RETURN(const std::vector<Edition> editions, LoadEditions(tx));
    RETURN_IF_ERROR(AddCells(tx, headlines, scope.day, Without::kLeftOut, editions, summary));
    const struct {
      absl::string_view tally, key, name, label, unit, definition;
    } kCounts[] = {
        {"indicators", "", "indicators.total", "指标", "项", "已定义的指标数"},
        {"sites", "", "sites.total", "监测点位", "个", "登记的监测点位和断面数"},
        {"register_items", "state=DONE", "register_items.done", "台账条目", "条",
         "台账中已完成的条目数"},
        {"observations", "created", "observations.total", "监测数据", "条", "已接收的监测数据条数"},
        {"alarms", "state=RAISED", "alarms.raised", "待核实报警", "条", "尚未核实的报警数"},
        {"alarms", "state=CONFIRMED", "alarms.confirmed", "待处置报警", "条",
         "已属实、尚未处置的报警数"},
        {"quality_flags", "state=OPEN", "quality_flags.open", "待核数据", "条",
         "质控标记中尚待人工核实的条数"},
    };
    for (const auto& count : kCounts) {
      ASSIGN_OR_RETURN(std::vector<TallyRow> rows, ReadTallies(tx, count.tally, scope.region));
      int64_t total = 0;
      for (const TallyRow& row : rows) {
        if (count.key.empty() || row.key == count.key) total += row.count;
      }
      AddCell(summary, count.name, count.label, total, count.unit, count.definition);
    }
    return summary;
  });
}

}  // namespace lucid::indicators
