#include "services/publications/task_closures.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "lucid/publications/v1/publication.pb.h"
#include "lucid/tasks/v1/task.pb.h"
#include "services/base/calendar.h"
#include "services/base/hash.h"
#include "services/base/records.h"
#include "services/base/status.h"
#include "services/base/timestamps.h"
#include "services/base/utf8.h"
#include "services/publications/publications_rules.h"
#include "services/publications/publications_store.h"

namespace lucid::publications {
namespace {

using tasks::v1::Closure;
using tasks::v1::Measure;
using tasks::v1::Task;
using v1::Publication;

constexpr size_t kLongestId = 63;
constexpr int kLongestQuoted = 180;  // characters of the task's title in the notice's
constexpr int64_t kChunk = 100;

// Text of a task must not be taken for a reference: its braces become those of full width.
std::string Plain(absl::string_view text) { return absl::StrReplaceAll(text, {{"{", "｛"}}); }

// The first `count` characters of a text.
absl::string_view FirstCharacters(absl::string_view text, int count) {
  size_t end = 0;
  for (; count > 0 && end < text.size(); --count) {
    end += std::max<size_t>(1, Utf8Length(text.substr(end)));
  }
  return text.substr(0, end);
}

std::string ClosureTitle(const Task& task) {
  return absl::StrCat("关于“", FirstCharacters(task.title(), kLongestQuoted),
                      "”整改任务销号的公示");
}

std::string ClosureBody(const Task& task) {
  std::string body =
      absl::StrCat("现将下列整改任务的完成情况予以公示,接受社会监督。\n\n## 任务\n\n",
                   Plain(task.title()), "\n");
  if (!task.number().empty()) absl::StrAppend(&body, "\n编号:", Plain(task.number()), "\n");
  if (!task.goal().empty()) absl::StrAppend(&body, "\n## 整改目标\n\n", Plain(task.goal()), "\n");
  if (!task.measures().empty()) absl::StrAppend(&body, "\n## 整改措施\n\n");
  for (const Measure& measure : task.measures()) {
    absl::StrAppend(&body, "- ", Plain(measure.text()));
    if (measure.state() == Measure::DONE) {
      absl::StrAppend(&body, "(已于", measure.done_day(), "完成)");
    } else if (measure.state() == Measure::CANCELLED) {
      absl::StrAppend(&body, "(取消:", Plain(measure.note()), ")");
    }
    body += "\n";
  }
  return body;
}

Publication OpenedBy(const Call& call, const Task& task, const std::string& reviewer) {
  Publication notice;
  notice.set_id(ClosureId(task.id(), task.closure().round()));
  if (task.has_origin()) *notice.mutable_origin() = task.origin();
  notice.set_region(task.region());
  notice.set_kind(Publication::TASK_CLOSURE);
  notice.set_title(ClosureTitle(task));
  notice.set_body(ClosureBody(task));
  notice.set_state(Publication::DRAFT);
  notice.set_author(reviewer);
  AddEditor(notice, reviewer);
  notice.set_task_id(task.id());
  notice.set_round(task.closure().round());
  // It has no figures yet, so there is nothing to evaluate.
  *notice.mutable_freeze_time() = ToTimestamp(call.now);
  Refresh(notice);
  return notice;
}

// Whether the task has left the review that the notice was opened for.
bool IsOver(const Publication& notice, const Closure& closure) {
  return notice.round() < closure.round() ||
         (notice.round() == closure.round() && closure.state() < Closure::REVIEWED);
}

}  // namespace

std::string ClosureId(absl::string_view task_id, int round) {
  std::string id = absl::StrCat("closure-", task_id, "-", round);
  if (id.size() <= kLongestId) return id;
  return absl::StrCat("closure-", Sha256Hex(task_id).substr(0, 32), "-", round);
}

absl::Status OnTaskEvent(Tx& tx, const Call& call, const events::v1::Event& event) {
  Task task;
  if (event.collection() != "tasks" || !event.record().UnpackTo(&task)) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::vector<Publication> open, OpenClosures(tx, task.id()));
  for (Publication& notice : open) {
    if (!IsOver(notice, task.closure())) continue;
    notice.set_state(Publication::WITHDRAWN);
    notice.set_explanation("该任务已退回整改,本次销号公示终止。");
    RETURN_IF_ERROR(Update(tx, call, notice));
  }
  if (task.closure().state() != Closure::REVIEWED) return absl::OkStatus();
  Publication notice = OpenedBy(call, task, event.actor());
  absl::Status known = Find<Publication>(tx, notice.id()).status();
  if (known.code() != absl::StatusCode::kNotFound) return known;
  return Insert(tx, call, notice);
}

absl::Status ReleaseEndedNotices(Db& db, const Call& call) {
  const std::string today = FormatDay(call.today);
  while (true) {
    ASSIGN_OR_RETURN(std::vector<std::string> ids,
                     db.Read([&](Tx& tx) { return EndedNotices(tx, today, kChunk); }));
    if (ids.empty()) return absl::OkStatus();
    for (const std::string& id : ids) {
      RETURN_IF_ERROR(db.Write([&](Tx& tx) -> absl::Status {
        ASSIGN_OR_RETURN(Publication notice, Find<Publication>(tx, id));
        // Somebody else may have released or withdrawn it since.
        if (notice.state() != Publication::ON_NOTICE) return absl::OkStatus();
        Release(notice, call.now, call.today);
        return Update(tx, call, notice);
      }));
    }
  }
}

}  // namespace lucid::publications
