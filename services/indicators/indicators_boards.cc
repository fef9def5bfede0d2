// Boards: which indicators are looked at together.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/base/mask.h"
#include "services/base/records.h"
#include "services/base/records_each.h"
#include "services/base/region.h"
#include "services/base/retry.h"
#include "services/base/summary.h"
#include "services/indicators/indicators_cells.h"
#include "services/indicators/indicators_rules.h"
#include "services/indicators/indicators_service.h"
#include "services/indicators/indicators_standards_store.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {
namespace {

std::vector<absl::StatusOr<v1::Indicator>> MembersOf(Tx& tx, const Call& call,
                                                     const v1::Board& board) {
  const std::vector<std::string> ids(board.indicator_ids().begin(), board.indicator_ids().end());
  return FindEachFor<v1::Indicator>(tx, call, ids);
}

absl::Status CheckMembers(Tx& tx, const Call& call, const v1::Board& board) {
  FieldErrors errors;
  const std::vector<absl::StatusOr<v1::Indicator>> members = MembersOf(tx, call, board);
  for (size_t i = 0; i < members.size(); ++i) {
    if (MayPass(members[i].status())) return members[i].status();
    if (!members[i].ok() || !RegionContains(board.region(), members[i]->region())) {
      errors.Add(absl::StrCat("indicator_ids[", i, "]"), "is no indicator of this region");
    }
  }
  return errors.status();
}

}  // namespace

absl::StatusOr<v1::Board> IndicatorsService::CreateBoard(const Call& call,
                                                         const v1::CreateBoardRequest& request) {
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Board> {
    v1::Board board = request.board();
    RETURN_IF_ERROR(CheckBoard(board));
    RETURN_IF_ERROR(CheckMembers(tx, call, board));
    RETURN_IF_ERROR(Insert(tx, call, board));
    return board;
  });
}

absl::StatusOr<v1::Board> IndicatorsService::GetBoard(const Call& call,
                                                      const v1::GetBoardRequest& request) {
  return db_.Read([&](Tx& tx) { return FindFor<v1::Board>(tx, call, request.id()); });
}

absl::StatusOr<v1::ListBoardsResponse> IndicatorsService::ListBoards(
    const Call& call, const v1::ListBoardsRequest& request) {
  Query query;
  query.Region("region", request.region()).OrderBy(request.order_by(), {"id", "name"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListBoardsResponse> {
    v1::ListBoardsResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_boards(),
                         *response.mutable_next_page_token()));
    return response;
  });
}

absl::StatusOr<v1::Board> IndicatorsService::UpdateBoard(const Call& call,
                                                         const v1::UpdateBoardRequest& request) {
  ASSIGN_OR_RETURN(std::vector<std::string> paths,
                   MaskPaths(request.update_mask(), request.board()));
  RETURN_IF_ERROR(CheckPaths(paths, {"name", "indicator_ids"}));
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Board> {
    ASSIGN_OR_RETURN(v1::Board board, FindFor<v1::Board>(tx, call, request.board().id()));
    RETURN_IF_ERROR(CheckVersion(tx, board, request.board().version()));
    CopyPaths(request.board(), paths, board);
    RETURN_IF_ERROR(CheckBoard(board));
    RETURN_IF_ERROR(CheckMembers(tx, call, board));
    RETURN_IF_ERROR(Update(tx, call, board));
    return board;
  });
}

absl::StatusOr<types::v1::Summary> IndicatorsService::SummarizeBoard(
    const Call& call, const v1::SummarizeBoardRequest& request) {
  types::v1::SummarizeRequest asked;
  asked.set_region(request.region());
  asked.set_day(request.day());
  asked.set_min_position(request.min_position());
  ASSIGN_OR_RETURN(SummaryScope scope, ScopeOf(call, asked));
  return db_.Read([&](Tx& tx) -> absl::StatusOr<types::v1::Summary> {
    ASSIGN_OR_RETURN(types::v1::Summary summary, StartSummary(tx, asked));
    ASSIGN_OR_RETURN(v1::Board board, FindFor<v1::Board>(tx, call, request.id()));
    if (!request.region().empty() && board.region() != request.region()) {
      return NotYours("boards", request.id());
    }
    ASSIGN_OR_RETURN(const std::vector<Edition> editions, LoadEditions(tx));
    std::vector<v1::Indicator> indicators;
    for (absl::StatusOr<v1::Indicator>& member : MembersOf(tx, call, board)) {
      RETURN_IF_ERROR(member.status());
      indicators.push_back(*std::move(member));
    }
    RETURN_IF_ERROR(AddCells(tx, indicators, scope.day, Without::kShown, editions, summary));
    return summary;
  });
}

}  // namespace lucid::indicators
