// Every way in for observations is one: a batch, a stream of single values or of runs, and a table
// raise the same alarms, are checked alike, and make the same verdicts due.
#include <deque>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/indicators/own_events.h"

namespace lucid::indicators {
namespace {

using ::testing::ElementsAre;

// The hours of 2026-11-23: nothing odd but for one value.
std::vector<int> Hours() {
  std::vector<int> hours;
  for (int hour = 0; hour < 24; ++hour) hours.push_back(hour == 3 ? 1200 : 30 + hour);
  return hours;
}
std::string StartOf(int hour) { return absl::StrFormat("2026-11-23T%02d:00", hour); }

class ArrivalsTest : public OwnEventsTest {
 protected:
  ArrivalsTest() {
    EXPECT_OK(service_.CreateAlarmRule(
        Monitor(), From<v1::CreateAlarmRuleRequest>(
                       "rule { id: 'high' region: '210400' kind: STATION_EXCEEDANCE unit_id: 'u'"
                       " threshold { factor: 'PM2_5' length: HOUR comparator: ABOVE value: '75'"
                       " unit: 'μg/m³' } }")));
    EXPECT_OK(Site("id: 's' region: '210411' name: '顺城站' kind: AIR_STATION"));
    EXPECT_OK(
        Indicator("id: 'c' name: '能力' unit: '万吨/日' kind: GAUGE"
                  " targets { comparator: AT_LEAST value: '50' unit: '万吨/日' }"));
    FollowAll();
  }

  static std::string Capacity() {
    return "indicator_id: 'c' factor: 'value' length: INSTANT start: '2026-01-01' value: '40'"
           " unit: '万吨/日'";
  }
  static std::vector<std::string> Singles() {
    std::vector<std::string> singles = {Capacity()};
    const std::vector<int> hours = Hours();
    for (int hour = 0; hour < 24; ++hour) {
      singles.push_back(Value("s", "PM2_5", "HOUR", StartOf(hour), absl::StrCat(hours[hour])));
    }
    return singles;
  }
  void Send(const std::string& message) {
    auto stream = service_.StreamObservations(Monitor());
    ASSERT_OK(stream);
    std::deque<v1::StreamObservationsRequest> arrived = {
        From<v1::StreamObservationsRequest>("stream_id: 'a' position: 1 " + message)};
    v1::StreamObservationsResponse response;
    ASSERT_OK((*stream)->Take(Monitor(), arrived, response));
    EXPECT_EQ(response.created(), 25);
  }

  void ExpectFollowed() {
    FollowAll();
    std::vector<std::string> alarms, flags;
    auto raised = service_.ListAlarms(Monitor(), {});
    ASSERT_OK(raised);
    for (const auto& alarm : raised->alarms()) {
      alarms.push_back(absl::StrCat(alarm.site_id(), " ", alarm.value(), alarm.threshold()));
    }
    EXPECT_THAT(alarms, ElementsAre("s 1200> 75 μg/m³"));
    auto flagged = service_.ListQualityFlags(
        Monitor(), From<v1::ListQualityFlagsRequest>("order_by: 'start'"));
    ASSERT_OK(flagged);
    for (const auto& flag : flagged->flags()) {
      flags.push_back(absl::StrCat(v1::QualityRule::Check_Name(flag.check()), " ", flag.start()));
    }
    EXPECT_THAT(flags, ElementsAre("RANGE 2026-11-23T03:00", "JUMP 2026-11-23T03:00",
                                   "JUMP 2026-11-23T04:00"));
    v1::GetIndicatorVerdictRequest request;
    request.set_id("c");
    auto verdict = service_.GetIndicatorVerdict(CallAsOffice(), request);
    ASSERT_OK(verdict);
    EXPECT_EQ(verdict->verdict(), v1::Evaluation::NOT_MET);
  }
};
EVERY_ENGINE(ArrivalsTest);

TEST_P(ArrivalsTest, ABatch) {
  ASSERT_OK(Observe(Singles()));
  ExpectFollowed();
}

TEST_P(ArrivalsTest, AStreamOfSingleValues) {
  std::string message;
  for (const std::string& one : Singles()) absl::StrAppend(&message, "observations {", one, "}");
  Send(message);
  ExpectFollowed();
}

TEST_P(ArrivalsTest, AStreamOfRuns) {
  Send(absl::StrCat("runs { site_id: 's' factor: 'PM2_5' length: HOUR start: '", StartOf(0),
                    "' unit: 'μg/m³' values: [", absl::StrJoin(Hours(), ","), "] }",
                    "runs { indicator_id: 'c' factor: 'value' length: INSTANT start: '2026-01-01'"
                    " step: 1 unit: '万吨/日' values: 40 }"));
  ExpectFollowed();
}

TEST_P(ArrivalsTest, ATable) {
  std::string table =
      "点位,指标,因子,时段,起始时间,数值,单位\n,c,value,瞬时,2026-01-01,40,万吨/日\n";
  const std::vector<int> hours = Hours();
  for (int hour = 0; hour < 24; ++hour) {
    absl::StrAppend(&table, "s,,PM2_5,小时,", StartOf(hour), ",", hours[hour], ",μg/m³\n");
  }
  v1::ImportObservationsRequest request;
  request.set_content(table);
  auto imported = service_.ImportObservations(Monitor(), request);
  ASSERT_OK(imported);
  EXPECT_EQ(imported->created(), 25) << imported->DebugString();
  ExpectFollowed();
}

}  // namespace
}  // namespace lucid::indicators
