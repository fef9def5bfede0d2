// Who petitioned and in which words: kept apart, sealed, looked at on record, erased for good.
#include <sqlite3.h>

#include <cstring>
#include <fstream>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "services/cases/seal.h"
#include "tests/cases/cases_fixture.h"

namespace lucid::cases {
namespace {

using access::v1::OFFICE;
using access::v1::PETITIONS;
using access::v1::UNIT;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class SecrecyTest : public CasesServiceTest {
 protected:
  // Everything that the database holds, as one text.
  std::string Everything() {
    std::string all;
    absl::Status read = db().Read([&](Tx& tx) -> absl::Status {
      for (const char* table : {"petitions", "petition_secrets", "petitioner_looks", "clues",
                                "sanctions", "events", "requests", "tallies", "unit_scopes"}) {
        ASSIGN_OR_RETURN(Rows rows, tx.Run(absl::StrCat("SELECT * FROM ", table)));
        const size_t columns = Columns(table);
        for (size_t row = 0; row < rows.size(); ++row) {
          for (size_t column = 0; column < columns; ++column) {
            absl::StrAppend(&all, rows.Text(row, column), rows.Bytes(row, column), "\n");
          }
        }
      }
      return absl::OkStatus();
    });
    EXPECT_OK(read);
    return all;
  }

  std::string Events() {
    Settle();
    events::v1::ListEventsRequest request;
    request.set_page_size(1000);
    std::string all;
    for (const Call& reader : {Clerk(), Discipline(), CallAs({access::v1::SERVICE}, "")}) {
      auto list = service_.ListEvents(reader, request);
      EXPECT_OK(list);
      absl::StrAppend(&all, list->SerializeAsString());
    }
    return all;
  }

 private:
  static size_t Columns(absl::string_view table) {
    if (table == "petitions") return 15;
    if (table == "petition_secrets") return 4;
    if (table == "petitioner_looks") return 6;
    if (table == "clues") return 9;
    if (table == "sanctions") return 9;
    if (table == "events") return 13;
    if (table == "requests") return 4;
    return table == "tallies" ? 5 : 3;
  }
};
EVERY_ENGINE(SecrecyTest);

TEST_P(SecrecyTest, NothingStoredNamesThePetitioner) {
  ASSERT_OK(Create(NewPetition("p1"), WithRequestId(Clerk(), "r1")));
  ASSERT_OK(Assign("p1"));
  ASSERT_OK(Investigate("p1"));
  ASSERT_OK(Get("p1"));
  const std::string all = absl::StrCat(Everything(), Events());
  EXPECT_THAT(all, HasSubstr("某厂夜间排放异味")) << "the summary is there to be read";
  EXPECT_THAT(all, Not(HasSubstr(kName)));
  EXPECT_THAT(all, Not(HasSubstr(kPhone)));
  EXPECT_THAT(all, Not(HasSubstr("气味刺鼻")));
}

TEST_P(SecrecyTest, OnlyThePetitionOfficeReadsTheText) {
  auto created = Create(NewPetition("p1"));
  ASSERT_OK(created);
  EXPECT_EQ(created->text(), "");
  EXPECT_FALSE(created->has_petitioner());
  ASSERT_OK(Assign("p1"));
  EXPECT_EQ(Get("p1", Clerk())->text(), kText);
  EXPECT_EQ(Get("p1", CallAs({PETITIONS}, "210000"))->text(), kText);
  for (const Call& reader :
       {Handler(), Office(), CallAs({access::v1::LEADER}), CallAs({access::v1::SERVICE}, "")}) {
    EXPECT_EQ(Get("p1", reader)->text(), "");
  }
  // A petition officer of another region who handles it as a unit sees no more than the unit.
  Call both = CallAs({PETITIONS, UNIT}, "210500", "u-1");
  EXPECT_EQ(Get("p1", both)->text(), "");
  EXPECT_THAT(Reveal("p1", both), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_FALSE(Get("p1")->has_petitioner());
}

TEST_P(SecrecyTest, EveryLookIsRecorded) {
  ASSERT_OK(Create(NewPetition("p1")));
  v1::RevealPetitionerRequest bare;
  bare.set_id("p1");
  EXPECT_THAT(service_.RevealPetitioner(Clerk(), bare),
              StatusIs(absl::StatusCode::kInvalidArgument));
  auto revealed = Reveal("p1");
  ASSERT_OK(revealed);
  EXPECT_EQ(revealed->petitioner().name(), kName);
  EXPECT_EQ(revealed->petitioner().phone(), kPhone);
  EXPECT_EQ(revealed->text(), kText);
  ASSERT_OK(Reveal("p1", Chief()));
  auto looks = service_.ListPetitionerLooks(Clerk(), {});
  ASSERT_OK(looks);
  ASSERT_EQ(looks->petitioner_looks_size(), 2);
  EXPECT_EQ(looks->petitioner_looks(0).subject(), "li");
  EXPECT_EQ(looks->petitioner_looks(0).reason(), kReason);
  EXPECT_EQ(looks->petitioner_looks(1).subject(), "zhao");
  EXPECT_EQ(Get("p1")->version(), 1) << "a look is no change of the petition";

  Settle();
  events::v1::ListEventsRequest request;
  request.add_kinds("petitioner_looks.*");
  auto list = service_.ListEvents(Clerk(), request);
  ASSERT_OK(list);
  ASSERT_EQ(list->events_size(), 2);
  EXPECT_EQ(list->events(0).actor(), "li");
  // The reason names the person, so it stays out of events.
  EXPECT_THAT(Events(), Not(HasSubstr(kName)));
}

TEST_P(SecrecyTest, NobodyElseLooks) {
  ASSERT_OK(Create(NewPetition("p1")));
  ASSERT_OK(Assign("p1"));
  for (const Call& stranger :
       {Handler(), Office(), Discipline(), CallAs({PETITIONS}, "210411"),
        CallAs({access::v1::ADMIN}, ""), CallAs({access::v1::SERVICE}, "")}) {
    EXPECT_THAT(Reveal("p1", stranger), StatusIs(absl::StatusCode::kPermissionDenied));
  }
  EXPECT_EQ(service_.ListPetitionerLooks(Clerk(), {})->petitioner_looks_size(), 0);
}

TEST_P(SecrecyTest, ErasingKeepsTheCaseAndDestroysTheRest) {
  ASSERT_OK(Create(NewPetition("p1")));
  std::string sealed_key, sealed_person;
  ASSERT_OK(db().Read([&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT sealed_key, petitioner FROM petition_secrets"));
    sealed_key = rows.Bytes(0, 0);
    sealed_person = rows.Bytes(0, 1);
    return absl::OkStatus();
  }));
  const std::string digest = Get("p1")->text_digest();
  EXPECT_EQ(digest.size(), 64u);
  v1::ErasePetitionerRequest bare;
  bare.set_id("p1");
  EXPECT_THAT(service_.ErasePetitioner(Chief(), bare),
              StatusIs(absl::StatusCode::kInvalidArgument));
  auto erased = Erase("p1");
  ASSERT_OK(erased);
  EXPECT_FALSE(erased->revealable());
  EXPECT_THAT(Reveal("p1"), HasReason("NOTHING_TO_REVEAL"));
  EXPECT_THAT(Erase("p1"), HasReason("NOTHING_TO_REVEAL"));
  auto petition = Get("p1");
  ASSERT_OK(petition);
  EXPECT_EQ(petition->text(), "");
  EXPECT_EQ(petition->text_digest(), digest);
  EXPECT_EQ(petition->state(), v1::Petition::RECEIVED);
  EXPECT_THAT(Everything(), Not(HasSubstr(sealed_person)));
  EXPECT_OK(Assign("p1")) << "the case goes on";
  if (!sqlite()) return;
  // Neither do the pages of the file hold it any longer, once the log is written back.
  const std::string path = database().url().substr(strlen("sqlite:"));
  sqlite3* file = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &file), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(file, "PRAGMA wal_checkpoint(TRUNCATE)", nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(file);
  EXPECT_THAT(ReadFile(path), HasSubstr("petition_secrets"));
  EXPECT_THAT(ReadFile(path), Not(HasSubstr(sealed_key)));
  EXPECT_THAT(ReadFile(path + "-wal"), Not(HasSubstr(sealed_key)));
}

TEST_P(SecrecyTest, WhatGivesThePetitionerAwayDoesNotGetIntoTheCase) {
  v1::Petition petition = NewPetition("p1");
  petition.set_summary(absl::StrCat(kName, "反映异味"));
  absl::Status status = Create(petition).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(status.ToString(), Not(HasSubstr(kName)));
  ASSERT_OK(Create(NewPetition("p1")));
  v1::UpdatePetitionRequest update;
  update.mutable_petition()->set_id("p1");
  update.mutable_petition()->set_place(absl::StrCat(kName, "家门口"));
  EXPECT_THAT(service_.UpdatePetition(Clerk(), update),
              StatusIs(absl::StatusCode::kInvalidArgument));
  v1::AcceptPetitionRequest accept;
  accept.set_id("p1");
  accept.set_validity(v1::AcceptPetitionRequest::FORWARDED);
  accept.set_reason(absl::StrCat("请联系", kPhone));
  EXPECT_THAT(service_.AcceptPetition(Clerk(), accept),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(SecrecyTest, TheHandlingUnitCannotGuessNames) {
  ASSERT_OK(Create(NewPetition("p1")));
  ASSERT_OK(Assign("p1"));
  EXPECT_OK(Investigate("p1", Handler(), absl::StrCat(kName, "所述属实")));
  EXPECT_OK(Investigate("p1", Handler(), "欧阳冬梅所述属实"));
  EXPECT_THAT(Investigate("p1", Clerk(), absl::StrCat(kName, "所述属实")),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(SecrecyTest, AnotherMasterKeyIsRefused) {
  ASSERT_OK(PetitionSecrets({TestMasterKey()}).CheckMasterKey(db()));
  EXPECT_OK(PetitionSecrets({TestMasterKey()}).CheckMasterKey(db()));
  EXPECT_THAT(PetitionSecrets({std::string(32, 'x')}).CheckMasterKey(db()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_P(SecrecyTest, AMasterKeyIsExchangedAndTheOldOneGivenUp) {
  const std::string old = TestMasterKey(), fresh(32, 'f');
  ASSERT_OK(PetitionSecrets({old}).CheckMasterKey(db()));
  for (int i = 0; i < 3; ++i) ASSERT_OK(Create(NewPetition(absl::StrCat("p", i))));
  ASSERT_OK(Create(NewPetition("erased")));
  ASSERT_OK(db().Write([](Tx& tx) { return PetitionSecrets::Erase(tx, "erased"); }));
  const auto reads = [&](const PetitionSecrets& secrets, const char* id) {
    v1::Petition petition;
    petition.set_id(id);
    petition.set_revealable(true);
    auto parts = db().Read([&](Tx& tx) { return secrets.Reveal(tx, petition); });
    return parts.ok() && parts->text == kText;
  };
  const PetitionSecrets before({old, fresh}), after({fresh, old}), only({fresh});
  EXPECT_EQ(before.Reseal(db()).value_or(0), std::nullopt);
  EXPECT_THAT(only.CheckMasterKey(db()), StatusIs(absl::StatusCode::kFailedPrecondition));
  ASSERT_OK(after.CheckMasterKey(db()));
  EXPECT_TRUE(reads(after, "p0"));
  EXPECT_THAT(only.Reseal(db()), StatusIs(absl::StatusCode::kDataLoss)) << "the old key is needed";
  EXPECT_EQ(after.Reseal(db()).value_or(0), 3);
  EXPECT_EQ(after.Reseal(db()).value_or(0), std::nullopt);
  ASSERT_OK(only.CheckMasterKey(db()));
  for (const char* id : {"p0", "p1", "p2"}) EXPECT_TRUE(reads(only, id)) << id;
  EXPECT_FALSE(reads(after, "erased"));
  EXPECT_THAT(PetitionSecrets({old}).CheckMasterKey(db()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(Seal, OpensUnderItsOwnKeyAndContextOnly) {
  const std::string key = NewKey();
  const std::string sealed = Seal(key, "text/p1", "夜里气味刺鼻");
  EXPECT_EQ(*Open(key, "text/p1", sealed), "夜里气味刺鼻");
  EXPECT_FALSE(Open(NewKey(), "text/p1", sealed).ok());
  EXPECT_FALSE(Open(key, "text/p2", sealed).ok());
  EXPECT_NE(sealed, Seal(key, "text/p1", "夜里气味刺鼻"));
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string spoilt = sealed;
    spoilt[i] ^= 1;
    EXPECT_FALSE(Open(key, "text/p1", spoilt).ok()) << i;
    EXPECT_FALSE(Open(key, "text/p1", sealed.substr(0, i)).ok()) << i;
  }
  EXPECT_EQ(*Open(key, "", Seal(key, "", "")), "");
}

TEST(Seal, MasterKeysAre32BytesInBase64EachInALine) {
  TempDir folder;
  const std::string path = folder.File("key");
  EXPECT_THAT(ReadMasterKeys(path), StatusIs(absl::StatusCode::kFailedPrecondition));
  for (const std::string& text :
       {std::string(), std::string("not base64!"), absl::Base64Escape(std::string(31, 'k')),
        absl::Base64Escape(TestMasterKey()) + "\n\n"}) {
    testing::WriteFile(path, text);
    EXPECT_THAT(ReadMasterKeys(path), StatusIs(absl::StatusCode::kFailedPrecondition)) << text;
  }
  testing::WriteFile(path, absl::Base64Escape(TestMasterKey()) + "\n");
  EXPECT_THAT(*ReadMasterKeys(path), ElementsAre(TestMasterKey()));
  const std::string other(32, 'f');
  testing::WriteFile(
      path, absl::StrCat(absl::Base64Escape(TestMasterKey()), "\n", absl::Base64Escape(other)));
  EXPECT_THAT(*ReadMasterKeys(path), ElementsAre(TestMasterKey(), other));
}

TEST(Seal, DigestsAreTheKeysOwn) {
  // RFC 4231, test case 2.
  EXPECT_EQ(KeyedDigest("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace lucid::cases
