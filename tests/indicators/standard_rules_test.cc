// What may be recorded as a standard: every rule broken once, and what the program begins with.
#include <functional>
#include <utility>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "services/base/status.h"
#include "services/indicators/indicators_standard_rules.h"
#include "services/indicators/indicators_standard_tables.h"
#include "services/indicators/indicators_standards.h"
#include "tests/testing/matchers.h"

namespace lucid::indicators {
namespace {

using ::testing::HasSubstr;

v1::Standard Read(const std::string& text) {
  v1::Standard standard;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &standard)) << text;
  return standard;
}

v1::Limit LimitOf(const std::string& text) { return Read("limits {" + text + "}").limits(0); }

v1::Standard Good() {
  return Read(R"(
      id: 's' name: 'GB 3838' edition: '2030' title: '地表水' from_day: '2030-01-01'
      method: FULL_VALUE source: '公告'
      limits { factor: 'NH3N' grade: 'I' at_most: '0.15' unit: 'mg/L' }
      limits { factor: 'NH3N' grade: 'II' at_most: '0.5' unit: 'mg/L' }
      limits { factor: 'TP' grade: 'I' at_most: '0.02' unit: 'mg/L' body: 'RIVER' }
      limits { factor: 'TP' grade: 'I' at_most: '0.01' unit: 'mg/L' body: 'LAKE' }
      limits { factor: 'DO' grade: 'I' at_least: '7.5' unit: 'mg/L' }
      limits { factor: 'DO' grade: 'III' at_least: '5' unit: 'mg/L' })");
}

TEST(Standard, WhatIsBuiltInMayBeRecorded) {
  const std::vector<v1::Standard> standards = BuiltInStandards();
  for (const v1::Standard& standard : standards) {
    EXPECT_OK(CheckStandard(standard)) << standard.id();
    EXPECT_OK(CheckApart(standard, standards)) << standard.id();
    EXPECT_OK(ReadEdition(standard)) << standard.id();
  }
  const std::vector<v1::FactorSet> sets = BuiltInFactorSets();
  for (const v1::FactorSet& set : sets) {
    EXPECT_OK(CheckFactorSet(set)) << set.id();
    EXPECT_OK(CheckApart(set, sets)) << set.id();
  }
}

TEST(Standard, EveryRuleIsKept) {
  EXPECT_OK(CheckStandard(Good()));
  const struct {
    const char* what;
    std::function<void(v1::Standard&)> change;
    const char* field;
  } kCases[] = {
      {"no source", [](auto& s) { s.clear_source(); }, "source"},
      {"no name", [](auto& s) { s.clear_name(); }, "name"},
      {"no edition", [](auto& s) { s.clear_edition(); }, "edition"},
      {"no method", [](auto& s) { s.clear_method(); }, "method"},
      {"no first day", [](auto& s) { s.clear_from_day(); }, "from_day"},
      {"no day", [](auto& s) { s.set_from_day("2030-02-30"); }, "from_day"},
      {"ends before it begins", [](auto& s) { s.set_to_day("2029-12-31"); }, "to_day"},
      {"no limits", [](auto& s) { s.clear_limits(); }, "limits"},
      {"unknown factor", [](auto& s) { s.mutable_limits(0)->set_factor("MAGIC"); },
       "limits[0].factor"},
      {"unknown unit", [](auto& s) { s.mutable_limits(0)->set_unit("furlong"); }, "limits[0].unit"},
      {"another unit", [](auto& s) { s.mutable_limits(0)->set_unit("μg/L"); }, "limits[0].unit"},
      {"no number", [](auto& s) { s.mutable_limits(0)->set_at_most("1e-3"); }, "limits[0].at_most"},
      {"negative", [](auto& s) { s.mutable_limits(0)->set_at_most("-1"); }, "limits[0].at_most"},
      {"no bound", [](auto& s) { s.mutable_limits(0)->clear_at_most(); }, "limits[0].at_most"},
      {"bounds cross", [](auto& s) { s.mutable_limits(0)->set_at_least("1"); },
       "limits[0].at_least"},
      {"no such class", [](auto& s) { s.mutable_limits(0)->set_grade("VI"); }, "limits[0].grade"},
      {"averaging of water", [](auto& s) { s.mutable_limits(0)->set_averaging(v1::Limit::ANNUAL); },
       "limits[0].averaging"},
      {"air without averaging",
       [](auto& s) {
         *s.add_limits() = LimitOf("factor: 'PM10' grade: 'I' at_most: '1' unit: 'μg/m³'");
       },
       "limits[6].averaging"},
      {"third grade of air",
       [](auto& s) {
         *s.add_limits() =
             LimitOf("factor: 'PM10' grade: 'III' averaging: DAILY at_most: '1' unit: 'μg/m³'");
       },
       "limits[6].grade"},
      {"unknown body", [](auto& s) { s.mutable_limits(2)->set_body("SEA"); }, "limits[2].body"},
      {"body in some limits only", [](auto& s) { s.mutable_limits(2)->clear_body(); },
       "limits[3].body"},
      {"one cell twice", [](auto& s) { *s.add_limits() = s.limits(0); }, "limits[6]"},
      {"class II stricter than I", [](auto& s) { s.mutable_limits(1)->set_at_most("0.14"); },
       "limits[1].at_most"},
      {"class III asks for more oxygen", [](auto& s) { s.mutable_limits(5)->set_at_least("8"); },
       "limits[5].at_least"},
      {"class II bounds another side",
       [](auto& s) {
         s.mutable_limits(1)->clear_at_most();
         s.mutable_limits(1)->set_at_least("9");
       },
       "limits[1].at_most"},
      {"stands for nothing",
       [](auto& s) {
         *s.add_limits() = LimitOf(
             "factor: 'DO_SATURATION' grade: 'II' at_least: '80' unit: '%'"
             " instead_of: 'DO'");
       },
       "limits[6].instead_of"},
  };
  for (const auto& c : kCases) {
    v1::Standard standard = Good();
    c.change(standard);
    const absl::Status status = CheckStandard(standard);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument)) << c.what;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.field)) << c.what;
  }
}

