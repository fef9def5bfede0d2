// Petitions from intake to closing, on both engines.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "tests/cases/cases_fixture.h"

namespace lucid::cases {
namespace {

using access::v1::LEADER;
using access::v1::OFFICE;
using access::v1::PETITIONS;
using access::v1::UNIT;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using v1::Petition;

class PetitionsTest : public CasesServiceTest {
 protected:
  std::vector<std::string> Ids(const v1::ListPetitionsRequest& request,
                               const Call& call = Clerk()) {
    auto list = service_.ListPetitions(call, request);
    EXPECT_OK(list);
    std::vector<std::string> ids;
    for (const auto& petition : list->petitions()) ids.push_back(petition.id());
    return ids;
  }

  absl::StatusOr<Petition> Merge(const std::string& id, const std::string& into) {
    v1::MergePetitionRequest request;
    request.set_id(id);
    request.set_into_id(into);
    return service_.MergePetition(Clerk(), request);
  }

  absl::StatusOr<Petition> Unmerge(const std::string& id) {
    v1::UnmergePetitionRequest request;
    request.set_id(id);
    request.set_reason("误并");
    return service_.UnmergePetition(Clerk(), request);
  }
};
EVERY_ENGINE(PetitionsTest);

TEST_P(PetitionsTest, ANewPetitionStartsAtTheBeginning) {
  auto petition = Create(NewPetition("p1"));
  ASSERT_OK(petition);
  EXPECT_EQ(petition->version(), 1);
  EXPECT_EQ(petition->state(), Petition::RECEIVED);
  EXPECT_EQ(petition->received_day(), "2026-11-24");
  EXPECT_EQ(petition->due_day(), "2026-12-04");
  EXPECT_THAT(petition->regions(), ElementsAre("210400"));
  EXPECT_THAT(petition->allowed_actions(), ElementsAre("update", "accept", "merge", "assign",
                                                       "revealPetitioner", "erasePetitioner"));
}

TEST_P(PetitionsTest, TheDayOfReceiptIsCountedInTheZone) {
  Petition petition = NewPetition("p1");
  // Half past midnight of the 8th in Fushun.
  ASSERT_TRUE(google::protobuf::util::TimeUtil::FromString("2021-04-07T16:30:00Z",
                                                           petition.mutable_received_time()));
  EXPECT_EQ(Create(petition)->received_day(), "2021-04-08");
  petition = NewPetition("p2");
  ASSERT_TRUE(google::protobuf::util::TimeUtil::FromString("2026-11-24T16:30:00Z",
                                                           petition.mutable_received_time()));
  EXPECT_THAT(Create(petition), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(PetitionsTest, APetitionGoesFromIntakeToAcceptance) {
  ASSERT_OK(Create(NewPetition("p1")));
  EXPECT_EQ(Assign("p1")->state(), Petition::OPEN);
  auto investigated = Investigate("p1");
  ASSERT_OK(investigated);
  EXPECT_EQ(investigated->dispositions(0).unit(), "元");
  EXPECT_EQ(Finish("p1")->state(), Petition::CLOSED);
  v1::AcceptClosureRequest accept;
  accept.set_id("p1");
  EXPECT_THAT(service_.AcceptClosure(Clerk(), accept), HasReason("SAME_PERSON"));
  auto accepted = service_.AcceptClosure(Office(), accept);
  ASSERT_OK(accepted);
  EXPECT_EQ(accepted->state(), Petition::ACCEPTED);
  EXPECT_EQ(accepted->version(), 5);
  EXPECT_EQ(accepted->closed_day(), "2026-11-24");
  EXPECT_EQ(accepted->history_size(), 4);

  v1::ReopenPetitionRequest reopen;
  reopen.set_id("p1");
  EXPECT_THAT(service_.ReopenPetition(Office(), reopen),
              StatusIs(absl::StatusCode::kInvalidArgument));
  reopen.set_reason("复查不到位");
  auto reopened = service_.ReopenPetition(Office(), reopen);
  ASSERT_OK(reopened);
  EXPECT_EQ(reopened->state(), Petition::REOPENED);
  EXPECT_EQ(reopened->round(), 2);
}

TEST_P(PetitionsTest, AStageClosureIsAppliedForAndApproved) {
  ASSERT_OK(Create(NewPetition("p1")));
  ASSERT_OK(Assign("p1"));
  v1::ApplyStageClosureRequest apply;
  apply.set_id("p1");
  apply.set_finishing_day("2027-06-30");
  apply.set_reason("设备改造需半年");
  EXPECT_THAT(service_.ApplyStageClosure(Handler(), apply), HasReason("NOT_INVESTIGATED"));
  ASSERT_OK(Investigate("p1"));
  ASSERT_OK(service_.ApplyStageClosure(Handler(), apply));
  v1::ApproveStageClosureRequest approve;
  approve.set_id("p1");
  EXPECT_THAT(service_.ApproveStageClosure(Handler(), approve),
              StatusIs(absl::StatusCode::kPermissionDenied));
  auto closed = service_.ApproveStageClosure(Clerk(), approve);
  ASSERT_OK(closed);
  EXPECT_EQ(closed->state(), Petition::STAGE_CLOSED);
  EXPECT_EQ(closed->stage_closure().state(), v1::StageClosure::APPROVED);
  EXPECT_EQ(Finish("p1")->state(), Petition::CLOSED);
}

TEST_P(PetitionsTest, WhatIsNotForUsIsRefusedOrForwardedWithAReason) {
  for (auto [validity, state] :
       {std::pair(v1::AcceptPetitionRequest::NOT_ACCEPTED, Petition::NOT_ACCEPTED),
        std::pair(v1::AcceptPetitionRequest::FORWARDED, Petition::FORWARDED)}) {
    const std::string id = absl::StrCat("p", static_cast<int>(validity));
    ASSERT_OK(Create(NewPetition(id)));
    v1::AcceptPetitionRequest request;
    request.set_id(id);
    EXPECT_THAT(service_.AcceptPetition(Clerk(), request),
                StatusIs(absl::StatusCode::kInvalidArgument));
    request.set_validity(validity);
    EXPECT_THAT(service_.AcceptPetition(Clerk(), request),
                StatusIs(absl::StatusCode::kInvalidArgument));
    request.set_reason("不属生态环境领域");
    EXPECT_EQ(service_.AcceptPetition(Clerk(), request)->state(), state);
    EXPECT_THAT(Assign(id), HasReason("WRONG_STATE"));
  }
}

TEST_P(PetitionsTest, MergingAndUnmergingChangesNoCount) {
  for (const char* id : {"p1", "p2", "p3"}) {
    ASSERT_OK(Create(NewPetition(id)));
    ASSERT_OK(Assign(id));
  }
  Settle();
  EXPECT_EQ(Cell("petitions.handed_over"), "3");
  auto merged = Merge("p1", "p2");
  ASSERT_OK(merged);
  EXPECT_EQ(merged->merged_into(), "p2");
  EXPECT_THAT(Merge("p2", "p3"), HasReason("HAS_DUPLICATES"));
  EXPECT_THAT(Merge("p3", "p1"), HasReason("WRONG_STATE"));
  EXPECT_THAT(Merge("p3", "p3"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Merge("p3", "p9"), StatusIs(absl::StatusCode::kPermissionDenied));
  Settle();
  EXPECT_EQ(Cell("petitions.handed_over"), "2");
  auto back = Unmerge("p1");
  ASSERT_OK(back);
  EXPECT_EQ(back->state(), Petition::OPEN);
  Settle();
  EXPECT_EQ(Cell("petitions.handed_over"), "3");
  EXPECT_OK(db().Read([](Tx& tx) { return CheckTallies(tx, Records()); }));
}

TEST_P(PetitionsTest, EveryViolationIsNamedAndATakenNumberIsSaidSo) {
  Petition bad = NewPetition("p1");
  bad.set_owner_region("2104");
  bad.clear_pollution_types();
  bad.set_state(Petition::CLOSED);
  absl::Status status = Create(bad).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  for (const char* field : {"owner_region", "pollution_types", "state"}) {
    EXPECT_THAT(std::string(status.message()), HasSubstr(field));
  }
  ASSERT_OK(Create(NewPetition("p1")));
  EXPECT_THAT(Create(NewPetition("p1")), StatusIs(absl::StatusCode::kAlreadyExists));
  Petition again = NewPetition("p2");
  again.set_number("No p1");
  EXPECT_THAT(Create(again), StatusIs(absl::StatusCode::kAlreadyExists));
  again.set_owner_region("210411");
  EXPECT_OK(Create(again));
}

TEST_P(PetitionsTest, APatchChangesTheDescriptionOnly) {
  ASSERT_OK(Create(NewPetition("p1")));
  v1::UpdatePetitionRequest request;
  request.mutable_petition()->set_id("p1");
  request.mutable_petition()->set_summary("某厂昼夜排放异味");
  request.mutable_petition()->set_key(true);
  auto updated = service_.UpdatePetition(Clerk(), request);
  ASSERT_OK(updated);
  EXPECT_EQ(updated->summary(), "某厂昼夜排放异味");
  EXPECT_TRUE(updated->key());
  EXPECT_EQ(updated->pollution_types_size(), 1);
  EXPECT_EQ(Get("p1")->text(), kText);

  request.mutable_petition()->set_state(Petition::CLOSED);
  EXPECT_THAT(service_.UpdatePetition(Clerk(), request),
              StatusIs(absl::StatusCode::kInvalidArgument));
  request.mutable_petition()->clear_state();
  request.mutable_update_mask()->add_paths("text");
  EXPECT_THAT(service_.UpdatePetition(Clerk(), request),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(PetitionsTest, AStaleStepIsAborted) {
  ASSERT_OK(Create(NewPetition("p1")));
  ASSERT_OK(Assign("p1"));
  v1::AssignPetitionRequest request;
  request.set_id("p1");
  request.set_unit_id("u-2");
  request.set_version(1);
  absl::Status status = service_.AssignPetition(Clerk(), request).status();
  EXPECT_THAT(status, HasReason("STALE_VERSION"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("by li"));
}

TEST_P(PetitionsTest, AForeignAndAMissingPetitionLookTheSame) {
  ASSERT_OK(Create(NewPetition("p1")));
  ASSERT_OK(Assign("p1"));
  const Call strangers[] = {CallAs({UNIT}, "210400", "u-2"),  CallAs({PETITIONS}, "210500"),
                            CallAs({PETITIONS}, "210411"),    CallAs({OFFICE}, ""),
                            CallAs({access::v1::DISCIPLINE}), CallAs({access::v1::ADMIN}),
                            CallAs({access::v1::PUBLIC})};
  for (const Call& stranger : strangers) {
    absl::Status foreign = Get("p1", stranger).status();
    absl::Status missing = Get("p9", stranger).status();
    EXPECT_THAT(foreign, StatusIs(absl::StatusCode::kPermissionDenied));
    EXPECT_THAT(missing, StatusIs(absl::StatusCode::kPermissionDenied));
    EXPECT_EQ(Reason(foreign), Reason(missing));
  }
  for (const Call& reader :
       {Handler(), Office(), CallAs({LEADER}), CallAs({PETITIONS}, "210000")}) {
    EXPECT_OK(Get("p1", reader));
  }
}

TEST_P(PetitionsTest, WithTasksAwayAUnitThatIsNotKnownYetIsNotAssigned) {
  ASSERT_OK(Create(NewPetition("p1")));
  EXPECT_THAT(Assign("p1", "u-9"), HasReason("PEER_AWAY"));
  EXPECT_OK(Assign("p1", "u-2"));
}

TEST_P(PetitionsTest, AUnitLosesSightOfWhatIsNoLongerItsOwn) {
  ASSERT_OK(Create(NewPetition("p1")));
  ASSERT_OK(Assign("p1"));
  EXPECT_THAT(Ids({}, Handler()), ElementsAre("p1"));
  ASSERT_OK(Assign("p1", "u-2"));
  EXPECT_THAT(Ids({}, Handler()), ElementsAre());
  EXPECT_THAT(Investigate("p1"), StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_P(PetitionsTest, ListsFilterAndFollowPages) {
  for (int i = 0; i < 5; ++i) {
    Petition petition = NewPetition(absl::StrCat("p", i));
    petition.set_batch(i < 2 ? "第1批" : "第2批");
    if (i == 3) petition.add_pollution_types(Petition::SOLID_WASTE);
    if (i == 4) petition.set_key(true);
    petition.mutable_received_time()->set_seconds(1617768000 + (5 - i) * 86400);  // 2021-04-07
    ASSERT_OK(Create(petition));
  }
  ASSERT_OK(Assign("p1"));
  v1::ListPetitionsRequest request;
  request.set_batch("第1批");
  EXPECT_THAT(Ids(request), ElementsAre("p0", "p1"));
  request.Clear();
  request.set_pollution_type(Petition::SOLID_WASTE);
  EXPECT_THAT(Ids(request), ElementsAre("p3"));
  request.Clear();
  request.set_state(Petition::OPEN);
  EXPECT_THAT(Ids(request), ElementsAre("p1"));
  request.Clear();
  request.set_unit_id("u-1");
  EXPECT_THAT(Ids(request), ElementsAre("p1"));
  request.Clear();
  request.set_key(true);
  EXPECT_THAT(Ids(request), ElementsAre("p4"));
  request.Clear();
  request.set_number("No p2");
  EXPECT_THAT(Ids(request), ElementsAre("p2"));
  request.Clear();
  request.set_region("210500");
  EXPECT_THAT(Ids(request), ElementsAre());
  request.Clear();
  request.set_overdue(true);
  EXPECT_EQ(Ids(request).size(), 5u);
  request.Clear();
  request.set_order_by("received_day");
  request.set_page_size(2);
  std::vector<std::string> ids;
  do {
    auto page = service_.ListPetitions(Clerk(), request);
    ASSERT_OK(page);
    for (const auto& petition : page->petitions()) {
      ids.push_back(petition.id());
      EXPECT_EQ(petition.text(), "") << "lists carry no texts";
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(ids, ElementsAre("p4", "p3", "p2", "p1", "p0"));
  request.set_page_token("AAAA");
  EXPECT_THAT(service_.ListPetitions(Clerk(), request),
              StatusIs(absl::StatusCode::kInvalidArgument));
  request.clear_page_token();
  request.set_page_size(-1);
  EXPECT_THAT(service_.ListPetitions(Clerk(), request),
              StatusIs(absl::StatusCode::kInvalidArgument));
  request.set_page_size(0);
  request.set_order_by("text");
  EXPECT_THAT(service_.ListPetitions(Clerk(), request),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(PetitionsTest, ARepeatedRequestAnswersAsTheFirst) {
  Petition petition = NewPetition("");
  petition.set_number("1");
  const Call call = WithRequestId(Clerk(), "r1");
  auto first = Create(petition, call);
  auto second = Create(petition, call);
  ASSERT_OK(first);
  ASSERT_OK(second);
  EXPECT_EQ(first->SerializeAsString(), second->SerializeAsString());
  EXPECT_THAT(Create(petition, WithRequestId(Clerk(), "r1", "another body")),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(Ids({}).size(), 1u);
}

TEST_P(PetitionsTest, ABatchIsAllOrNothingAndIsRepeatable) {
  v1::BatchCreatePetitionsRequest request;
  *request.add_petitions() = NewPetition("p1");
  *request.add_petitions() = NewPetition("p2");
  request.mutable_petitions(1)->clear_number();
  absl::Status status = service_.BatchCreatePetitions(Clerk(), request).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("petitions[1].number"));
  EXPECT_EQ(Ids({}).size(), 0u);
  request.mutable_petitions(1)->set_number("2");
  const Call call = WithRequestId(Clerk(), "r1");
  auto first = service_.BatchCreatePetitions(call, request);
  ASSERT_OK(first);
  auto again = service_.BatchCreatePetitions(call, request);
  ASSERT_OK(again);
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(Ids({}).size(), 2u);
}

TEST_P(PetitionsTest, ValidateOnlyChangesNothing) {
  Call call = Clerk();
  call.validate_only = true;
  EXPECT_OK(Create(NewPetition("p1"), call));
  EXPECT_EQ(Ids({}).size(), 0u);
  EXPECT_OK(Create(NewPetition("p1")));
}

TEST_P(PetitionsTest, BothRatesComeFromTheSame1427Petitions) {
  int made = 0;
  auto add = [&](int count, Petition::State state, Petition::Finding finding) {
    v1::BatchCreatePetitionsRequest request;
    for (int i = 0; i < count; ++i) {
      Petition& petition = *request.add_petitions();
      petition.set_owner_region(made % 2 == 0 ? "210400" : "210411");
      petition.set_number(absl::StrCat(++made));
      petition.set_channel(Petition::WEB);
      petition.add_pollution_types(Petition::WATER);
      if (made % 3 == 0) petition.add_pollution_types(Petition::DUST);
      petition.set_summary("某处扬尘");
      petition.mutable_received_time()->set_seconds(1617768000);
      petition.mutable_origin()->set_historical(true);
      petition.set_state(state);
      petition.set_finding(finding);
      petition.set_finding_basis("现场核实");
      if (state == Petition::CLOSED || state == Petition::ACCEPTED) {
        petition.set_closed_day("2021-04-17");
      }
      if (state == Petition::STAGE_CLOSED) {
        petition.mutable_stage_closure()->set_finishing_day("2021-12-31");
      }
    }
    ASSERT_OK(service_.BatchCreatePetitions(Clerk(), request));
  };
  // 440 + 779 + 108 + 100 by what was found, 492 closed and 291 for now.
  add(440, Petition::CLOSED, Petition::TRUE);
  add(52, Petition::ACCEPTED, Petition::BASICALLY_TRUE);
  add(291, Petition::STAGE_CLOSED, Petition::BASICALLY_TRUE);
  add(436, Petition::OPEN, Petition::BASICALLY_TRUE);
  add(108, Petition::OPEN, Petition::PARTLY_TRUE);
  add(100, Petition::OPEN, Petition::UNTRUE);
  // These count nowhere.
  add(7, Petition::NOT_ACCEPTED, Petition::FINDING_UNSPECIFIED);
  Petition objection = NewPetition("objection");
  objection.set_channel(Petition::OBJECTION);
  ASSERT_OK(Create(objection));
  ASSERT_OK(Create(NewPetition("received")));
  ASSERT_OK(Assign("objection"));
  Settle();

  EXPECT_EQ(Cell("petitions.handed_over"), "1427");
  EXPECT_EQ(Cell("petitions.closed"), "492");
  EXPECT_EQ(Cell("petitions.stage_closed"), "291");
  EXPECT_EQ(Cell("petitions.closing_rate_strict"), "34.5");
  EXPECT_EQ(Cell("petitions.closing_rate_with_stages"), "54.9");
  EXPECT_EQ(Cell("petitions.pending"), "645");
  EXPECT_EQ(Cell("petitions.overdue"), "644");

  ASSERT_OK(db().Read([](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(std::vector<TallyRow> rows, ReadTallies(tx, "petitions", "210400"));
    int64_t by_finding = 0, by_type = 0;
    for (const TallyRow& row : rows) {
      if (absl::StartsWith(row.key, "finding=")) by_finding += row.count;
      if (absl::StartsWith(row.key, "type=")) by_type += row.count;
    }
    EXPECT_EQ(by_finding, 1427) << "findings are a partition";
    EXPECT_EQ(by_type, 1427 + 475) << "types overlap";
    EXPECT_OK(CheckTallies(tx, Records()));
    return absl::OkStatus();
  }));

  types::v1::SummarizeRequest below;
  below.set_region("210411");
  EXPECT_EQ(Cell("petitions.handed_over", below), "713") << "the owning region alone counts it";
}

TEST_P(PetitionsTest, WithoutPetitionsThereIsNoRate) {
  EXPECT_EQ(Cell("petitions.handed_over"), "0");
  EXPECT_EQ(Cell("petitions.closing_rate_strict"), "");
}

}  // namespace
}  // namespace lucid::cases
