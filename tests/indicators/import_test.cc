// Imports of tables: the dry run names exactly the rows that the real run refuses.
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/indicators/indicators_import.h"
#include "tests/indicators/indicators_fixture.h"

namespace lucid::indicators {
namespace {

using access::v1::MONITOR;
using access::v1::UNIT;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class ImportTest : public IndicatorsFixture {
 protected:
  ImportTest() {
    EXPECT_OK(Site(kStation));
    EXPECT_OK(Site("id: 't' region: '210411' name: '望花站' kind: AIR_STATION"));
    EXPECT_OK(Register("id: 'r' name: '矿山治理' unit: '亩'"));
  }

  absl::StatusOr<v1::Import> Import(const std::string& content, bool dry = false, bool all = false,
                                    const Call& call = Monitor()) {
    v1::ImportObservationsRequest request;
    request.set_content(content);
    request.set_dry_run(dry);
    request.set_all_or_nothing(all);
    return service_.ImportObservations(call, request);
  }
  absl::StatusOr<v1::Import> ImportItems(const std::string& content, bool dry = false,
                                         const Call& call = CallAsOffice(), bool all = false) {
    v1::ImportRegisterItemsRequest request;
    request.set_register_id("r");
    request.set_content(content);
    request.set_dry_run(dry);
    request.set_all_or_nothing(all);
    return service_.ImportRegisterItems(call, request);
  }
  // A table of so many hours from 2023-01-01 on, at both sites, one of which has this value.
  static std::string Hours(int count, const std::string& seventh = "-1", int shift = 0) {
    std::string table = "点位,因子,时段,起始时间,数值,单位,说明\n";
    for (int i = 0; i < count; ++i) {
      const std::string start =
          absl::FormatCivilTime(absl::CivilMinute(absl::CivilHour(2023, 1, 1) + i));
      absl::StrAppend(&table, "s,PM2_5,HOUR,", start, ",", (i + shift) % 90, ",μg/m³,\n");
      absl::StrAppend(&table, "t,PM2_5,HOUR,", start, ",", i == 7 ? seventh : "35", ",μg/m³,\n");
    }
    return table;
  }
  void RunJobs() { RunJobs(jobs_); }
  void RunJobs(Jobs& jobs) {
    for (bool more = true; more;) {
      auto turned = jobs.Turn();
      ASSERT_OK(turned);
      more = *turned;
    }
  }
  v1::Import Got(const std::string& id, const Call& call = Monitor()) {
    v1::GetImportRequest request;
    request.set_id(id);
    auto record = service_.GetImport(call, request);
    EXPECT_OK(record);
    return record.value_or(v1::Import());
  }
  static std::vector<std::string> Errors(const v1::Import& response) {
    std::vector<std::string> errors;
    for (const auto& error : response.errors()) {
      errors.push_back(absl::StrCat(error.row(), " ", error.column(), ": ", error.reason()));
    }
    return errors;
  }
  std::vector<std::string> Stored(const std::string& site = "s") {
    std::vector<std::string> stored;
    for (const auto& one : Listed("site_id: '" + site + "'", 1000)) {
      stored.push_back(absl::StrCat(one.start(), " ", one.value()));
    }
    return stored;
  }
};
EVERY_ENGINE(ImportTest);

constexpr char kHead[] = "点位,因子,时段,起始时间,数值,单位,说明\n";

TEST_P(ImportTest, ATableOfTheMonitoringCentreIsRead) {
  auto imported =
      Import(absl::StrCat("\xef\xbb\xbf", kHead,
                          "s,PM2_5,日,2023/5/1,３５．０,μg/m³,\r\n"
                          "s,PM2_5,小时,2023-5-1 8:00,\"1,234\",μg/m³,\"校准\n后\"\r\n"));
  ASSERT_OK(imported);
  EXPECT_THAT(Errors(*imported), ElementsAre());
  EXPECT_EQ(imported->created(), 2);
  EXPECT_EQ(imported->state(), v1::Import::DONE);
  EXPECT_THAT(Stored(), ElementsAre("2023-05-01T08:00 1234", "2023-05-01 35.0"));
  EXPECT_EQ(Import(absl::StrCat(kHead, "s,PM2_5,日,2023/5/1,35,μg/m³,\n"))->unchanged(), 1);
}

TEST_P(ImportTest, EveryRefusedRowIsNamedAndTheOthersAreStored) {
  const std::string table = absl::StrCat(kHead,
                                         "s,PM2_5,DAY,2023-05-01,NaN,μg/m³,\n"       // 2
                                         "s,PM2_5,DAY,2023-05-02,-3,μg/m³,\n"        // 3
                                         "s,PM2_5,DAY,2023-05-03,1e400,μg/m³,\n"     // 4
                                         "s,PM2_5,DAY,2023-05-04,1.23456,μg/m³,\n"   // 5
                                         "s,PM2_5,DAY,2023-05-05,35,吨,\n"           // 6
                                         "s,PM2_5,周,2023-05-06,35,μg/m³,\n"         // 7
                                         "s,PM2_5,DAY,2999-05-01,35,μg/m³,\n"        // 8
                                         "s,XYZ,DAY,2023-05-08,35,μg/m³,\n"          // 9
                                         "nowhere,PM2_5,DAY,2023-05-09,35,μg/m³,\n"  // 10
                                         "s,PM2_5,DAY,2023-05-10,\"1,23\",μg/m³,\n"  // 11
                                         "s,PM2_5,DAY,2023-05-11,35,μg/m³,\n"        // 12
                                         "s,PM2_5,DAY,2023-05-11,36,μg/m³,再校\n"    // 13
                                         "t,PM2_5,DAY,2023-05-11,37,μg/m³,\n");      // 14
  auto dry = Import(table, true);
  ASSERT_OK(dry);
  EXPECT_EQ(dry->state(), v1::Import::TRIED);
  EXPECT_TRUE(Stored().empty());
  EXPECT_EQ(dry->rows(), 13);
  EXPECT_EQ(dry->refused(), 11);
  std::vector<int64_t> rows;
  for (const auto& error : dry->errors()) rows.push_back(error.row());
  EXPECT_THAT(rows, ElementsAre(2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13));
  EXPECT_EQ(dry->errors(1).column(), "value");
  EXPECT_EQ(dry->errors(1).reason(), "must not be negative");
  for (const auto& error : dry->errors()) EXPECT_NE(error.column(), "") << error.row();
  EXPECT_EQ(dry->errors(8).column(), "site_id");

  auto all = Import(table, false, true);
  ASSERT_OK(all);
  EXPECT_EQ(all->state(), v1::Import::TRIED);
  EXPECT_EQ(Errors(*all), Errors(*dry));
  EXPECT_TRUE(Stored().empty());

  auto real = Import(table);
  ASSERT_OK(real);
  EXPECT_EQ(real->state(), v1::Import::DONE);
  EXPECT_EQ(Errors(*real), Errors(*dry));
  EXPECT_EQ(real->created(), 2);
  EXPECT_THAT(Stored(), ElementsAre("2023-05-11 35"));
  EXPECT_THAT(Stored("t"), ElementsAre("2023-05-11 37"));
}

TEST_P(ImportTest, ACorrectionNeedsItsReason) {
  ASSERT_OK(Import(absl::StrCat(kHead, "s,PM2_5,DAY,2023-05-01,35,μg/m³,\n")));
  const std::string silent = absl::StrCat(kHead, "s,PM2_5,DAY,2023-05-01,36,μg/m³,\n");
  auto refused = Import(silent, true);
  ASSERT_OK(refused);
  EXPECT_THAT(Errors(*refused), ElementsAre(HasSubstr("2 value: has another value already")));
  EXPECT_EQ(Import(silent)->refused(), 1);
  EXPECT_EQ(Import(absl::StrCat(kHead, "s,PM2_5,DAY,2023-05-01,36,μg/m³,校准\n"))->corrected(), 1);
}

TEST_P(ImportTest, WhatIsNoTableOrHasOtherColumnsIsRefusedWhole) {
  EXPECT_THAT(Import("点位,数值\n"), HasReason("BAD_COLUMNS"));
  EXPECT_THAT(Import(absl::StrCat(kHead, "\"s\n")), HasReason("NOT_A_TABLE"));
  EXPECT_THAT(Import(""), HasReason("NOT_A_TABLE"));
}

TEST_P(ImportTest, ForeignSitesAreRefusedRowByRow) {
  auto imported = Import(absl::StrCat(kHead, "s,PM2_5,DAY,2023-05-01,35,μg/m³,\n"), false, false,
                         CallAs({MONITOR}, "210500"));
  ASSERT_OK(imported);
  EXPECT_EQ(imported->refused(), 1);
  EXPECT_TRUE(Stored().empty());
}

TEST_P(ImportTest, RandomTablesAreRefusedAlikeDryAndReal) {
  std::mt19937 random(23);
  for (int round = 0; round < 8; ++round) {
    std::string table = kHead;
    for (int i = 0; i < 300; ++i) {
      const int month = 1 + static_cast<int>(random() % 3);
      const int day = 1 + static_cast<int>(random() % 30);
      const int value = static_cast<int>(random() % 4) - (random() % 20 == 0 ? 9 : 0);
      absl::StrAppend(&table, random() % 2 ? "s" : "t", ",PM2_5,DAY,2023-", month, "-", day, ",",
                      value, ",μg/m³,", random() % 3 ? "" : "更正", "\n");
    }
    auto dry = Import(table, true);
    ASSERT_OK(dry);
    auto real = Import(table);
    ASSERT_OK(real);
    EXPECT_EQ(Errors(*dry), Errors(*real));
    EXPECT_EQ(dry->created(), real->created());
    EXPECT_EQ(dry->corrected(), real->corrected());
    EXPECT_EQ(dry->unchanged(), real->unchanged());
  }
}

TEST_P(ImportTest, ItemsOfARegisterAreRead) {
  const std::string table =
      "统一编号,名称,日期,数量,单位,状态\n"
      "K-1,一号矿,2022-05-01,\"1,200.5\",亩,已完成\n"
      "K-2,二号矿,2022/6/1,3,,\n"
      "K-2,二号矿,2022-06-01,4,,\n"     // the same day again
      "K-3,三号矿,2999-06-01,4,,\n"     // in the future
      ",四号矿,2022-06-01,4,,\n"        // no key
      "K-5,五号矿,2022-06-01,x,,\n"     // no number
      "K-6,六号矿,2022-06-01,4,,快\n";  // no state
  auto dry = ImportItems(table, true);
  ASSERT_OK(dry);
  EXPECT_EQ(dry->created(), 2);
  EXPECT_EQ(dry->refused(), 5);
  auto real = ImportItems(table);
  ASSERT_OK(real);
  EXPECT_EQ(Errors(*real), Errors(*dry));
  EXPECT_EQ(real->created(), 2);
  auto again = ImportItems(table);
  ASSERT_OK(again);
  EXPECT_EQ(again->unchanged(), 2);
  EXPECT_EQ(again->created(), 0);
  auto other = ImportItems("key,name,day,quantity\nK-1,一号矿,2022-05-01,7\n");
  ASSERT_OK(other);
  EXPECT_THAT(Errors(*other), ElementsAre(HasSubstr("2 key: is there already on this day")));
}

TEST_P(ImportTest, OnlyWhoSeesARegisterFillsIt) {
  EXPECT_THAT(ImportItems("key,name,day,quantity\nK-1,一号矿,2022-05-01,7\n", false,
                          CallAs({UNIT}, "210400", "u-2")),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_P(ImportTest, ARepeatedRequestAnswersAsTheFirst) {
  const std::string table = absl::StrCat(kHead, "s,PM2_5,DAY,2023-05-01,35,μg/m³,\n",
                                         "s,PM2_5,DAY,2023-05-02,-1,μg/m³,\n");
  const Call call = WithRequestId(Monitor(), "r-1");
  auto first = Import(table, false, false, call);
  ASSERT_OK(first);
  EXPECT_EQ(first->created(), 1);
  EXPECT_EQ(first->region(), "210411");
  ASSERT_OK(Import(absl::StrCat(kHead, "s,PM2_5,DAY,2023-05-01,36,μg/m³,校准\n")));
  auto again = Import(table, false, false, call);
  ASSERT_OK(again);
  EXPECT_EQ(again->DebugString(), first->DebugString());
  EXPECT_EQ(Got(first->id()).DebugString(), first->DebugString());
  EXPECT_THAT(Stored(), ElementsAre("2023-05-01 36"));
  EXPECT_THAT(Import(table, false, false, WithRequestId(Monitor(), "r-1", "another body")),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(ImportTest, ValidateOnlyIsADryRun) {
  const std::string table = absl::StrCat(kHead, "s,PM2_5,DAY,2023-05-01,35,μg/m³,\n");
  Call call = WithRequestId(Monitor(), "r-1");
  call.validate_only = true;
  auto tried = Import(table, false, false, call);
  ASSERT_OK(tried);
  EXPECT_EQ(tried->state(), v1::Import::TRIED);
  EXPECT_EQ(tried->created(), 1);
  EXPECT_EQ(tried->id(), "");
  EXPECT_TRUE(Stored().empty());
  EXPECT_EQ(Import(table, false, false, WithRequestId(Monitor(), "r-1"))->created(), 1);
}

TEST_P(ImportTest, ALargeTableIsStoredPartByPart) {
  const std::string table = Hours(4000);
  auto dry = Import(table, true);
  ASSERT_OK(dry);
  EXPECT_EQ(dry->created(), 7999);
  const Call call = WithRequestId(Monitor(), "r-1");
  auto started = Import(table, false, false, call);
  ASSERT_OK(started);
  EXPECT_EQ(started->state(), v1::Import::STORING);
  EXPECT_EQ(started->created(), 0);
  EXPECT_EQ(Errors(*started), Errors(*dry));
  EXPECT_TRUE(Stored().empty());
  // The replica that begins it ends after one part, and another one goes on.
  absl::Time now = absl::Now();
  const auto as_service = [] { return CallAs({access::v1::SERVICE}, ""); };
  {
    Jobs first(db(), as_service, [&now] { return now += absl::Milliseconds(600); });
    AddImportJobs(db(), ObservationImports(), first);
    ASSERT_OK(first.Turn());
  }
  const v1::Import begun = Got(started->id());
  EXPECT_EQ(begun.state(), v1::Import::STORING);
  EXPECT_GT(begun.created(), 0);
  EXPECT_LT(begun.created(), 7999);
  EXPECT_EQ(Import(table, false, false, call)->DebugString(), started->DebugString());
  Jobs second(db(), as_service, [&now] { return now; });
  AddImportJobs(db(), ObservationImports(), second);
  RunJobs(second);
  const v1::Import done = Got(started->id());
  EXPECT_EQ(done.state(), v1::Import::DONE) << done.error().DebugString();
  EXPECT_EQ(done.created(), 7999);
  EXPECT_EQ(done.refused(), 1);
  EXPECT_EQ(Errors(done), Errors(*dry));
  EXPECT_EQ(Stored("s").size(), 4000u);
  EXPECT_EQ(Stored("t").size(), 3999u);
  ASSERT_OK(db().Read([](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT 1 FROM import_parts"));
    EXPECT_TRUE(rows.empty());
    return absl::OkStatus();
  }));
  v1::GetImportRequest request;
  request.set_id(started->id());
  EXPECT_THAT(service_.GetImport(CallAs({MONITOR}, "210500"), request),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_P(ImportTest, OfALargeTableNothingIsStoredWhereAllOrNothingIsWanted) {
  auto refused = Import(Hours(4000), false, true);
  ASSERT_OK(refused);
  EXPECT_EQ(refused->state(), v1::Import::TRIED);
  RunJobs();
  EXPECT_TRUE(Stored().empty());
}

TEST_P(ImportTest, AllOrNothingIsStoredAtOnceInAllItsParts) {
  auto stored = Import(Hours(4000, "35"), false, true);
  ASSERT_OK(stored);
  EXPECT_EQ(stored->state(), v1::Import::DONE);
  EXPECT_EQ(stored->created(), 8000);
  EXPECT_EQ(Stored("s").size(), 4000u);
}

TEST_P(ImportTest, OfTwoThatContradictOneIsStoredAsAWhole) {
  std::vector<absl::StatusOr<v1::Import>> answers(2, absl::UnknownError("none"));
  std::vector<std::string> tables = {Hours(3000, "35"), Hours(3000, "35", /*shift=*/1)};
  std::vector<std::thread> importers;
  for (int i = 0; i < 2; ++i) {
    importers.emplace_back([&, i] { answers[i] = Import(tables[i], false, true); });
  }
  for (std::thread& importer : importers) importer.join();
  const int winner = answers[0].ok() && answers[0]->state() == v1::Import::DONE ? 0 : 1;
  ASSERT_OK(answers[winner]);
  EXPECT_EQ(answers[winner]->created(), 6000);
  const auto& loser = answers[1 - winner];
  if (loser.ok()) {
    EXPECT_EQ(loser->state(), v1::Import::TRIED);
    EXPECT_EQ(loser->refused(), 3000);
  } else {
    EXPECT_THAT(loser, HasReason("RACE"));
  }
  const std::vector<std::string> stored = Stored("s");
  ASSERT_EQ(stored.size(), 3000u);
  for (int i = 0; i < 3000; ++i) {
    EXPECT_THAT(stored[i], EndsWith(absl::StrCat(" ", (i + winner) % 90))) << i;
  }
}

TEST_P(ImportTest, TheJobOfAnImportIsReadByItsId) {
  auto started = Import(Hours(4000));
  ASSERT_OK(started);
  types::v1::GetJobRequest request;
  request.set_id(started->job_id());
  auto job = service_.GetJob(Monitor(), request);
  ASSERT_OK(job);
  EXPECT_EQ(job->record(), absl::StrCat("imports/", started->id()));
  EXPECT_THAT(service_.GetJob(CallAs({MONITOR}, "210500"), request),
              StatusIs(absl::StatusCode::kPermissionDenied));
  auto jobs = service_.ListJobs(Monitor(), types::v1::ListJobsRequest());
  ASSERT_OK(jobs);
  EXPECT_EQ(jobs->jobs_size(), 1);
}

TEST_P(ImportTest, WhatChangesBeforeItsPartIsStoredIsRefusedThen) {
  auto started = Import(Hours(4000));
  ASSERT_OK(started);
  ASSERT_OK(Import(absl::StrCat(kHead, "t,PM2_5,HOUR,2023-06-01T00:00,99,μg/m³,\n")));
  RunJobs();
  const v1::Import done = Got(started->id());
  EXPECT_EQ(done.state(), v1::Import::DONE) << done.error().DebugString();
  EXPECT_EQ(done.created(), 7998);
  EXPECT_EQ(done.refused(), 2);
  EXPECT_THAT(Errors(done), ElementsAre(HasSubstr("17 value: must not be negative"),
                                        HasSubstr("value: has another value already, 99")));
}

std::string Items(int count) {
  std::string table = "key,name,day,quantity\n";
  for (int i = 0; i < count; ++i) absl::StrAppend(&table, "K-", i, ",矿,2022-05-01,1\n");
  return table;
}

TEST_P(ImportTest, ItemsThatAreAllOrNothingAreStoredAtOnceInAllTheirParts) {
  auto stored = ImportItems(Items(1500), false, CallAsOffice(), /*all=*/true);
  ASSERT_OK(stored);
  EXPECT_EQ(stored->state(), v1::Import::DONE);
  EXPECT_EQ(stored->created(), 1500);
  EXPECT_THAT(ImportItems(Items(5001), false, CallAsOffice(), /*all=*/true),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(ImportTest, ManyItemsOfARegisterAreStoredByAJob) {
  const std::string table = Items(1500);
  auto started = ImportItems(table);
  ASSERT_OK(started);
  EXPECT_EQ(started->state(), v1::Import::STORING);
  RunJobs();
  const v1::Import done = Got(started->id(), CallAsOffice());
  EXPECT_EQ(done.state(), v1::Import::DONE) << done.error().DebugString();
  EXPECT_EQ(done.created(), 1500);
  EXPECT_EQ(done.register_id(), "r");
  EXPECT_EQ(ImportItems(table, true)->unchanged(), 1500);
}

}  // namespace
}  // namespace lucid::indicators