// The one of the built-in standards with this id.
v1::Standard BuiltIn(absl::string_view id) {
  for (v1::Standard& standard : BuiltInStandards()) {
    if (standard.id() == id) return std::move(standard);
  }
  ADD_FAILURE() << "no " << id;
  return {};
}

TEST(Standard, TheTablesOfAirKeepTheirRules) {
  const struct {
    const char* id;
    std::function<void(v1::Standard&)> change;
    const char* field;
  } kCases[] = {
      {"hj633-2012", [](auto& s) { s.clear_breakpoints(); }, "breakpoints"},
      {"hj633-2012", [](auto& s) { *s.add_limits() = Good().limits(0); }, "limits"},
      {"hj633-2012", [](auto& s) { s.set_method(v1::Standard::FULL_VALUE); }, "method"},
      {"hj633-2012", [](auto& s) { *s.add_breakpoints() = s.breakpoints(0); }, "factor"},
      {"hj633-2012", [](auto& s) { s.mutable_breakpoints(0)->set_factor("DO"); }, "factor"},
      {"hj633-2012", [](auto& s) { s.mutable_breakpoints(0)->set_unit("mg/m³"); }, "unit"},
      {"hj633-2012", [](auto& s) { s.mutable_breakpoints(0)->set_decimals(-1); }, "decimals"},
      {"hj633-2012", [](auto& s) { s.mutable_breakpoints(0)->clear_averaging(); }, "averaging"},
      {"hj633-2012", [](auto& s) { s.mutable_breakpoints(0)->clear_beyond(); }, "beyond"},
      {"hj633-2012", [](auto& s) { s.mutable_breakpoints(0)->add_indices(501); }, "indices"},
      {"hj633-2012", [](auto& s) { s.mutable_breakpoints(0)->set_indices(1, 0); }, "indices[1]"},
      {"hj633-2012", [](auto& s) { s.mutable_breakpoints(0)->set_concentrations(0, "1"); },
       "concentrations[0]"},
      {"hj633-2012", [](auto& s) { s.mutable_breakpoints(0)->set_concentrations(2, "50"); },
       "concentrations[2]"},
      {"hj633-2012", [](auto& s) { s.mutable_breakpoints(0)->set_concentrations(2, "NaN"); },
       "concentrations[2]"},
      {"hj663-2013", [](auto& s) { s.clear_air_validity(); }, "air_validity"},
      {"hj663-2013", [](auto& s) { s.mutable_air_validity()->set_hours_per_day(25); },
       "hours_per_day"},
      {"hj663-2013", [](auto& s) { s.mutable_air_validity()->set_windows_per_day(18); },
       "windows_per_day"},
      {"hj663-2013", [](auto& s) { s.mutable_air_validity()->set_days_per_year(0); },
       "days_per_year"},
      {"hj663-2013",
       [](auto& s) { s.mutable_air_validity()->mutable_percentiles(0)->set_percent(101); },
       "percentiles[0]"},
      {"gb3838-2002", [](auto& s) { *s.mutable_air_validity() = {}; }, "air_validity"},
  };
  for (const auto& c : kCases) {
    v1::Standard standard = BuiltIn(c.id);
    c.change(standard);
    const absl::Status status = CheckStandard(standard);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument)) << c.id << " " << c.field;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.field));
  }
}

