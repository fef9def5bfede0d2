// The closure path 销号: the steps that people take, and those that follow the public notice.
#include <algorithm>

#include "lucid/publications/v1/publication.pb.h"
#include "services/base/calendar.h"
#include "services/base/records.h"
#include "services/base/server.h"
#include "services/tasks/tasks_closure_rules.h"
#include "services/tasks/tasks_rebound.h"
#include "services/tasks/tasks_service.h"
#include "services/tasks/tasks_store.h"

namespace lucid::tasks {
namespace {

using publications::v1::Publication;

}  // namespace

absl::Status TasksService::CheckTargets(const Call& call, const v1::Task& task) {
  for (const v1::Target& target : task.targets()) {
    if (indicators_ == nullptr) {
      return Fail(absl::StatusCode::kUnavailable, "PEER_AWAY",
                  "the indicators service is not configured; targets cannot be checked");
    }
    grpc::ClientContext context;
    Server::CallPeer(call, context);
    indicators::v1::Evaluation evaluation;
    // With what is known today, or was on its day.
    const absl::CivilDay day = std::min(*ParseDay(target.by_day()), call.today);
    absl::Status asked =
        FromGrpc(indicators_->EvaluateIndicator(&context, QuestionOf(target, day), &evaluation));
    if (asked.code() == absl::StatusCode::kUnavailable) {
      return Fail(absl::StatusCode::kUnavailable, "PEER_AWAY",
                  "the indicators service is away; targets cannot be checked now");
    }
    RETURN_IF_ERROR(asked);
    if (evaluation.verdict() != indicators::v1::Evaluation::MET) {
      return Fail(absl::StatusCode::kFailedPrecondition, "TARGET_NOT_MET",
                  absl::StrCat("the target on indicator ", target.indicator_id(), " is ",
                               indicators::v1::Evaluation::Verdict_Name(evaluation.verdict()),
                               " in ", evaluation.period(), ": ", evaluation.working()),
                  {{"indicator", target.indicator_id()},
                   {"value", evaluation.value()},
                   {"period", evaluation.period()}});
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Task> TasksService::Step(const Call& call, const v1::ClosureStepRequest& request,
                                            absl::string_view action, int64_t judged) {
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Task> {
    ASSIGN_OR_RETURN(v1::Task task, FindFor<v1::Task>(tx, call, request.id()));
    RETURN_IF_ERROR(CheckVersion(tx, task, request.version()));
    RETURN_IF_ERROR(CheckVersion(tx, task, judged));
    RETURN_IF_ERROR(CheckStep(task, call.actor, action, request));
    TakeStep(task, action, request, call.actor, call.today);
    RETURN_IF_ERROR(UpdateTaskRecord(tx, call, task));
    return task;
  });
}

absl::StatusOr<v1::Task> TasksService::SelfCheckTask(const Call& call,
                                                     const v1::ClosureStepRequest& request) {
  return Step(call, request, "selfCheck");
}

absl::StatusOr<v1::Task> TasksService::ApplyForClosure(const Call& call,
                                                       const v1::ClosureStepRequest& request) {
  // The indicators are asked before the transaction, which talks to nobody.
  ASSIGN_OR_RETURN(v1::Task task,
                   db_.Read([&](Tx& tx) { return FindFor<v1::Task>(tx, call, request.id()); }));
  if (CheckStep(task, call.actor, "apply", request).ok()) {
    RETURN_IF_ERROR(CheckTargets(call, task));
  }
  return Step(call, request, "apply", task.version());
}

absl::StatusOr<v1::Task> TasksService::InspectTask(const Call& call,
                                                   const v1::ClosureStepRequest& request) {
  return Step(call, request, "inspect");
}

absl::StatusOr<v1::Task> TasksService::ReviewTask(const Call& call,
                                                  const v1::ClosureStepRequest& request) {
  return Step(call, request, "review");
}

absl::StatusOr<v1::Task> TasksService::FileTask(const Call& call,
                                                const v1::ClosureStepRequest& request) {
  return Step(call, request, "file");
}

absl::StatusOr<v1::Task> TasksService::ReturnTask(const Call& call,
                                                  const v1::ClosureStepRequest& request) {
  return Step(call, request, "return");
}

absl::StatusOr<v1::Task> TasksService::ReopenTask(const Call& call,
                                                  const v1::ClosureStepRequest& request) {
  return Step(call, request, "reopen");
}

absl::Status OnPublicationEvent(Tx& tx, const Call& call, const events::v1::Event& event) {
  Publication publication;
  if (!event.record().UnpackTo(&publication) || publication.kind() != Publication::TASK_CLOSURE) {
    return absl::OkStatus();
  }
  absl::StatusOr<v1::Task> task = Find<v1::Task>(tx, publication.task_id());
  // A notice of a task that is not ours, or of a round that was returned since.
  if (task.status().code() == absl::StatusCode::kNotFound) return absl::OkStatus();
  RETURN_IF_ERROR(task.status());
  if (task->closure().round() != publication.round()) return absl::OkStatus();
  const absl::string_view action = NoticeStep(*task, publication.state() == Publication::ON_NOTICE,
                                              publication.state() == Publication::RELEASED);
  if (action.empty()) return absl::OkStatus();
  v1::ClosureStepRequest step;
  step.set_document_number(publication.id());
  TakeStep(*task, action, step, call.actor, call.today);
  task->mutable_closure()->set_publication_id(publication.id());
  return Update(tx, call, *task);
}

}  // namespace lucid::tasks
