// Quality control of what arrives and of what is stored, and availability, on both engines.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/base/calendar.h"
#include "tests/indicators/own_events.h"

namespace lucid::indicators {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::QualityFlag;
using v1::QualityRule;

class QualityTest : public OwnEventsTest {
 protected:
  void Station(const std::string& id = "s", const std::string& region = "210411") {
    ASSERT_OK(
        Site("id: '" + id + "' region: '" + region + "' name: '" + id + "' kind: AIR_STATION"));
  }
  // Hours of one day that say nothing odd, but for those given.
  static std::vector<std::string> Day(const std::string& day,
                                      const std::map<int, std::string>& odd = {}) {
    std::vector<std::string> hours;
    for (int hour = 0; hour < 24; ++hour) {
      auto found = odd.find(hour);
      const std::string value =
          found == odd.end() ? absl::StrCat(30 + hour, ".", day.substr(9)) : found->second;
      if (value.empty()) continue;
      hours.push_back(Value("s", "PM2_5", "HOUR",
                            absl::StrCat(day, "T", hour < 10 ? "0" : "", hour, ":00"), value));
    }
    return hours;
  }
  std::vector<QualityFlag> Flags(const std::string& text = "", const Call& call = Monitor()) {
    auto response = service_.ListQualityFlags(
        call, From<v1::ListQualityFlagsRequest>("order_by: 'start' " + text));
    EXPECT_OK(response);
    if (!response.ok()) return {};
    return {response->flags().begin(), response->flags().end()};
  }
  std::vector<std::string> Found(const std::string& text = "") {
    std::vector<std::string> found;
    for (const QualityFlag& flag : Flags(text)) {
      found.push_back(absl::StrCat(QualityRule::Check_Name(flag.check()), " ", flag.start()));
    }
    return found;
  }
  absl::StatusOr<v1::CheckSiteQualityResponse> CheckPeriod(const std::string& more,
                                                           const Call& call = Monitor()) {
    return service_.CheckSiteQuality(call, From<v1::CheckSiteQualityRequest>("id: 's' " + more));
  }
};
EVERY_ENGINE(QualityTest);

TEST_P(QualityTest, WhatArrivesIsCheckedByItself) {
  Station();
  ASSERT_OK(Observe(Day("2026-11-22")));
  ASSERT_OK(Observe(Day("2026-11-23", {{3, "1200"}, {10, ""}, {11, ""}, {12, ""}, {13, ""}})));
  FollowAll();
  EXPECT_THAT(Found(), ElementsAre("RANGE 2026-11-23T03:00", "JUMP 2026-11-23T03:00",
                                   "JUMP 2026-11-23T04:00", "GAP 2026-11-23T10:00"));
  EXPECT_EQ(DoAll(), 0);
  FollowAll();
  EXPECT_THAT(Flags(), SizeIs(4));
  // Nothing was changed by it.
  auto listed = service_.ListObservations(
      CallAsOffice(), From<v1::ListObservationsRequest>("site_id: 's' page_size: 1000"));
  ASSERT_OK(listed);
  EXPECT_EQ(listed->observations_size(), 24 + 20);
  for (const auto& observation : listed->observations()) EXPECT_FALSE(observation.invalid());
}

TEST_P(QualityTest, ALateArrivalCompletesAStretch) {
  Station();
  // Found as far as it is known, and anew from where it turns out to begin.
  std::map<int, std::string> flat;
  for (int hour = 8; hour < 16; ++hour) flat[hour] = "40";
  std::vector<std::string> hours = Day("2026-11-23", flat);
  ASSERT_OK(Observe({hours.begin() + 10, hours.begin() + 13}));
  FollowAll();
  ASSERT_OK(Observe({hours.begin() + 13, hours.end()}));
  FollowAll();
  ASSERT_OK(Observe({hours.begin(), hours.begin() + 10}));
  FollowAll();
  EXPECT_THAT(Found("check: FLAT_LINE"),
              ElementsAre("FLAT_LINE 2026-11-23T08:00", "FLAT_LINE 2026-11-23T10:00"));
}

TEST_P(QualityTest, OldAndHistoricalArrivalsAreCheckedOnDemand) {
  Station();
  ASSERT_OK(Observe(Day("2026-10-01", {{3, "1200"}})));
  ASSERT_OK(Observe(Day("2026-11-23", {{3, "1200"}}), Monitor(), "origin { historical: true }"));
  FollowAll();
  EXPECT_THAT(Flags(), IsEmpty());
  auto october = CheckPeriod("from_day: '2026-10-01' to_day: '2026-10-31'");
  ASSERT_OK(october);
  EXPECT_EQ(october->flags_size(), 3);
  auto again = CheckPeriod("from_day: '2026-10-01' to_day: '2026-10-31'");
  ASSERT_OK(again);
  EXPECT_EQ(again->flags_size(), 0);
  EXPECT_THAT(Flags(), SizeIs(3));
  Call dry = Monitor();
  dry.validate_only = true;
  EXPECT_EQ(CheckPeriod("from_day: '2026-11-23' to_day: '2026-11-23'", dry)->flags_size(), 4)
      << "October is far from there: a gap too";
  EXPECT_THAT(Flags(), SizeIs(3));
  EXPECT_THAT(CheckPeriod("from_day: '2026-10-01'"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(CheckPeriod("from_day: '2024-01-01' to_day: '2025-01-01'"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(CheckPeriod("from_day: '2026-10-01' to_day: '2026-10-31'",
                          CallAs({access::v1::MONITOR}, "210500")),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_P(QualityTest, APersonDecidesAndMayInvalidate) {
  Station();
  ASSERT_OK(Observe(Day("2026-11-23", {{3, "1200"}})));
  FollowAll();
  const auto range = Flags("check: RANGE");
  const auto jumps = Flags("check: JUMP");
  ASSERT_THAT(range, SizeIs(1));
  ASSERT_THAT(jumps, SizeIs(2));
  EXPECT_THAT(range[0].allowed_actions(), ElementsAre("confirm", "dismiss"));
  auto decide = [](const QualityFlag& flag, const std::string& more) {
    return From<v1::DecideQualityFlagRequest>("id: '" + flag.id() + "' " + more);
  };
  EXPECT_THAT(service_.ConfirmQualityFlag(Monitor(), decide(range[0], "")),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(service_.ConfirmQualityFlag(CallAs({access::v1::MONITOR}, "210500"),
                                          decide(range[0], "reason: 'x'")),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(
      service_.DismissQualityFlag(Monitor(), decide(range[0], "reason: 'x' invalidate: true")),
      StatusIs(absl::StatusCode::kInvalidArgument));
  auto confirmed = service_.ConfirmQualityFlag(
      WithRequestId(Monitor(), "d-1"), decide(range[0], "reason: '仪器故障' invalidate: true"));
  ASSERT_OK(confirmed);
  EXPECT_EQ(confirmed->state(), QualityFlag::CONFIRMED);
  auto repeated = service_.ConfirmQualityFlag(
      WithRequestId(Monitor(), "d-1"), decide(range[0], "reason: '仪器故障' invalidate: true"));
  ASSERT_OK(repeated);
  EXPECT_EQ(repeated->version(), confirmed->version());
  EXPECT_THAT(service_.DismissQualityFlag(Monitor(), decide(range[0], "reason: 'x'")),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  ASSERT_OK(service_.DismissQualityFlag(Monitor(), decide(jumps[0], "reason: '沙尘'")));

  auto corrections =
      service_.ListCorrections(CallAsOffice(), From<v1::ListCorrectionsRequest>("site_id: 's'"));
  ASSERT_OK(corrections);
  ASSERT_EQ(corrections->corrections_size(), 1);
  EXPECT_EQ(corrections->corrections(0).before().value(), "1200");
  EXPECT_TRUE(corrections->corrections(0).after().invalid());
  EXPECT_EQ(corrections->corrections(0).after().note(), "质控: 仪器故障");
  FollowAll();
  EXPECT_THAT(Flags(), SizeIs(3));
  EXPECT_THAT(Found("state: OPEN"), ElementsAre("JUMP 2026-11-23T04:00"));
}

TEST_P(QualityTest, RulesAreData) {
  Station();
  auto rule = [&](const std::string& text, const Call& call = Monitor()) {
    return service_.CreateQualityRule(
        call,
        From<v1::CreateQualityRuleRequest>("rule { factor: 'PM2_5' length: HOUR " + text + " }"));
  };
  ASSERT_OK(rule("id: 'r' region: '210400' check: RANGE high: '40'"));
  EXPECT_THAT(rule("region: '210400' check: RANGE high: '50'"),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(rule("region: '210400' site_id: 'nowhere' check: RANGE high: '50'"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_OK(rule("region: '210400' check: JUMP limit: '1' disabled: true"));
  ASSERT_OK(Observe(Day("2026-11-23")));
  FollowAll();
  EXPECT_THAT(Flags("check: RANGE"), SizeIs(14));  // 40.3 … 53.3
  EXPECT_THAT(Flags("check: JUMP"), IsEmpty());
  EXPECT_EQ(Flags()[0].rule_id(), "r");
  ASSERT_OK(service_.UpdateQualityRule(
      Monitor(), From<v1::UpdateQualityRuleRequest>(
                     "rule { id: 'r' high: '54' } update_mask { paths: 'high' }")));
  ASSERT_OK(Observe(Day("2026-11-22")));
  FollowAll();
  EXPECT_THAT(Flags("check: RANGE"), SizeIs(14));
  auto listed =
      service_.ListQualityRules(Monitor(), From<v1::ListQualityRulesRequest>("factor: 'PM2_5'"));
  ASSERT_OK(listed);
  EXPECT_EQ(listed->rules_size(), 2);
  EXPECT_GT(listed->seeds_size(), 5);
}

TEST_P(QualityTest, AvailabilityCountsPeriods) {
  Station();
  Station("silent");
  Station("elsewhere", "210500");
  std::vector<std::string> hours = Day("2026-11-22", {{5, ""}, {6, ""}});
  hours[0] += " invalid: true note: '校零'";
  ASSERT_OK(Observe(hours));
  auto report = service_.ReportAvailability(
      Monitor(),
      From<v1::ReportAvailabilityRequest>("from_day: '2026-11-22' to_day: '2026-11-23'"));
  ASSERT_OK(report);
  ASSERT_EQ(report->rows_size(), 2);
  const v1::Availability& row = report->rows(0);
  EXPECT_EQ(row.site_id(), "s");
  EXPECT_EQ(row.factor(), "PM2_5");
  EXPECT_EQ(row.expected(), 48);
  EXPECT_EQ(row.received(), 22);
  EXPECT_EQ(row.valid(), 21);
  EXPECT_EQ(row.received_share(), "45.8");
  EXPECT_EQ(row.valid_share(), "43.8");
  EXPECT_EQ(report->rows(1).site_id(), "silent");
  EXPECT_EQ(report->rows(1).factor(), "");
  EXPECT_THAT(service_.ReportAvailability(
                  Monitor(), From<v1::ReportAvailabilityRequest>("from_day: '2026-11-22'")),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace lucid::indicators
