// What may be entered in a petition.
#include "services/cases/petition_form_rules.h"

#include <functional>

#include "tests/testing/matchers.h"

namespace lucid::cases {
namespace {

using ::testing::HasSubstr;
using v1::Disposition;
using v1::Petition;

const absl::CivilDay kToday(2024, 9, 18);

Petition Good() {
  Petition petition;
  petition.set_owner_region("210400");
  petition.set_number("D3LN202104070001");
  petition.set_channel(Petition::LETTER);
  petition.add_pollution_types(Petition::WATER);
  petition.add_pollution_types(Petition::NOISE);
  petition.set_text("我是望花区居民张伟,电话13812345678,某厂夜间偷排。");
  petition.mutable_petitioner()->set_name("张伟");
  petition.mutable_petitioner()->set_phone("024-52345678");
  petition.mutable_petitioner()->set_address("望花区和平路1号");
  petition.set_summary("某厂夜间偷排废水");
  return petition;
}

Petition GoodHistorical() {
  Petition petition = Good();
  petition.mutable_origin()->set_historical(true);
  petition.set_state(Petition::CLOSED);
  petition.set_finding(Petition::UNTRUE);
  petition.set_finding_basis("现场监测达标");
  petition.set_closed_day("2021-04-15");
  return petition;
}

TEST(PetitionForm, AWellFormedPetitionPasses) {
  EXPECT_OK(CheckNewPetition(Good(), kToday));
  EXPECT_OK(CheckNewPetition(GoodHistorical(), kToday));
}

TEST(PetitionForm, EachRuleNamesItsField) {
  struct Case {
    const char* field;
    std::function<void(Petition&)> spoil;
  };
  const Case kCases[] = {
      {"owner_region", [](Petition& p) { p.set_owner_region("2104"); }},
      {"number", [](Petition& p) { p.clear_number(); }},
      {"channel", [](Petition& p) { p.clear_channel(); }},
      {"regions[0]", [](Petition& p) { p.add_regions("抚顺"); }},
      {"pollution_types", [](Petition& p) { p.clear_pollution_types(); }},
      {"pollution_types", [](Petition& p) { p.add_pollution_types(Petition::WATER); }},
      {"point", [](Petition& p) { p.mutable_point()->set_lat(91); }},
      {"text", [](Petition& p) { p.clear_text(), p.clear_summary(); }},
      {"text", [](Petition& p) { p.set_text(std::string(20001, 'a')); }},
      {"summary", [](Petition& p) { p.set_summary("张伟反映某厂偷排"); }},
      {"summary", [](Petition& p) { p.set_summary("联系 024-52345678"); }},
      {"summary", [](Petition& p) { p.set_summary("住望花区和平路1号"); }},
      {"summary", [](Petition& p) { p.set_summary("联系 138 1234 5678"); }},
      {"place", [](Petition& p) { p.set_place("望花区和平路1号旁"); }},
      {"anonymous", [](Petition& p) { p.set_anonymous(true); }},
      {"state", [](Petition& p) { p.set_state(Petition::CLOSED); }},
      {"finding", [](Petition& p) { p.set_finding(Petition::TRUE); }},
      {"dispositions", [](Petition& p) { p.add_dispositions(); }},
      {"unit_id", [](Petition& p) { p.set_unit_id("u-1"); }},
      {"due_day", [](Petition& p) { p.set_due_day("2099-01-01"); }},
      {"closed_day", [](Petition& p) { p.set_closed_day("2021-01-01"); }},
      {"stage_closure", [](Petition& p) { p.mutable_stage_closure(); }},
  };
  for (const Case& c : kCases) {
    Petition petition = Good();
    c.spoil(petition);
    absl::Status status = CheckNewPetition(petition, kToday);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument)) << c.field;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.field));
  }
}

TEST(PetitionForm, AHistoricalPetitionMustAddUp) {
  struct Case {
    const char* field;
    std::function<void(Petition&)> spoil;
  };
  const Case kCases[] = {
      {"finding", [](Petition& p) { p.clear_finding(); }},
      {"finding_basis", [](Petition& p) { p.clear_finding_basis(); }},
      {"closed_day", [](Petition& p) { p.clear_closed_day(); }},
      {"closed_day", [](Petition& p) { p.set_closed_day("2021-02-30"); }},
      {"closed_day", [](Petition& p) { p.set_closed_day("2024-09-19"); }},
      {"closed_day", [](Petition& p) { p.set_state(Petition::OPEN); }},
      {"state", [](Petition& p) { p.set_state(Petition::MERGED); }},
      {"stage_closure.finishing_day", [](Petition& p) { p.set_state(Petition::STAGE_CLOSED); }},
  };
  for (const Case& c : kCases) {
    Petition petition = GoodHistorical();
    c.spoil(petition);
    absl::Status status = CheckNewPetition(petition, kToday);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument)) << c.field;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.field));
  }
}

TEST(PetitionForm, ErrorsQuoteNothingOfThePetitioner) {
  Petition petition = Good();
  petition.set_summary("张伟,13812345678");
  const std::string message(CheckNewPetition(petition, kToday).message());
  EXPECT_THAT(message, ::testing::Not(HasSubstr("张伟")));
  EXPECT_THAT(message, ::testing::Not(HasSubstr("1381")));
}

