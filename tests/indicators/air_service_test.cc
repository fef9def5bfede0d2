// Air through the service's handlers, on both engines: from hours to indices, statistics and days.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/base/calendar.h"
#include "tests/indicators/indicators_fixture.h"

namespace lucid::indicators {
namespace {

using access::v1::ADMIN;
using access::v1::MONITOR;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using v1::AirQuality;
using v1::Evaluation;

constexpr char kSites[] = " sites { kind: AIR_STATION }";

class AirServiceTest : public IndicatorsFixture {
 protected:
  void Station(const std::string& id) {
    ASSERT_OK(
        Site(absl::StrCat("id: '", id, "' region: '210411' name: '", id, "' kind: AIR_STATION")));
  }
  static std::string Daily(const std::string& site, const std::string& factor, absl::CivilDay day,
                           const std::string& value) {
    return absl::StrCat("site_id: '", site, "' factor: '", factor, "' length: DAY start: '",
                        FormatDay(day), "' value: '", value, "' unit: '",
                        factor == "CO" ? "mg/m³" : "μg/m³", "'");
  }
  // Every pollutant but ozone by day, ozone by hour, from a day on.
  void Month(const std::string& site, absl::CivilMonth month, const std::string& pm25) {
    std::vector<std::string> days, hours;
    for (absl::CivilDay day(month); day < absl::CivilDay(month + 1); ++day) {
      for (auto [factor, value] : {std::pair<const char*, std::string>{"SO2", "12"},
                                   {"NO2", "20"},
                                   {"PM10", "40"},
                                   {"CO", "0.8"},
                                   {"PM2_5", pm25}}) {
        days.push_back(Daily(site, factor, day, value));
      }
      for (int hour = 0; hour < 24; ++hour) {
        hours.push_back(
            absl::StrFormat("site_id: '%s' factor: 'O3' length: HOUR start: "
                            "'%sT%02d:00' value: '%d' unit: 'μg/m³'",
                            site, FormatDay(day), hour, 40 + hour + day.day()));
      }
    }
    ASSERT_OK(Observe(days));
    ASSERT_OK(Observe(hours));
  }
  absl::StatusOr<v1::ListAirQualityResponse> Air(const std::string& text,
                                                 const Call& call = CallAsOffice()) {
    return service_.ListAirQuality(call, From<v1::ListAirQualityRequest>(text));
  }
};
EVERY_ENGINE(AirServiceTest);

const absl::CivilMonth kMay(2023, 5);

TEST_P(AirServiceTest, TheIndexIsListedDayByDayForACityAndAStation) {
  Station("a");
  Station("b");
  Month("a", kMay, "90");
  Month("b", kMay, "30");
  auto city = Air("region: '210400' from_day: '2023-05-01' to_day: '2023-05-31'");
  ASSERT_OK(city);
  ASSERT_EQ(city->days_size(), 31);
  const AirQuality& first = city->days(0);
  EXPECT_EQ(first.day(), "2023-05-01");
  EXPECT_EQ(first.region(), "210400");
  EXPECT_EQ(first.aqi(), 82);  // PM2.5 60: 50 + 25 × 50 ÷ 40 = 81.25
  EXPECT_EQ(first.air_class(), AirQuality::GOOD);
  EXPECT_THAT(first.primary_pollutants(), ElementsAre("PM2_5"));
  EXPECT_EQ(first.standard(), "HJ 633-2012");
  EXPECT_EQ(first.pollutants_size(), 6);
  // Ozone of day 1: the hours that start at 16:00 … 23:00 are 57 … 64, their mean 60.5 is 60.
  EXPECT_EQ(first.pollutants(4).factor(), "O3_8H");
  EXPECT_EQ(first.pollutants(4).concentration(), "60");
  auto station = Air("site_id: 'a' from_day: '2023-05-01' to_day: '2023-05-01'");
  ASSERT_OK(station);
  EXPECT_EQ(station->days(0).site_id(), "a");
  EXPECT_EQ(station->days(0).aqi(), 119);  // 90: 100 + 15 × 50 ÷ 40 = 118.75
  // By the edition of 2026 PM2.5 of 60 is 100.
  EXPECT_EQ(Air("region: '210400' from_day: '2023-05-01' to_day: '2023-05-01' edition: '2026'")
                ->days(0)
                .aqi(),
            100);
  // A day without data is listed, with the reason.
  auto none = Air("region: '210400' from_day: '2023-06-01' to_day: '2023-06-01'");
  EXPECT_FALSE(none->days(0).has_aqi());
  EXPECT_THAT(none->days(0).na_reason(), HasSubstr("PM2_5"));
}

TEST_P(AirServiceTest, DaysArePagedOnce) {
  Station("a");
  Month("a", kMay, "30");
  auto request = From<v1::ListAirQualityRequest>(
      "region: '210411' from_day: '2023-05-01' to_day: '2023-05-31' page_size: 7");
  std::vector<std::string> days;
  for (int page = 0; page < 10; ++page) {
    auto response = service_.ListAirQuality(CallAsOffice(), request);
    ASSERT_OK(response);
    for (const AirQuality& day : response->days()) days.push_back(day.day());
    if (response->next_page_token().empty()) break;
    request.set_page_token(response->next_page_token());
  }
  ASSERT_EQ(days.size(), 31u);
  for (int i = 0; i < 31; ++i) EXPECT_EQ(days[i], FormatDay(absl::CivilDay(kMay) + i));
  request.set_to_day("2023-06-01");
  EXPECT_THAT(service_.ListAirQuality(CallAsOffice(), request),
              StatusIs(absl::StatusCode::kInvalidArgument));
  // Without a last day: up to yesterday; from a day in the future there is nothing.
  EXPECT_EQ(Air("region: '210400' from_day: '2026-11-20'")->days_size(), 4);
  EXPECT_EQ(Air("region: '210400' from_day: '2026-12-01'")->days_size(), 0);
}

TEST_P(AirServiceTest, BadQuestionsAboutTheIndexAreRefused) {
  Station("a");
  for (const char* bad :
       {"from_day: '2023-05-01'", "region: '210400'",
        "region: '210400' site_id: 'a' from_day: '2023-05-01'",
        "region: '210000' from_day: '2023-05-01'", "region: '100000' from_day: '2023-05-01'",
        "region: 'x' from_day: '2023-05-01'", "region: '210400' from_day: '2023-02-30'",
        "region: '210400' from_day: '2023-05-01' to_day: '2023-04-30'",
        "region: '210400' from_day: '2023-05-01' edition: '2000'",
        "region: '210400' from_day: '2023-05-01' page_size: -1",
        "region: '210400' from_day: '2023-05-01' page_token: 'AAAA'",
        "site_id: 'a' from_day: '2023-05-01' set: NATIONAL"}) {
    EXPECT_THAT(Air(bad), StatusIs(absl::StatusCode::kInvalidArgument)) << bad;
  }
  const Call elsewhere = CallAs({MONITOR}, "210500");
  for (const char* site : {"a", "nowhere"}) {
    EXPECT_THAT(Air(absl::StrCat("site_id: '", site, "' from_day: '2023-05-01'"), elsewhere),
                StatusIs(absl::StatusCode::kPermissionDenied));
  }
  ASSERT_OK(service_.CreateSite(
      CallAs({MONITOR}), From<v1::CreateSiteRequest>(
                             "site { id: 'w' region: '210411' name: 'w' kind: WATER_SECTION }")));
  EXPECT_THAT(Air("site_id: 'w' from_day: '2023-05-01'"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(AirServiceTest, OneIndicatorPerThing) {
  Station("a");
  Month("a", kMay, "21");
  const std::string may = " from_day: '2023-05-01' to_day: '2023-05-31'";
  const std::string standard = " standard { name: 'GB 3095' grade: 'II' }";
  ASSERT_OK(
      Indicator(absl::StrCat("id: 'o3' name: 'O3' unit: 'μg/m³' decimals: 1 kind: MEAN"
                             " factor: 'O3_8H' mean_rule { statistic: PERCENTILE }",
                             kSites, standard)));
  // Daily maxima are 60.5, 61.5 … 90.5; k = 1 + 30 × 0.9 = 28.
  auto ozone = Evaluate("id: 'o3'" + may);
  ASSERT_OK(ozone);
  EXPECT_EQ(ozone->value(), "87.5");
  EXPECT_EQ(ozone->validity(), Evaluation::VALID);
  EXPECT_EQ(ozone->samples_used(), 31);
  ASSERT_OK(
      Indicator(absl::StrCat("id: 'good' name: '优良' unit: '%' decimals: 1 kind: AIR_DAYS"
                             " air_days_rule { measure: RATIO removed_days {"
                             " day: '2023-05-02' reason: '沙尘' } }"
                             " targets { comparator: AT_LEAST value: '90' unit: '%' }",
                             kSites)));
  ASSERT_OK(Observe({Daily("a", "PM10", absl::CivilDay(2023, 5, 1), "180") + " note: '质控'",
                     Daily("a", "PM10", absl::CivilDay(2023, 5, 2), "900") + " note: '质控'"}));
  auto good = Evaluate("id: 'good'" + may);
  ASSERT_OK(good);
  EXPECT_EQ(good->value(), "96.7");  // 29 of 30: one day polluted, one removed
  EXPECT_EQ(good->verdict(), Evaluation::MET);
  EXPECT_EQ(good->air_days().removed_days(), 1);
  EXPECT_EQ(good->sites_size(), 1);
  ASSERT_OK(
      Indicator(absl::StrCat("id: 'index' name: '综合指数' unit: '无量纲' decimals: 2"
                             " kind: COMPOSITE composite_rule {"
                             " formula: '环境空气质量综合指数' }",
                             kSites, standard)));
  auto index = Evaluate("id: 'index'" + may);
  ASSERT_OK(index);
  // 0.2 + 0.5 + (29 × 40 + 180 + 900)/31/70 + 0.6 + 0.2 + 87.5/160 = 3.0793…
  EXPECT_EQ(index->value(), "3.08");
  EXPECT_EQ(index->composite_terms_size(), 6);
  // An index that the rules have no year for.
  EXPECT_EQ(Evaluate("id: 'index' year: 2022")->verdict(), Evaluation::NO_DATA);
  EXPECT_THAT(Evaluate("id: 'o3' from_day: '2023-05-02' to_day: '2023-05-31'"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(AirServiceTest, RulesOfAnotherKindOrOfNoSenseAreRefused) {
  const std::string mean =
      absl::StrCat("name: 'x' unit: 'μg/m³' kind: MEAN factor: 'PM2_5'", kSites);
  const std::string days = absl::StrCat("name: 'x' unit: '%' kind: AIR_DAYS", kSites);
  const std::string index = absl::StrCat("name: 'x' unit: '无量纲' kind: COMPOSITE", kSites);
  for (const std::string& bad : {
           mean + " air_days_rule { measure: RATIO }",
           mean + " composite_rule { }",
           mean + " mean_rule { percent: '90' }",
           mean + " mean_rule { statistic: PERCENTILE percent: '0' }",
           mean + " mean_rule { statistic: PERCENTILE percent: '101' }",
           mean + " mean_rule { statistic: PERCENTILE percent: 'NaN' }",
           absl::StrCat("name: 'x' unit: 'μg/m³' kind: MEAN factor: 'O3'"
                        " mean_rule { statistic: PERCENTILE }",
                        kSites),
           days,
           days + " air_days_rule { }",
           days + " air_days_rule { measure: COUNT }",
           days + " air_days_rule { measure: RATIO classes: CLASS_UNSPECIFIED }",
           days + " air_days_rule { measure: RATIO edition: '1996' }",
           days + " air_days_rule { measure: RATIO edition: '2012' edition_of_day: true }",
           days + " air_days_rule { measure: RATIO valid_percent: 101 }",
           days + " air_days_rule { measure: RATIO removed_days { day: '2023-05-01' } }",
           days + " air_days_rule { measure: RATIO removed_days { day: 'x' reason: 'y' } }",
           days + " air_days_rule { measure: RATIO removed_days { day: '2023-05-01' reason: 'y' }"
                  " removed_days { day: '2023-05-01' reason: 'z' } }",
           days + " air_days_rule { measure: RATIO } mean_rule { }",
           days + " air_days_rule { measure: RATIO } standard { name: 'GB 3095' grade: 'II' }",
           std::string("name: 'x' unit: '%' kind: AIR_DAYS air_days_rule { measure: RATIO }"
                       " sites { kind: WATER_SECTION }"),
           std::string("name: 'x' unit: '%' kind: AIR_DAYS air_days_rule { measure: RATIO }"),
           index,
           index + " standard { name: 'GB 3838' grade: 'II' }",
           index + " standard { name: 'GB 3095' grade: 'III' }",
           index + " standard { name: 'GB 3095' grade: 'II' } composite_rule { formula: 'x' }",
       }) {
    EXPECT_THAT(Indicator(bad), StatusIs(absl::StatusCode::kInvalidArgument)) << bad;
  }
  EXPECT_OK(Indicator(days + " id: 'd' air_days_rule { measure: RATIO }"));
  auto change = From<v1::UpdateIndicatorRequest>(
      "indicator { id: 'd' air_days_rule { measure: RATIO classes: EXCELLENT } }"
      " update_mask { paths: 'air_days_rule' }");
  EXPECT_EQ(service_.UpdateIndicator(CallAsOffice(), change)->air_days_rule().classes_size(), 1);
}

TEST_P(AirServiceTest, AnEditionOfTheIndexNeedsNoNewProgram) {
  Station("a");
  Month("a", kMay, "30");
  const std::string may1 = "site_id: 'a' from_day: '2023-05-01' to_day: '2023-05-01'";
  EXPECT_EQ(Air(may1)->days(0).pollutants(5).iaqi(), 43);  // 30 × 50 ÷ 35
  const Call admin = CallAs({ADMIN}, "");
  auto index = service_.GetStandard(admin, From<v1::GetStandardRequest>("id: 'hj633-2012'"));
  ASSERT_OK(index);
  v1::UpdateStandardRequest change;
  *change.mutable_standard() = *index;
  change.mutable_standard()->mutable_breakpoints(5)->set_concentrations(1, "30");
  change.mutable_standard()->set_note("勘误");
  change.mutable_update_mask()->add_paths("breakpoints");
  change.mutable_update_mask()->add_paths("note");
  EXPECT_OK(service_.UpdateStandard(admin, change));
  EXPECT_EQ(Air(may1)->days(0).pollutants(5).iaqi(), 50);
  // Breakpoints grow, and other standards have none.
  change.clear_standard();
  *change.mutable_standard() = *index;
  change.mutable_standard()->clear_version();
  change.mutable_standard()->mutable_breakpoints(5)->set_concentrations(1, "75");
  change.mutable_standard()->set_note("误");
  EXPECT_THAT(service_.UpdateStandard(admin, change), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(AirServiceTest, TheTablesOfAirAreListedWithTheStandards) {
  auto standards = service_.ListStandards(
      CallAsOffice(), From<v1::ListStandardsRequest>("name: 'HJ 633' day: '2026-03-01'"));
  ASSERT_OK(standards);
  ASSERT_EQ(standards->standards_size(), 1);
  EXPECT_EQ(standards->standards(0).edition(), "2026");
  EXPECT_EQ(standards->standards(0).breakpoints_size(), 6);
  standards =
      service_.ListStandards(CallAsOffice(), From<v1::ListStandardsRequest>("name: 'HJ 663'"));
  EXPECT_EQ(standards->standards(0).air_validity().hours_per_day(), 20);
}

}  // namespace
}  // namespace lucid::indicators
