// Verdicts follow what they rest on, exactly once and in order, on both engines.
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/base/feed_follower.h"
#include "services/indicators/indicators_verdicts.h"
#include "services/indicators/indicators_verdicts_store.h"
#include "tests/indicators/own_events.h"

namespace lucid::indicators {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using v1::Evaluation;

class VerdictsTest : public OwnEventsTest {
 protected:
  // A capacity that must be at least 50.
  void Capacity(const std::string& id) {
    ASSERT_OK(Indicator("id: '" + id + "' name: '" + id +
                        "' unit: '万吨/日' kind: GAUGE"
                        " targets { comparator: AT_LEAST value: '50' unit: '万吨/日' }"));
  }
  void Measure(const std::string& id, const std::string& day, const std::string& value,
               const std::string& note = "") {
    ASSERT_OK(Observe({"indicator_id: '" + id + "' factor: 'value' length: INSTANT start: '" + day +
                       "' value: '" + value + "' unit: '万吨/日' note: '" + note + "'"}));
  }
  // A formula that must be at least so much.
  void Formula(const std::string& id, const std::string& expression, const std::string& least) {
    ASSERT_OK(Indicator("id: '" + id + "' name: '" + id +
                        "' unit: '万吨/日' kind: FORMULA formula { expression: '" + expression +
                        "' } targets { comparator: AT_LEAST value: '" + least +
                        "' unit: '万吨/日' }"));
  }
  v1::IndicatorVerdict Verdict(const std::string& id) {
    v1::GetIndicatorVerdictRequest request;
    request.set_id(id);
    auto verdict = service_.GetIndicatorVerdict(CallAsOffice(), request);
    EXPECT_OK(verdict);
    return verdict.value_or(v1::IndicatorVerdict());
  }
  std::vector<std::string> DueIds() {
    std::vector<std::string> ids;
    EXPECT_OK(db().Read([&](Tx& tx) -> absl::Status {
      ids.clear();
      ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT indicator_id FROM verdict_marks"
                                         " WHERE mark > done ORDER BY indicator_id"));
      for (size_t i = 0; i < rows.size(); ++i) ids.push_back(rows.Text(i, 0));
      return absl::OkStatus();
    }));
    return ids;
  }
};
EVERY_ENGINE(VerdictsTest);

TEST_P(VerdictsTest, AChangeOfVerdictIsOneEvent) {
  Capacity("c");
  FollowAll();
  EXPECT_EQ(Verdict("c").verdict(), Evaluation::NO_DATA);
  Measure("c", "2026-01-01", "50");
  FollowAll();
  EXPECT_EQ(Verdict("c").verdict(), Evaluation::MET);
  EXPECT_EQ(Verdict("c").previous_verdict(), Evaluation::NO_DATA);
  Measure("c", "2026-02-01", "60");
  FollowAll();
  EXPECT_EQ(Verdict("c").value(), "60");
  EXPECT_EQ(Verdict("c").verdict(), Evaluation::MET);
  Measure("c", "2026-02-01", "49.9", "读数更正");
  FollowAll();
  EXPECT_EQ(Verdict("c").verdict(), Evaluation::NOT_MET);
  EXPECT_THAT(Events("indicator_verdicts"), ElementsAre("VerdictChanged c", "VerdictChanged c",
                                                        "ValueChanged c", "VerdictChanged c"));
  EXPECT_EQ(DoAll(), 0);
  EXPECT_EQ(Events("indicator_verdicts").size(), 4u);
}

