// Clues, discipline cases, sanctions and the figures that count them, on both engines.
#include "absl/strings/str_cat.h"
#include "tests/cases/cases_fixture.h"

namespace lucid::cases {
namespace {

using access::v1::DISCIPLINE;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using v1::Clue;
using v1::DisciplineCase;
using v1::Sanction;

class AccountabilityTest : public CasesServiceTest {
 protected:
  static Clue NewClue(const std::string& id, Clue::Source source = Clue::CENTRAL) {
    Clue clue;
    clue.set_id(id);
    clue.set_region("210400");
    clue.set_source(source);
    clue.set_received_day("2021-07-20");
    clue.set_text("某局副局长履职不力");
    return clue;
  }

  static Sanction NewSanction(const std::string& id, const std::string& person,
                              Sanction::Measure measure, const std::string& day = "2022-03-01") {
    Sanction sanction;
    sanction.set_id(id);
    sanction.set_region("210400");
    sanction.set_person_id(person);
    sanction.set_clue_id("c1");
    sanction.set_measure(measure);
    sanction.set_decision_day(day);
    return sanction;
  }

  absl::StatusOr<Clue> Create(const Clue& clue, const Call& call = Discipline()) {
    v1::CreateClueRequest request;
    *request.mutable_clue() = clue;
    return service_.CreateClue(call, request);
  }

  absl::StatusOr<Sanction> Create(const Sanction& sanction, const Call& call = Discipline()) {
    v1::CreateSanctionRequest request;
    *request.mutable_sanction() = sanction;
    return service_.CreateSanction(call, request);
  }

  absl::StatusOr<DisciplineCase> File(const std::string& id, std::vector<std::string> clues,
                                      const std::string& day = "2022-01-10",
                                      bool historical = false) {
    v1::CreateDisciplineCaseRequest request;
    DisciplineCase& filed = *request.mutable_discipline_case();
    filed.set_id(id);
    filed.set_region("210400");
    for (const std::string& clue : clues) filed.add_clue_ids(clue);
    filed.set_filing_day(day);
    filed.mutable_origin()->set_historical(historical);
    return service_.CreateDisciplineCase(Discipline(), request);
  }

  absl::StatusOr<Clue> Verify(const std::string& id) {
    v1::ClueStepRequest request;
    request.set_id(id);
    return service_.VerifyClue(Discipline(), request);
  }

