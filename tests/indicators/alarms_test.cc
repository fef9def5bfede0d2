// Alarms from outside and from thresholds, their episodes and answers, on both engines.
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/base/feed_follower.h"
#include "services/indicators/indicators_alarms_store.h"
#include "tests/indicators/own_events.h"
#include "tests/testing/parallel.h"

namespace lucid::indicators {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using v1::Alarm;

class AlarmsTest : public OwnEventsTest {
 protected:
  // A straw fire `north` metres from the first one, seen `minutes` before now.
  static std::string Fire(const std::string& source_id, double north = 0, int minutes = 60) {
    return absl::StrCat("region: '210411' kind: STRAW_FIRE source: 'video' source_id: '", source_id,
                        "' unit_id: 'u' time { seconds: ", 1795492800 - minutes * 60,
                        " } point { lng: 123.9 lat: ", 41.9 + north / 111195.08, " }");
  }
  absl::StatusOr<Alarm> Raise(const std::string& text, const Call& call = Monitor()) {
    return service_.CreateAlarm(call, From<v1::CreateAlarmRequest>("alarm { " + text + " }"));
  }
  // The same fire under the same name, by a system of another city.
  absl::StatusOr<Alarm> RaiseElsewhere(const std::string& source_id) {
    return Raise(absl::StrReplaceAll(Fire(source_id), {{"210411", "210502"}}),
                 CallAs({access::v1::MONITOR}, "210500"));
  }
  absl::StatusOr<v1::AlarmRule> Rule(const std::string& text) {
    return service_.CreateAlarmRule(Monitor(),
                                    From<v1::CreateAlarmRuleRequest>("rule { " + text + " }"));
  }
  std::vector<Alarm> Listed(const std::string& text = "", const Call& call = Monitor()) {
    auto response = service_.ListAlarms(call, From<v1::ListAlarmsRequest>(text));
    EXPECT_OK(response);
    if (!response.ok()) return {};
    return {response->alarms().begin(), response->alarms().end()};
  }
  static v1::AlarmStepRequest Step(const std::string& id, const std::string& more = "") {
    return From<v1::AlarmStepRequest>("id: '" + id + "' " + more);
  }
  void Station() {
    ASSERT_OK(
        Site("id: 's' region: '210411' name: '顺城站' kind: AIR_STATION"
             " point { lng: 123.9 lat: 41.9 }"));
  }
  static std::string Above75() {
    return "id: 'high' region: '210400' kind: STATION_EXCEEDANCE unit_id: 'u' threshold {"
           " factor: 'PM2_5' length: HOUR comparator: ABOVE value: '75' unit: 'μg/m³' }";
  }
  static std::string Hour(const std::string& start, const std::string& value,
                          const std::string& note = "") {
    return Value("s", "PM2_5", "HOUR", start, value) + " note: '" + note + "'";
  }
};
EVERY_ENGINE(AlarmsTest);

TEST_P(AlarmsTest, TheSameAlarmFromManyAtOnceIsOne) {
  std::vector<absl::StatusOr<Alarm>> raised(8);
  InParallel(8, [&](int i) { raised[i] = Raise(Fire("1")); });
  for (const auto& alarm : raised) {
    ASSERT_OK(alarm);
    EXPECT_EQ(alarm->id(), raised[0]->id());
    EXPECT_EQ(alarm->version(), 1);
  }
}

TEST_P(AlarmsTest, TheSameAlarmTwiceIsOne) {
  auto first = Raise(Fire("1"));
  ASSERT_OK(first);
  EXPECT_EQ(first->state(), Alarm::RAISED);
  EXPECT_THAT(first->allowed_actions(), ElementsAre("confirm", "refute"));
  auto again = Raise(Fire("1"));
  ASSERT_OK(again);
  EXPECT_EQ(again->id(), first->id());
  EXPECT_EQ(again->version(), 1);
  auto other = Raise(Fire("1", 10));
  EXPECT_THAT(other, StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(other, HasReason("SOURCE_ID_TAKEN"));
  EXPECT_THAT(Listed(), SizeIs(1));
  // Also when it was answered in the meantime, and under a request id of its own.
  ASSERT_OK(service_.ConfirmAlarm(CallAsOffice(), Step(first->id())));
  again = Raise(Fire("1"), WithRequestId(Monitor(), "r-1"));
  ASSERT_OK(again);
  EXPECT_EQ(again->state(), Alarm::CONFIRMED);
  EXPECT_OK(Raise(Fire("1"), WithRequestId(Monitor(), "r-1")));
  // A system of elsewhere learns nothing of it, and may use the same name.
  auto theirs = RaiseElsewhere("1");
  ASSERT_OK(theirs);
  EXPECT_NE(theirs->id(), first->id());
}

// Before a release their names were those of all regions together.
TEST_P(AlarmsTest, WhatWasNamedBeforeIsKnownToItsOwnRegionAlone) {
  auto first = Raise(Fire("1"));
  ASSERT_OK(first);
  ASSERT_OK(db().Write([](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Run("INSERT INTO alarm_sources (source, source_id, alarm_id, hash)"
                           " SELECT source, source_id, alarm_id, hash FROM alarm_names")
                        .status());
    return tx.Run("DELETE FROM alarm_names").status();
  }));
  auto again = Raise(Fire("1"));
  ASSERT_OK(again);
  EXPECT_EQ(again->id(), first->id());
  EXPECT_THAT(Raise(Fire("1", 10)), HasReason("SOURCE_ID_TAKEN"));
  auto theirs = RaiseElsewhere("1");
  ASSERT_OK(theirs);
  EXPECT_NE(theirs->id(), first->id());
}

TEST_P(AlarmsTest, BadAlarmsLeaveNothing) {
  EXPECT_THAT(Raise("region: '210411' kind: STRAW_FIRE source: 'video' source_id: '1'"
                    " time { seconds: 1795492800 }"),
              StatusIs(absl::StatusCode::kInvalidArgument));  // no place
  EXPECT_THAT(Raise(Fire("1", 0, -5)), StatusIs(absl::StatusCode::kInvalidArgument));
  Call dry = Monitor();
  dry.validate_only = true;
  EXPECT_OK(Raise(Fire("1"), dry));
  EXPECT_THAT(Listed(), SizeIs(0));
  EXPECT_OK(Raise(Fire("1", 20)));  // the id was not taken by the attempt
}

TEST_P(AlarmsTest, ItIsConfirmedByOneAndHandledByAnother) {
  auto fire = Raise(Fire("1"));
  ASSERT_OK(fire);
  const Call unit = CallAs({access::v1::UNIT}, "210411", "u");
  EXPECT_THAT(service_.HandleAlarm(unit, Step(fire->id(), "note: 'x'")),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(service_.ConfirmAlarm(CallAs({access::v1::MONITOR, access::v1::UNIT}, "210400", "u"),
                                    Step(fire->id())),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(service_.ConfirmAlarm(CallAs({access::v1::MONITOR}, "210500"), Step(fire->id())),
              StatusIs(absl::StatusCode::kPermissionDenied));
  auto confirmed = service_.ConfirmAlarm(CallAsOffice(), Step(fire->id(), "version: 1"));
  ASSERT_OK(confirmed);
  EXPECT_THAT(confirmed->allowed_actions(), ElementsAre());
  EXPECT_THAT(service_.RefuteAlarm(CallAsOffice(), Step(fire->id(), "version: 1 note: 'x'")),
              HasReason("STALE_VERSION"));
  EXPECT_THAT(service_.HandleAlarm(CallAs({access::v1::UNIT}, "210411", "other"),
                                   Step(fire->id(), "note: 'x'")),
              StatusIs(absl::StatusCode::kPermissionDenied));
  ASSERT_THAT(Listed("", unit), SizeIs(1));
  EXPECT_THAT(Listed("", unit)[0].allowed_actions(), ElementsAre("handle"));
  auto handled = service_.HandleAlarm(unit, Step(fire->id(), "note: '已扑灭'"));
  ASSERT_OK(handled);
  EXPECT_EQ(handled->state(), Alarm::HANDLED);
  EXPECT_EQ(handled->steps_size(), 2);
  EXPECT_EQ(handled->steps(1).unit_id(), "u");
}

TEST_P(AlarmsTest, OverdueAnswersAreListed) {
  auto fire = Raise(Fire("1"));
  ASSERT_OK(fire);
  ASSERT_OK(Raise(Fire("2", 5000)));
  EXPECT_THAT(Listed("overdue: true"), SizeIs(0));
  Call later = Monitor();
  later.now += absl::Hours(3);  // a straw fire is answered within two
  EXPECT_THAT(Listed("overdue: true", later), SizeIs(2));
  ASSERT_OK(service_.RefuteAlarm(CallAsOffice(), Step(fire->id(), "note: '水汽'")));
  EXPECT_THAT(Listed("overdue: true", later), SizeIs(1));
  EXPECT_TRUE(Listed("overdue: true", later)[0].overdue());
}

TEST_P(AlarmsTest, AlarmsNearEachOtherInPlaceAndTimeAreOneEpisode) {
  const std::string first = Raise(Fire("1"))->id();
  auto near = Raise(Fire("2", 990, 30));
  EXPECT_EQ(near->episode_id(), first);
  EXPECT_EQ(near->episode_number(), 2);
  EXPECT_EQ(Raise(Fire("3", 1010, 30))->episode_id(), first);  // near the second one
  EXPECT_NE(Raise(Fire("4", 5000, 30))->episode_id(), first);
  EXPECT_NE(Raise(Fire("5", 0, 60 * 24 * 3))->episode_id(), first);
  EXPECT_THAT(Listed("episode_id: '" + first + "'"), SizeIs(3));
  EXPECT_THAT(Listed("episodes: true"), SizeIs(3));
  // How near is data.
  ASSERT_OK(Rule("region: '210400' kind: STRAW_FIRE episode_radius: 10000"));
  EXPECT_EQ(Raise(Fire("6", 3000, 60))->episode_id(), first);
  EXPECT_THAT(Rule("region: '210400' kind: STRAW_FIRE"),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(Rule("region: '210400' kind: STRAW_FIRE episode_radius: -1"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(AlarmsTest, AnExceedanceRaisesOneAlarmPerRule) {
  Station();
  ASSERT_OK(Rule(Above75()));
  ASSERT_OK(Observe({Hour("2026-11-24T09:00", "75"), Hour("2026-11-24T10:00", "75.1")}));
  Follow();
  auto alarms = Listed();
  ASSERT_THAT(alarms, SizeIs(1));
  EXPECT_EQ(alarms[0].source(), "alarmRules/high");
  EXPECT_EQ(alarms[0].value(), "75.1");
  EXPECT_EQ(alarms[0].threshold(), "> 75 μg/m³");
  EXPECT_EQ(alarms[0].start(), "2026-11-24T10:00");
  EXPECT_EQ(alarms[0].time().seconds(), 1795492800 - 3600);
  EXPECT_EQ(alarms[0].place(), "顺城站");
  EXPECT_EQ(alarms[0].unit_id(), "u");
  // The same again, and a correction that still exceeds, raise nothing more; one that begins to
  // exceed does.
  ASSERT_OK(Observe({Hour("2026-11-24T10:00", "75.1"), Hour("2026-11-24T09:00", "75.2", "校准")}));
  ASSERT_OK(Observe({Hour("2026-11-24T10:00", "80", "校准")}));
  Follow();
  EXPECT_THAT(Listed(), SizeIs(2));
  EXPECT_THAT(Listed("episodes: true"), SizeIs(1));
  // What is old, historical, disabled, or of another factor raises nothing.
  ASSERT_OK(Observe({Hour("2026-11-01T10:00", "500")}));
  ASSERT_OK(Observe({Hour("2026-11-24T08:00", "500")}, Monitor(), "origin { historical: true }"));
  ASSERT_OK(Observe({Value("s", "PM10", "HOUR", "2026-11-24T10:00", "500")}));
  ASSERT_OK(service_.UpdateAlarmRule(
      Monitor(), From<v1::UpdateAlarmRuleRequest>(
                     "rule { id: 'high' disabled: true } update_mask { paths: 'disabled' }")));
  ASSERT_OK(Observe({Hour("2026-11-24T07:00", "500")}));
  Follow();
  EXPECT_THAT(Listed(), SizeIs(2));
}

TEST_P(AlarmsTest, EventsHandledAgainRaiseNothingAgain) {
  Station();
  ASSERT_OK(Rule(Above75()));
  ASSERT_OK(Observe({Hour("2026-11-24T10:00", "100")}));
  Settle();
  events::v1::ListEventsRequest request;
  request.add_kinds("observation_batches.*");
  auto page = feed().List(AsService(), request);
  ASSERT_OK(page);
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK(db().Write([&](Tx& tx) { return OnOwnEvent(tx, AsService(), page->events(0)); }));
  }
  EXPECT_THAT(Listed(), SizeIs(1));
}

TEST_P(AlarmsTest, FollowersOfTwoReplicasRaiseEachAlarmOnceAcrossRestarts) {
  Station();
  ASSERT_OK(Rule(Above75()));
  auto follow = [&] {
    return std::make_unique<FeedFollower>(db(), feed(), "indicators-follow-indicators", OnOwnEvent,
                                          nullptr, [] { return AsService(); });
  };
  auto one = follow();
  auto two = follow();
  absl::Duration slowest;
  for (int hour = 0; hour < 10; ++hour) {
    if (hour == 4) one.reset();
    if (hour == 6) one = follow();
    if (hour == 7) two.reset();
    const absl::Time sent = absl::Now();
    ASSERT_OK(Observe({Hour(absl::StrCat("2026-11-24T0", hour, ":00"), "100")}));
    for (int i = 0; i < 6000 && Listed().size() < size_t(hour + 1); ++i) {
      absl::SleepFor(absl::Milliseconds(2));
    }
    slowest = std::max(slowest, absl::Now() - sent);
    EXPECT_THAT(Listed(), SizeIs(hour + 1));
  }
  RecordProperty("slowest_ms", static_cast<int>(absl::ToInt64Milliseconds(slowest)));
  std::cout << "arrival to alarm, slowest of 10: " << slowest << "\n";
}

TEST_P(AlarmsTest, AThresholdIsOfADeclaredFactor) {
  EXPECT_THAT(Rule("region: '210400' kind: STATION_EXCEEDANCE threshold { factor: 'MAGIC' }"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  auto bad = Rule(
      "region: '210400' kind: STATION_EXCEEDANCE threshold { factor: 'PM2_5'"
      " length: HOUR comparator: ABOVE value: '1e3' unit: '亩' fresh_hours: -1 }");
  for (const char* field : {"threshold.value", "threshold.unit", "threshold.fresh_hours"}) {
    EXPECT_THAT(std::string(bad.status().message()), HasSubstr(field));
  }
}

}  // namespace
}  // namespace lucid::indicators
