// Alarms: their shape, what raises them, and who answers them.
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "services/indicators/indicators_alarm_rules.h"
#include "tests/testing/matchers.h"

namespace lucid::indicators {
namespace {

using ::testing::HasSubstr;
using v1::Alarm;

template <class M>
M From(const std::string& text) {
  M message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

const absl::TimeZone kZone = absl::FixedTimeZone(8 * 3600);
const absl::Time kNow = absl::FromCivil(absl::CivilHour(2026, 11, 24, 12), kZone);
// 2026-11-24T12:00+08:00.
constexpr int64_t kNowSeconds = 1795492800;

Actor Who(std::vector<Role> roles, std::string unit = "", std::string region = "210400") {
  return {.subject = "li",
          .roles = std::move(roles),
          .unit = std::move(unit),
          .region = std::move(region)};
}

TEST(AlarmRulesTest, EveryViolationOfANewAlarmIsNamed) {
  const std::string good = absl::StrCat(
      "region: '210411' kind: STRAW_FIRE source: 'video' source_id: '1' time { seconds: ",
      kNowSeconds, " } point { lng: 123.9 lat: 41.9 }");
  EXPECT_OK(CheckNewAlarm(From<Alarm>(good), nullptr, kNow));
  const std::pair<const char*, const char*> kCases[] = {
      {"region: '2104'", "region"},
      {"kind: KIND_UNSPECIFIED", "kind"},
      {"source: ''", "source"},
      {"source: 'alarmRules/1'", "source"},
      {"source_id: ''", "source_id"},
      {"time { seconds: 1795492861 }", "time"},
      {"time { seconds: -62135596801 }", "time"},
      {"time { nanos: 1000000000 }", "time"},
      {"point { lng: 181 }", "point"},
      {"point { lng: nan }", "point"},
      {"site_id: 's'", "site_id"},
      {"factor: 'MAGIC'", "factor"},
      {"value: 'NaN' unit: 'μg/m³'", "value"},
      {"value: '1e400' unit: 'μg/m³'", "value"},
      {"value: '75'", "unit"},
      {"value: '75' unit: 'furlong'", "unit"},
      {"picture_sha256: 'abc'", "picture_sha256"},
      {"due_time { seconds: 1795492799 }", "due_time"},
  };
  for (const auto& [change, field] : kCases) {
    Alarm alarm = From<Alarm>(good);
    Alarm patch = From<Alarm>(change);
    if (std::string(change).find("''") != std::string::npos) {
      alarm.clear_source_id();
      if (std::string(field) == "source") alarm.clear_source();
    } else if (patch.has_time()) {
      *alarm.mutable_time() = patch.time();
    } else if (patch.kind() == Alarm::KIND_UNSPECIFIED && std::string(field) == "kind") {
      alarm.clear_kind();
    } else {
      alarm.MergeFrom(patch);
    }
    absl::Status checked = CheckNewAlarm(alarm, nullptr, kNow);
    EXPECT_THAT(checked, StatusIs(absl::StatusCode::kInvalidArgument)) << change;
    EXPECT_THAT(std::string(checked.message()), HasSubstr(field)) << change;
  }
  Alarm nowhere = From<Alarm>(good);
  nowhere.clear_point();
  EXPECT_THAT(CheckNewAlarm(nowhere, nullptr, kNow), StatusIs(absl::StatusCode::kInvalidArgument));
  const auto site = From<v1::Site>("id: 's' region: '210411' point { lng: 123.9 lat: 41.9 }");
  nowhere.set_site_id("s");
  EXPECT_OK(CheckNewAlarm(nowhere, &site, kNow));
}

TEST(AlarmRulesTest, StepsAreForTheirDuty) {
  struct Case {
    Alarm::State state;
    const char* action;
    Actor actor;
    absl::StatusCode code;
  };
  using access::v1::MONITOR;
  using access::v1::OFFICE;
  using access::v1::UNIT;
  constexpr auto kOk = absl::StatusCode::kOk;
  constexpr auto kDenied = absl::StatusCode::kPermissionDenied;
  constexpr auto kState = absl::StatusCode::kFailedPrecondition;
  const Case kCases[] = {
      {Alarm::RAISED, "confirm", Who({OFFICE}), kOk},
      {Alarm::RAISED, "confirm", Who({MONITOR}), kOk},
      {Alarm::RAISED, "confirm", Who({MONITOR}, "", "210000"), kOk},
      {Alarm::RAISED, "confirm", Who({MONITOR}, "", "210500"), kDenied},
      {Alarm::RAISED, "confirm", Who({UNIT}, "u"), kDenied},
      {Alarm::RAISED, "confirm", Who({MONITOR, UNIT}, "u"), kDenied},
      {Alarm::RAISED, "confirm", Who({MONITOR, UNIT}, "other"), kOk},
      {Alarm::RAISED, "refute", Who({OFFICE}), kOk},
      {Alarm::RAISED, "refute", Who({OFFICE, UNIT}, "u"), kDenied},
      {Alarm::RAISED, "handle", Who({UNIT}, "u"), kState},
      {Alarm::CONFIRMED, "handle", Who({UNIT}, "u"), kOk},
      {Alarm::CONFIRMED, "handle", Who({UNIT}, "other"), kDenied},
      {Alarm::CONFIRMED, "handle", Who({OFFICE}), kDenied},
      {Alarm::CONFIRMED, "handle", Who({OFFICE}, "u"), kDenied},
      {Alarm::CONFIRMED, "confirm", Who({OFFICE}), kState},
      {Alarm::CONFIRMED, "refute", Who({OFFICE}), kState},
      {Alarm::FALSE, "confirm", Who({OFFICE}), kState},
      {Alarm::FALSE, "handle", Who({UNIT}, "u"), kState},
      {Alarm::HANDLED, "handle", Who({UNIT}, "u"), kState},
      {Alarm::HANDLED, "refute", Who({OFFICE}), kState},
  };
  for (const Case& c : kCases) {
    Alarm alarm = From<Alarm>("region: '210411' unit_id: 'u'");
    alarm.set_state(c.state);
    v1::AlarmStepRequest request;
    request.set_note("查看现场");
    const std::string what = absl::StrCat(Alarm::State_Name(c.state), " ", c.action);
    EXPECT_THAT(CheckAlarmStep(alarm, c.actor, c.action, request, kNow), StatusIs(c.code)) << what;
    // What is offered is what is permitted.
    Decorate(alarm, c.actor, kNow);
    EXPECT_EQ(absl::c_linear_search(alarm.allowed_actions(), c.action), c.code == kOk) << what;
  }
}

TEST(AlarmRulesTest, AStepSaysWhatItMust) {
  const auto raised = From<Alarm>("region: '210411' state: RAISED");
  const Actor office = Who({access::v1::OFFICE});
  auto check = [&](const char* action, const std::string& request) {
    return CheckAlarmStep(raised, office, action, From<v1::AlarmStepRequest>(request), kNow);
  };
  EXPECT_THAT(std::string(check("confirm", "").message()), HasSubstr("unit_id"));
  EXPECT_OK(check("confirm", "unit_id: 'u'"));
  EXPECT_THAT(std::string(check("refute", "").message()), HasSubstr("note"));
  EXPECT_THAT(std::string(check("refute", "note: '无火' unit_id: 'u'").message()),
              HasSubstr("unit_id"));
  EXPECT_THAT(std::string(check("confirm", "unit_id: 'u' due_time { seconds: 1 }").message()),
              HasSubstr("due_time"));
  // The office's own unit cannot be given the alarm that it confirms.
  EXPECT_THAT(CheckAlarmStep(raised, Who({access::v1::OFFICE}, "u"), "confirm",
                             From<v1::AlarmStepRequest>("unit_id: 'u'"), kNow),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST(AlarmRulesTest, AThresholdRaisesOnAndBeyondItsValue) {
  using T = v1::AlarmThreshold;
  struct Case {
    T::Comparator comparator;
    bool below, equal, above;
  };
  for (const Case& c : {Case{T::ABOVE, false, false, true}, Case{T::AT_LEAST, false, true, true},
                        Case{T::BELOW, true, false, false}, Case{T::AT_MOST, true, true, false}}) {
    auto threshold = From<T>("factor: 'PM2_5' length: HOUR value: '75' unit: 'μg/m³'");
    threshold.set_comparator(c.comparator);
    Sample sample;
    sample.start = absl::CivilMinute(2026, 11, 24, 10);
    sample.unit = "μg/m³";
    const std::pair<Decimal, bool> kValues[] = {
        {74.999_dec, c.below}, {75.000_dec, c.equal}, {75.001_dec, c.above}};
    for (const auto& [value, raises] : kValues) {
      sample.value = value;
      auto raised = Raises(threshold, sample, kNow, kZone);
      ASSERT_OK(raised);
      EXPECT_EQ(*raised, raises) << T::Comparator_Name(c.comparator) << value.ToString();
    }
  }
}

TEST(AlarmRulesTest, OldInvalidAndOtherUnitsAreMinded) {
  auto threshold = From<v1::AlarmThreshold>(
      "factor: 'CO' length: HOUR comparator: ABOVE value: '4000'"
      " unit: 'μg/m³'");
  Sample sample;
  sample.start = absl::CivilMinute(2026, 11, 24, 10);
  sample.value = 4.001_dec;
  sample.unit = "mg/m³";
  EXPECT_TRUE(*Raises(threshold, sample, kNow, kZone));
  sample.invalid = true;
  EXPECT_FALSE(*Raises(threshold, sample, kNow, kZone));
  sample.invalid = false;
  sample.qualifier = v1::Observation::NOT_DETECTED;  // counts as half
  EXPECT_FALSE(*Raises(threshold, sample, kNow, kZone));
  sample.qualifier = v1::Observation::QUALIFIER_UNSPECIFIED;
  sample.start = absl::CivilMinute(2026, 11, 22, 11);  // over 48 hours ago
  EXPECT_TRUE(*Raises(threshold, sample, kNow, kZone));
  sample.start = absl::CivilMinute(2026, 11, 22, 10);
  EXPECT_FALSE(*Raises(threshold, sample, kNow, kZone));
  threshold.set_fresh_hours(72);
  EXPECT_TRUE(*Raises(threshold, sample, kNow, kZone));
}

TEST(AlarmRulesTest, OverdueEndsWithTheAnswer) {
  Alarm alarm = From<Alarm>("region: '210411' unit_id: 'u' state: CONFIRMED");
  alarm.mutable_due_time()->set_seconds(kNowSeconds - 1);
  const Actor unit = Who({access::v1::UNIT}, "u");
  Decorate(alarm, unit, kNow);
  EXPECT_TRUE(alarm.overdue());
  TakeAlarmStep(alarm, unit, "handle", From<v1::AlarmStepRequest>("note: '已扑灭'"), kNow);
  Decorate(alarm, unit, kNow);
  EXPECT_FALSE(alarm.overdue());
  EXPECT_TRUE(alarm.steps(0).late());
  EXPECT_EQ(alarm.state(), Alarm::HANDLED);
}

}  // namespace
}  // namespace lucid::indicators
