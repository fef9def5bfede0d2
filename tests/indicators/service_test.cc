// The indicators service's handlers, on both engines.
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "services/base/calendar.h"
#include "tests/indicators/indicators_fixture.h"

namespace lucid::indicators {
namespace {

using access::v1::LEADER;
using access::v1::MONITOR;
using access::v1::OFFICE;
using access::v1::UNIT;
using ::testing::HasSubstr;
using v1::Evaluation;
using v1::Observation;

class IndicatorsServiceTest : public IndicatorsFixture {};
EVERY_ENGINE(IndicatorsServiceTest);

TEST_P(IndicatorsServiceTest, TheSameObservationTwiceIsOne) {
  ASSERT_OK(Site(kStation));
  auto first = Observe({Daily("s", "2023-05-01", "35"), Daily("s", "2023-05-02", "36")});
  ASSERT_OK(first);
  EXPECT_EQ(first->created(), 2);
  EXPECT_EQ(first->region(), "210411");
  auto again = Observe({Daily("s", "2023-05-01", "35.0"), Daily("s", "2023-05-03", "37")});
  ASSERT_OK(again);
  EXPECT_EQ(again->created(), 1);
  EXPECT_EQ(again->unchanged(), 1);
  EXPECT_EQ(Listed("site_id: 's'").size(), 3u);
}

TEST_P(IndicatorsServiceTest, ADifferentValueIsACorrectionWithAReason) {
  ASSERT_OK(Site(kStation));
  ASSERT_OK(Observe({Daily("s", "2023-05-01", "35")}));
  auto silent = Observe({Daily("s", "2023-05-02", "30"), Daily("s", "2023-05-01", "36")});
  EXPECT_THAT(silent, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(silent, HasReason("CORRECTION_NEEDS_REASON"));
  EXPECT_THAT(std::string(silent.status().message()), HasSubstr("observations[1]"));
  EXPECT_EQ(Listed("site_id: 's'").size(), 1u);  // nothing of the batch is stored
  auto corrected = Observe({Daily("s", "2023-05-01", "36") + " note: '校准'"});
  ASSERT_OK(corrected);
  EXPECT_EQ(corrected->corrected(), 1);
  ASSERT_OK(Observe({Daily("s", "2023-05-01", "37") + " note: '再校准'"}));
  auto listed = Listed("site_id: 's'");
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].value(), "37");
  EXPECT_EQ(listed[0].revision(), 2);
  auto corrections = service_.ListCorrections(
      CallAsOffice(), From<v1::ListCorrectionsRequest>("site_id: 's' page_size: 1"));
  ASSERT_OK(corrections);
  ASSERT_EQ(corrections->corrections_size(), 1);
  EXPECT_EQ(corrections->corrections(0).before().value(), "35");
  EXPECT_EQ(corrections->corrections(0).after().note(), "校准");
  EXPECT_EQ(corrections->corrections(0).actor(), "li");
  auto more = From<v1::ListCorrectionsRequest>("site_id: 's' page_size: 1");
  more.set_page_token(corrections->next_page_token());
  EXPECT_EQ(service_.ListCorrections(CallAsOffice(), more)->corrections(0).before().value(), "36");
}

TEST_P(IndicatorsServiceTest, EveryBadObservationOfABatchIsNamedAndNoneIsStored) {
  ASSERT_OK(Site(kStation));
  auto batch = Observe({Daily("s", "2023-05-01", "35"), Daily("s", "2023-02-30", "35"),
                        Daily("s", "2023-05-01", "NaN"), Daily("s", "2023-05-01", "1e400"),
                        Daily("s", "2023-05-01", "-1"),
                        "site_id: 's' factor: 'PM2_5' length: DAY start: '2023-05-02' value: '1'"
                        " unit: 'furlong'",
                        "site_id: 's' factor: 'NH3N' length: DAY start: '2023-05-02' value: '1'"
                        " unit: 'mg/L'",
                        "site_id: 's' factor: 'MAGIC' length: DAY start: '2023-05-02' value: '1'"
                        " unit: 'mg/L'",
                        Daily("s", "2026-11-24", "35")});
  EXPECT_THAT(batch, StatusIs(absl::StatusCode::kInvalidArgument));
  for (const char* place :
       {"observations[1].start", "observations[2].value", "observations[3].value",
        "observations[4].value", "observations[5].unit", "observations[6].factor",
        "observations[7].factor", "observations[8].start"}) {
    EXPECT_THAT(std::string(batch.status().message()), HasSubstr(place));
  }
  EXPECT_TRUE(Listed("site_id: 's'").empty());
  EXPECT_THAT(Observe({}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Observe(std::vector<std::string>(1001, Daily("s", "2023-05-01", "35"))),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(IndicatorsServiceTest, ForeignAndMissingSitesLookAlike) {
  ASSERT_OK(Site(kStation));
  Call elsewhere = CallAs({MONITOR}, "210500");
  auto foreign = Observe({Daily("s", "2023-05-01", "35")}, elsewhere);
  auto missing = Observe({Daily("nowhere", "2023-05-01", "35")}, elsewhere);
  EXPECT_THAT(foreign, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(missing, StatusIs(absl::StatusCode::kPermissionDenied));
  auto list = From<v1::ListObservationsRequest>("site_id: 's'");
  EXPECT_THAT(service_.ListObservations(elsewhere, list),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(service_.ListObservations(CallAsOffice(), {}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(IndicatorsServiceTest, ARepeatedBatchAnswersAsTheFirst) {
  ASSERT_OK(Site(kStation));
  Call call = WithRequestId(Monitor(), "batch-1");
  auto first = Observe({Daily("s", "2023-05-01", "35")}, call);
  auto again = Observe({Daily("s", "2023-05-01", "35")}, call);
  ASSERT_OK(again);
  EXPECT_EQ(again->id(), first->id());
  EXPECT_EQ(again->created(), 1);
  EXPECT_THAT(Observe({Daily("s", "2023-05-02", "35")}, WithRequestId(Monitor(), "batch-1", "x")),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(IndicatorsServiceTest, ABatchIsOneEventThatSaysWhatItTouched) {
  ASSERT_OK(Site(kStation));
  ASSERT_OK(Observe({Daily("s", "2023-04-30", "35"), Daily("s", "2023-05-02", "35"),
                     Daily("s", "2023-05-01", "35")}));
  Settle();
  events::v1::ListEventsRequest request;
  request.add_kinds("observation_batches.*");
  auto events = service_.ListEvents(CallAsOffice(), request);
  ASSERT_OK(events);
  ASSERT_EQ(events->events_size(), 1);
  v1::ObservationBatch batch;
  ASSERT_TRUE(events->events(0).record().UnpackTo(&batch));
  EXPECT_EQ(batch.created(), 3);
  ASSERT_EQ(batch.spans_size(), 1);
  EXPECT_EQ(batch.spans(0).first(), "2023-04-30");
  EXPECT_EQ(batch.spans(0).last(), "2023-05-02");
  EXPECT_EQ(batch.spans(0).count(), 3);
}

TEST_P(IndicatorsServiceTest, ListsPageThroughEverySeriesOnce) {
  ASSERT_OK(Site("id: 'w' region: '210400' name: '断面' kind: WATER_SECTION"));
  std::vector<std::string> all;
  for (const char* factor : {"NH3N", "TP", "CODMN"}) {
    for (int month = 1; month <= 12; ++month) {
      all.push_back(
          absl::StrFormat("site_id: 'w' factor: '%s' length: MONTH value: '0.1'"
                          " unit: 'mg/L' start: '2023-%02d-01'",
                          factor, month));
      all.push_back(
          absl::StrFormat("site_id: 'w' factor: '%s' length: INSTANT value: '0.1'"
                          " unit: 'mg/L' start: '2023-%02d-09T08:30'",
                          factor, month));
    }
  }
  ASSERT_OK(Observe(all));
  for (int page_size : {1, 7, 50, 1000}) {
    std::vector<Observation> listed = Listed("site_id: 'w'", page_size);
    ASSERT_EQ(listed.size(), all.size());
    for (size_t i = 1; i < listed.size(); ++i) {
      auto key = [&](size_t at) {
        return std::tuple(listed[at].factor(), listed[at].length(), listed[at].start());
      };
      EXPECT_LT(key(i - 1), key(i));
    }
  }
  EXPECT_EQ(Listed("site_id: 'w' factor: 'TP' length: MONTH").size(), 12u);
  EXPECT_EQ(Listed("site_id: 'w' factor: 'TP' length: INSTANT from_day: '2023-03-09'"
                   " to_day: '2023-05-08'")
                .size(),
            2u);
  auto negative = From<v1::ListObservationsRequest>("site_id: 'w' page_size: -1");
  EXPECT_THAT(service_.ListObservations(CallAsOffice(), negative),
              StatusIs(absl::StatusCode::kInvalidArgument));
  auto tampered = From<v1::ListObservationsRequest>("site_id: 'w' page_token: 'AAAA'");
  EXPECT_THAT(service_.ListObservations(CallAsOffice(), tampered),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(IndicatorsServiceTest, Pm25IsJudgedByTheEditionInForce) {
  ASSERT_OK(Site(kStation));
  ASSERT_OK(Indicator(kPm25));
  Year("s", 2023, "35");
  Year("s", 2025, "36");
  auto good = Evaluate("id: 'pm' year: 2023");
  ASSERT_OK(good);
  EXPECT_EQ(good->value(), "35");
  EXPECT_EQ(good->verdict(), Evaluation::MET);
  EXPECT_EQ(good->samples_used(), 365);
  EXPECT_EQ(good->samples_required(), 324);
  // Without a period: the last calendar year that has ended.
  EXPECT_EQ(Evaluate("id: 'pm'")->value(), "36");
  EXPECT_EQ(Evaluate("id: 'pm'")->verdict(), Evaluation::NOT_MET);
  EXPECT_EQ(Evaluate("id: 'pm' year: 2022")->verdict(), Evaluation::NO_DATA);
  // A target of a task judges instead.
  auto asked = Evaluate(
      "id: 'pm' to_day: '2024-06-30'"
      " target { comparator: AT_MOST value: '0.03' unit: 'mg/m³' }");
  ASSERT_OK(asked);
  EXPECT_EQ(asked->period(), "2023");
  EXPECT_EQ(asked->verdict(), Evaluation::NOT_MET);
  EXPECT_THAT(Evaluate("id: 'pm' unit: 'km'"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Evaluate("id: 'pm' year: 2023 decimals: 40"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Evaluate("id: 'pm' from_day: '2023-02-30'"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Evaluate("id: 'pm' year: 2023", CallAs({LEADER}, "110000")),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_P(IndicatorsServiceTest, ACorrectionChangesTheMeanAndNothingElse) {
  ASSERT_OK(Site(kStation));
  ASSERT_OK(Indicator(kPm25));
  Year("s", 2023, "35");
  auto before = Figure("figure: 'F16'");
  ASSERT_OK(before);
  EXPECT_EQ(before->record_count(), 365);
  ASSERT_OK(Observe({Daily("s", "2023-07-01", "400") + " note: '质控'"}));
  auto after = Figure("figure: 'F16'");
  EXPECT_EQ(after->value(), "36");
  EXPECT_EQ(after->verdict(), "NOT_MET");
  EXPECT_EQ(after->record_count(), 365);
  EXPECT_NE(after->records_sha256(), before->records_sha256());
  EXPECT_EQ(after->records(0).collection(), "observations");
}

TEST_P(IndicatorsServiceTest, HoursMakeADay) {
  ASSERT_OK(Site(kStation));
  ASSERT_OK(Indicator(kPm25));
  for (absl::CivilDay day(2023, 5, 1); day.month() == 5; ++day) {
    std::vector<std::string> hours;
    for (int hour = 0; hour < 20; ++hour) {
      hours.push_back(absl::StrFormat(
          "site_id: 's' factor: 'PM2_5' length: HOUR start: '%sT%02d:00' value: '20' unit: 'μg/m³'",
          FormatDay(day), hour));
    }
    ASSERT_OK(Observe(hours));
  }
  auto month = Evaluate("id: 'pm' from_day: '2023-05-01' to_day: '2023-05-31'");
  ASSERT_OK(month);
  EXPECT_EQ(month->value(), "20");
  EXPECT_EQ(month->samples_used(), 31);
  EXPECT_EQ(month->validity(), Evaluation::VALID);
}

TEST_P(IndicatorsServiceTest, SectionsMakeTwoRatios) {
  for (auto [id, set, target, value, days] :
       {std::tuple{"a", "NATIONAL", "III", "0.9", "from_day: '2021-01-01'"},
        std::tuple{"b", "NATIONAL", "II", "0.4", "from_day: '2021-01-01'"},
        std::tuple{"old", "NATIONAL", "II", "9", "from_day: '2016-01-01' to_day: '2020-12-31'"},
        std::tuple{"c", "PROVINCIAL", "II", "0.9", "from_day: '2021-01-01'"},
        std::tuple{"d", "PROVINCIAL", "IV", "1.4", "from_day: '2021-01-01'"}}) {
    ASSERT_OK(Site(absl::StrCat("id: '", id, "' region: '210411' name: '", id,
                                "' kind: WATER_SECTION freezes: true set: ", set,
                                " target_class: ", target, " ", days)));
    std::vector<std::string> months;
    for (int month = 3; month <= 10; ++month) {
      months.push_back(absl::StrFormat(
          "site_id: '%s' factor: 'NH3N' length: MONTH start: '2023-%02d-01' value: '%s'"
          " unit: 'mg/L'",
          id, month, value));
    }
    ASSERT_OK(Observe(months));
  }
  const std::string sections = " sites { kind: WATER_SECTION set: ";
  ASSERT_OK(
      Indicator("id: 'n' name: 'n' unit: '个' kind: REGISTER figure_id: 'F18'"
                " register_rule { aggregate: SITES }" +
                sections + "NATIONAL }"));
  ASSERT_OK(
      Indicator("id: 'g' name: 'g' unit: '%' kind: CLASS figure_id: 'F19'"
                " class_rule { measure: GOOD }" +
                sections + "NATIONAL }"));
  ASSERT_OK(
      Indicator("id: 'm' name: 'm' unit: '%' decimals: 1 kind: CLASS figure_id: 'F21'"
                " class_rule { measure: MEETING_TARGET }" +
                sections + "PROVINCIAL }"));
  EXPECT_EQ(Figure("figure: 'F18'")->value(), "2");
  EXPECT_EQ(Figure("figure: 'F18'")->period(), "截至 2023-12-31");
  EXPECT_THAT(Figure("figure: 'F18'")->working(), HasSubstr("有监测数据 2 个"));
  auto good = Figure("figure: 'F19'");
  EXPECT_EQ(good->value(), "100");
  EXPECT_EQ(good->numerator(), "2");
  EXPECT_EQ(good->denominator(), "2");
  EXPECT_EQ(good->record_count(), 2);
  auto meeting = Figure("figure: 'F21'");
  EXPECT_EQ(meeting->value(), "50.0");
  EXPECT_EQ(meeting->numerator(), "1");
  auto by_site = Evaluate("id: 'm' year: 2023");
  ASSERT_OK(by_site);
  EXPECT_EQ(by_site->sites(0).water_class(), v1::WaterQuality::III);
  EXPECT_EQ(by_site->sites(0).verdict(), Evaluation::NOT_MET);
}

TEST_P(IndicatorsServiceTest, RegistersAreCountedByPeriodAndState) {
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

TEST_P(IndicatorsServiceTest, ItemsAreRefusedByTheirRegister) {
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

TEST_P(IndicatorsServiceTest, AUnitKeepsItsOwnRegisterOnly) {
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

TEST_P(IndicatorsServiceTest, AFallingTotalIsExplainedAndAStaleChangeAborted) {
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

TEST_P(IndicatorsServiceTest, ACapacityIsPrintedInTheFiguresUnit) {
  ASSERT_OK(Indicator("id: 'c' name: '三宝屯' unit: 't/d' kind: GAUGE figure_id: 'F12'"));
  auto value = [](const char* start, const char* number) {
    return absl::StrCat("indicator_id: 'c' factor: 'value' length: INSTANT start: '", start,
                        "' value: '", number, "' unit: 'kg/d'");
  };
  ASSERT_OK(Observe({value("2019-12-01T09:00", "400000000"), value("2022-11-30T09:00", "500000000"),
                     value("2024-10-01", "600000000")}));
  auto figure = Figure("figure: 'F12'");
  ASSERT_OK(figure);
  EXPECT_EQ(figure->value(), "50");
  EXPECT_EQ(figure->unit(), "万吨/日");
  EXPECT_EQ(figure->record_count(), 1);
  EXPECT_EQ(figure->records(0).id(), "indicator/c/value/INSTANT/2022-11-30T09:00");
  EXPECT_EQ(Figure("figure: 'F12' parameters { key: 'to' value: '2020-01-01' }")->value(), "40");
}

TEST_P(IndicatorsServiceTest, ABoundHoldsInItsWorstYear) {
  ASSERT_OK(
      Indicator("id: 'b' name: '粪污' unit: '%' kind: BOUND figure_id: 'F23'"
                " bound { comparator: AT_LEAST value: '76' unit: '%' }"
                " ratio_rule { numerator_factor: 'used' denominator_factor: 'produced'"
                " unit: '万吨' }"));
  std::vector<std::string> all;
  for (auto [year, used] : {std::pair{2020, "50"}, {2021, "76.33"}, {2022, "80"}, {2023, "90"}}) {
    for (auto [factor, value] : {std::pair{"used", used}, {"produced", "100"}}) {
      all.push_back(absl::StrCat("indicator_id: 'b' factor: '", factor,
                                 "' length: YEAR unit: '万吨' start: '", year, "-01-01' value: '",
                                 value, "'"));
    }
  }
  ASSERT_OK(Observe(all));
  auto figure = Figure("figure: 'F23'");
  ASSERT_OK(figure);
  EXPECT_EQ(figure->value(), "76");
  EXPECT_EQ(figure->bound(), ">=76");
  EXPECT_EQ(figure->verdict(), "MET");
  EXPECT_EQ(figure->record_count(), 6);
  EXPECT_EQ(Figure("figure: 'F23' parameters { key: 'from' value: '2020-01-01' }")->verdict(),
            "NOT_MET");
}

TEST_P(IndicatorsServiceTest, AFigureWithoutIndicatorSaysSo) {
  auto figure = Figure("figure: 'F16'");
  EXPECT_THAT(figure, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(figure, HasReason("NO_INDICATOR"));
  ASSERT_OK(Indicator(kPm25));
  EXPECT_EQ(Figure("figure: 'F16'")->verdict(), "NO_DATA");
  EXPECT_THAT(Figure("figure: 'F16' parameters { key: 'year' value: 'twenty' }"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Figure("figure: 'F01'"), StatusIs(absl::StatusCode::kInvalidArgument));
  // One indicator feeds a figure.
  EXPECT_THAT(Indicator("name: 'x' unit: 't/d' kind: GAUGE figure_id: 'F16'"),
              StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST_P(IndicatorsServiceTest, IndicatorsReferToWhatExists) {
  EXPECT_THAT(Indicator("name: 'x' unit: '家' kind: REGISTER"
                        " register_rule { aggregate: COUNT register_id: 'none' }"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_OK(Register("id: 'r' name: '裸地' unit: '亩'"));
  EXPECT_THAT(Indicator("name: 'x' unit: 'km' kind: REGISTER"
                        " register_rule { aggregate: SUM register_id: 'r' }"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_OK(
      Indicator("name: 'x' unit: '公顷' kind: REGISTER"
                " register_rule { aggregate: SUM register_id: 'r' }"));
  EXPECT_THAT(Indicator("name: 'y' unit: 'μg/m³' kind: MEAN factor: 'PM2_5'"
                        " sites { kind: AIR_STATION site_ids: 'none' }"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(IndicatorsServiceTest, DefinitionsChangeByMaskAndVersion) {
  ASSERT_OK(Indicator(kPm25));
  auto change = From<v1::UpdateIndicatorRequest>(
      "indicator { id: 'pm' version: 1 decimals: 1 } update_mask { paths: 'decimals' }");
  EXPECT_EQ(service_.UpdateIndicator(CallAsOffice(), change)->decimals(), 1);
  EXPECT_THAT(service_.UpdateIndicator(CallAsOffice(), change),
              StatusIs(absl::StatusCode::kAborted));
  change = From<v1::UpdateIndicatorRequest>(
      "indicator { id: 'pm' unit: 'mg/m³' } update_mask { paths: 'unit' }");
  EXPECT_THAT(service_.UpdateIndicator(CallAsOffice(), change),
              StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_OK(Site(kStation));
  auto moved = From<v1::UpdateSiteRequest>(
      "site { id: 's' roles { role: CLEAN_CONTROL from_day: '2023-01-01' } }"
      " update_mask { paths: 'roles' }");
  EXPECT_EQ(service_.UpdateSite(Monitor(), moved)->roles_size(), 1);
}

TEST_P(IndicatorsServiceTest, TheSummaryShowsHeadlinesAndCounts) {
  ASSERT_OK(Site(kStation));
  ASSERT_OK(Indicator(kPm25));
  Year("s", 2023, "35");
  Settle();
  auto summary = service_.Summarize(CallAsOffice(), {});
  ASSERT_OK(summary);
  std::map<std::string, std::string> cells;
  for (const auto& cell : summary->cells()) cells[cell.name()] = cell.value();
  EXPECT_EQ(cells["indicators.pm"], "35");
  EXPECT_EQ(cells["indicators.total"], "1");
  EXPECT_EQ(cells["sites.total"], "1");
  EXPECT_EQ(cells["observations.total"], "365");
  EXPECT_EQ(cells["register_items.done"], "0");
  std::vector<RecordType> types = Records();
  EXPECT_OK(db().Read([&](Tx& tx) { return CheckTallies(tx, types); }));
}

TEST_P(IndicatorsServiceTest, StandardsAreListedByDay) {
  auto standards = service_.ListStandards(
      CallAsOffice(), From<v1::ListStandardsRequest>("name: 'GB 3095' day: '2023-12-31'"));
  ASSERT_OK(standards);
  ASSERT_EQ(standards->standards_size(), 1);
  EXPECT_EQ(standards->standards(0).edition(), "2012");
  EXPECT_EQ(standards->standards(0).limits_size(), 28);
  EXPECT_EQ(service_.ListStandards(CallAsOffice(), {})->standards_size(), 7);
}

}  // namespace
}  // namespace lucid::indicators
