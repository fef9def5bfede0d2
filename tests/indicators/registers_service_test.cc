// Registers and their items through the handlers, on both engines.
#include "gmock/gmock.h"
#include "tests/indicators/indicators_fixture.h"

namespace lucid::indicators {
namespace {

using access::v1::UNIT;

class RegistersServiceTest : public IndicatorsFixture {};
EVERY_ENGINE(RegistersServiceTest);

TEST_P(RegistersServiceTest, RegistersAreCountedByPeriodAndState) {
  ASSERT_OK(Register("id: 'r' name: '围栏' unit: 'km'"));
  ASSERT_OK(
      Indicator("id: 'f' name: '围栏' unit: 'km' decimals: 3 kind: REGISTER figure_id: 'F26'"
                " register_rule { aggregate: SUM register_id: 'r' }"));
  ASSERT_OK(Item("id: 'a' key: 'a' name: 'a' day: '2021-05-01' quantity: '54' unit: 'km'"));
  ASSERT_OK(Item("id: 'b' key: 'b' name: 'b' day: '2023-11-30' quantity: '564' unit: 'm'"));
  ASSERT_OK(Item("id: 'c' key: 'c' name: 'c' day: '2021-04-30' quantity: '1'"));
  ASSERT_OK(Item("id: 'd' key: 'd' name: 'd' day: '2023-12-01' quantity: '1'"));
  ASSERT_OK(Item("id: 'e' key: 'e' name: 'e' day: '2022-12-01' quantity: '1' state: OPEN"));
  auto figure = Figure("figure: 'F26'");
  ASSERT_OK(figure);
  EXPECT_EQ(figure->value(), "54.564");
  EXPECT_EQ(figure->unit(), "km");
  EXPECT_EQ(figure->record_count(), 2);
  EXPECT_EQ(figure->period(), "2021-05-01 – 2023-11-30");
  EXPECT_EQ(Figure("figure: 'F26'", "2022-01-01")->value(), "54.000");
}

TEST_P(RegistersServiceTest, ItemsAreRefusedByTheirRegister) {
  ASSERT_OK(Register("id: 'r' name: '围栏' unit: 'km'"));
  EXPECT_OK(Item("key: 'a' name: 'a' day: '2023-05-01' quantity: '1'"));
  EXPECT_THAT(Item("key: 'a' name: 'a' day: '2023-05-01' quantity: '1'"),
              StatusIs(absl::StatusCode::kAlreadyExists));
  for (const char* bad :
       {"key: 'b' name: 'b' day: '2023-02-30' quantity: '1'",
        "key: 'b' name: 'b' day: '2027-01-01' quantity: '1'",
        "key: 'b' name: 'b' day: '2023-05-01'", "name: 'b' day: '2023-05-01' quantity: '1'",
        "key: 'b' name: 'b' day: '2023-05-01' quantity: '-1'",
        "key: 'b' name: 'b' day: '2023-05-01' quantity: 'NaN'",
        "key: 'b' name: 'b' day: '2023-05-01' quantity: '1' unit: '亩'",
        "key: 'b' name: 'b' day: '2023-05-01' quantity: '1' unit: 'furlong'",
        "key: 'b' name: 'b' day: '2023-05-01' quantity: '1' state: WITHDRAWN"}) {
    EXPECT_THAT(Item(bad), StatusIs(absl::StatusCode::kInvalidArgument)) << bad;
  }
}

TEST_P(RegistersServiceTest, AUnitKeepsItsOwnRegisterOnly) {
  ASSERT_OK(Register("id: 'r' name: '裸地' owner_unit_id: 'urban'"));
  const Call keeper = CallAs({UNIT}, "210400", "urban"), other = CallAs({UNIT}, "210400", "rural");
  EXPECT_OK(Item("id: 'i' key: 'a' name: 'a' day: '2023-05-01'", keeper));
  EXPECT_THAT(Item("key: 'b' name: 'b' day: '2023-05-01'", other),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(Item("key: 'c' name: 'c' day: '2023-05-01' origin { historical: true }", keeper),
              StatusIs(absl::StatusCode::kPermissionDenied));
  auto items = From<v1::ListRegisterItemsRequest>("register_id: 'r'");
  EXPECT_EQ(service_.ListRegisterItems(keeper, items)->items_size(), 1);
  EXPECT_THAT(service_.ListRegisterItems(other, items),
              StatusIs(absl::StatusCode::kPermissionDenied));
  auto one = From<v1::GetRegisterItemRequest>("register_id: 'r' id: 'i'");
  EXPECT_OK(service_.GetRegisterItem(keeper, one));
  EXPECT_THAT(service_.GetRegisterItem(other, one), StatusIs(absl::StatusCode::kPermissionDenied));
  one.set_register_id("another");
  EXPECT_THAT(service_.GetRegisterItem(keeper, one), StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_P(RegistersServiceTest, AFallingTotalIsExplainedAndAStaleChangeAborted) {
  ASSERT_OK(Register("id: 'r' name: '裸地'"));
  ASSERT_OK(Item("id: 'i' key: 'a' name: 'a' day: '2023-05-01'"));
  auto change = From<v1::UpdateRegisterItemRequest>(
      "item { id: 'i' register_id: 'r' version: 1 state: WITHDRAWN }"
      " update_mask { paths: 'state' paths: 'note' }");
  EXPECT_THAT(service_.UpdateRegisterItem(CallAsOffice(), change),
              StatusIs(absl::StatusCode::kInvalidArgument));
  change.mutable_item()->set_note("重复录入");
  EXPECT_EQ(service_.UpdateRegisterItem(CallAsOffice(), change)->version(), 2);
  auto stale = service_.UpdateRegisterItem(CallAsOffice(), change);
  EXPECT_THAT(stale, StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(stale, HasReason("STALE_VERSION"));
}

}  // namespace
}  // namespace lucid::indicators