TEST_P(VerdictsTest, OnlyWhatIsTouchedIsDue) {
  ASSERT_OK(Site("id: 's' region: '210411' name: '站' kind: AIR_STATION"));
  const std::string mean =
      " unit: 'μg/m³' kind: MEAN sites { kind: AIR_STATION }"
      " standard { name: 'GB 3095' grade: 'II' }";
  ASSERT_OK(Indicator("id: 'pm25' name: 'a' factor: 'PM2_5'" + mean));
  ASSERT_OK(Indicator("id: 'pm10' name: 'b' factor: 'PM10'" + mean));
  Capacity("c");
  Capacity("d");
  FollowAll();
  EXPECT_THAT(DueIds(), IsEmpty());

  ASSERT_OK(Observe({Value("s", "PM2_5", "DAY", "2025-05-01", "35")}));
  Follow();
  EXPECT_THAT(DueIds(), ElementsAre("pm25"));
  DoAll();
  // Outside of the current period, which is 2025, nothing is due.
  ASSERT_OK(Observe({Value("s", "PM2_5", "DAY", "2024-05-01", "35"),
                     Value("s", "PM10", "DAY", "2026-05-01", "35")}));
  Follow();
  EXPECT_THAT(DueIds(), IsEmpty());
  Measure("d", "2026-01-01", "50");
  Follow();
  EXPECT_THAT(DueIds(), ElementsAre("d"));
  DoAll();
  v1::UpdateSiteRequest site = From<v1::UpdateSiteRequest>(
      "site { id: 's' set: NATIONAL from_day: '2020-01-01' } update_mask { paths: ['set', "
      "'from_day'] }");
  ASSERT_OK(service_.UpdateSite(Monitor(), site));
  Follow();
  EXPECT_THAT(DueIds(), ElementsAre("pm10", "pm25"));
}

TEST_P(VerdictsTest, ARegisterTouchesWhatCountsIt) {
  ASSERT_OK(service_.CreateRegister(
      CallAsOffice(),
      From<v1::CreateRegisterRequest>("register { id: 'r' region: '210400' name: '台账' }")));
  ASSERT_OK(
      Indicator("id: 'n' name: '处数' unit: '处' kind: REGISTER"
                " register_rule { aggregate: COUNT register_id: 'r' }"
                " targets { comparator: AT_LEAST value: '1' unit: '处' }"));
  Capacity("c");
  FollowAll();
  EXPECT_EQ(Verdict("n").verdict(), Evaluation::NOT_MET);
  ASSERT_OK(service_.CreateRegisterItem(
      CallAsOffice(), From<v1::CreateRegisterItemRequest>(
                          "item { register_id: 'r' key: 'k' name: 'k' day: '2026-01-01' }")));
  Follow();
  EXPECT_THAT(DueIds(), ElementsAre("n"));
  DoAll();
  EXPECT_EQ(Verdict("n").verdict(), Evaluation::MET);
  EXPECT_EQ(Verdict("n").value(), "1");
}

TEST_P(VerdictsTest, AFormulaFollowsItsOperandsAtAnyDepth) {
  Capacity("c");
  Capacity("other");
  Formula("twice", "[c] × 2", "100");
  Formula("more", "[twice] + [c]", "150");
  FollowAll();
  EXPECT_EQ(Verdict("more").verdict(), Evaluation::NO_DATA);
  Measure("c", "2026-01-01", "50");
  Follow();
  EXPECT_THAT(DueIds(), ElementsAre("c", "more", "twice"));
  DoAll();
  EXPECT_EQ(Verdict("twice").value(), "100");
  EXPECT_EQ(Verdict("more").verdict(), Evaluation::MET);
  Measure("c", "2026-01-01", "49.9", "读数更正");
  FollowAll();
  EXPECT_EQ(Verdict("twice").verdict(), Evaluation::NOT_MET);
  EXPECT_EQ(Verdict("more").verdict(), Evaluation::NOT_MET);
  EXPECT_EQ(Verdict("more").previous_verdict(), Evaluation::MET);
  EXPECT_THAT(Verdict("more").working(), HasSubstr("[twice] + [c] = 99.8 万吨/日 + 49.9 万吨/日"));
  Measure("other", "2026-01-01", "50");
  Follow();
  EXPECT_THAT(DueIds(), ElementsAre("other"));
  DoAll();
  // What a formula no longer refers to touches it no longer.
  ASSERT_OK(service_.UpdateIndicator(
      CallAsOffice(), From<v1::UpdateIndicatorRequest>(
                          "indicator { id: 'twice' formula { expression: '[other] × 2' } }"
                          " update_mask { paths: 'formula' }")));
  FollowAll();
  EXPECT_EQ(Verdict("twice").verdict(), Evaluation::MET);
  Measure("c", "2026-02-01", "60");
  Follow();
  EXPECT_THAT(DueIds(), ElementsAre("c", "more"));
}