TEST(Standard, EditionsOfOneNameDoNotOverlap) {
  const v1::Standard recorded =
      Read("id: 'a' name: 'N' from_day: '2020-01-01' to_day: '2029-12-31'");
  const struct {
    const char* from;
    const char* to;
    bool apart;
  } kCases[] = {{"2030-01-01", "", true},           {"2010-01-01", "2019-12-31", true},
                {"2029-12-31", "", false},          {"2010-01-01", "2020-01-01", false},
                {"2010-01-01", "", false},          {"2022-01-01", "2022-01-01", false},
                {"2010-01-01", "2031-01-01", false}};
  for (const auto& c : kCases) {
    v1::Standard standard = Read("id: 'b' name: 'N'");
    standard.set_from_day(c.from);
    standard.set_to_day(c.to);
    const absl::Status status = CheckApart(standard, {recorded});
    EXPECT_EQ(status.ok(), c.apart) << c.from << " " << c.to;
    if (!c.apart) {
      EXPECT_THAT(status, HasReason("OVERLAPS"));
    }
    standard.set_name("another");
    EXPECT_OK(CheckApart(standard, {recorded}));
    standard.set_name("N");
    standard.set_id("a");  // itself, changed
    EXPECT_OK(CheckApart(standard, {recorded}));
  }
}

TEST(Standard, ACorrectionReplacesItsCellOrAddsOne) {
  v1::Standard standard = Good();
  CorrectLimits(
      Read("limits { factor: 'NH3N' grade: 'II' at_most: '0.4' unit: 'mg/L' }"
           "limits { factor: 'NH3N' grade: 'III' at_most: '1.0' unit: 'mg/L' }"
           "limits { factor: 'TP' grade: 'I' at_most: '0.015' unit: 'mg/L' body: 'LAKE' }")
          .limits(),
      standard);
  ASSERT_EQ(standard.limits_size(), 7);
  EXPECT_EQ(standard.limits(1).at_most(), "0.4");
  EXPECT_EQ(standard.limits(2).at_most(), "0.02");
  EXPECT_EQ(standard.limits(3).at_most(), "0.015");
  EXPECT_EQ(standard.limits(6).grade(), "III");
  EXPECT_OK(CheckStandard(standard));
}

TEST(Standard, AChangeSaysWhy) {
  v1::Standard before = Good();
  before.set_note("old");
  v1::Standard after = before;
  EXPECT_THAT(CheckChange(before, after), HasReason("CORRECTION_NEEDS_REASON"));
  after.set_note("");
  EXPECT_THAT(CheckChange(before, after), HasReason("CORRECTION_NEEDS_REASON"));
  after.set_note("公告 2030 年第 1 号");
  EXPECT_OK(CheckChange(before, after));
}

TEST(FactorSet, IsAListOfFactorsOfWater) {
  v1::FactorSet set;
  set.set_name("9+X");
  set.set_from_day("2021-01-01");
  set.set_source("方案");
  EXPECT_THAT(CheckFactorSet(set), StatusIs(absl::StatusCode::kInvalidArgument));
  set.add_factors("NH3N");
  EXPECT_OK(CheckFactorSet(set));
  set.add_factors("PM10");
  set.add_factors("NH3N");
  const absl::Status status = CheckFactorSet(set);
  EXPECT_THAT(std::string(status.message()), HasSubstr("factors[1]"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("factors[2]"));
}

}  // namespace
}  // namespace lucid::indicators
