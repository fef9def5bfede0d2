// Calendars, rule sets and regions, and the deadlines that follow from them, on both engines.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/tasks/tasks_service.h"
#include "services/tasks/tasks_store.h"
#include "tests/testing/service_test.h"

namespace lucid::tasks {
namespace {

using access::v1::ADMIN;
using access::v1::UNIT;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DeadlinesTest : public ServiceTest {
 protected:
  DeadlinesTest() : ServiceTest("tasks", Migrations(), Records()), service_(door(), db(), feed()) {}

  static Call Admin() { return CallAs({ADMIN}, ""); }

  // A calendar in which one week of autumn is free, and one Saturday is not.
  static v1::Calendar Autumn2021() {
    v1::Calendar calendar;
    calendar.set_id("2021");
    calendar.set_source("国办发明电〔2020〕27号");
    for (int day = 1; day <= 7; ++day) {
      v1::NamedDay& holiday = *calendar.add_holidays();
      holiday.set_day(absl::StrCat("2021-10-0", day));
      holiday.set_name("国庆节");
    }
    v1::NamedDay& saturday = *calendar.add_make_up_workdays();
    saturday.set_day("2021-10-09");
    saturday.set_name("国庆节调休");
    return calendar;
  }
  absl::StatusOr<v1::Calendar> Load(const v1::Calendar& calendar) {
    v1::CreateCalendarRequest request;
    *request.mutable_calendar() = calendar;
    return service_.CreateCalendar(Admin(), request);
  }
  static v1::RuleSet Rules(const std::string& id, const std::string& from, const std::string& to,
                           int days) {
    v1::RuleSet rules;
    rules.set_id(id);
    rules.set_name("规定");
    rules.set_from_day(from);
    rules.set_to_day(to);
    v1::Limit& limit = *rules.add_limits();
    limit.set_name(v1::Limit::PLAN_DUE);
    limit.set_days(days);
    limit.set_working(true);
    limit.set_source("第二十三条");
    return rules;
  }
  absl::StatusOr<v1::RuleSet> Make(const v1::RuleSet& rules) {
    v1::CreateRuleSetRequest request;
    *request.mutable_rule_set() = rules;
    return service_.CreateRuleSet(Admin(), request);
  }
  absl::StatusOr<v1::Inspection> Inspect(const std::string& id, const std::string& stationed,
                                         const std::string& feedback,
                                         const std::string& rules = "") {
    v1::CreateInspectionRequest request;
    v1::Inspection& inspection = *request.mutable_inspection();
    inspection.set_id(id);
    inspection.set_region("210400");
    inspection.set_level(v1::Inspection::CENTRAL);
    inspection.set_kind(v1::Inspection::ROUTINE);
    inspection.set_round(2);
    inspection.set_stationed_from(stationed);
    inspection.set_feedback_day(feedback);
    inspection.set_rule_set(rules);
    return service_.CreateInspection(CallAsOffice(), request);
  }
  absl::StatusOr<v1::Deadline> Compute(const std::string& start, int working_days, int days = 0) {
    v1::ComputeDeadlineRequest request;
    request.set_start_day(start);
    request.set_working_days(working_days);
    request.set_days(days);
    return service_.ComputeDeadline(CallAs({UNIT}, "210400", "u-1"), request);
  }
  absl::StatusOr<v1::Region> Region(const std::string& code, const std::string& name) {
    v1::CreateRegionRequest request;
    request.mutable_region()->set_id(code);
    request.mutable_region()->set_name(name);
    return service_.CreateRegion(Admin(), request);
  }

  TasksService service_;
};
EVERY_ENGINE(DeadlinesTest);

TEST_P(DeadlinesTest, ADeadlineIsCountedByTheCalendarsAndSaysSo) {
  auto without = Compute("2021-09-30", 2);
  ASSERT_OK(without);
  EXPECT_EQ(without->day(), "2021-10-04");
  EXPECT_THAT(without->years_without_calendar(), ElementsAre(2021));
  EXPECT_THAT(without->explanation(), HasSubstr("no calendar is loaded for 2021"));
  ASSERT_OK(Load(Autumn2021()));
  auto with = Compute("2021-09-30", 2);
  ASSERT_OK(with);
  EXPECT_EQ(with->day(), "2021-10-09");
  EXPECT_EQ(with->skipped_size(), 7);
  EXPECT_EQ(with->skipped(0).name(), "国庆节");
  EXPECT_EQ(with->made_up_size(), 1);
  EXPECT_EQ(with->years_without_calendar_size(), 0);
  EXPECT_EQ(Compute("2021-09-30", 0, 10)->day(), "2021-10-10");
  EXPECT_FALSE(Compute("2021-09-30", 0, 10)->working());
}

TEST_P(DeadlinesTest, ADeadlineNamesWhatIsWrongWithTheQuestion) {
  for (auto bad : {Compute("2021-02-30", 2), Compute("2021-09-30", 2, 2), Compute("2021-09-30", 0),
                   Compute("2021-09-30", 10001), Compute("", 1)}) {
    EXPECT_THAT(bad, StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST_P(DeadlinesTest, AnInspectionTakesTheRuleSetInForceAndSaysWhenItsPlanIsDue) {
  ASSERT_OK(Make(Rules("central-2019", "2019-06-06", "2025-04-28", 30)));
  ASSERT_OK(Make(Rules("central-2025", "2025-04-29", "", 20)));
  auto before = Inspect("i1", "2021-08-25", "2021-09-30");
  ASSERT_OK(before);
  EXPECT_EQ(before->rule_set(), "central-2019");
  EXPECT_EQ(before->plan_due().day(), "2021-11-11");
  EXPECT_EQ(before->plan_due().years_without_calendar(0), 2021);
  EXPECT_EQ(Inspect("i2", "2025-06-01", "2025-07-01")->rule_set(), "central-2025");
  EXPECT_EQ(Inspect("i3", "2025-06-01", "", "central-2019")->rule_set(), "central-2019");
  // The calendar comes later, and the day with it.
  ASSERT_OK(Load(Autumn2021()));
  v1::GetInspectionRequest get;
  get.set_id("i1");
  auto after = service_.GetInspection(CallAsOffice(), get);
  ASSERT_OK(after);
  EXPECT_EQ(after->version(), 1);
  EXPECT_EQ(after->plan_due().day(), "2021-11-17");
  EXPECT_EQ(after->plan_due().years_without_calendar_size(), 0);
  auto all = service_.ListInspections(CallAsOffice(), {});
  ASSERT_OK(all);
  EXPECT_EQ(all->inspections(0).plan_due().day(), "2021-11-17");
  EXPECT_FALSE(all->inspections(2).has_plan_due()) << "there was no feedback yet";
}

TEST_P(DeadlinesTest, WithoutRuleSetsThereIsNoPlanDueAndAnUnknownOneIsRefused) {
  auto inspection = Inspect("i1", "2021-08-25", "2021-09-30");
  ASSERT_OK(inspection);
  EXPECT_EQ(inspection->rule_set(), "");
  EXPECT_FALSE(inspection->has_plan_due());
  auto unknown = Inspect("i2", "2021-08-25", "", "central-1999");
  EXPECT_THAT(unknown, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(unknown.status().message()), HasSubstr("rule_set"));
}

TEST_P(DeadlinesTest, ACalendarIsCheckedWholeAndCorrected) {
  v1::Calendar calendar = Autumn2021();
  calendar.mutable_make_up_workdays(0)->set_day("2021-10-08");  // a Friday
  EXPECT_THAT(Load(calendar), StatusIs(absl::StatusCode::kInvalidArgument));
  calendar = Autumn2021();
  *calendar.add_holidays() = calendar.holidays(0);
  EXPECT_THAT(Load(calendar), StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_OK(Load(Autumn2021()));
  EXPECT_THAT(Load(Autumn2021()), StatusIs(absl::StatusCode::kAlreadyExists));
  v1::UpdateCalendarRequest request;
  request.mutable_calendar()->set_id("2021");
  request.mutable_update_mask()->add_paths("make_up_workdays");
  auto updated = service_.UpdateCalendar(Admin(), request);
  ASSERT_OK(updated);
  EXPECT_EQ(updated->holidays_size(), 7);
  EXPECT_EQ(Compute("2021-09-30", 2)->day(), "2021-10-11");
}

TEST_P(DeadlinesTest, ARuleSetNamesEachLimitOnceWithItsSource) {
  v1::RuleSet rules = Rules("r", "2019-06-06", "", 30);
  *rules.add_limits() = rules.limits(0);
  rules.mutable_limits(1)->clear_source();
  rules.mutable_limits(1)->set_days(0);
  auto made = Make(rules);
  EXPECT_THAT(made, StatusIs(absl::StatusCode::kInvalidArgument));
  for (const char* field : {"limits[1].name", "limits[1].days", "limits[1].source"}) {
    EXPECT_THAT(std::string(made.status().message()), HasSubstr(field));
  }
}

TEST_P(DeadlinesTest, RuleSetsAreListedByTheDayOnWhichTheyAreInForce) {
  ASSERT_OK(Make(Rules("central-2019", "2019-06-06", "2025-04-28", 30)));
  ASSERT_OK(Make(Rules("central-2025", "2025-04-29", "", 20)));
  v1::ListRuleSetsRequest request;
  for (auto [day, id] : {std::pair{"2025-04-28", "central-2019"}, {"2025-04-29", "central-2025"}}) {
    request.set_day(day);
    auto listed = service_.ListRuleSets(CallAsOffice(), request);
    ASSERT_OK(listed);
    ASSERT_EQ(listed->rule_sets_size(), 1);
    EXPECT_EQ(listed->rule_sets(0).id(), id);
  }
}

TEST_P(DeadlinesTest, RegionsStandBelowRecordedOnes) {
  EXPECT_THAT(Region("210400", "抚顺市"), StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_OK(Region("210000", "辽宁省"));
  auto city = Region("210400", "抚顺市");
  ASSERT_OK(city);
  EXPECT_EQ(city->parent_id(), "210000");
  EXPECT_EQ(Region("210411", "顺城区")->parent_id(), "210400");
  EXPECT_THAT(Region("210404", "顺城区"), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(Region("21041", "望花区"), StatusIs(absl::StatusCode::kInvalidArgument));
  v1::ListRegionsRequest request;
  request.set_parent_id("210400");
  auto below = service_.ListRegions(CallAs({UNIT}, "210411", "u-1"), request);
  ASSERT_OK(below);
  ASSERT_EQ(below->regions_size(), 1);
  EXPECT_EQ(below->regions(0).name(), "顺城区");
}

}  // namespace
}  // namespace lucid::tasks