TEST_P(VerdictsTest, AFormulaSeesOtherPeriodsOfItsOperandsThanTheyDo) {
  ASSERT_OK(Site("id: 's' region: '210411' name: '站' kind: AIR_STATION"));
  ASSERT_OK(
      Indicator("id: 'pm' name: 'pm' unit: 'μg/m³' kind: MEAN factor: 'PM2_5'"
                " sites { kind: AIR_STATION }"));
  ASSERT_OK(
      Indicator("id: 'trend' name: 'trend' unit: 'μg/m³' kind: FORMULA"
                " formula { expression: '[pm] − mean([pm] over 3 years)' }"));
  FollowAll();
  ASSERT_OK(Observe({Value("s", "PM2_5", "DAY", "2023-05-01", "35")}));
  Follow();
  EXPECT_THAT(DueIds(), ElementsAre("trend"));
  DoAll();
  // Of yearly values alone: the last whole year.
  EXPECT_EQ(Verdict("trend").from_day(), "2025-01-01");
}

TEST_P(VerdictsTest, AFormulaWithoutAnAnswerHasAVerdictThatSaysWhy) {
  Capacity("c");
  Formula("q", "[c] ÷ ([c] − [c]) × 1 万吨/日", "1");
  Measure("c", "2026-01-01", "50");
  FollowAll();
  EXPECT_EQ(Verdict("q").verdict(), Evaluation::INVALID);
  EXPECT_THAT(Verdict("q").working(), HasSubstr("除数为 0"));
}

TEST_P(VerdictsTest, AChangedTargetIsJudgedAnew) {
  Capacity("c");
  Measure("c", "2026-01-01", "50");
  FollowAll();
  ASSERT_OK(service_.UpdateIndicator(
      CallAsOffice(),
      From<v1::UpdateIndicatorRequest>(
          "indicator { id: 'c' targets { comparator: AT_LEAST value: '55' unit: '万吨/日' } }"
          " update_mask { paths: 'targets' }")));
  FollowAll();
  EXPECT_EQ(Verdict("c").verdict(), Evaluation::NOT_MET);
  EXPECT_EQ(Verdict("c").previous_verdict(), Evaluation::MET);
}

TEST_P(VerdictsTest, ACountyThatMissesItsOwnTargetIsAnEvent) {
  const std::string target = " targets { comparator: AT_LEAST unit: '%' value: ";
  ASSERT_OK(Indicator(
      "id: 'good' name: '优良比率' unit: '%' decimals: 1 kind: CLASS"
      " sites { kind: WATER_SECTION } class_rule { measure: GOOD }" +
      target + "'50' }" + target + "'100' region: '210411' }" + target + "'1' region: '210402' }"));
  std::vector<std::string> months;
  for (auto [id, region, value] : {std::tuple{"a", "210411", "10"}, {"b", "210421", "10"}}) {
    ASSERT_OK(Site(absl::StrCat("id: '", id, "' region: '", region, "' name: '", id,
                                "' kind: WATER_SECTION")));
    for (int month = 1; month <= 12; ++month) {
      months.push_back(
          Value(id, "COD", "MONTH", absl::StrFormat("2025-%02d-01", month), value, "mg/L"));
    }
  }
  ASSERT_OK(Observe(months));
  FollowAll();
  auto stands = [&] {
    std::vector<std::string> all;
    const v1::IndicatorVerdict verdict = Verdict("good");
    for (const v1::TargetVerdict& stand : verdict.targets()) {
      all.push_back(absl::StrCat(stand.region(), " ", stand.value(), " ",
                                 Evaluation::Verdict_Name(stand.verdict())));
    }
    return all;
  };
  EXPECT_THAT(stands(), ElementsAre("210400 100.0 MET", "210411 100.0 MET", "210402  NO_DATA"));
  std::vector<std::string> corrections;
  for (int month = 1; month <= 12; ++month) {
    corrections.push_back(
        Value("a", "COD", "MONTH", absl::StrFormat("2025-%02d-01", month), "25", "mg/L") +
        " note: '复核'");
  }
  ASSERT_OK(Observe(corrections));
  FollowAll();
  EXPECT_THAT(stands(), ElementsAre("210400 50.0 MET", "210411 0.0 NOT_MET", "210402  NO_DATA"));
  EXPECT_EQ(Verdict("good").verdict(), Evaluation::MET);
  EXPECT_EQ(Events("indicator_verdicts").back(), "VerdictChanged good");
}

