// What others read of cases: events, figures and the cells of the overview.
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/summary.h"
#include "services/cases/cases_figures.h"
#include "services/cases/cases_service.h"
#include "services/cases/cases_store.h"
#include "services/cases/petition_rules.h"
#include "services/cases/states.h"

namespace lucid::cases {
namespace {

// The first day that accountability is counted from, as in the figures.
constexpr absl::string_view kAccountableFrom = "2021-01-01";

struct PetitionCounts {
  ClosingCounts closing;
  int64_t pending = 0;
  int64_t overdue = 0;
};

PetitionCounts CountPetitions(const std::vector<TallyRow>& rows, absl::CivilDay day) {
  PetitionCounts counts;
  const std::string today = FormatDay(day);
  for (const TallyRow& row : rows) {
    if (row.key == "pending") {
      counts.pending += row.count;
      if (row.day < today) counts.overdue += row.count;
    }
    v1::Petition::State state = v1::Petition::STATE_UNSPECIFIED;
    if (!absl::StartsWith(row.key, "state=") ||
        !v1::Petition::State_Parse(row.key.substr(6), &state)) {
      continue;
    }
    if (IsHandedOver(state)) counts.closing.handed_over += row.count;
    if (IsClosed(state)) counts.closing.closed += row.count;
    if (state == v1::Petition::STAGE_CLOSED) counts.closing.stage_closed += row.count;
  }
  return counts;
}

void AddPetitionCells(types::v1::Summary& summary, const PetitionCounts& counts) {
  const ClosingCounts& closing = counts.closing;
  AddCell(summary, "petitions.handed_over", "交办信访举报", closing.handed_over, "件",
          "受理并合并重复后的信访举报件数,不含公示异议");
  AddCell(summary, "petitions.pending", "未办结", counts.pending, "件",
          "尚未办结或阶段性办结的信访举报件数,含已收件待受理的");
  AddCell(summary, "petitions.overdue", "超期未办结", counts.overdue, "件",
          "办理时限已过仍未办结的信访举报件数");
  AddCell(summary, "petitions.stage_closed", "阶段性办结", closing.stage_closed, "件",
          "阶段性办结的信访举报件数");
  AddCell(summary, "petitions.closed", "已办结", closing.closed, "件",
          "已办结和验收销号的信访举报件数");
  // Without petitions there is no rate; 0 would be one.
  auto strict = StrictClosingRate(closing);
  auto staged = ClosingRateWithStages(closing);
  AddCell(summary, "petitions.closing_rate_strict", "办结率", strict.ok() ? strict->ToString() : "",
          "%", "(已办结 + 验收销号) ÷ 交办");
  AddCell(summary, "petitions.closing_rate_with_stages", "办结率(含阶段性办结)",
          staged.ok() ? staged->ToString() : "", "%", "(已办结 + 验收销号 + 阶段性办结) ÷ 交办");
}

absl::Status AddAccountabilityCells(Tx& tx, types::v1::Summary& summary, const Period& period) {
  const std::string since = absl::StrCat(period.from, " 以来");
  ASSIGN_OR_RETURN(Rows clues, HandledClues(tx, period));
  ASSIGN_OR_RETURN(Rows filed, FiledCases(tx, period));
  ASSIGN_OR_RETURN(int64_t punished, SanctionedPersons(tx, v1::Sanction::PARTY_ADMIN, period));
  ASSIGN_OR_RETURN(int64_t handled, SanctionedPersons(tx, v1::Sanction::ORGANISATIONAL, period));
  AddCell(summary, "accountability.clues", "查办移交线索", static_cast<int64_t>(clues.size()), "件",
          since + "查办的中央和省督察组移交问题线索件数");
  AddCell(summary, "accountability.cases", "立案", static_cast<int64_t>(filed.size()), "件",
          since + "由移交线索引出的立案件数");
  AddCell(summary, "accountability.party_admin", "党纪政务处分", punished, "人",
          since + "受党纪政务处分人数,按人去重,不含已撤销");
  AddCell(summary, "accountability.organisational", "组织处理", handled, "人",
          since + "受组织处理人数,按人去重,可与党纪政务处分重叠");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<events::v1::ListEventsResponse> CasesService::ListEvents(
    const Call& call, const events::v1::ListEventsRequest& request) {
  return feed_.List(call, request);
}

absl::StatusOr<std::unique_ptr<Source<events::v1::ListEventsResponse>>> CasesService::WatchEvents(
    const Call& call, const events::v1::ListEventsRequest& request) {
  return std::make_unique<EventSource>(feed_, call, request);
}

absl::StatusOr<figures::v1::ListFiguresResponse> CasesService::ListFigures(
    const Call&, const figures::v1::ListFiguresRequest&) {
  figures::v1::ListFiguresResponse response;
  for (const auto& figure : Figures()) *response.add_figures() = figure;
  return response;
}

absl::StatusOr<figures::v1::EvaluateFiguresResponse> CasesService::EvaluateFigures(
    const Call& call, const figures::v1::EvaluateFiguresRequest& request) {
  return db_.Read([&](Tx& tx) {
    return lucid::EvaluateFigures(tx, call, request, Figures(), call.today, EvaluateFigure);
  });
}

absl::StatusOr<types::v1::Summary> CasesService::Summarize(
    const Call& call, const types::v1::SummarizeRequest& request) {
  ASSIGN_OR_RETURN(SummaryScope scope, ScopeOf(call, request));
  return db_.Read([&](Tx& tx) -> absl::StatusOr<types::v1::Summary> {
    ASSIGN_OR_RETURN(types::v1::Summary summary, StartSummary(tx, request));
    ASSIGN_OR_RETURN(std::vector<TallyRow> rows, ReadTallies(tx, "petitions", scope.region));
    AddPetitionCells(summary, CountPetitions(rows, scope.day));
    RETURN_IF_ERROR(AddAccountabilityCells(
        tx, summary, {scope.region, std::string(kAccountableFrom), FormatDay(scope.day)}));
    return summary;
  });
}

}  // namespace lucid::cases
