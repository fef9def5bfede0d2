#include "services/indicators/indicators_standard_tables.h"

#include <string>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "services/indicators/indicators_air_tables.h"

namespace lucid::indicators {
namespace {

// The limits of one factor for grades I and II. An empty cell is a limit that is not known.
struct AirRow {
  absl::string_view factor;
  v1::Limit::Averaging averaging;
  absl::string_view grade_1;
  absl::string_view grade_2;
  absl::string_view unit = "μg/m³";
};

// The limits of one factor for classes I … V, apart by spaces.
struct WaterRow {
  absl::string_view factor;
  absl::string_view limits;
  absl::string_view body = "";  // only there
};

constexpr auto kAnnual = v1::Limit::ANNUAL;
constexpr auto kDaily = v1::Limit::DAILY;
constexpr auto kHourly = v1::Limit::HOURLY;
constexpr auto kMax8h = v1::Limit::MAX_8H;

constexpr AirRow kAir2012[] = {
    {"SO2", kAnnual, "20", "60"},      {"SO2", kDaily, "50", "150"},
    {"SO2", kHourly, "150", "500"},    {"NO2", kAnnual, "40", "40"},
    {"NO2", kDaily, "80", "80"},       {"NO2", kHourly, "200", "200"},
    {"CO", kDaily, "4", "4", "mg/m³"}, {"CO", kHourly, "10", "10", "mg/m³"},
    {"O3_8H", kMax8h, "100", "160"},   {"O3", kHourly, "160", "200"},
    {"PM10", kAnnual, "40", "70"},     {"PM10", kDaily, "50", "150"},
    {"PM2_5", kAnnual, "15", "35"},    {"PM2_5", kDaily, "35", "75"},
};
constexpr AirRow kAir2026[] = {
    {"SO2", kAnnual, "20", "60"},      {"SO2", kDaily, "50", "150"},
    {"SO2", kHourly, "150", "500"},    {"NO2", kAnnual, "40", "40"},
    {"NO2", kDaily, "80", "80"},       {"NO2", kHourly, "200", "200"},
    {"CO", kDaily, "4", "4", "mg/m³"}, {"CO", kHourly, "10", "10", "mg/m³"},
    {"O3_8H", kMax8h, "100", "160"},   {"O3", kHourly, "160", "200"},
    {"PM10", kAnnual, "40", "60"},     {"PM10", kDaily, "50", "120"},
    {"PM2_5", kAnnual, "15", "30"},    {"PM2_5", kDaily, "35", "60"},
};
constexpr AirRow kAir2031[] = {
    {"SO2", kAnnual, "20", "20"},         {"SO2", kDaily, "50", "50"},
    {"SO2", kHourly, "150", "150"},       {"NO2", kAnnual, "30", "30"},
    {"NO2", kDaily, "50", "50"},          {"CO", kDaily, "4", "4", "mg/m³"},
    {"CO", kHourly, "10", "10", "mg/m³"}, {"O3_8H", kMax8h, "100", "160"},
    {"O3", kHourly, "160", "200"},        {"PM10", kAnnual, "20", "50"},
    {"PM10", kDaily, "50", "100"},        {"PM2_5", kAnnual, "10", "25"},
    {"PM2_5", kDaily, "25", "50"},
};

constexpr WaterRow kWater2002[] = {
    {"DO", "7.5 6 5 3 2"},
    {"CODMN", "2 4 6 10 15"},
    {"COD", "15 15 20 30 40"},
    {"BOD5", "3 3 4 6 10"},
    {"NH3N", "0.15 0.5 1.0 1.5 2.0"},
    {"TP", "0.02 0.1 0.2 0.3 0.4", "RIVER"},
    {"TP", "0.01 0.025 0.05 0.1 0.2", "LAKE"},
    {"CU", "0.01 1 1 1 1"},
    {"ZN", "0.05 1 1 2 2"},
    {"FLUORIDE", "1 1 1 1.5 1.5"},
    {"SE", "0.01 0.01 0.01 0.02 0.02"},
    {"AS", "0.05 0.05 0.05 0.1 0.1"},
    {"HG", "0.00005 0.00005 0.0001 0.001 0.001"},
    {"CD", "0.001 0.005 0.005 0.005 0.01"},
    {"CR6", "0.01 0.05 0.05 0.05 0.1"},
    {"PB", "0.01 0.01 0.05 0.05 0.1"},
    {"CYANIDE", "0.005 0.05 0.2 0.2 0.2"},
    {"PHENOL", "0.002 0.002 0.005 0.01 0.1"},
    {"OIL", "0.05 0.05 0.05 0.5 1"},
    {"LAS", "0.2 0.2 0.2 0.3 0.3"},
    {"SULFIDE", "0.05 0.1 0.2 0.5 1"},
};

constexpr absl::string_view kClasses[] = {"I", "II", "III", "IV", "V"};

v1::Standard StartStandard(absl::string_view id, absl::string_view name, absl::string_view edition,
                           absl::string_view title, absl::string_view from, absl::string_view to,
                           v1::Standard::Method method, absl::string_view source) {
  v1::Standard standard;
  standard.set_id(std::string(id));
  standard.set_name(std::string(name));
  standard.set_edition(std::string(edition));
  standard.set_title(std::string(title));
  standard.set_from_day(std::string(from));
  standard.set_to_day(std::string(to));
  standard.set_method(method);
  standard.set_source(std::string(source));
  return standard;
}

v1::Limit& AddClassLimit(v1::Standard& standard, absl::string_view factor, absl::string_view grade,
                         absl::string_view unit) {
  v1::Limit& limit = *standard.add_limits();
  limit.set_factor(std::string(factor));
  limit.set_grade(std::string(grade));
  limit.set_unit(std::string(unit));
  return limit;
}

template <size_t n>
v1::Standard AirStandard(absl::string_view id, absl::string_view edition, absl::string_view from,
                         absl::string_view to, absl::string_view source, const AirRow (&rows)[n]) {
  v1::Standard made = StartStandard(id, "GB 3095", edition, "环境空气质量标准", from, to,
                                    v1::Standard::ROUNDED_VALUE, source);
  for (const AirRow& row : rows) {
    const absl::string_view limits[] = {row.grade_1, row.grade_2};
    for (int i = 0; i < 2; ++i) {
      v1::Limit& limit = AddClassLimit(made, row.factor, kClasses[i], row.unit);
      limit.set_averaging(row.averaging);
      limit.set_at_most(std::string(limits[i]));
    }
  }
  return made;
}

v1::Standard WaterStandard() {
  v1::Standard made = StartStandard(
      "gb3838-2002", "GB 3838", "2002", "地表水环境质量标准", "2002-06-01", "",
      v1::Standard::FULL_VALUE,
      "GB 3838-2002 表1;水温、总氮、粪大肠菌群不参与评价(地表水环境质量评价办法 2011)");
  for (const WaterRow& row : kWater2002) {
    const std::vector<std::string> limits = absl::StrSplit(row.limits, ' ');
    for (size_t i = 0; i < limits.size(); ++i) {
      v1::Limit& limit = AddClassLimit(made, row.factor, kClasses[i], "mg/L");
      row.factor == "DO" ? limit.set_at_least(limits[i]) : limit.set_at_most(limits[i]);
      limit.set_body(std::string(row.body));
    }
  }
  for (absl::string_view grade : kClasses) {
    v1::Limit& limit = AddClassLimit(made, "PH", grade, "无量纲");
    limit.set_at_least("6");
    limit.set_at_most("9");
  }
  v1::Limit& saturation = AddClassLimit(made, "DO_SATURATION", "I", "%");
  saturation.set_at_least("90");
  saturation.set_instead_of("DO");
  return made;
}

v1::FactorSet MakeFactorSet(absl::string_view id, absl::string_view name, absl::string_view from,
                            absl::string_view factors, bool adds_own, absl::string_view source) {
  v1::FactorSet set;
  set.set_id(std::string(id));
  set.set_name(std::string(name));
  set.set_from_day(std::string(from));
  for (absl::string_view factor : absl::StrSplit(factors, ' ')) {
    set.add_factors(std::string(factor));
  }
  set.set_adds_own_factors(adds_own);
  set.set_source(std::string(source));
  return set;
}

}  // namespace

std::vector<v1::Standard> BuiltInStandards() {
  std::vector<v1::Standard> standards = {
      AirStandard("gb3095-2012", "2012", "2016-01-01", "2026-02-28",
                  "GB 3095-2012 表1、表2,全国自 2016-01-01 起实施", kAir2012),
      AirStandard("gb3095-2026", "2026", "2026-03-01", "2030-12-31",
                  "GB 3095-2026 过渡期限值;PM2.5 据新闻报道,其余据引用该标准的公开代码", kAir2026),
      AirStandard("gb3095-2026-2031", "2026", "2031-01-01", "",
                  "GB 3095-2026;PM2.5 据新闻报道,其余据引用该标准的公开代码;未能核实的限值不列",
                  kAir2031),
      WaterStandard(),
  };
  for (v1::Standard& table : BuiltInAirTables()) standards.push_back(std::move(table));
  return standards;
}

std::vector<v1::FactorSet> BuiltInFactorSets() {
  return {
      MakeFactorSet(
          "9-plus-x", "9+X", "2021-01-01",
          "WATER_TEMPERATURE PH DO CONDUCTIVITY TURBIDITY CODMN NH3N TP TN", true,
          "“十四五”国家地表水环境质量监测网 9+X:9 项为每个断面的基本指标,X 为断面的特征指标;"
          "项目与起始日未经核实"),
      MakeFactorSet(
          "gb3838-table-1", "表1", "2002-06-01",
          "PH DO CODMN COD BOD5 NH3N TP CU ZN FLUORIDE SE AS HG CD CR6 PB CYANIDE PHENOL OIL"
          " LAS SULFIDE",
          false,
          "GB 3838-2002 表1 除水温、总氮、粪大肠菌群以外的 21 项(地表水环境质量评价办法 2011)"),
  };
}

}  // namespace lucid::indicators
