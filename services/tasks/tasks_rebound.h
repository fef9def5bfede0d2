// 反弹: closed tasks are watched, by their own events and those of indicators.
#pragma once

#include <functional>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "lucid/events/v1/events.pb.h"
#include "lucid/indicators/v1/evaluation.pb.h"
#include "lucid/indicators/v1/indicators_service.pb.h"
#include "lucid/tasks/v1/task.pb.h"
#include "services/base/call.h"
#include "services/base/db.h"

namespace lucid::tasks {

// What the indicators service is asked of a target: the indicator's value in the period that ends
// on `day`, judged by the target.
indicators::v1::EvaluateIndicatorRequest QuestionOf(const v1::Target& target, absl::CivilDay day);

// A task's own event: a closed one is watched, another is not.
absl::Status WatchClosedTasks(Tx& tx, const Call& call, const events::v1::Event& event);

// An event of indicators: a verdict or value that changed has the tasks that rest on it asked for;
// a confirmed alarm is held against the places of closed tasks.
absl::Status OnIndicatorsEvent(Tx& tx, const Call& call, const events::v1::Event& event);

// Asks the indicators service, outside of any transaction.
using AskIndicators = std::function<absl::StatusOr<indicators::v1::Evaluation>(
    const indicators::v1::EvaluateIndicatorRequest&)>;

// Asks whether one closed task still meets its targets on one indicator, and raises a rebound where
// it has stopped to. Answers whether there was one to ask.
absl::StatusOr<bool> AskWatched(Db& db, const Call& call, const AskIndicators& ask);

}  // namespace lucid::tasks
