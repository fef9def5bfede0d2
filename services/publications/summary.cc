// What publications contributes to dashboards: texts by kind and state, from the tallies.
#include "services/base/summary.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/base/status.h"
#include "services/publications/publications_service.h"

namespace lucid::publications {
namespace {

using v1::Publication;

struct KindLabel {
  Publication::Kind kind;
  absl::string_view label;
};
constexpr KindLabel kKinds[] = {
    {Publication::PLAN, "整改方案"},
    {Publication::PROGRESS, "整改进展"},
    {Publication::RESULT, "整改落实情况"},
    {Publication::TASK_CLOSURE, "任务销号公示"},
    {Publication::PETITION_BATCH, "边督边改公开"},
    {Publication::ACCOUNTABILITY, "追责问责"},
    {Publication::CORRECTION, "更正"},
};

// Texts by (kind, state), as the tallies name them.
class Counts {
 public:
  explicit Counts(const std::vector<TallyRow>& rows) {
    for (const TallyRow& row : rows) {
      std::pair<std::string, std::string> names = absl::StrSplit(row.key, '/');
      counts_[names] += row.count;
    }
  }
  int64_t Of(Publication::State state) const {
    int64_t sum = 0;
    for (const auto& [names, count] : counts_) {
      if (names.second == Publication::State_Name(state)) sum += count;
    }
    return sum;
  }
  // Released, corrected since or not.
  int64_t Released(Publication::Kind kind) const {
    return Of(kind, Publication::RELEASED) + Of(kind, Publication::CORRECTED);
  }

 private:
  int64_t Of(Publication::Kind kind, Publication::State state) const {
    auto it = counts_.find({Publication::Kind_Name(kind), Publication::State_Name(state)});
    return it == counts_.end() ? 0 : it->second;
  }
  std::map<std::pair<std::string, std::string>, int64_t> counts_;
};

void AddCells(const Counts& counts, types::v1::Summary& summary) {
  auto add = [&](absl::string_view name, absl::string_view label, int64_t count,
                 absl::string_view definition) {
    AddCell(summary, absl::StrCat("publications.", name), label, count, "篇", definition);
  };
  add("released", "已发布", counts.Of(Publication::RELEASED) + counts.Of(Publication::CORRECTED),
      "已发布的公开文本,含已更正的,不含已撤回的");
  for (const KindLabel& kind : kKinds) {
    add(absl::StrCat("released.", Publication::Kind_Name(kind.kind)), kind.label,
        counts.Released(kind.kind), absl::StrCat("已发布的", kind.label));
  }
  add("on_notice", "公示中", counts.Of(Publication::ON_NOTICE), "正在公示期内的文本");
  add("in_review", "待审核", counts.Of(Publication::IN_REVIEW), "已送审、尚未批准的文本");
  add("withdrawn", "已撤回", counts.Of(Publication::WITHDRAWN), "已撤回或终止的文本");
}

}  // namespace

absl::StatusOr<types::v1::Summary> PublicationsService::Summarize(
    const Call& call, const types::v1::SummarizeRequest& request) {
  ASSIGN_OR_RETURN(SummaryScope scope, ScopeOf(call, request));
  return db_.Read([&](Tx& tx) -> absl::StatusOr<types::v1::Summary> {
    ASSIGN_OR_RETURN(types::v1::Summary summary, StartSummary(tx, request));
    ASSIGN_OR_RETURN(std::vector<TallyRow> rows, ReadTallies(tx, "publications", scope.region));
    AddCells(Counts(rows), summary);
    return summary;
  });
}

}  // namespace lucid::publications
