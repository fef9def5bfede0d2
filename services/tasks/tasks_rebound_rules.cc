#include "services/tasks/tasks_rebound_rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/base/status.h"
#include "services/base/text.h"
#include "services/base/timestamps.h"
#include "services/tasks/tasks_rules.h"

namespace lucid::tasks {
namespace {

using v1::Closure;
using v1::Rebound;

// The flag beside the others of a task; there while a rebound is open.
constexpr absl::string_view kRebound = "REBOUND";

void SetFlag(v1::Task& task) {
  auto& flags = *task.mutable_flags();
  flags.erase(std::remove(flags.begin(), flags.end(), kRebound), flags.end());
  if (HasOpenRebound(task)) task.add_flags(std::string(kRebound));
}

bool Knows(const v1::Task& task, const Rebound& rebound) {
  return std::any_of(task.rebounds().begin(), task.rebounds().end(), [&](const Rebound& known) {
    if (known.round() != task.closure().round()) return false;
    if (!rebound.episode_id().empty() && known.episode_id() == rebound.episode_id()) return true;
    return known.record() == rebound.record() && known.state() == Rebound::OPEN;
  });
}

const Rebound* FindRebound(const v1::Task& task, absl::string_view id) {
  for (const Rebound& rebound : task.rebounds()) {
    if (rebound.id() == id) return &rebound;
  }
  return nullptr;
}

}  // namespace

bool IsClosed(const v1::Task& task) {
  return task.closure().state() == Closure::CLOSED || task.closure().state() == Closure::FILED;
}

bool HasOpenRebound(const v1::Task& task) {
  return std::any_of(task.rebounds().begin(), task.rebounds().end(),
                     [](const Rebound& rebound) { return rebound.state() == Rebound::OPEN; });
}

bool AddRebound(v1::Task& task, Rebound rebound, absl::Time now) {
  if (!IsClosed(task) || Knows(task, rebound)) return false;
  rebound.set_id(absl::StrCat(task.rebounds_size() + 1));
  rebound.set_round(task.closure().round());
  rebound.set_state(Rebound::OPEN);
  *rebound.mutable_time() = ToTimestamp(now);
  *task.add_rebounds() = std::move(rebound);
  SetFlag(task);
  return true;
}

absl::Status CheckDismissal(const v1::Task& task, const Actor& actor,
                            const v1::DismissReboundRequest& request) {
  const Duties duties = DutiesOf(task, actor);
  if (!duties.office && !duties.superior) {
    return Fail(absl::StatusCode::kPermissionDenied, "NOT_PERMITTED",
                "a rebound is for the office to decide");
  }
  FieldErrors errors;
  CheckText(errors, "reason", request.reason(), 2000, true);
  const Rebound* rebound = FindRebound(task, request.rebound_id());
  if (rebound == nullptr) errors.Add("rebound_id", "names no rebound of this task");
  RETURN_IF_ERROR(errors.status());
  if (rebound->state() == Rebound::OPEN) return absl::OkStatus();
  return Fail(absl::StatusCode::kFailedPrecondition, "WRONG_STATE",
              absl::StrCat("the rebound is ", Rebound::State_Name(rebound->state())));
}

void DismissRebound(v1::Task& task, const v1::DismissReboundRequest& request, const Actor& actor,
                    absl::Time now) {
  for (Rebound& rebound : *task.mutable_rebounds()) {
    if (rebound.id() != request.rebound_id()) continue;
    rebound.set_state(Rebound::DISMISSED);
    rebound.set_reason(request.reason());
    rebound.set_decided_by(actor.subject);
    *rebound.mutable_decide_time() = ToTimestamp(now);
  }
  SetFlag(task);
}

void ReopenRebounds(v1::Task& task, const Actor& actor) {
  for (Rebound& rebound : *task.mutable_rebounds()) {
    if (rebound.state() != Rebound::OPEN) continue;
    rebound.set_state(Rebound::REOPENED);
    rebound.set_decided_by(actor.subject);
  }
  SetFlag(task);
}

}  // namespace lucid::tasks
