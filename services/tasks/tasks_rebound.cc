#include "services/tasks/tasks_rebound.h"

#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "lucid/indicators/v1/alarm.pb.h"
#include "lucid/indicators/v1/verdict.pb.h"
#include "services/base/calendar.h"
#include "services/base/geo.h"
#include "services/base/records.h"
#include "services/base/retry.h"
#include "services/base/timestamps.h"
#include "services/tasks/tasks_rebound_rules.h"
#include "services/tasks/tasks_rebound_store.h"
#include "services/tasks/tasks_service.h"
#include "services/tasks/tasks_store.h"

namespace lucid::tasks {
namespace {

using indicators::v1::Alarm;
using Judged = indicators::v1::Evaluation;

absl::string_view NameOf(Alarm::Kind kind) {
  switch (kind) {
    case Alarm::STRAW_FIRE:
      return "秸秆火点";
    case Alarm::SECTION_WARNING:
      return "断面预警";
    case Alarm::STATION_EXCEEDANCE:
      return "站点超标";
    default:
      return "报警";
  }
}

// The rebound of a target that is no longer met, by its evaluation.
v1::Rebound TargetRebound(const v1::Target& target, const Judged& evaluation) {
  v1::Rebound rebound;
  rebound.set_cause(v1::Rebound::TARGET_NOT_MET);
  rebound.set_record(absl::StrCat("indicators/", target.indicator_id()));
  rebound.set_record_version(evaluation.indicator_version());
  rebound.set_value(evaluation.value());
  rebound.set_unit(evaluation.unit());
  rebound.set_period(evaluation.period());
  rebound.set_evidence(absl::StrCat(evaluation.standard(), ": ", evaluation.working()));
  return rebound;
}

// The rebound of an alarm near one of the task's points.
v1::Rebound AlarmRebound(const Alarm& alarm, const v1::Place& place) {
  v1::Rebound rebound;
  rebound.set_cause(v1::Rebound::ALARM_NEARBY);
  rebound.set_record(absl::StrCat("alarms/", alarm.id()));
  rebound.set_record_version(alarm.version());
  rebound.set_episode_id(alarm.episode_id());
  rebound.set_value(alarm.value());
  rebound.set_unit(alarm.unit());
  rebound.set_period(google::protobuf::util::TimeUtil::ToString(alarm.time()));
  rebound.set_place(place.name());
  rebound.set_distance(static_cast<int>(std::ceil(DistanceMetres(alarm.point(), place.point()))));
  rebound.set_evidence(absl::StrCat(NameOf(alarm.kind()), "属实", alarm.place().empty() ? "" : ": ",
                                    alarm.place(), ", 距点位", place.name(), " ",
                                    rebound.distance(), " m"));
  return rebound;
}

// Adds the rebound to the task, with an event of its own, unless it is known.
absl::Status Raise(Tx& tx, Call call, const std::string& task_id, v1::Rebound rebound) {
  ASSIGN_OR_RETURN(v1::Task task, Find<v1::Task>(tx, task_id));
  if (!AddRebound(task, std::move(rebound), call.now)) return absl::OkStatus();
  call.method = "RaiseRebound";
  return Update(tx, call, task);
}

absl::Status RaiseFor(Tx& tx, const Call& call, const Alarm& alarm, const std::string& task_id,
                      const v1::Place& place) {
  if (DistanceMetres(alarm.point(), place.point()) > alarm.rebound_radius()) {
    return absl::OkStatus();
  }
  return Raise(tx, call, task_id, AlarmRebound(alarm, place));
}

absl::Status OnConfirmed(Tx& tx, const Call& call, const Alarm& alarm, absl::Time time) {
  RETURN_IF_ERROR(KeepAlarm(tx, alarm, time));
  ASSIGN_OR_RETURN(std::vector<WatchedPlace> places,
                   PlacesIn(tx, BoxAround(alarm.point(), alarm.rebound_radius()), time));
  for (const WatchedPlace& watched : places) {
    ASSIGN_OR_RETURN(v1::Task task, Find<v1::Task>(tx, watched.task_id));
    if (watched.index >= task.points_size()) continue;
    RETURN_IF_ERROR(RaiseFor(tx, call, alarm, task.id(), task.points(watched.index)));
  }
  return absl::OkStatus();
}

// What a task's targets on one indicator say today.
struct Answer {
  bool judged = true;  // each was MET or NOT_MET
  std::optional<v1::Rebound> rebound;
};
absl::StatusOr<Answer> Ask(const Call& call, const v1::Task& task, const std::string& indicator_id,
                           const AskIndicators& ask) {
  Answer answer;
  for (const v1::Target& target : task.targets()) {
    if (target.indicator_id() != indicator_id) continue;
    absl::StatusOr<Judged> evaluation = ask(QuestionOf(target, call.today));
    if (!evaluation.ok()) {
      // Any other failure would be the same tomorrow, and must not keep other tasks from being
      // asked: a verdict that changes asks anew.
      if (MayPass(evaluation.status())) return evaluation.status();
      answer.judged = false;
      continue;
    }
    if (evaluation->verdict() == Judged::NOT_MET && !answer.rebound) {
      answer.rebound = TargetRebound(target, *evaluation);
    }
    answer.judged = answer.judged && (evaluation->verdict() == Judged::MET ||
                                      evaluation->verdict() == Judged::NOT_MET);
  }
  return answer;
}

}  // namespace

indicators::v1::EvaluateIndicatorRequest QuestionOf(const v1::Target& target, absl::CivilDay day) {
  indicators::v1::EvaluateIndicatorRequest question;
  question.set_id(target.indicator_id());
  question.set_to_day(FormatDay(day));
  question.set_region(target.region());
  auto& asked = *question.mutable_target();
  asked.set_comparator(static_cast<indicators::v1::Target::Comparator>(target.comparator()));
  asked.set_value(target.value());
  asked.set_unit(target.unit());
  asked.set_method(static_cast<indicators::v1::Standard::Method>(target.method()));
  return question;
}

absl::Status WatchClosedTasks(Tx& tx, const Call& call, const events::v1::Event& event) {
  v1::Task task;
  if (!event.record().UnpackTo(&task)) return absl::OkStatus();
  if (!IsClosed(task)) return Unwatch(tx, task.id());
  ASSIGN_OR_RETURN(bool watched, IsWatched(tx, task.id()));
  if (watched) return absl::OkStatus();
  RETURN_IF_ERROR(Watch(tx, task, ToTime(event.time())));
  // The alarm may have been heard of first.
  for (const v1::Place& place : task.points()) {
    ASSIGN_OR_RETURN(std::vector<Alarm> alarms,
                     AlarmsNear(tx, place.point(), ToTime(event.time())));
    for (const Alarm& alarm : alarms) {
      RETURN_IF_ERROR(Raise(tx, call, task.id(), AlarmRebound(alarm, place)));
    }
  }
  return absl::OkStatus();
}

absl::Status OnIndicatorsEvent(Tx& tx, const Call& call, const events::v1::Event& event) {
  indicators::v1::IndicatorVerdict verdict;
  if (event.record().UnpackTo(&verdict)) return MarkIndicator(tx, verdict.id());
  Alarm alarm;
  if (event.record().UnpackTo(&alarm) && alarm.state() == Alarm::CONFIRMED && alarm.has_point()) {
    return OnConfirmed(tx, call, alarm, ToTime(event.time()));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> AskWatched(Db& db, const Call& call, const AskIndicators& ask) {
  std::optional<Watched> watched;
  v1::Task task;
  RETURN_IF_ERROR(db.Read([&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(watched, NextToAsk(tx));
    if (!watched) return absl::OkStatus();
    ASSIGN_OR_RETURN(task, Find<v1::Task>(tx, watched->task_id));
    return absl::OkStatus();
  }));
  if (!watched) return false;
  const absl::StatusOr<Answer> asked = Ask(call, task, watched->indicator_id, ask);
  if (absl::IsDeadlineExceeded(asked.status())) {
    RETURN_IF_ERROR(db.Write([&](Tx& tx) { return AskLater(tx, *watched); }));
  }
  ASSIGN_OR_RETURN(const Answer answer, asked);
  const bool failing = answer.rebound || (!answer.judged && watched->failing);
  RETURN_IF_ERROR(db.Write([&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(bool mine, SettleAnswer(tx, *watched, failing));
    // Once for each time that it stops to be met.
    if (!mine || !answer.rebound || watched->failing) return absl::OkStatus();
    return Raise(tx, call, watched->task_id, *answer.rebound);
  }));
  return true;
}

absl::StatusOr<v1::Task> TasksService::DismissRebound(const Call& call,
                                                      const v1::DismissReboundRequest& request) {
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Task> {
    ASSIGN_OR_RETURN(v1::Task task, FindFor<v1::Task>(tx, call, request.id()));
    RETURN_IF_ERROR(CheckVersion(tx, task, request.version()));
    RETURN_IF_ERROR(CheckDismissal(task, call.actor, request));
    tasks::DismissRebound(task, request, call.actor, call.now);
    RETURN_IF_ERROR(UpdateTaskRecord(tx, call, task));
    return task;
  });
}

}  // namespace lucid::tasks
