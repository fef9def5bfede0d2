// The steps of petitions, as tables and as properties of random lives.
#include "services/cases/petition_rules.h"

#include <map>
#include <random>
#include <set>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "services/cases/petition_form_rules.h"
#include "services/cases/states.h"
#include "tests/testing/matchers.h"

namespace lucid::cases {
namespace {

using absl::StatusCode;
using v1::Petition;

const absl::CivilDay kToday(2024, 9, 18);

Actor ActorOf(Role role, absl::string_view subject = "li", absl::string_view region = "210400",
              absl::string_view unit = "") {
  Actor actor;
  actor.subject = std::string(subject);
  actor.roles = {role};
  actor.region = std::string(region);
  actor.unit = std::string(unit);
  return actor;
}

Actor PetitionOffice(absl::string_view subject = "li") {
  return ActorOf(access::v1::PETITIONS, subject);
}
Actor HandlingUnit() { return ActorOf(access::v1::UNIT, "wang", "210400", "u-1"); }

Petition Received() {
  Petition petition;
  petition.set_id("p-1");
  petition.set_owner_region("210400");
  petition.set_number("D3LN202104070001");
  petition.set_channel(Petition::PHONE);
  petition.add_pollution_types(Petition::AIR);
  petition.set_summary("某厂夜间排放异味");
  StartPetition(petition, absl::CivilDay(2024, 9, 1));
  return petition;
}

// A petition in a state, as its steps would have left it.
Petition In(Petition::State state) {
  Petition petition = Received();
  petition.set_state(state);
  petition.set_unit_id("u-1");
  petition.set_revealable(true);
  v1::PetitionStep& step = *petition.add_history();
  step.set_round(1);
  step.set_action("investigate");
  step.set_subject("wang");
  petition.set_finding(Petition::TRUE);
  if (state == Petition::MERGED) petition.set_state_before_merge(Petition::OPEN);
  return petition;
}

TEST(PetitionSteps, EachStateTakesItsOwnStepsOnly) {
  const std::map<std::string, std::set<Petition::State>> takes = {
      {"accept", {Petition::RECEIVED}},
      {"refuse", {Petition::RECEIVED}},
      {"forward", {Petition::RECEIVED}},
      {"merge", {Petition::RECEIVED, Petition::OPEN, Petition::REOPENED}},
      {"unmerge", {Petition::MERGED}},
      {"assign", {Petition::RECEIVED, Petition::OPEN, Petition::REOPENED}},
      {"investigate", {Petition::OPEN, Petition::REOPENED, Petition::STAGE_CLOSED}},
      {"applyStageClosure", {Petition::OPEN, Petition::REOPENED}},
      {"approveStageClosure", {Petition::OPEN, Petition::REOPENED}},
      {"close", {Petition::OPEN, Petition::REOPENED, Petition::STAGE_CLOSED}},
      {"acceptClosure", {Petition::CLOSED}},
      {"reopen", {Petition::STAGE_CLOSED, Petition::CLOSED, Petition::ACCEPTED}},
      {"erasePetitioner",
       {Petition::RECEIVED, Petition::NOT_ACCEPTED, Petition::FORWARDED, Petition::OPEN,
        Petition::STAGE_CLOSED, Petition::CLOSED, Petition::ACCEPTED, Petition::REOPENED,
        Petition::MERGED}},
  };
  for (const auto& [action, states] : takes) {
    for (int state = Petition::RECEIVED; state <= Petition::MERGED; ++state) {
      Petition petition = In(static_cast<Petition::State>(state));
      petition.mutable_stage_closure()->set_state(v1::StageClosure::APPLIED);
      absl::Status status = CheckStep(petition, PetitionOffice(), action, "because");
      if (states.count(petition.state()) > 0) {
        EXPECT_OK(status) << action << " from " << Petition::State_Name(petition.state());
      } else {
        EXPECT_THAT(status, HasReason("WRONG_STATE"))
            << action << " from " << Petition::State_Name(petition.state());
      }
    }
  }
}

TEST(PetitionSteps, EachStepIsForItsOwnDuty) {
  struct Case {
    const char* action;
    Petition::State state;
    std::set<Role> roles;
  };
  const Role kRoles[] = {access::v1::OFFICE,     access::v1::UNIT,      access::v1::LEADER,
                         access::v1::SUPERIOR,   access::v1::MONITOR,   access::v1::PETITIONS,
                         access::v1::DISCIPLINE, access::v1::PUBLISHER, access::v1::PUBLIC,
                         access::v1::ADMIN,      access::v1::SERVICE};
  using access::v1::OFFICE;
  using access::v1::PETITIONS;
  using access::v1::SUPERIOR;
  using access::v1::UNIT;
  const Case kCases[] = {
      {"accept", Petition::RECEIVED, {PETITIONS}},
      {"refuse", Petition::RECEIVED, {PETITIONS}},
      {"forward", Petition::RECEIVED, {PETITIONS}},
      {"merge", Petition::OPEN, {PETITIONS}},
      {"unmerge", Petition::MERGED, {PETITIONS}},
      {"assign", Petition::OPEN, {PETITIONS}},
      {"investigate", Petition::OPEN, {PETITIONS, UNIT}},
      {"applyStageClosure", Petition::OPEN, {PETITIONS, UNIT}},
      {"approveStageClosure", Petition::OPEN, {PETITIONS}},
      {"close", Petition::OPEN, {PETITIONS}},
      {"acceptClosure", Petition::CLOSED, {PETITIONS, OFFICE}},
      {"reopen", Petition::CLOSED, {PETITIONS, OFFICE, SUPERIOR}},
      {"revealPetitioner", Petition::CLOSED, {PETITIONS}},
      {"erasePetitioner", Petition::CLOSED, {PETITIONS}},
  };
  for (const Case& c : kCases) {
    Petition petition = In(c.state);
    petition.mutable_stage_closure()->set_state(v1::StageClosure::APPLIED);
    for (Role role : kRoles) {
      // An upper office, so that SUPERIOR is one.
      Actor actor = ActorOf(role, "zhao", "210000", "u-1");
      absl::Status status = CheckStep(petition, actor, c.action, "because");
      EXPECT_EQ(status.ok(), c.roles.count(role) > 0)
          << c.action << " by " << access::v1::Role_Name(role) << ": " << status;
      EXPECT_TRUE(status.ok() || status.code() == StatusCode::kPermissionDenied) << status;
    }
  }
}

TEST(PetitionSteps, AnotherRegionsOfficeAndAnotherUnitHaveNoDuty) {
  EXPECT_THAT(
      CheckStep(In(Petition::OPEN), ActorOf(access::v1::PETITIONS, "li", "210500"), "close", ""),
      StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(
      CheckStep(In(Petition::OPEN), ActorOf(access::v1::PETITIONS, "li", "210411"), "close", ""),
      StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(CheckStep(In(Petition::OPEN), ActorOf(access::v1::PETITIONS, "li", ""), "close", ""),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(CheckStep(In(Petition::OPEN), ActorOf(access::v1::UNIT, "wang", "210400", "u-2"),
                        "investigate", ""),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(CheckStep(In(Petition::CLOSED), ActorOf(access::v1::SUPERIOR, "wu", "210400"),
                        "reopen", "because"),
              StatusIs(StatusCode::kPermissionDenied));
}

TEST(PetitionSteps, RefusingForwardingUnmergingAndReopeningNeedAReason) {
  for (auto [action, state] :
       {std::pair("refuse", Petition::RECEIVED), std::pair("forward", Petition::RECEIVED),
        std::pair("unmerge", Petition::MERGED), std::pair("applyStageClosure", Petition::OPEN),
        std::pair("reopen", Petition::CLOSED), std::pair("revealPetitioner", Petition::OPEN),
        std::pair("erasePetitioner", Petition::OPEN)}) {
    EXPECT_THAT(CheckStep(In(state), PetitionOffice(), action, ""),
                StatusIs(StatusCode::kInvalidArgument))
        << action;
  }
}

TEST(PetitionSteps, TwoPeopleCloseAPetition) {
  Petition petition = In(Petition::OPEN);
  EXPECT_THAT(CheckStep(petition, PetitionOffice("wang"), "close", ""), HasReason("SAME_PERSON"));
  ASSERT_OK(CheckStep(petition, PetitionOffice("li"), "close", ""));
  TakeStep(petition, "close", "", PetitionOffice("li"), kToday);
  EXPECT_EQ(petition.closed_day(), "2024-09-18");
  EXPECT_THAT(CheckStep(petition, PetitionOffice("li"), "acceptClosure", ""),
              HasReason("SAME_PERSON"));
  EXPECT_OK(CheckStep(petition, PetitionOffice("zhao"), "acceptClosure", ""));
}

TEST(PetitionSteps, WhoAppliesForAStageClosureDoesNotApproveIt) {
  Petition petition = In(Petition::OPEN);
  EXPECT_THAT(CheckStep(petition, PetitionOffice(), "approveStageClosure", ""),
              HasReason("NOT_APPLIED"));
  petition.mutable_stage_closure()->set_state(v1::StageClosure::APPLIED);
  petition.mutable_stage_closure()->set_applicant("li");
  EXPECT_THAT(CheckStep(petition, PetitionOffice("li"), "approveStageClosure", ""),
              HasReason("SAME_PERSON"));
  EXPECT_OK(CheckStep(petition, PetitionOffice("zhao"), "approveStageClosure", ""));
}

TEST(PetitionSteps, NothingIsClosedOrAssignedUnprepared) {
  Petition petition = Received();
  petition.clear_summary();
  EXPECT_THAT(CheckStep(petition, PetitionOffice(), "assign", ""), HasReason("NO_SUMMARY"));
  petition = Received();
  petition.set_state(Petition::OPEN);
  EXPECT_THAT(CheckStep(petition, PetitionOffice(), "close", ""), HasReason("NOT_INVESTIGATED"));
  EXPECT_THAT(CheckStep(petition, PetitionOffice(), "investigate", ""), HasReason("NOT_ASSIGNED"));
}

TEST(PetitionSteps, AReopenedPetitionIsInvestigatedAgain) {
  Petition petition = In(Petition::CLOSED);
  TakeStep(petition, "reopen", "复查不到位", PetitionOffice(), kToday);
  EXPECT_EQ(petition.state(), Petition::REOPENED);
  EXPECT_EQ(petition.round(), 2);
  EXPECT_EQ(petition.due_day(), "2024-09-28");
  EXPECT_EQ(petition.closed_day(), "");
  EXPECT_THAT(CheckStep(petition, PetitionOffice(), "close", ""), HasReason("NOT_INVESTIGATED"));
  TakeStep(petition, "investigate", "", HandlingUnit(), kToday);
  EXPECT_OK(CheckStep(petition, PetitionOffice(), "close", ""));
}

TEST(PetitionSteps, WhatWasErasedIsNotRevealedAgain) {
  Petition petition = In(Petition::OPEN);
  ASSERT_OK(CheckStep(petition, PetitionOffice(), "erasePetitioner", "本人要求"));
  TakeStep(petition, "erasePetitioner", "本人要求", PetitionOffice(), kToday);
  EXPECT_EQ(petition.state(), Petition::OPEN);
  EXPECT_THAT(CheckStep(petition, PetitionOffice(), "revealPetitioner", "回访"),
              HasReason("NOTHING_TO_REVEAL"));
  EXPECT_THAT(CheckStep(petition, PetitionOffice(), "erasePetitioner", "本人要求"),
              HasReason("NOTHING_TO_REVEAL"));
}

TEST(PetitionSteps, MergingAndUnmergingChangesNothingThatIsCounted) {
  for (Petition::State state : {Petition::RECEIVED, Petition::OPEN, Petition::REOPENED}) {
    Petition petition = In(state);
    const bool counted = IsHandedOver(petition.state());
    TakeStep(petition, "merge", "", PetitionOffice(), kToday);
    EXPECT_FALSE(IsHandedOver(petition.state()));
    TakeStep(petition, "unmerge", "误并", PetitionOffice(), kToday);
    EXPECT_EQ(petition.state(), state);
    EXPECT_EQ(IsHandedOver(petition.state()), counted);
    EXPECT_EQ(petition.merged_into(), "");
  }
}

TEST(PetitionSteps, ADuplicateHasAnOriginalOfItsOwnRegion) {
  Petition petition = In(Petition::OPEN), original = In(Petition::OPEN);
  EXPECT_THAT(CheckMerge(petition, original), StatusIs(StatusCode::kInvalidArgument));
  original.set_id("p-2");
  EXPECT_OK(CheckMerge(petition, original));
  original.set_owner_region("210411");
  EXPECT_THAT(CheckMerge(petition, original), HasReason("OTHER_REGION"));
  original.set_owner_region("210400");
  for (Petition::State state : {Petition::MERGED, Petition::NOT_ACCEPTED, Petition::FORWARDED}) {
    original.set_state(state);
    EXPECT_THAT(CheckMerge(petition, original), HasReason("WRONG_STATE"));
  }
}

// Whoever is offered an action may take it, whoever is not may not; and no path leads to a state
// that its history does not explain.
TEST(PetitionSteps, RandomLivesFollowWhatIsAllowed) {
  const char* kActions[] = {"accept",
                            "refuse",
                            "forward",
                            "merge",
                            "unmerge",
                            "assign",
                            "investigate",
                            "applyStageClosure",
                            "approveStageClosure",
                            "close",
                            "acceptClosure",
                            "reopen"};
  const Actor actors[] = {PetitionOffice("li"), PetitionOffice("zhao"), HandlingUnit(),
                          ActorOf(access::v1::OFFICE, "sun"), ActorOf(access::v1::LEADER, "qian")};
  std::mt19937 random(42);
  std::set<Petition::State> seen;
  for (int life = 0; life < 300; ++life) {
    Petition petition = Received();
    for (int step = 0; step < 25; ++step) {
      const Actor& actor = actors[random() % std::size(actors)];
      const std::string action = kActions[random() % std::size(kActions)];
      const std::vector<std::string> allowed = AllowedActions(petition, actor);
      const std::string verb = action == "refuse" || action == "forward" ? "accept" : action;
      absl::Status status = CheckStep(petition, actor, action, "because");
      ASSERT_EQ(status.ok(), absl::c_linear_search(allowed, verb))
          << action << " by " << actor.subject << ": " << status;
      if (!status.ok()) continue;
      if (action == "assign") petition.set_unit_id("u-1");
      if (action == "investigate") petition.set_finding(Petition::PARTLY_TRUE);
      if (action == "applyStageClosure") {
        petition.mutable_stage_closure()->set_state(v1::StageClosure::APPLIED);
        petition.mutable_stage_closure()->set_applicant(actor.subject);
      }
      const int round = petition.round();
      TakeStep(petition, action, "because", actor, kToday);
      seen.insert(petition.state());
      EXPECT_EQ(petition.round(), action == "reopen" ? round + 1 : round);
      EXPECT_EQ(petition.history(petition.history_size() - 1).state(), petition.state());
      if (petition.state() == Petition::CLOSED || petition.state() == Petition::ACCEPTED) {
        EXPECT_NE(petition.finding(), Petition::FINDING_UNSPECIFIED);
        EXPECT_EQ(petition.closed_day(), "2024-09-18");
      } else if (petition.state() != Petition::MERGED) {
        EXPECT_EQ(petition.closed_day(), "");
      }
      EXPECT_EQ(petition.state() == Petition::MERGED, petition.state_before_merge() != 0);
    }
  }
  EXPECT_EQ(seen.size(), 9u) << "every state is reached, RECEIVED again by unmerging";
}

TEST(PetitionDays, ABatchIsRepliedToWithinTenDays) {
  Petition petition;
  SetReplyDay(petition, absl::CivilDay(2021, 4, 7));
  EXPECT_EQ(petition.due_day(), "2021-04-17");
  EXPECT_EQ(petition.due_explanation(),
            "day 10 after 2021-04-07, which does not count, is 2021-04-17");
  SetReplyDay(petition, absl::CivilDay(2024, 2, 20));
  EXPECT_EQ(petition.due_day(), "2024-03-01");
}

TEST(PetitionDays, PendingPetitionsAreOverdueAfterTheirDueDay) {
  Petition petition = In(Petition::OPEN);
  petition.set_due_day("2024-09-17");
  EXPECT_TRUE(IsOverdue(petition, kToday));
  petition.set_due_day("2024-09-18");
  EXPECT_FALSE(IsOverdue(petition, kToday));
  petition.set_due_day("2024-09-01");
  petition.set_state(Petition::CLOSED);
  EXPECT_FALSE(IsOverdue(petition, kToday));
}

TEST(PetitionRates, BothRatesComeFromTheSamePetitions) {
  const ClosingCounts counts = {.handed_over = 1427, .closed = 492, .stage_closed = 291};
  EXPECT_EQ(StrictClosingRate(counts)->ToString(), "34.5");
  EXPECT_EQ(ClosingRateWithStages(counts)->ToString(), "54.9");
}

TEST(PetitionRates, OnlyAllClosedPrintsAsAHundred) {
  EXPECT_EQ(StrictClosingRate({.handed_over = 9999, .closed = 9998})->ToString(), "99.9");
  EXPECT_EQ(StrictClosingRate({.handed_over = 3, .closed = 3})->ToString(), "100.0");
  EXPECT_THAT(StrictClosingRate({}), StatusIs(StatusCode::kFailedPrecondition));
}

TEST(PetitionRates, WhatIsNotForUsOrMergedIsNotHandedOver) {
  const std::set<Petition::State> handed_over = {Petition::OPEN, Petition::STAGE_CLOSED,
                                                 Petition::CLOSED, Petition::ACCEPTED,
                                                 Petition::REOPENED};
  for (int state = Petition::RECEIVED; state <= Petition::MERGED; ++state) {
    Petition petition = In(static_cast<Petition::State>(state));
    EXPECT_EQ(IsHandedOver(petition.state()), handed_over.count(petition.state()) > 0);
  }
}

}  // namespace
}  // namespace lucid::cases
