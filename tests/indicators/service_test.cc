// The indicators service's handlers, on both engines.
#include <map>

#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "tests/indicators/indicators_fixture.h"

namespace lucid::indicators {
namespace {

using access::v1::MONITOR;
using ::testing::HasSubstr;
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

TEST_P(IndicatorsServiceTest, ASiteMovesToAnotherSetWithoutLosingItsOwn) {
  ASSERT_OK(Site(kStation));
  const auto update = [&](const std::string& site, const std::string& paths) {
    return service_.UpdateSite(
        Monitor(), From<v1::UpdateSiteRequest>(
                       absl::StrCat("site { id: 's' ", site, " } update_mask { ", paths, " }")));
  };
  const std::string both = "paths: ['set', 'from_day']";
  ASSERT_OK(update("set: NATIONAL from_day: '2010-01-01'", both));
  EXPECT_THAT(update("set: PROVINCIAL from_day: '2024-01-01'", both),
              StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_OK(update("set: NATIONAL from_day: '2012-01-01'", both));
  auto moved = update(
      "assessments { set: NATIONAL from_day: '2012-01-01' to_day: '2023-12-31' }"
      " assessments { set: PROVINCIAL from_day: '2024-01-01' }",
      "paths: 'assessments'");
  ASSERT_OK(moved);
  EXPECT_EQ(moved->set(), v1::AssessmentSet::PROVINCIAL);
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