TEST(PetitionForm, StartingFillsWhatThePetitionDoesNotSay) {
  Petition petition = Good();
  petition.add_history()->set_action("close");
  petition.set_merged_into("p-9");
  StartPetition(petition, absl::CivilDay(2024, 9, 1));
  EXPECT_EQ(petition.state(), Petition::RECEIVED);
  EXPECT_EQ(petition.received_day(), "2024-09-01");
  EXPECT_EQ(petition.due_day(), "2024-09-11");
  EXPECT_EQ(petition.round(), 1);
  EXPECT_THAT(petition.regions(), ::testing::ElementsAre("210400"));
  EXPECT_EQ(petition.history_size(), 0);
  EXPECT_EQ(petition.merged_into(), "");
}

TEST(PetitionForm, UntrueIsNeverBare) {
  v1::InvestigatePetitionRequest request;
  EXPECT_FALSE(CheckInvestigation(request).ok());
  request.set_finding(Petition::TRUE);
  EXPECT_OK(CheckInvestigation(request));
  request.set_finding(Petition::UNTRUE);
  EXPECT_FALSE(CheckInvestigation(request).ok());
  request.set_finding_basis("监测达标");
  EXPECT_OK(CheckInvestigation(request));
}

TEST(PetitionForm, EachDispositionHasItsOwnUnit) {
  const std::pair<Disposition::Kind, const char*> kUnits[] = {
      {Disposition::ORDERED_TO_RECTIFY, "家"},
      {Disposition::PENALISED, "家"},
      {Disposition::FINE, "元"},
      {Disposition::SUSPENDED, "家"},
      {Disposition::SHUT_DOWN, "家"},
      {Disposition::CRIMINAL_CASE, "件"},
      {Disposition::ADMIN_DETENTION, "人"},
      {Disposition::CRIMINAL_DETENTION, "人"},
      {Disposition::SUMMONED, "人"},
      {Disposition::ACCOUNTABLE, "人"},
  };
  for (const auto& [kind, unit] : kUnits) {
    v1::InvestigatePetitionRequest request;
    request.set_finding(Petition::TRUE);
    Disposition& disposition = *request.add_dispositions();
    disposition.set_kind(kind);
    disposition.set_count("2");
    EXPECT_OK(CheckInvestigation(request));
    disposition.set_unit(unit);
    EXPECT_OK(CheckInvestigation(request));
    disposition.set_unit("吨");
    EXPECT_FALSE(CheckInvestigation(request).ok());
    Petition petition;
    *petition.add_dispositions() = disposition;
    FillUnits(petition);
    EXPECT_EQ(petition.dispositions(0).unit(), unit);
  }
}

TEST(PetitionForm, CountsAreWholeAndFinesExactToTheCent) {
  const std::tuple<Disposition::Kind, const char*, bool> kCases[] = {
      {Disposition::FINE, "1234567.89", true}, {Disposition::FINE, "100", true},
      {Disposition::FINE, "0.001", false},     {Disposition::FINE, "0", false},
      {Disposition::FINE, "-5", false},        {Disposition::FINE, "1e5", false},
      {Disposition::PENALISED, "3", true},     {Disposition::PENALISED, "1.5", false},
      {Disposition::PENALISED, "", false},     {Disposition::KIND_UNSPECIFIED, "1", false},
  };
  for (const auto& [kind, count, good] : kCases) {
    v1::InvestigatePetitionRequest request;
    request.set_finding(Petition::TRUE);
    request.add_dispositions()->set_kind(kind);
    request.mutable_dispositions(0)->set_count(count);
    EXPECT_EQ(CheckInvestigation(request).ok(), good) << Disposition::Kind_Name(kind) << count;
  }
  v1::InvestigatePetitionRequest twice;
  twice.set_finding(Petition::TRUE);
  for (int i = 0; i < 2; ++i) {
    twice.add_dispositions()->set_kind(Disposition::FINE);
    twice.mutable_dispositions(i)->set_count("1");
  }
  EXPECT_FALSE(CheckInvestigation(twice).ok());
}

TEST(PetitionForm, WorkflowFieldsAreNotPatched) {
  EXPECT_OK(CheckPatched({"summary", "key", "place"}));
  for (const char* field : {"state", "owner_region", "text", "petitioner", "finding", "id",
                            "due_day", "unit_id", "origin", "history"}) {
    EXPECT_THAT(CheckPatched({field}), StatusIs(absl::StatusCode::kInvalidArgument)) << field;
  }
  EXPECT_THAT(CheckPatched({}), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(PetitionForm, APatchLeavesAWellFormedPetition) {
  EXPECT_OK(CheckChangedPetition(Good()));
  Petition petition = Good();
  petition.clear_pollution_types();
  EXPECT_THAT(CheckChangedPetition(petition), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(PetitionForm, AStageClosureHasAFinishingDayAhead) {
  v1::ApplyStageClosureRequest request;
  for (const char* day : {"", "2024-09-18", "2024-02-30", "soon"}) {
    request.set_finishing_day(day);
    EXPECT_FALSE(CheckStageClosure(request, kToday).ok()) << day;
  }
  request.set_finishing_day("2024-09-19");
  EXPECT_OK(CheckStageClosure(request, kToday));
}

}  // namespace
}  // namespace lucid::cases
