// The rules of clues, discipline cases and sanctions.
#include "services/cases/accountability_rules.h"

#include <functional>
#include <map>
#include <set>

#include "absl/algorithm/container.h"
#include "services/cases/states.h"
#include "tests/testing/matchers.h"

namespace lucid::cases {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;
using v1::Clue;
using v1::DisciplineCase;
using v1::Sanction;

const absl::CivilDay kToday(2024, 9, 18);

Clue GoodClue() {
  Clue clue;
  clue.set_id("c-1");
  clue.set_region("210400");
  clue.set_source(Clue::CENTRAL);
  clue.set_received_day("2021-07-20");
  clue.set_text("某局履职不力");
  return clue;
}

DisciplineCase GoodCase() {
  DisciplineCase discipline_case;
  discipline_case.set_region("210400");
  discipline_case.add_clue_ids("c-1");
  discipline_case.set_filing_day("2021-09-01");
  return discipline_case;
}

Sanction GoodSanction() {
  Sanction sanction;
  sanction.set_region("210400");
  sanction.set_person_id("fs-0001");
  sanction.set_clue_id("c-1");
  sanction.set_measure(Sanction::ORGANISATIONAL);
  sanction.set_decision_day("2021-12-01");
  return sanction;
}

// Each spoilt record is refused with the field's name.
template <class R, class Check>
void ExpectRefused(R (*good)(), Check check,
                   std::vector<std::pair<const char*, std::function<void(R&)>>> cases) {
  ASSERT_OK(check(good(), kToday));
  for (const auto& [field, spoil] : cases) {
    R record = good();
    spoil(record);
    absl::Status status = check(record, kToday);
    EXPECT_THAT(status, StatusIs(StatusCode::kInvalidArgument)) << field;
    EXPECT_THAT(std::string(status.message()), HasSubstr(field));
  }
}

TEST(Clues, EachRuleNamesItsField) {
  ExpectRefused<Clue>(
      GoodClue, CheckNewClue,
      {{"region", [](Clue& c) { c.set_region("21"); }},
       {"source", [](Clue& c) { c.clear_source(); }},
       {"received_day", [](Clue& c) { c.clear_received_day(); }},
       {"received_day", [](Clue& c) { c.set_received_day("2023-02-30"); }},
       {"received_day", [](Clue& c) { c.set_received_day("2024-09-19"); }},
       {"state", [](Clue& c) { c.set_state(Clue::SETTLED); }},
       {"handled_day", [](Clue& c) { c.set_handled_day("2022-01-01"); }},
       {"history", [](Clue& c) { c.add_history(); }},
       {"handled_day",
        [](Clue& c) { c.mutable_origin()->set_historical(true), c.set_state(Clue::TALK); }},
       {"handled_day", [](Clue& c) {
          c.mutable_origin()->set_historical(true);
          c.set_state(Clue::TALK);
          c.set_handled_day("2021-07-19");
        }}});
}

TEST(Clues, EachStateTakesItsOwnStepsOnly) {
  const std::map<std::string, std::set<Clue::State>> takes = {
      {"talk", {Clue::RECEIVED, Clue::HELD}},
      {"verify", {Clue::RECEIVED, Clue::TALK, Clue::HELD}},
      {"hold", {Clue::RECEIVED, Clue::TALK, Clue::VERIFYING}},
      {"settle", {Clue::RECEIVED, Clue::TALK, Clue::VERIFYING, Clue::HELD}},
  };
  for (const auto& [action, states] : takes) {
    for (int state = Clue::RECEIVED; state <= Clue::SETTLED; ++state) {
      Clue clue = GoodClue();
      clue.set_state(static_cast<Clue::State>(state));
      const bool may = states.count(clue.state()) > 0;
      EXPECT_EQ(CheckClueStep(clue, action, "because").ok(), may)
          << action << " from " << Clue::State_Name(clue.state());
      EXPECT_EQ(absl::c_linear_search(AllowedActions(clue), action), may);
    }
  }
}

TEST(Clues, HoldingAndSettlingNeedAReason) {
  Clue clue = GoodClue();
  StartClue(clue);
  EXPECT_THAT(CheckClueStep(clue, "hold", ""), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(CheckClueStep(clue, "settle", ""), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_OK(CheckClueStep(clue, "talk", ""));
}

TEST(Clues, AClueIsHandledFromItsFirstStepOn) {
  Clue clue = GoodClue();
  StartClue(clue);
  EXPECT_EQ(clue.handled_day(), "");
  TakeClueStep(clue, "verify", "", "chen", kToday);
  EXPECT_EQ(clue.handled_day(), "2024-09-18");
  TakeClueStep(clue, "settle", "查无实据", "chen", kToday + 5);
  EXPECT_EQ(clue.handled_day(), "2024-09-18");
  EXPECT_EQ(clue.state(), Clue::SETTLED);
  EXPECT_EQ(clue.history_size(), 2);
}

TEST(Clues, InspectionTeamsAreCentralAndProvincial) {
  EXPECT_TRUE(IsFromInspection(Clue::CENTRAL));
  EXPECT_TRUE(IsFromInspection(Clue::PROVINCIAL));
  EXPECT_FALSE(IsFromInspection(Clue::REVIEW));
  EXPECT_FALSE(IsFromInspection(Clue::OTHER));
}

TEST(DisciplineCases, EachRuleNamesItsField) {
  ExpectRefused<DisciplineCase>(
      GoodCase, CheckNewDisciplineCase,
      {{"region", [](DisciplineCase& c) { c.clear_region(); }},
       {"clue_ids", [](DisciplineCase& c) { c.clear_clue_ids(); }},
       {"clue_ids", [](DisciplineCase& c) { c.add_clue_ids("c-1"); }},
       {"filing_day", [](DisciplineCase& c) { c.set_filing_day("2030-01-01"); }},
       {"state", [](DisciplineCase& c) { c.set_state(DisciplineCase::CONCLUDED); }},
       {"concluded_day", [](DisciplineCase& c) { c.set_concluded_day("2022-01-01"); }},
       {"concluded_day", [](DisciplineCase& c) {
          c.mutable_origin()->set_historical(true);
          c.set_state(DisciplineCase::CONCLUDED);
          c.set_concluded_day("2021-08-31");
        }}});
}

TEST(DisciplineCases, RestOnCluesBeingVerifiedInTheirRegion) {
  Clue clue = GoodClue();
  clue.set_state(Clue::VERIFYING);
  EXPECT_OK(CheckCaseClue(GoodCase(), clue));
  clue.set_state(Clue::HELD);
  EXPECT_THAT(CheckCaseClue(GoodCase(), clue), HasReason("WRONG_STATE"));
  DisciplineCase historical = GoodCase();
  historical.mutable_origin()->set_historical(true);
  EXPECT_OK(CheckCaseClue(historical, clue));
  clue.set_region("210411");
  EXPECT_OK(CheckCaseClue(historical, clue));
  clue.set_region("210500");
  EXPECT_THAT(CheckCaseClue(historical, clue), HasReason("OTHER_REGION"));
  clue.set_region("210400");
  clue.set_received_day("2021-09-02");
  EXPECT_THAT(CheckCaseClue(historical, clue), StatusIs(StatusCode::kInvalidArgument));
}

TEST(DisciplineCases, AreConcludedOnceAndWithAResult) {
  DisciplineCase discipline_case = GoodCase();
  StartDisciplineCase(discipline_case);
  v1::ConcludeDisciplineCaseRequest request;
  EXPECT_THAT(CheckConclude(discipline_case, request), StatusIs(StatusCode::kInvalidArgument));
  request.set_conclusion("给予处分");
  EXPECT_OK(CheckConclude(discipline_case, request));
  EXPECT_THAT(AllowedActions(discipline_case), ::testing::ElementsAre("conclude"));
  discipline_case.set_state(DisciplineCase::CONCLUDED);
  EXPECT_THAT(CheckConclude(discipline_case, request), HasReason("WRONG_STATE"));
  EXPECT_THAT(AllowedActions(discipline_case), ::testing::IsEmpty());
}

TEST(Sanctions, EachRuleNamesItsField) {
  ExpectRefused<Sanction>(
      GoodSanction, CheckNewSanction,
      {{"region", [](Sanction& s) { s.set_region("000000"); }},
       {"person_id", [](Sanction& s) { s.clear_person_id(); }},
       {"person_id", [](Sanction& s) { s.set_person_id("11010519491231002X"); }},
       {"case_id", [](Sanction& s) { s.clear_clue_id(); }},
       {"measure", [](Sanction& s) { s.clear_measure(); }},
       {"decision_day", [](Sanction& s) { s.set_decision_day("2025-01-01"); }},
       {"revoked", [](Sanction& s) { s.set_revoked(true); }},
       {"revoked_day", [](Sanction& s) { s.set_revoked_day("2022-01-01"); }},
       {"revoked_day", [](Sanction& s) {
          s.mutable_origin()->set_historical(true);
          s.set_revoked(true);
          s.set_revoked_day("2021-11-30");
        }}});
}

TEST(Sanctions, FollowFromAMatterOfTheirRegionAndNotBeforeIt) {
  const Sanction sanction = GoodSanction();
  EXPECT_OK(CheckSanctionOf(sanction, "210400", "2021-09-01"));
  EXPECT_OK(CheckSanctionOf(sanction, "210411", "2021-12-01"));
  EXPECT_OK(CheckSanctionOf(sanction, "210000", "2021-12-01"));
  EXPECT_THAT(CheckSanctionOf(sanction, "210500", "2021-09-01"), HasReason("OTHER_REGION"));
  EXPECT_THAT(CheckSanctionOf(sanction, "210400", "2021-12-02"),
              StatusIs(StatusCode::kInvalidArgument));
}

TEST(Sanctions, AreRevokedOnceWithADayAndAReason) {
  Sanction sanction = GoodSanction();
  EXPECT_OK(CheckRevoke(sanction, "2022-01-01", "申诉成立", kToday));
  EXPECT_FALSE(CheckRevoke(sanction, "2021-11-30", "申诉成立", kToday).ok());
  EXPECT_FALSE(CheckRevoke(sanction, "2024-09-19", "申诉成立", kToday).ok());
  EXPECT_FALSE(CheckRevoke(sanction, "2022-01-01", "", kToday).ok());
  sanction.set_revoked(true);
  EXPECT_THAT(CheckRevoke(sanction, "2022-01-01", "申诉成立", kToday), HasReason("WRONG_STATE"));
}

}  // namespace
}  // namespace lucid::cases