TEST_P(VerdictsTest, ACorrectedStandardOrFactorSetIsJudgedAnew) {
  const std::string rest = " unit: '%' kind: CLASS sites { kind: WATER_SECTION } class_rule { ";
  ASSERT_OK(Site("id: 'a' region: '210411' name: 'a' kind: WATER_SECTION"));
  ASSERT_OK(Indicator("id: 'good' name: 'good'" + rest + "measure: GOOD }"));
  ASSERT_OK(
      Indicator("id: 'complete' name: 'complete'" + rest + "measure: GOOD factor_set: '表1' }"));
  ASSERT_OK(
      Indicator("id: 'half' name: 'half' unit: '%' kind: FORMULA"
                " formula { expression: '[good] ÷ 2' }"));
  std::vector<std::string> months;
  for (int month = 1; month <= 12; ++month) {
    months.push_back(
        Value("a", "COD", "MONTH", absl::StrFormat("2025-%02d-01", month), "18", "mg/L"));
  }
  ASSERT_OK(Observe(months));
  FollowAll();
  EXPECT_EQ(Verdict("good").value(), "100");
  EXPECT_EQ(Verdict("half").value(), "50");
  EXPECT_EQ(Verdict("complete").value(), "");
  const Call admin = CallAs({access::v1::ADMIN}, "");
  ASSERT_OK(service_.UpdateFactorSet(
      admin, From<v1::UpdateFactorSetRequest>(
                 "factor_set { id: 'gb3838-table-1' factors: 'COD' note: '只评价 COD' }"
                 " update_mask { paths: 'factors' paths: 'note' }")));
  Follow();
  EXPECT_THAT(DueIds(), ElementsAre("complete"));
  DoAll();
  EXPECT_EQ(Verdict("complete").value(), "100");
  ASSERT_OK(service_.CorrectStandard(
      admin, From<v1::CorrectStandardRequest>("id: 'gb3838-2002' note: '公告' limits {"
                                              " factor: 'COD' grade: 'III' at_most: '15'"
                                              " unit: 'mg/L' }")));
  Follow();
  EXPECT_THAT(DueIds(), ElementsAre("complete", "good", "half"));
  DoAll();
  EXPECT_EQ(Verdict("good").value(), "0");
  EXPECT_EQ(Verdict("half").value(), "0");
}

TEST_P(VerdictsTest, AValueThatOnlyRoundingHidesIsAnEventToo) {
  Capacity("c");
  Measure("c", "2026-01-01", "49.8");
  FollowAll();
  EXPECT_EQ(Verdict("c").value(), "50");
  Measure("c", "2026-02-01", "49.9");
  FollowAll();
  EXPECT_EQ(Verdict("c").exact(), "499/10");
  EXPECT_EQ(Events("indicator_verdicts").back(), "ValueChanged c");
}