  absl::StatusOr<figures::v1::Figure> Evaluate(const std::string& figure,
                                               const std::string& as_of = "2024-09-18",
                                               std::map<std::string, std::string> parameters = {},
                                               const Call& call = Office()) {
    figures::v1::EvaluateFiguresRequest request;
    auto* query = request.add_queries();
    query->set_figure(figure);
    for (const auto& [name, value] : parameters) (*query->mutable_parameters())[name] = value;
    request.set_as_of_day(as_of);
    request.set_records_page_size(1000);
    ASSIGN_OR_RETURN(auto response, service_.EvaluateFigures(call, request));
    return response.figures(0);
  }
};
EVERY_ENGINE(AccountabilityTest);

TEST_P(AccountabilityTest, AClueIsHandledStepByStep) {
  auto clue = Create(NewClue("c1"));
  ASSERT_OK(clue);
  EXPECT_EQ(clue->state(), Clue::RECEIVED);
  EXPECT_THAT(clue->allowed_actions(), ElementsAre("talk", "verify", "hold", "settle"));
  v1::ClueStepRequest step;
  step.set_id("c1");
  ASSERT_OK(service_.TalkClue(Discipline(), step));
  EXPECT_THAT(service_.TalkClue(Discipline(), step), HasReason("WRONG_STATE"));
  EXPECT_THAT(service_.HoldClue(Discipline(), step), StatusIs(absl::StatusCode::kInvalidArgument));
  step.set_reason("当事人出国");
  ASSERT_OK(service_.HoldClue(Discipline(), step));
  ASSERT_OK(service_.VerifyClue(Discipline(), step));
  step.set_reason("查无实据");
  auto settled = service_.SettleClue(Discipline(), step);
  ASSERT_OK(settled);
  EXPECT_EQ(settled->state(), Clue::SETTLED);
  EXPECT_EQ(settled->handled_day(), "2026-11-24");
  EXPECT_EQ(settled->history_size(), 4);
  EXPECT_EQ(settled->allowed_actions_size(), 0);
}

TEST_P(AccountabilityTest, NobodyButDisciplineSeesAnyOfIt) {
  ASSERT_OK(Create(NewClue("c1")));
  ASSERT_OK(Create(NewSanction("s1", "person-1", Sanction::PARTY_ADMIN)));
  v1::GetClueRequest clue;
  clue.set_id("c1");
  v1::GetSanctionRequest sanction;
  sanction.set_id("s1");
  for (Role role : {access::v1::OFFICE, access::v1::UNIT, access::v1::LEADER, access::v1::SUPERIOR,
                    access::v1::MONITOR, access::v1::PETITIONS, access::v1::PUBLISHER,
                    access::v1::PUBLIC, access::v1::ADMIN}) {
    const Call call = CallAs({role}, "210000", "u-1");
    EXPECT_THAT(service_.GetClue(call, clue), StatusIs(absl::StatusCode::kPermissionDenied));
    EXPECT_THAT(service_.GetSanction(call, sanction),
                StatusIs(absl::StatusCode::kPermissionDenied));
    EXPECT_THAT(service_.ListSanctions(call, {}), StatusIs(absl::StatusCode::kPermissionDenied));
    EXPECT_THAT(service_.ListClues(call, {}), StatusIs(absl::StatusCode::kPermissionDenied));
    EXPECT_THAT(service_.ListDisciplineCases(call, {}),
                StatusIs(absl::StatusCode::kPermissionDenied));
  }
  EXPECT_THAT(service_.GetClue(CallAs({DISCIPLINE}, "210500"), clue),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_OK(service_.GetClue(CallAs({DISCIPLINE}, "210000"), clue));
}

TEST_P(AccountabilityTest, EventsHoldNeitherPersonsNorTexts) {
  ASSERT_OK(Create(NewClue("c1")));
  ASSERT_OK(Verify("c1"));
  ASSERT_OK(File("d1", {"c1"}));
  ASSERT_OK(Create(NewSanction("s1", "person-1", Sanction::PARTY_ADMIN)));
  Settle();
  std::string all;
  for (const Call& reader : {CallAs({access::v1::SERVICE}, ""), Discipline(), Clerk()}) {
    auto list = service_.ListEvents(reader, {});
    ASSERT_OK(list);
    EXPECT_EQ(list->events_size(), reader.actor.Has(access::v1::PETITIONS) ? 0 : 4);
    absl::StrAppend(&all, list->SerializeAsString());
  }
  EXPECT_THAT(all, Not(HasSubstr("person-1")));
  EXPECT_THAT(all, Not(HasSubstr("履职不力")));
}

TEST_P(AccountabilityTest, ARepeatedSanctionAnswersWithItsPerson) {
  ASSERT_OK(Create(NewClue("c1")));
  const Call call = WithRequestId(Discipline(), "r1");
  Sanction sanction = NewSanction("s1", "person-1", Sanction::PARTY_ADMIN);
  auto first = Create(sanction, call);
  auto second = Create(sanction, call);
  ASSERT_OK(second);
  EXPECT_EQ(second->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(second->person_id(), "person-1");
}

TEST_P(AccountabilityTest, ARepeatedStepAnswersWithItsReasons) {
  ASSERT_OK(Create(NewClue("c1")));
  v1::ClueStepRequest step;
  step.set_id("c1");
  step.set_reason("需进一步了解");
  const Call call = WithRequestId(Discipline(), "r1");
  auto first = service_.VerifyClue(call, step);
  ASSERT_OK(first);
  step.set_reason("查无实据");
  ASSERT_OK(service_.SettleClue(Discipline(), step));
  auto again = service_.VerifyClue(call, step);
  ASSERT_OK(again);
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
}

TEST_P(AccountabilityTest, ACaseRestsOnCluesBeingVerified) {
  ASSERT_OK(Create(NewClue("c1")));
  ASSERT_OK(Create(NewClue("c2", Clue::REVIEW)));
  EXPECT_THAT(File("d1", {"c1"}), HasReason("WRONG_STATE"));
  EXPECT_THAT(File("d1", {"c9"}), StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_OK(Verify("c1"));
  ASSERT_OK(Verify("c2"));
  auto filed = File("d1", {"c1", "c2"});
  ASSERT_OK(filed);
  EXPECT_THAT(filed->clue_sources(), ElementsAre(Clue::CENTRAL, Clue::REVIEW));
  v1::ListDisciplineCasesRequest by_clue;
  by_clue.set_clue_id("c2");
  EXPECT_EQ(service_.ListDisciplineCases(Discipline(), by_clue)->discipline_cases_size(), 1);
  by_clue.set_clue_id("c");
  EXPECT_EQ(service_.ListDisciplineCases(Discipline(), by_clue)->discipline_cases_size(), 0);
  by_clue.set_clue_id("%");
  EXPECT_THAT(service_.ListDisciplineCases(Discipline(), by_clue),
              StatusIs(absl::StatusCode::kInvalidArgument));
  v1::ConcludeDisciplineCaseRequest conclude;
  conclude.set_id("d1");
  conclude.set_conclusion("给予警告处分");
  EXPECT_EQ(service_.ConcludeDisciplineCase(Discipline(), conclude)->state(),
            DisciplineCase::CONCLUDED);
  EXPECT_THAT(service_.ConcludeDisciplineCase(Discipline(), conclude), HasReason("WRONG_STATE"));
}

TEST_P(AccountabilityTest, ASanctionFollowsFromWhatExists) {
  EXPECT_THAT(Create(NewSanction("s1", "person-1", Sanction::PARTY_ADMIN)),
              StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_OK(Create(NewClue("c1")));
  EXPECT_THAT(Create(NewSanction("s1", "person-1", Sanction::PARTY_ADMIN, "2021-07-19")),
              StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_OK(Create(NewSanction("s1", "person-1", Sanction::PARTY_ADMIN)));
  v1::RevokeSanctionRequest revoke;
  revoke.set_id("s1");
  EXPECT_THAT(service_.RevokeSanction(Discipline(), revoke),
              StatusIs(absl::StatusCode::kInvalidArgument));
  revoke.set_reason("申诉成立");
  auto revoked = service_.RevokeSanction(Discipline(), revoke);
  ASSERT_OK(revoked);
  EXPECT_EQ(revoked->revoked_day(), "2026-11-24");
  EXPECT_THAT(service_.RevokeSanction(Discipline(), revoke), HasReason("WRONG_STATE"));
}

TEST_P(AccountabilityTest, BatchesAreAllOrNothing) {
  v1::BatchCreateCluesRequest clues;
  *clues.add_clues() = NewClue("c1");
  *clues.add_clues() = NewClue("c2");
  clues.mutable_clues(1)->set_received_day("2023-02-30");
  EXPECT_THAT(std::string(service_.BatchCreateClues(Discipline(), clues).status().message()),
              HasSubstr("clues[1].received_day"));
  EXPECT_EQ(service_.ListClues(Discipline(), {})->clues_size(), 0);
  clues.mutable_clues(1)->set_received_day("2023-02-28");
  ASSERT_OK(service_.BatchCreateClues(Discipline(), clues));
  v1::BatchCreateSanctionsRequest sanctions;
  *sanctions.add_sanctions() = NewSanction("s1", "a", Sanction::PARTY_ADMIN);
  *sanctions.add_sanctions() = NewSanction("s1", "b", Sanction::PARTY_ADMIN);
  EXPECT_THAT(service_.BatchCreateSanctions(Discipline(), sanctions),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(service_.ListSanctions(Discipline(), {})->sanctions_size(), 0);
}

// The notice: 23 clues handled, 9 cases filed, 16 persons sanctioned, 54 handled, among records
// that must not count.
TEST_P(AccountabilityTest, TheFiguresOfTheNotice) {
  v1::BatchCreateCluesRequest clues;
  auto historical = [](Clue clue, const std::string& handled) {
    clue.mutable_origin()->set_historical(true);
    clue.set_received_day("2020-06-01");
    clue.set_state(Clue::SETTLED);
    clue.set_handled_day(handled);
    return clue;
  };
  for (int i = 1; i <= 23; ++i) {
    *clues.add_clues() = historical(
        NewClue(absl::StrCat("c", i), i <= 14 ? Clue::CENTRAL : Clue::PROVINCIAL), "2021-08-01");
  }
  *clues.add_clues() = historical(NewClue("too-early"), "2020-12-31");
  *clues.add_clues() = historical(NewClue("too-late"), "2024-09-19");
  *clues.add_clues() = historical(NewClue("other", Clue::OTHER), "2021-08-01");
  *clues.add_clues() = historical(NewClue("review", Clue::REVIEW), "2021-08-01");
  *clues.add_clues() = NewClue("unhandled");
  Clue elsewhere = historical(NewClue("elsewhere"), "2021-08-01");
  elsewhere.set_region("210500");
  *clues.add_clues() = elsewhere;
  ASSERT_OK(service_.BatchCreateClues(CallAs({DISCIPLINE}, "210000"), clues));

  for (int i = 1; i <= 7; ++i)
    ASSERT_OK(File(absl::StrCat("d", i), {absl::StrCat("c", i)}, "2022-01-10", true));
  ASSERT_OK(File("d8", {"c8", "c9", "other"}, "2021-01-01", true));
  ASSERT_OK(File("d9", {"c1"}, "2024-09-18", true));
  ASSERT_OK(File("of-other", {"other"}, "2022-01-10", true));
  ASSERT_OK(File("too-early", {"c1"}, "2020-12-31", true));
  ASSERT_OK(File("too-late", {"c1"}, "2024-09-19", true));

  v1::BatchCreateSanctionsRequest sanctions;
  for (int i = 0; i < 16; ++i) {
    *sanctions.add_sanctions() =
        NewSanction(absl::StrCat("pa-", i), absl::StrCat("person-", i), Sanction::PARTY_ADMIN);
  }
  for (int i = 0; i < 54; ++i) {
    // The first four are persons who were punished too: persons may be counted under both.
    *sanctions.add_sanctions() = NewSanction(
        absl::StrCat("org-", i), absl::StrCat("person-", i + 12), Sanction::ORGANISATIONAL);
  }
  // Second decisions about the same persons are no further persons.
  *sanctions.add_sanctions() =
      NewSanction("pa-again", "person-0", Sanction::PARTY_ADMIN, "2023-03-01");
  *sanctions.add_sanctions() =
      NewSanction("org-again", "person-20", Sanction::ORGANISATIONAL, "2023-03-01");
  *sanctions.add_sanctions() = NewSanction("admonished", "person-90", Sanction::ADMONISHED);
  *sanctions.add_sanctions() = NewSanction("criticised", "person-91", Sanction::CRITICISED);
  *sanctions.add_sanctions() =
      NewSanction("too-late", "person-92", Sanction::ORGANISATIONAL, "2024-09-19");
  Sanction revoked = NewSanction("revoked", "person-93", Sanction::PARTY_ADMIN);
  revoked.mutable_origin()->set_historical(true);
  revoked.set_revoked(true);
  revoked.set_revoked_day("2023-01-01");
  *sanctions.add_sanctions() = revoked;
  ASSERT_OK(service_.BatchCreateSanctions(Discipline(), sanctions));

  struct Expected {
    const char* figure;
    const char* value;
    const char* unit;
    int64_t records;
    const char* collection;
  };
  for (const Expected& expected :
       {Expected{"F05", "23", "件", 23, "clues"}, Expected{"F06", "9", "件", 9, "discipline_cases"},
        Expected{"F07", "16", "人", 17, "sanctions"},
        Expected{"F08", "54", "人", 55, "sanctions"}}) {
    auto figure = Evaluate(expected.figure);
    ASSERT_OK(figure);
    EXPECT_EQ(figure->value(), expected.value) << expected.figure;
    EXPECT_EQ(figure->unit(), expected.unit);
    EXPECT_EQ(figure->record_count(), expected.records);
    EXPECT_EQ(figure->records_size(), expected.records);
    EXPECT_EQ(figure->records(0).collection(), expected.collection);
    EXPECT_EQ(figure->period(), "2021-01-01 – 2024-09-18");
    EXPECT_EQ(figure->parameters().at("region"), "210400");
    EXPECT_THAT(figure->SerializeAsString(), Not(HasSubstr("person-")));
  }
  // The revoked one counted until it was revoked.
  EXPECT_EQ(Evaluate("F07", "2022-12-31")->value(), "17");
  EXPECT_EQ(Evaluate("F07", "2023-01-01")->value(), "16");
  // A revocation after the notice's day is no drift.
  v1::RevokeSanctionRequest revoke;
  revoke.set_id("pa-1");
  revoke.set_reason("申诉成立");
  ASSERT_OK(service_.RevokeSanction(Discipline(), revoke));
  EXPECT_EQ(Evaluate("F07")->value(), "16");
  EXPECT_EQ(Evaluate("F07", "2026-11-24")->value(), "15");

  EXPECT_EQ(Evaluate("F05", "2024-09-18", {{"from", "2020-01-01"}})->value(), "24");
  EXPECT_EQ(Evaluate("F05", "2024-12-31")->value(), "24");
  EXPECT_EQ(Evaluate("F05", "2024-12-31", {{"to", "2024-09-18"}})->value(), "23");
  EXPECT_EQ(Evaluate("F05", "2024-09-18", {{"region", "210000"}}, CallAs({access::v1::SERVICE}, ""))
                ->value(),
            "24");
  EXPECT_EQ(Evaluate("F05", "2024-09-18", {{"region", "210411"}})->value(), "0");

  types::v1::SummarizeRequest day;
  day.set_day("2024-09-18");
  EXPECT_EQ(Cell("accountability.clues", day), "23");
  EXPECT_EQ(Cell("accountability.cases", day), "9");
  EXPECT_EQ(Cell("accountability.party_admin", day), "16");
  EXPECT_EQ(Cell("accountability.organisational", day), "54");
}

TEST_P(AccountabilityTest, FiguresRefuseWhatTheyDoNotKnow) {
  EXPECT_THAT(Evaluate("F01"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Evaluate("F05", "2024-09-18", {{"regoin", "210400"}}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Evaluate("F05", "2024-02-30"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Evaluate("F05", "2024-09-18", {{"from", "soon"}}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Evaluate("F05", "2024-09-18", {{"region", "210500"}}),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_P(AccountabilityTest, MoreCasesThanCluesOnlyWarns) {
  ASSERT_OK(Create(NewClue("c1")));
  ASSERT_OK(Verify("c1"));
  ASSERT_OK(File("d1", {"c1"}));
  ASSERT_OK(File("d2", {"c1"}));
  auto figure = Evaluate("F06", "2026-11-24");
  ASSERT_OK(figure);
  EXPECT_EQ(figure->value(), "2");
  EXPECT_THAT(figure->working(), HasSubstr("more than"));
}

}  // namespace
}  // namespace lucid::cases
