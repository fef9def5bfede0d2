// Standards as records and the quality of water, through the handlers, on both engines.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "tests/indicators/indicators_fixture.h"

namespace lucid::indicators {
namespace {

using access::v1::ADMIN;
using access::v1::MONITOR;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using v1::Evaluation;
using v1::Observation;
using v1::WaterBodyEvaluation;
using v1::WaterQuality;

class WaterServiceTest : public IndicatorsFixture {
 protected:
  static Call Admin() { return CallAs({ADMIN}, ""); }

  // A section of Fushun.
  absl::StatusOr<v1::Site> Section(const std::string& id, const std::string& text) {
    return service_.CreateSite(
        CallAs({MONITOR}), From<v1::CreateSiteRequest>(
                               absl::StrCat("site { id: '", id, "' name: '", id,
                                            "' region: '210411' kind: WATER_SECTION ", text, "}")));
  }
  // One value of a factor in each of the months from … to of a year.
  void Months(const std::string& site, int year, int from, int to, const std::string& factor,
              const std::string& value, const std::string& unit = "mg/L",
              const std::string& more = "") {
    std::string text;
    for (int month = from; month <= to; ++month) {
      absl::StrAppendFormat(&text,
                            "observations { site_id: '%s' factor: '%s' length: MONTH"
                            " start: '%04d-%02d-01' value: '%s' unit: '%s' %s }",
                            site, factor, year, month, value, unit, more);
    }
    ASSERT_OK(service_.BatchCreateObservations(CallAs({MONITOR}),
                                               From<v1::BatchCreateObservationsRequest>(text)));
  }
  absl::StatusOr<v1::ListWaterQualityResponse> Quality(const std::string& text) {
    return service_.ListWaterQuality(CallAsOffice(), From<v1::ListWaterQualityRequest>(text));
  }
  absl::StatusOr<v1::ListWaterBodiesResponse> Waters(const std::string& text) {
    return service_.ListWaterBodies(CallAsOffice(), From<v1::ListWaterBodiesRequest>(text));
  }
  // The share of class I–III of the national set.
  void GoodShare() {
    ASSERT_OK(service_.CreateIndicator(
        CallAsOffice(),
        From<v1::CreateIndicatorRequest>(
            "indicator { id: 'g' region: '210400' name: 'g' unit: '%' decimals: 1 kind: CLASS"
            " class_rule { measure: GOOD } sites { kind: WATER_SECTION set: NATIONAL } }")));
  }
  Evaluation Share(int year) {
    auto share = service_.EvaluateIndicator(
        CallAsOffice(), From<v1::EvaluateIndicatorRequest>(absl::StrCat("id: 'g' year: ", year)));
    EXPECT_OK(share);
    return share.ok() ? *share : Evaluation();
  }
  absl::StatusOr<v1::Standard> Correct(const std::string& text, const Call& call) {
    return service_.CorrectStandard(call, From<v1::CorrectStandardRequest>(text));
  }
};
EVERY_ENGINE(WaterServiceTest);

TEST_P(WaterServiceTest, ADatabaseBeginsWithTheStandardsOnceOnly) {
  auto standards = service_.ListStandards(Admin(), {});
  ASSERT_OK(standards);
  std::vector<std::string> ids;
  for (const v1::Standard& standard : standards->standards()) {
    ids.push_back(standard.id());
    EXPECT_EQ(standard.version(), 1);
    EXPECT_FALSE(standard.source().empty());
  }
  EXPECT_THAT(ids, ElementsAre("gb3095-2012", "gb3095-2026", "gb3095-2026-2031", "gb3838-2002",
                               "hj633-2012", "hj633-2026", "hj663-2013"));
  ASSERT_OK(
      Correct("id: 'gb3838-2002' note: '公告' limits { factor: 'NH3N' grade: 'III'"
              " at_most: '0.9' unit: 'mg/L' }",
              Admin()));
  ASSERT_OK(Seed(db(), absl::UnixEpoch()));
  auto corrected = service_.GetStandard(Admin(), From<v1::GetStandardRequest>("id: 'gb3838-2002'"));
  ASSERT_OK(corrected);
  EXPECT_EQ(corrected->version(), 2);
  EXPECT_EQ(corrected->limits_size(), 111);
  Settle();
  auto events = service_.ListEvents(CallAsOffice(),
                                    From<events::v1::ListEventsRequest>("kinds: 'standards.*'"));
  ASSERT_OK(events);
  ASSERT_EQ(events->events_size(), 8);
  EXPECT_EQ(events->events(7).kind(), "standards.Test");
  EXPECT_EQ(events->events(0).actor(), "service:indicators");
}

TEST_P(WaterServiceTest, AWrongCellIsCorrectedByOneCallAndEvaluationsFollow) {
  ASSERT_OK(Section("a", "set: NATIONAL from_day: '2021-01-01'"));
  Months("a", 2023, 1, 12, "NH3N", "0.95");
  GoodShare();
  Evaluation before = Share(2023);
  EXPECT_EQ(before.value(), "100.0");
  EXPECT_EQ(before.standard_id(), "gb3838-2002");
  EXPECT_EQ(before.standard_version(), 1);
  const std::string stricter = "limits { factor: 'NH3N' grade: 'III' at_most: '0.9' unit: 'mg/L' }";
  EXPECT_THAT(Correct("id: 'gb3838-2002' " + stricter, Admin()),
              HasReason("CORRECTION_NEEDS_REASON"));
  EXPECT_THAT(Correct("id: 'gb3838-2002' note: 'x' version: 9 " + stricter, Admin()),
              HasReason("STALE_VERSION"));
  EXPECT_THAT(Correct("id: 'gb3838-2002' note: 'x' limits { factor: 'NH3N' grade: 'III'"
                      " at_most: '1.6' unit: 'mg/L' }",
                      Admin()),
              StatusIs(absl::StatusCode::kInvalidArgument));  // class IV has 1.5
  ASSERT_OK(Correct("id: 'gb3838-2002' note: '更正公告' " + stricter, Admin()));
  Evaluation after = Share(2023);
  EXPECT_EQ(after.value(), "0.0");
  EXPECT_EQ(after.standard_version(), 2);
}

TEST_P(WaterServiceTest, ANewEditionNeedsNoNewProgram) {
  ASSERT_OK(Section("a", "set: NATIONAL from_day: '2021-01-01'"));
  Months("a", 2023, 1, 12, "NH3N", "0.95");
  Months("a", 2024, 1, 12, "NH3N", "0.95");
  GoodShare();
  const std::string edition =
      "standard { id: 'gb3838-2024' name: 'GB 3838' edition: '2024' title: '地表水'"
      " from_day: '2024-01-01' method: FULL_VALUE source: '公告'"
      " limits { factor: 'NH3N' grade: 'III' at_most: '0.8' unit: 'mg/L' }"
      " limits { factor: 'NH3N' grade: 'IV' at_most: '1.5' unit: 'mg/L' } }";
  EXPECT_THAT(service_.CreateStandard(Admin(), From<v1::CreateStandardRequest>(edition)),
              HasReason("OVERLAPS"));
  ASSERT_OK(service_.UpdateStandard(
      Admin(), From<v1::UpdateStandardRequest>(
                   "standard { id: 'gb3838-2002' to_day: '2023-12-31' note: '被 2024 版代替' }")));
  ASSERT_OK(service_.CreateStandard(Admin(), From<v1::CreateStandardRequest>(edition)));
  EXPECT_EQ(Share(2023).value(), "100.0");
  EXPECT_EQ(Share(2023).standard(), "GB 3838-2002");
  EXPECT_EQ(Share(2024).value(), "0.0");
  EXPECT_EQ(Share(2024).standard_id(), "gb3838-2024");
  auto on_day = service_.ListStandards(
      CallAsOffice(), From<v1::ListStandardsRequest>("name: 'GB 3838' day: '2024-06-01'"));
  ASSERT_OK(on_day);
  ASSERT_EQ(on_day->standards_size(), 1);
  EXPECT_EQ(on_day->standards(0).id(), "gb3838-2024");
  EXPECT_THAT(service_.UpdateStandard(Admin(),
                                      From<v1::UpdateStandardRequest>(
                                          "standard { id: 'gb3838-2002' name: 'GB 1' note: 'y' }")),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(WaterServiceTest, SectionsAreListedWithTheirClasses) {
  ASSERT_OK(Section("a", "set: NATIONAL from_day: '2021-01-01' target_class: II"));
  ASSERT_OK(Section("b", "set: NATIONAL from_day: '2021-01-01' target_class: II freezes: true"));
  ASSERT_OK(Section("c", "set: NATIONAL from_day: '2021-01-01' target_class: II"));
  ASSERT_OK(Section("p", "set: PROVINCIAL from_day: '2021-01-01' target_class: II"));
  Months("a", 2023, 1, 12, "NH3N", "0.6");
  Months("a", 2023, 1, 12, "CODMN", "3");
  Months("b", 2023, 1, 8, "NH3N", "0.5");
  Months("b", 2023, 9, 12, "NH3N", "", "", "qualifier: FROZEN note: '封冻'");
  Months("c", 2023, 1, 3, "NH3N", "0.5");
  Months("c", 2023, 4, 4, "NH3N", "", "", "qualifier: DRY");
  auto page = Quality("region: '210400' set: NATIONAL year: 2023 page_size: 2");
  ASSERT_OK(page);
  EXPECT_EQ(page->standard(), "GB 3838-2002");
  EXPECT_EQ(page->standard_id(), "gb3838-2002");
  ASSERT_EQ(page->sections_size(), 2);
  const v1::SiteEvaluation& a = page->sections(0);
  EXPECT_EQ(a.water_class(), WaterQuality::III);
  EXPECT_EQ(a.verdict(), Evaluation::NOT_MET);
  EXPECT_THAT(a.worst_factors(), ElementsAre("NH3N"));
  EXPECT_EQ(a.factors(1).value(), "0.6");
  EXPECT_EQ(a.samples_used(), 12);
  const v1::SiteEvaluation& b = page->sections(1);
  EXPECT_EQ(b.verdict(), Evaluation::MET);
  EXPECT_EQ(b.samples_required(), 8);
  ASSERT_EQ(b.not_assessed_size(), 4);
  EXPECT_EQ(b.not_assessed(0).month(), "2023-09");
  EXPECT_EQ(b.not_assessed(0).reason(), Observation::FROZEN);
  EXPECT_EQ(b.not_assessed(0).note(), "封冻");
  auto next = Quality("region: '210400' set: NATIONAL year: 2023 page_size: 2 page_token: '" +
                      page->next_page_token() + "'");
  ASSERT_OK(next);
  ASSERT_EQ(next->sections_size(), 1);
  EXPECT_EQ(next->next_page_token(), "");
  EXPECT_EQ(next->sections(0).site_id(), "c");
  EXPECT_EQ(next->sections(0).verdict(), Evaluation::INVALID);
  EXPECT_EQ(next->sections(0).not_assessed(0).reason(), Observation::DRY);
  EXPECT_EQ(next->sections(0).not_assessed_size(), 9);
  // A token of another query, and requests that make no sense.
  EXPECT_THAT(Quality("region: '210400' set: PROVINCIAL year: 2023 page_token: '" +
                      page->next_page_token() + "'"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  for (const char* bad : {"", "year: 2023 month: 13", "year: 99", "year: 2023 region: 'abc'",
                          "year: 2023 page_size: -1"}) {
    EXPECT_THAT(Quality(bad), StatusIs(absl::StatusCode::kInvalidArgument)) << bad;
  }
  EXPECT_THAT(Quality("year: 2023 factor_set: 'none'"), HasReason("NO_FACTOR_SET"));
  // One month.
  auto april = Quality("set: NATIONAL year: 2023 month: 4");
  ASSERT_OK(april);
  EXPECT_EQ(april->sections(0).validity(), Evaluation::VALID);
  EXPECT_EQ(april->sections(2).verdict(), Evaluation::NO_DATA);
  EXPECT_EQ(april->sections(2).not_assessed(0).reason(), Observation::DRY);
}

TEST_P(WaterServiceTest, WhatWasNotDetectedCountsHalfAndSamplesOfAMonthAreAveraged) {
  ASSERT_OK(Section("a", "set: NATIONAL from_day: '2021-01-01'"));
  ASSERT_OK(service_.BatchCreateObservations(
      CallAs({MONITOR}),
      From<v1::BatchCreateObservationsRequest>(
          "observations { site_id: 'a' factor: 'HG' length: INSTANT start: '2023-05-02T09:00'"
          " value: '0.00004L' unit: 'mg/L' }"
          "observations { site_id: 'a' factor: 'HG' length: INSTANT start: '2023-05-20T09:00'"
          " value: '0.0001' unit: 'mg/L' }")));
  auto may = Quality("year: 2023 month: 5");
  ASSERT_OK(may);
  // (0.00002 + 0.0001) ÷ 2 = 0.00006: class III.
  EXPECT_EQ(may->sections(0).factors(0).value(), "0.00006");
  EXPECT_EQ(may->sections(0).water_class(), WaterQuality::III);
  auto negative = service_.BatchCreateObservations(
      CallAs({MONITOR}), From<v1::BatchCreateObservationsRequest>(
                             "observations { site_id: 'a' factor: 'HG' length: INSTANT"
                             " start: '2023-06-02T09:00' value: '-0.1' unit: 'mg/L' }"));
  EXPECT_THAT(negative, StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(WaterServiceTest, AFactorSetSaysWhichMonthsAreNeeded) {
  ASSERT_OK(Section("a",
                    "assessments { set: NATIONAL from_day: '2021-01-01'"
                    " extra_factors: 'FLUORIDE' }"));
  for (const char* factor : {"DO", "CODMN", "NH3N", "TP"}) {
    Months("a", 2023, 1, 12, factor, "0.1");
  }
  Months("a", 2023, 1, 12, "PH", "7", "无量纲");
  auto without = Quality("set: NATIONAL year: 2023 factor_set: '9+X'");
  ASSERT_OK(without);
  EXPECT_EQ(without->sections(0).samples_used(), 0);
  EXPECT_EQ(without->sections(0).not_assessed_size(), 12);
  Months("a", 2023, 1, 12, "FLUORIDE", "0.1");
  auto with = Quality("set: NATIONAL year: 2023 factor_set: '9+X'");
  ASSERT_OK(with);
  EXPECT_EQ(with->sections(0).samples_used(), 12);
  EXPECT_EQ(with->sections(0).water_class(), WaterQuality::WORSE_THAN_V);  // DO of 0.1
  // A series begins before there was such a set.
  ASSERT_OK(service_.CreateIndicator(
      CallAsOffice(),
      From<v1::CreateIndicatorRequest>(
          "indicator { id: 'good' region: '210400' name: 'good' unit: '%' kind: CLASS class_rule {"
          " measure: GOOD factor_set: '9+X' } sites { kind: WATER_SECTION set: NATIONAL } }")));
  auto series = service_.GetIndicatorSeries(
      CallAsOffice(), From<v1::GetIndicatorSeriesRequest>(
                          "id: 'good' step: YEAR from_day: '2020-01-01' to_day: '2023-12-31'"));
  ASSERT_OK(series);
  ASSERT_EQ(series->points_size(), 4);
  EXPECT_EQ(series->points(0).validity(), Evaluation::MISSING);
  EXPECT_EQ(series->points(3).value(), "0");
  auto unknown = service_.CreateIndicator(
      CallAsOffice(),
      From<v1::CreateIndicatorRequest>(
          "indicator { id: 'x' region: '210400' name: 'x' unit: '%' kind: CLASS"
          " class_rule { measure: GOOD factor_set: 'none' } sites { kind: WATER_SECTION } }"));
  EXPECT_THAT(unknown, StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(WaterServiceTest, AMovedSectionCountsInTheSetOfItsTime) {
  ASSERT_OK(Section("a", "set: PROVINCIAL from_day: '2016-01-01' target_class: IV"));
  Months("a", 2022, 1, 12, "NH3N", "1.2");
  Months("a", 2023, 1, 12, "NH3N", "1.2");
  auto moved = service_.UpdateSite(
      CallAs({MONITOR}), From<v1::UpdateSiteRequest>(
                             "site { id: 'a' assessments { set: PROVINCIAL from_day: '2016-01-01'"
                             " to_day: '2022-12-31' target_class: IV } assessments { set: NATIONAL"
                             " from_day: '2023-01-01' target_class: III } }"));
  ASSERT_OK(moved);
  EXPECT_EQ(moved->set(), v1::AssessmentSet::NATIONAL);
  auto in_2022 = Quality("set: PROVINCIAL year: 2022");
  ASSERT_EQ(in_2022->sections_size(), 1);
  EXPECT_EQ(in_2022->sections(0).target_class(), WaterQuality::IV);
  EXPECT_EQ(in_2022->sections(0).verdict(), Evaluation::MET);
  EXPECT_EQ(Quality("set: NATIONAL year: 2022")->sections_size(), 0);
  EXPECT_EQ(Quality("set: PROVINCIAL year: 2023")->sections_size(), 0);
  EXPECT_EQ(Quality("set: NATIONAL year: 2023")->sections(0).verdict(), Evaluation::NOT_MET);
  GoodShare();
  EXPECT_EQ(Share(2022).samples_required(), 0);
  EXPECT_EQ(Share(2023).samples_required(), 1);
  auto overlapping = service_.UpdateSite(
      CallAs({MONITOR}),
      From<v1::UpdateSiteRequest>("site { id: 'a' assessments { set: PROVINCIAL"
                                  " from_day: '2016-01-01' } assessments { set: NATIONAL"
                                  " from_day: '2023-01-01' } }"));
  EXPECT_THAT(overlapping, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(overlapping.status().message()), HasSubstr("assessments[1]"));
  EXPECT_THAT(service_.UpdateSite(CallAs({MONITOR}), From<v1::UpdateSiteRequest>(
                                                         "site { id: 'a' to_day: '2024-01-01' }")),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(WaterServiceTest, RiversBasinsAndLakesAreGraded) {
  for (int i = 0; i < 6; ++i) {
    const std::string id = absl::StrCat("s", i);
    ASSERT_OK(Section(id, absl::StrCat("set: NATIONAL from_day: '2021-01-01' basin: '浑河流域'"
                                       " water_name: '",
                                       i < 2 ? "社河" : "浑河", "'")));
    Months(id, 2023, 1, 12, "NH3N", i == 5 ? "2.1" : "0.4");
  }
  for (const char* id : {"l1", "l2"}) {
    ASSERT_OK(Section(id,
                      "set: NATIONAL from_day: '2021-01-01' basin: '浑河流域'"
                      " water_body: LAKE water_name: '大伙房水库'"));
    Months(id, 2023, 1, 12, "TP", "0.02");
    Months(id, 2023, 1, 12, "TN", "0.8");
    Months(id, 2023, 1, 12, "CODMN", "3");
    Months(id, 2023, 1, 12, "CHLA", "4", "μg/L");
    Months(id, 2023, 1, 12, "TRANSPARENCY", "250", "cm");
  }
  auto waters = Waters("set: NATIONAL year: 2023");
  ASSERT_OK(waters);
  ASSERT_EQ(waters->waters_size(), 3);
  std::map<std::string, WaterBodyEvaluation> by_name;
  for (const WaterBodyEvaluation& water : waters->waters()) by_name[water.name()] = water;
  EXPECT_EQ(by_name["社河"].grade(), WaterBodyEvaluation::EXCELLENT);
  // (0.4 × 3 + 2.1) ÷ 4 = 0.825: class III.
  EXPECT_EQ(by_name["浑河"].method(), WaterBodyEvaluation::MEAN_OF_SECTIONS);
  EXPECT_EQ(by_name["浑河"].factors(0).value(), "0.825");
  EXPECT_EQ(by_name["浑河"].grade(), WaterBodyEvaluation::GOOD);
  const WaterBodyEvaluation& lake = by_name["大伙房水库"];
  EXPECT_EQ(lake.body(), WaterQuality::LAKE);
  EXPECT_EQ(lake.water_class(), WaterQuality::II);
  EXPECT_EQ(lake.trophic().value(), "37.2");
  EXPECT_EQ(lake.trophic().state(), v1::TrophicIndex::MESOTROPHIC);
  auto basins = Waters("set: NATIONAL year: 2023 basins: true");
  ASSERT_OK(basins);
  ASSERT_EQ(basins->waters_size(), 1);
  EXPECT_EQ(basins->waters(0).sections(), 6);
  EXPECT_EQ(basins->waters(0).method(), WaterBodyEvaluation::SHARES);
  EXPECT_EQ(basins->waters(0).good_percent(), "83.3");
  EXPECT_EQ(basins->waters(0).grade(), WaterBodyEvaluation::GOOD);
  // Page by page, and one by its name.
  std::string token;
  int pages = 0, found = 0;
  do {
    auto page = Waters("set: NATIONAL year: 2023 page_size: 1 page_token: '" + token + "'");
    ASSERT_OK(page);
    found += page->waters_size();
    token = page->next_page_token();
  } while (!token.empty() && ++pages < 10);
  EXPECT_EQ(found, 3);
  EXPECT_EQ(Waters("year: 2023 name: '浑河'")->waters_size(), 1);
  EXPECT_EQ(Waters("year: 2022")->waters(0).grade(), WaterBodyEvaluation::GRADE_UNSPECIFIED);
}

}  // namespace
}  // namespace lucid::indicators