TEST_P(VerdictsTest, ANewDayIsJudgedAnew) {
  ASSERT_OK(
      Indicator("id: 'c' name: 'c' unit: '万吨/日' kind: GAUGE"
                " targets { comparator: AT_LEAST value: '50' unit: '万吨/日'"
                " to_day: '2026-11-24' }"
                " targets { comparator: AT_LEAST value: '60' unit: '万吨/日'"
                " from_day: '2026-11-25' }"));
  Measure("c", "2026-01-01", "50");
  FollowAll();
  EXPECT_EQ(Verdict("c").verdict(), Evaluation::MET);
  EXPECT_EQ(DoAll(), 0);
  Call tomorrow = AsService();
  tomorrow.now += absl::Hours(24);
  ++tomorrow.today;
  EXPECT_GT(DoAll(tomorrow), 0);
  EXPECT_EQ(Verdict("c").verdict(), Evaluation::NOT_MET);
  EXPECT_EQ(DoAll(tomorrow), 0);
}

TEST_P(VerdictsTest, AReplicaThatWasOvertakenKeepsNothing) {
  Capacity("c");
  Measure("c", "2026-01-01", "50");
  Follow();
  DoAll();
  Measure("c", "2026-02-01", "40");
  Follow();
  std::optional<Due> mine;
  ASSERT_OK(db().Read([&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(mine, NextDue(tx));
    return absl::OkStatus();
  }));
  ASSERT_TRUE(mine);
  DoAll();  // the other replica
  ASSERT_OK(db().Write([&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(bool settled, SettleDue(tx, *mine, CallAsOffice().now));
    EXPECT_FALSE(settled);
    return absl::OkStatus();
  }));
  EXPECT_EQ(Verdict("c").verdict(), Evaluation::NOT_MET);
}

TEST_P(VerdictsTest, FollowersOfTwoReplicasKeepEveryChangeOnce) {
  auto follow = [&] {
    return std::make_unique<FeedFollower>(
        db(), feed(), "indicators-follow-indicators", OnOwnEvent,
        [&](const Call& call) { return DoWhatIsDue(db(), call); }, [] { return AsService(); });
  };
  auto one = follow();
  auto two = follow();
  std::vector<std::string> expected;
  auto wait_for_next = [&] {
    expected.push_back("VerdictChanged c");
    for (int i = 0; i < 3000 && Events("indicator_verdicts").size() < expected.size(); ++i) {
      absl::SleepFor(absl::Milliseconds(10));
    }
    ASSERT_EQ(Events("indicator_verdicts"), expected);
  };
  Capacity("c");
  ASSERT_NO_FATAL_FAILURE(wait_for_next());  // NO_DATA, before there is a value to see
  for (int month = 1; month <= 6; ++month) {
    Measure("c", absl::StrCat("2026-0", month, "-01"), month % 2 == 1 ? "50" : "49");
    ASSERT_NO_FATAL_FAILURE(wait_for_next());
    if (month == 3) one.reset();  // the other goes on
  }
  EXPECT_EQ(Verdict("c").verdict(), Evaluation::NOT_MET);
}

TEST_P(VerdictsTest, ForeignVerdictsAreNotSeen) {
  Capacity("c");
  FollowAll();
  v1::GetIndicatorVerdictRequest request;
  request.set_id("c");
  EXPECT_THAT(service_.GetIndicatorVerdict(CallAs({access::v1::OFFICE}, "210500"), request),
              StatusIs(absl::StatusCode::kPermissionDenied));
  auto listed = service_.ListIndicatorVerdicts(CallAs({access::v1::OFFICE}, "210500"), {});
  ASSERT_OK(listed);
  EXPECT_EQ(listed->verdicts_size(), 0);
  listed = service_.ListIndicatorVerdicts(
      CallAsOffice(), From<v1::ListIndicatorVerdictsRequest>("verdict: NO_DATA"));
  ASSERT_OK(listed);
  EXPECT_EQ(listed->verdicts_size(), 1);
}

}  // namespace
}  // namespace lucid::indicators
