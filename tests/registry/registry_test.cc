// The copy of units and calendars: kept by the events of tasks, and what it does not know yet is
// asked for.
#include "services/registry/registry.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/registry/calendars.h"
#include "services/tasks/tasks_spec.h"
#include "services/tasks/tasks_store.h"
#include "tests/testing/registry.h"
#include "tests/testing/running_service.h"

namespace lucid::registry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A service that keeps a copy: any will do, here another tasks service.
ServiceSpec CopySpec(std::shared_ptr<Registry>& copy) {
  ServiceSpec spec = tasks::TasksSpec();
  spec.make = [&copy,
               make = spec.make](Server& server) -> absl::StatusOr<std::unique_ptr<grpc::Service>> {
    ASSIGN_OR_RETURN(copy, Registry::Start(server));
    return make(server);
  };
  return spec;
}

ServerOptions WithPeers(const std::string& tasks = "127.0.0.1:1") {
  ServerOptions options;
  options.peers = {
      {"tasks", tasks}, {"indicators", "127.0.0.1:1"}, {"publications", "127.0.0.1:1"}};
  return options;
}

class RegistryTest : public EnginesTest {
 protected:
  RegistryTest()
      : tasks_database_(Engine::kSqlite),
        tasks_(std::make_unique<RunningService>(tasks::TasksSpec(), tasks_database_.url(),
                                                WithPeers())) {}

  // A copy that nobody keeps up to date.
  Registry Detached() {
    EXPECT_OK(Migrate(db(), "registry", Migrations()));
    return Registry(db(), tasks_->channel());
  }
  void AddUnit(const std::string& id) {
    tasks::v1::Unit unit;
    unit.set_id(id);
    unit.set_name(id);
    unit.set_region("210400");
    EXPECT_OK(
        tasks_->server().db().Write([&](Tx& tx) { return Insert(tx, CallAsOffice(), unit); }));
  }
  Call Office() {
    Call call = CallAsOffice();
    call.token = tasks_->issuer().Token({.region = "210400"}, absl::Now());
    call.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    return call;
  }

  TestDatabase tasks_database_;
  std::unique_ptr<RunningService> tasks_;
};
EVERY_ENGINE(RegistryTest);

TEST_P(RegistryTest, AUnitThatIsNotCopiedYetIsAskedForAtTasks) {
  Registry registry = Detached();
  AddUnit("u-1");
  EXPECT_OK(registry.CheckUnits(Office(), {{"unit_id", "u-1"}, {"owner_unit_id", ""}}));
  absl::Status missing =
      registry.CheckUnits(Office(), {{"unit_id", "u-1"}, {"owner_unit_id", "u-9"}});
  EXPECT_THAT(missing, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(missing.message()), HasSubstr("owner_unit_id names a unit"));
  EXPECT_THAT(std::string(missing.message()), Not(HasSubstr("; unit_id")));
}

TEST_P(RegistryTest, ACopiedUnitNeedsNobody) {
  Registry registry = Detached();
  AddUnit("u-1");
  tasks::v1::Unit unit;
  unit.set_id("u-2");
  Copy(db(), unit);
  tasks_.reset();
  EXPECT_OK(registry.CheckUnits(CallAsOffice(), {{"unit_id", "u-2"}}));
  EXPECT_THAT(registry.CheckUnits(CallAsOffice(), {{"unit_id", "u-1"}}), HasReason("PEER_AWAY"));
}

TEST_P(RegistryTest, UnitsAndCalendarsAreCopiedAsTheyChange) {
  AddUnit("u-1");
  ServerOptions options = WithPeers(tasks_->address());
  options.signer =
      *TokenSigner::Create("copy", "lucid", tasks_->issuer().service_key_path(), false);
  std::shared_ptr<Registry> copy;
  Close();
  RunningService keeper(CopySpec(copy), database().url(), options);
  tasks::v1::Calendar calendar;
  calendar.set_id("2024");
  EXPECT_OK(
      tasks_->server().db().Write([&](Tx& tx) { return Insert(tx, CallAsOffice(), calendar); }));
  auto copied = [&] {
    auto rows = keeper.server().db().Read([](Tx& tx) {
      return tx.Run(
          "SELECT (SELECT COUNT(*) FROM registry_units)"
          " + (SELECT COUNT(*) FROM registry_calendars)");
    });
    return rows.ok() ? rows->Int(0, 0) : 0;
  };
  for (int i = 0; i < 3000 && copied() < 2; ++i) absl::SleepFor(absl::Milliseconds(10));
  ASSERT_EQ(copied(), 2);
  EXPECT_TRUE(copy->Calendars()->HasYear(2024));
  tasks_.reset();
  EXPECT_OK(copy->CheckUnits(CallAsOffice(), {{"unit_id", "u-1"}}));
}

tasks::v1::NamedDay Named(const std::string& day, const std::string& name) {
  tasks::v1::NamedDay named;
  named.set_day(day);
  named.set_name(name);
  return named;
}

TEST(Calendars, AYearSaysWhatIsWrongWithIt) {
  tasks::v1::Calendar calendar;
  calendar.set_id("24");
  *calendar.add_holidays() = Named("2024-02-30", "春节");
  WorkingCalendar days;
  absl::Status status = LoadYear(calendar, days);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(status.message()), HasSubstr("id must be a year"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("holidays"));
}

TEST(Calendars, ADeadlineSaysHowItCameAbout) {
  tasks::v1::Calendar calendar;
  calendar.set_id("2021");
  *calendar.add_holidays() = Named("2021-09-20", "中秋节");
  *calendar.add_holidays() = Named("2021-09-21", "中秋节");
  *calendar.add_make_up_workdays() = Named("2021-09-18", "中秋节调休");
  WorkingCalendar days;
  ASSERT_OK(LoadYear(calendar, days));
  tasks::v1::Deadline deadline =
      ToDeadline(*days.AddWorkingDays(absl::CivilDay(2021, 9, 17), 2), true);
  EXPECT_EQ(deadline.day(), "2021-09-22");
  EXPECT_EQ(deadline.start_day(), "2021-09-17");
  EXPECT_EQ(deadline.days(), 2);
  ASSERT_EQ(deadline.skipped_size(), 3);  // Sunday the 19th, and the feast
  EXPECT_EQ(deadline.skipped(1).name(), "中秋节");
  ASSERT_EQ(deadline.made_up_size(), 1);
  EXPECT_EQ(deadline.years_without_calendar_size(), 0);
  EXPECT_THAT(deadline.explanation(), HasSubstr("skipped"));
}

}  // namespace
}  // namespace lucid::registry
