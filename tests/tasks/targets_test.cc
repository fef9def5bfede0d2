// Measurable targets, asked of the real indicators service when a task is applied for.
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "lucid/indicators/v1/indicators_service.grpc.pb.h"
#include "services/indicators/indicators_spec.h"
#include "services/tasks/tasks_service.h"
#include "services/tasks/tasks_store.h"
#include "tests/testing/running_service.h"
#include "tests/testing/service_test.h"

namespace lucid::tasks {
namespace {

using access::v1::UNIT;
using ::testing::HasSubstr;

ServerOptions WithPeers() {
  ServerOptions options;
  options.peers = {{"tasks", "127.0.0.1:1"}};
  return options;
}

// A ratio, which is one of calendar years: 90 % in 2022, 100 % in 2023, nothing known of others.
class TargetsTest : public ServiceTest {
 protected:
  TargetsTest()
      : ServiceTest("tasks", Migrations(), Records()),
        indicators_(indicators::IndicatorsSpec(), indicators_database_.url(), WithPeers()),
        service_(door(), db(), feed(), indicators_.channel()) {
    for (const char* id : {"lead", "guide", "judge"}) AddUnit(id);
    auto stub = indicators::v1::IndicatorsService::NewStub(indicators_.channel());
    indicators::v1::CreateIndicatorRequest indicator;
    Parse(
        "indicator { id: 'sludge' name: '污泥无害化处置率' unit: '%' region: '210400' kind: RATIO"
        " direction: HIGHER_IS_BETTER ratio_rule { numerator_factor: 'disposed'"
        " denominator_factor: 'produced' unit: 't' } }",
        indicator);
    Tell([&](auto* context) {
      indicators::v1::Indicator created;
      return stub->CreateIndicator(context, indicator, &created);
    });
    indicators::v1::BatchCreateObservationsRequest batch;
    for (auto [factor, start, value] :
         {std::tuple{"disposed", "2022-01-01", "90"}, std::tuple{"produced", "2022-01-01", "100"},
          std::tuple{"disposed", "2023-01-01", "80"}, std::tuple{"produced", "2023-01-01", "80"}}) {
      auto& observation = *batch.add_observations();
      observation.set_indicator_id("sludge");
      observation.set_factor(factor);
      observation.set_length(indicators::v1::Observation::YEAR);
      observation.set_start(start);
      observation.set_value(value);
      observation.set_unit("t");
    }
    Tell([&](auto* context) {
      indicators::v1::ObservationBatch recorded;
      return stub->BatchCreateObservations(context, batch, &recorded);
    });
  }

  // A task that is ready to be applied for, whose target is to be reached by this day.
  absl::StatusOr<v1::Task> ApplyWithTargetBy(const std::string& day) {
    const std::string id = absl::StrCat("t", ++tasks_);
    v1::CreateTaskRequest request;
    Parse(absl::StrCat(
              "task { id: '", id, "' number: '", id,
              "' region: '210400' source: SELF_FOUND title: '污泥处置' lead_unit_id: 'lead'"
              " supervising_unit_id: 'guide' accepting_unit_id: 'judge' due_day: '2027-12-31'"
              " targets { indicator_id: 'sludge' comparator: AT_LEAST value: '100' unit: '%'"
              " by_day: '",
              day,
              "' } origin { historical: true } closure { state: SELF_CHECKED round: 1 }"
              " progress { confirmed: DONE done_day: '2026-11-01' } }"),
          request);
    RETURN_IF_ERROR(service_.CreateTask(CallAsOffice(), request).status());
    Call lead = CallAs({UNIT}, "210400", "lead");
    lead.token = indicators_.issuer().Token({.roles = {"UNIT"}, .unit = "lead", .region = "210400"},
                                            absl::Now());
    lead.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    v1::ClosureStepRequest apply;
    apply.set_id(id);
    Parse(
        "measures_done: true violations_dealt_with: true effect_meets_standard: true"
        " same_kind_rectified: true mechanism_in_place: true",
        *apply.mutable_tests());
    return service_.ApplyForClosure(lead, apply);
  }

 private:
  static void Parse(const std::string& text, google::protobuf::Message& message) {
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  }
  void AddUnit(const std::string& id) {
    v1::CreateUnitRequest request;
    Parse(absl::StrCat("unit { id: '", id, "' name: '", id, "' region: '210400' }"), request);
    ASSERT_OK(service_.CreateUnit(CallAsOffice(), request));
  }
  template <class Method>
  void Tell(Method method) {
    grpc::ClientContext context;
    indicators_.Authorize(context, {.roles = {"OFFICE"}});
    grpc::Status status = method(&context);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  TestDatabase indicators_database_{Engine::kSqlite};
  RunningService indicators_;
  TasksService service_;
  int tasks_ = 0;
};
EVERY_ENGINE(TargetsTest);

TEST_P(TargetsTest, AYearlyTargetIsAskedOfTheYearThatEndsOnItsDay) {
  EXPECT_OK(ApplyWithTargetBy("2023-12-31"));
  auto applied = ApplyWithTargetBy("2022-12-31");
  EXPECT_THAT(applied, HasReason("TARGET_NOT_MET"));
  EXPECT_THAT(std::string(applied.status().message()), HasSubstr("NOT_MET in 2022"));
  EXPECT_EQ(ErrorMetadata(applied.status(), "value"), "90");
  EXPECT_EQ(ErrorMetadata(applied.status(), "period"), "2022");
}

TEST_P(TargetsTest, AYearlyTargetInTheMiddleOfAYearIsAskedOfTheLastWholeOne) {
  EXPECT_OK(ApplyWithTargetBy("2024-06-30"));
  EXPECT_THAT(ApplyWithTargetBy("2023-06-30"), HasReason("TARGET_NOT_MET"));
}

TEST_P(TargetsTest, ATargetOfAYearThatHasNoDataYetSaysSo) {
  // It is November 2026: of the years until 2027 the last whole one is 2025.
  auto applied = ApplyWithTargetBy("2027-12-31");
  EXPECT_THAT(applied, HasReason("TARGET_NOT_MET"));
  EXPECT_THAT(std::string(applied.status().message()), HasSubstr("NO_DATA in 2025"));
}

}  // namespace
}  // namespace lucid::tasks
