#include "services/indicators/indicators_air_tables.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/base/status.h"

namespace lucid::indicators {
namespace {

constexpr auto kYearly = v1::Limit::ANNUAL;
constexpr auto kDay = v1::Limit::DAILY;
constexpr auto kHour = v1::Limit::HOURLY;
constexpr auto kEightHours = v1::Limit::MAX_8H;
constexpr auto kHourlyValue = v1::Breakpoints::HOURLY_VALUE;

// The breakpoints of one factor, apart by spaces; the indices follow from their number.
struct IndexRow {
  absl::string_view factor;
  v1::Limit::Averaging averaging;
  absl::string_view unit;
  int decimals;
  absl::string_view concentrations;
  v1::Breakpoints::Beyond beyond = v1::Breakpoints::HIGHEST;
};

constexpr std::array kIndices = {0, 50, 100, 150, 200, 300, 400, 500};

constexpr IndexRow kIndex2012[] = {
    {"SO2", kDay, "μg/m³", 0, "0 50 150 475 800 1600 2100 2620"},
    {"NO2", kDay, "μg/m³", 0, "0 40 80 180 280 565 750 940"},
    {"PM10", kDay, "μg/m³", 0, "0 50 150 250 350 420 500 600"},
    {"CO", kDay, "mg/m³", 1, "0 2 4 14 24 36 48 60"},
    {"O3_8H", kEightHours, "μg/m³", 0, "0 100 160 215 265 800", kHourlyValue},
    {"PM2_5", kDay, "μg/m³", 0, "0 35 75 115 150 250 350 500"},
    {"O3", kHour, "μg/m³", 0, "0 160 200 300 400 800 1000 1200"},
};
constexpr IndexRow kIndex2026[] = {
    {"SO2", kDay, "μg/m³", 0, "0 50 150 475 800 1600 2100 2620"},
    {"NO2", kDay, "μg/m³", 0, "0 40 80 180 280 565 750 940"},
    {"PM10", kDay, "μg/m³", 0, "0 50 120 250 350 420 500 600"},
    {"CO", kDay, "mg/m³", 1, "0 2 4 14 24 36 48 60"},
    {"O3_8H", kEightHours, "μg/m³", 0, "0 100 160 215 265 800"},
    {"PM2_5", kDay, "μg/m³", 0, "0 35 60 115 150 250 350 500"},
};

template <size_t n>
v1::Standard IndexStandard(absl::string_view edition, absl::string_view from, absl::string_view to,
                           absl::string_view title, absl::string_view source,
                           const IndexRow (&rows)[n]) {
  v1::Standard made;
  made.set_id(absl::StrCat("hj633-", edition));
  made.set_name("HJ 633");
  made.set_edition(std::string(edition));
  made.set_title(std::string(title));
  made.set_from_day(std::string(from));
  made.set_to_day(std::string(to));
  made.set_source(std::string(source));
  for (const IndexRow& row : rows) {
    v1::Breakpoints& added = *made.add_breakpoints();
    added.set_factor(std::string(row.factor));
    added.set_averaging(row.averaging);
    added.set_unit(std::string(row.unit));
    added.set_decimals(row.decimals);
    for (absl::string_view concentration : absl::StrSplit(row.concentrations, ' ')) {
      added.add_indices(kIndices[added.concentrations_size()]);
      added.add_concentrations(std::string(concentration));
    }
    added.set_beyond(row.beyond);
  }
  return made;
}

v1::Standard Statistics2013() {
  v1::Standard made;
  made.set_id("hj663-2013");
  made.set_name("HJ 663");
  made.set_edition("2013");
  made.set_title("环境空气质量评价技术规范(试行)");
  made.set_from_day("2013-10-01");
  made.set_source(
      "HJ 663-2013 与 GB 3095-2012 表4;中间结果不修约;数月(如季度、半年)的统计按各月均有效"
      "判定,系本系统约定;实施日期未经核实,早于该日的统计亦按本版");
  v1::AirValidity& validity = *made.mutable_air_validity();
  validity.set_hours_per_day(20);
  validity.set_hours_per_window(6);
  validity.set_windows_per_day(14);
  validity.set_first_window_end(8);
  validity.set_days_per_month(27);
  validity.set_days_per_february(25);
  validity.set_days_per_year(324);
  validity.set_stations_percent(75);
  validity.set_few_stations_percent(50);
  validity.set_few_stations(4);
  constexpr std::pair<absl::string_view, int> kPercentiles[] = {
      {"SO2", 98}, {"NO2", 98}, {"PM10", 95}, {"PM2_5", 95}, {"CO", 95}, {"O3_8H", 90}};
  for (const auto& [factor, percent] : kPercentiles) {
    v1::AirValidity::Percentile& added = *validity.add_percentiles();
    added.set_factor(std::string(factor));
    added.set_percent(percent);
  }
  return made;
}

}  // namespace

std::vector<v1::Standard> BuiltInAirTables() {
  return {
      IndexStandard("2012", "2016-01-01", "2026-02-28", "环境空气质量指数(AQI)技术规定(试行)",
                    "HJ 633-2012 表1;O3 1 小时一行据多处引用该标准的公开代码", kIndex2012),
      IndexStandard("2026", "2026-03-01", "", "环境空气质量指数(AQI)技术规定",
                    "据引用该标准的公开代码;浓度修约位数各处说法不一,沿用 2012 版", kIndex2026),
      Statistics2013(),
  };
}

absl::StatusOr<const CompositeFormula*> FindComposite(absl::string_view name) {
  static const auto& formulas = *new std::vector<CompositeFormula>{
      // An assumption: the terms are as they are commonly published, not checked with the document.
      {"环境空气质量综合指数",
       "城市环境空气质量排名技术规定",
       {{"SO2", false, kYearly},
        {"NO2", false, kYearly},
        {"PM10", false, kYearly},
        {"PM2_5", false, kYearly},
        {"CO", true, kDay},
        {"O3_8H", true, kEightHours}}},
  };
  for (const CompositeFormula& formula : formulas) {
    if (name.empty() || formula.name == name) return &formula;
  }
  return Fail(absl::StatusCode::kNotFound, "NO_STANDARD",
              absl::StrCat("no composite index \"", name, "\" is known"));
}

}  // namespace lucid::indicators
