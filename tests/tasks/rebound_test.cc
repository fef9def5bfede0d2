// 反弹: closed tasks are flagged by what indicators say, exactly once, and the office decides.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "lucid/indicators/v1/verdict.pb.h"
#include "services/tasks/tasks_rebound.h"
#include "services/tasks/tasks_rebound_rules.h"
#include "services/tasks/tasks_service.h"
#include "services/tasks/tasks_store.h"
#include "tests/testing/service_test.h"

namespace lucid::tasks {
namespace {

using indicators::v1::Evaluation;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::SizeIs;
using v1::Rebound;

template <class M>
M From(const std::string& text) {
  M message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

class ReboundTest : public ServiceTest {
 protected:
  ReboundTest() : ServiceTest("tasks", Migrations(), Records()), service_(door(), db(), feed()) {
    for (const char* unit : {"lead", "guide", "judge"}) {
      EXPECT_OK(service_.CreateUnit(
          CallAsOffice(), From<v1::CreateUnitRequest>(absl::StrCat(
                              "unit { id: '", unit, "' name: '", unit, "' region: '210400' }"))));
    }
  }

  // A task with a target on indicator `i` and a point.
  void Task(const std::string& id, const std::string& closure = "CLOSED") {
    EXPECT_OK(service_.CreateTask(
        CallAsOffice(),
        From<v1::CreateTaskRequest>(absl::StrCat(
            "task { id: '", id, "' region: '210400' source: SELF_FOUND number: '", id, "' title: '",
            id,
            "' lead_unit_id: 'lead' supervising_unit_id: 'guide' accepting_unit_id: 'judge'"
            " due_day: '2026-01-01' start_day: '2025-01-01' origin { historical: true }"
            " progress { confirmed: DONE done_day: '2025-12-01' } closure { round: 1 state: ",
            closure,
            " } targets { indicator_id: 'i' comparator: AT_MOST value: '35' unit: 'μg/m³'"
            " by_day: '2025-12-31' }"
            " points { name: '收集池' point { lng: 123.9 lat: 41.9 } } }"))));
  }
  v1::Task Get(const std::string& id) {
    v1::GetTaskRequest request;
    request.set_id(id);
    auto task = service_.GetTask(CallAsOffice(), request);
    EXPECT_OK(task);
    return task.value_or(v1::Task());
  }

  // Handles this service's own events that were not handled yet.
  void FollowOwn() {
    Settle();
    events::v1::ListEventsRequest request;
    request.set_after(position_);
    request.set_page_size(1000);
    auto page = feed().List(CallAsOffice(), request);
    ASSERT_OK(page);
    position_ = page->position();
    ASSERT_OK(db().Write([&](Tx& tx) -> absl::Status {
      for (const auto& event : page->events()) {
        RETURN_IF_ERROR(WatchClosedTasks(tx, CallAsOffice(), event));
      }
      return absl::OkStatus();
    }));
  }
  template <class R>
  void Handle(const R& record, absl::Time time = CallAsOffice().now) {
    events::v1::Event event;
    event.mutable_record()->PackFrom(record);
    event.mutable_time()->set_seconds(absl::ToUnixSeconds(time));
    ASSERT_OK(db().Write([&](Tx& tx) { return OnIndicatorsEvent(tx, CallAsOffice(), event); }));
  }
  void Touch() { Handle(From<indicators::v1::IndicatorVerdict>("id: 'i' value: '36'")); }
  static indicators::v1::Alarm Fire(const std::string& id, double north,
                                    const std::string& more = "") {
    return From<indicators::v1::Alarm>(absl::StrCat(
        "id: '", id, "' episode_id: '", id, "' version: 2 state: CONFIRMED kind: STRAW_FIRE",
        " rebound_radius: 1000 point { lng: 123.9 lat: ",
        absl::StrFormat("%.7f", 41.9 + north / 111195.08), " } ", more));
  }
  // Asks until nothing is due; every answer is this verdict. Answers how many were asked.
  int Ask(Evaluation::Verdict verdict) {
    for (int asked = 0; asked < 100; ++asked) {
      auto more = AskWatched(db(), CallAsOffice(), [&](const auto& question) {
        EXPECT_EQ(question.to_day(), "2026-11-24");
        EXPECT_EQ(question.target().value(), "35");
        auto answer = From<Evaluation>(
            "value: '36' unit: 'μg/m³' period: '2025' standard: '≤ 35' working: '36.2'");
        answer.set_verdict(verdict);
        return absl::StatusOr<Evaluation>(answer);
      });
      EXPECT_OK(more);
      if (!more.ok() || !*more) return asked;
    }
    return 100;
  }

  TasksService service_;
  int64_t position_ = 0;
};
EVERY_ENGINE(ReboundTest);

TEST_P(ReboundTest, OneThatCannotBeAnsweredKeepsNoOtherFromBeingAsked) {
  for (const char* id : {"t", "u", "v"}) Task(id);
  FollowOwn();
  int questions = 0;
  for (bool more = true; more && questions < 20;) {
    auto turn = AskWatched(db(), CallAsOffice(), [&](const auto&) -> absl::StatusOr<Evaluation> {
      // The first cannot be read, the second takes too long twice, the third is answered.
      switch (++questions) {
        case 1:
          return absl::DataLossError("damaged");
        case 2:
        case 4:
          return absl::DeadlineExceededError("too slow");
        default:
          return From<Evaluation>("value: '36'");
      }
    });
    more = turn.ok() ? *turn : true;
  }
  EXPECT_EQ(questions, 5);
}

TEST_P(ReboundTest, ATargetThatIsNoLongerMetIsRaisedOnce) {
  Task("t");
  FollowOwn();
  EXPECT_EQ(Ask(Evaluation::MET), 1);
  EXPECT_THAT(Get("t").rebounds(), SizeIs(0));
  EXPECT_EQ(Ask(Evaluation::MET), 0);
  Touch();
  EXPECT_EQ(Ask(Evaluation::NOT_MET), 1);
  const v1::Task task = Get("t");
  ASSERT_THAT(task.rebounds(), SizeIs(1));
  const Rebound& rebound = task.rebounds(0);
  EXPECT_EQ(rebound.cause(), Rebound::TARGET_NOT_MET);
  EXPECT_EQ(rebound.state(), Rebound::OPEN);
  EXPECT_EQ(rebound.record(), "indicators/i");
  EXPECT_EQ(rebound.value(), "36");
  EXPECT_EQ(rebound.period(), "2025");
  EXPECT_EQ(rebound.evidence(), "≤ 35: 36.2");
  EXPECT_THAT(task.flags(), Contains("REBOUND"));
  EXPECT_THAT(task.allowed_actions(), Contains("dismissRebound"));
  EXPECT_EQ(task.closure().state(), v1::Closure::CLOSED) << "nothing reopens by itself";
  // Its own event, and an indicator that goes on failing, raise nothing more.
  FollowOwn();
  Touch();
  EXPECT_EQ(Ask(Evaluation::NOT_MET), 1);
  EXPECT_THAT(Get("t").rebounds(), SizeIs(1));
}

TEST_P(ReboundTest, WhatIsNotJudgedIsNoRebound) {
  Task("t");
  FollowOwn();
  for (auto verdict : {Evaluation::NO_DATA, Evaluation::INVALID, Evaluation::NO_STANDARD}) {
    Touch();
    Ask(verdict);
  }
  EXPECT_THAT(Get("t").rebounds(), SizeIs(0));
  Touch();
  auto none = AskWatched(db(), CallAsOffice(), [](const auto&) -> absl::StatusOr<Evaluation> {
    return absl::NotFoundError("no such indicator");
  });
  ASSERT_OK(none);
  Touch();
  auto away = AskWatched(db(), CallAsOffice(), [](const auto&) -> absl::StatusOr<Evaluation> {
    return absl::UnavailableError("away");
  });
  EXPECT_THAT(away, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(Ask(Evaluation::NOT_MET), 1) << "it is asked for again";
  EXPECT_THAT(Get("t").rebounds(), SizeIs(1));
}

TEST_P(ReboundTest, ATaskThatIsNotClosedIsNotWatched) {
  Task("t", "REVIEWED");
  FollowOwn();
  Touch();
  Handle(Fire("a", 100));
  EXPECT_EQ(Ask(Evaluation::NOT_MET), 0);
  EXPECT_THAT(Get("t").rebounds(), SizeIs(0));
}

TEST_P(ReboundTest, AConfirmedAlarmNearAPointIsRaisedOnce) {
  Task("t");
  FollowOwn();
  Handle(Fire("far", 1001));
  indicators::v1::Alarm raised = Fire("raised", 100);
  raised.set_state(indicators::v1::Alarm::RAISED);
  Handle(raised);
  EXPECT_THAT(Get("t").rebounds(), SizeIs(0));
  Handle(Fire("near", 998.5, "place: '村北' value: '1'"));
  Handle(Fire("near", 998.5));  // read again after the peer was restored
  indicators::v1::Alarm again = Fire("again", 500);
  again.set_episode_id("near");
  Handle(again);
  const v1::Task task = Get("t");
  ASSERT_THAT(task.rebounds(), SizeIs(1));
  EXPECT_EQ(task.rebounds(0).record(), "alarms/near");
  EXPECT_EQ(task.rebounds(0).distance(), 999);
  EXPECT_EQ(task.rebounds(0).place(), "收集池");
  Handle(Fire("other", 500));
  EXPECT_THAT(Get("t").rebounds(), SizeIs(2));
}

TEST_P(ReboundTest, WhicheverIsHeardOfFirst) {
  const absl::Time now = CallAsOffice().now;
  Handle(Fire("before", 100), now - absl::Hours(1));  // before the task was closed
  Handle(Fire("after", 100), now + absl::Hours(1));
  Task("t");
  FollowOwn();
  const v1::Task task = Get("t");
  ASSERT_THAT(task.rebounds(), SizeIs(1));
  EXPECT_EQ(task.rebounds(0).record(), "alarms/after");
}

TEST_P(ReboundTest, TheOfficeDecides) {
  Task("t");
  Task("other");
  FollowOwn();
  Ask(Evaluation::MET);
  Touch();
  EXPECT_EQ(Ask(Evaluation::NOT_MET), 2);
  auto listed = service_.ListTasks(CallAsOffice(), From<v1::ListTasksRequest>("rebound: true"));
  ASSERT_OK(listed);
  EXPECT_EQ(listed->tasks_size(), 2);

  auto dismiss = [&](const std::string& more, const Call& call = CallAsOffice()) {
    return service_.DismissRebound(call, From<v1::DismissReboundRequest>("id: 't' " + more));
  };
  EXPECT_THAT(dismiss("rebound_id: '1'"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(dismiss("rebound_id: '9' reason: 'x'"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(dismiss("rebound_id: '1' reason: 'x'", CallAs({access::v1::OFFICE}, "210500")),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(dismiss("rebound_id: '1' reason: 'x'", CallAs({access::v1::UNIT}, "210400", "lead")),
              StatusIs(absl::StatusCode::kPermissionDenied));
  auto dismissed = dismiss("rebound_id: '1' reason: '沙尘影响'");
  ASSERT_OK(dismissed);
  EXPECT_EQ(dismissed->rebounds(0).state(), Rebound::DISMISSED);
  EXPECT_EQ(dismissed->rebounds(0).reason(), "沙尘影响");
  EXPECT_THAT(dismissed->flags(), Not(Contains("REBOUND")));
  EXPECT_THAT(dismissed->allowed_actions(), Not(Contains("dismissRebound")));
  EXPECT_THAT(dismiss("rebound_id: '1' reason: 'x'"),
              StatusIs(absl::StatusCode::kFailedPrecondition));

  auto reopened = service_.ReopenTask(
      CallAsOffice(), From<v1::ClosureStepRequest>("id: 'other' reason: '反弹属实'"));
  ASSERT_OK(reopened);
  EXPECT_EQ(reopened->rebounds(0).state(), Rebound::REOPENED);
  EXPECT_EQ(reopened->closure().round(), 2);
  listed = service_.ListTasks(CallAsOffice(), From<v1::ListTasksRequest>("rebound: true"));
  EXPECT_EQ(listed->tasks_size(), 0);
  // Met again and then not: another one of the task that stayed closed.
  FollowOwn();
  Touch();
  EXPECT_EQ(Ask(Evaluation::MET), 1);
  Touch();
  EXPECT_EQ(Ask(Evaluation::NOT_MET), 1);
  EXPECT_THAT(Get("t").rebounds(), SizeIs(2));
  EXPECT_THAT(Get("other").rebounds(), SizeIs(1));
}

TEST_P(ReboundTest, AnAnswerThatWasOvertakenRaisesNothing) {
  Task("t");
  FollowOwn();
  // While it asks, another replica asks too and is faster.
  auto asked = AskWatched(db(), CallAsOffice(), [&](const auto&) -> absl::StatusOr<Evaluation> {
    EXPECT_EQ(Ask(Evaluation::NOT_MET), 1);
    return From<Evaluation>("verdict: NOT_MET");
  });
  ASSERT_OK(asked);
  EXPECT_THAT(Get("t").rebounds(), SizeIs(1));
}

TEST_P(ReboundTest, CreatedTasksBringNoRebounds) {
  auto task = service_.CreateTask(
      CallAsOffice(),
      From<v1::CreateTaskRequest>(
          "task { region: '210400' source: SELF_FOUND number: '1' title: 't' lead_unit_id: 'lead'"
          " supervising_unit_id: 'guide' accepting_unit_id: 'judge' due_day: '2027-01-01'"
          " rebounds { id: '1' state: OPEN } }"));
  ASSERT_OK(task);
  EXPECT_THAT(task->rebounds(), SizeIs(0));
}

}  // namespace
}  // namespace lucid::tasks
