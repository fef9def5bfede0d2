#include "services/indicators/indicators_air_tables.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/base/calendar.h"
#include "services/base/status.h"

namespace lucid::indicators {
namespace {

constexpr auto kYearly = v1::Limit::ANNUAL;
constexpr auto kDay = v1::Limit::DAILY;
constexpr auto kHour = v1::Limit::HOURLY;
constexpr auto kEightHours = v1::Limit::MAX_8H;
constexpr auto kHourlyValue = v1::Breakpoints::HOURLY_VALUE;

// The breakpoints of one factor, apart by spaces; the indices follow from their number.
struct Row {
  absl::string_view factor;
  v1::Limit::Averaging averaging;
  absl::string_view unit;
  int decimals;
  absl::string_view concentrations;
  v1::Breakpoints::Beyond beyond = v1::Breakpoints::HIGHEST;
};

constexpr int kIndices[] = {0, 50, 100, 150, 200, 300, 400, 500};

constexpr Row kIndex2012[] = {
    {"SO2", kDay, "μg/m³", 0, "0 50 150 475 800 1600 2100 2620"},
    {"NO2", kDay, "μg/m³", 0, "0 40 80 180 280 565 750 940"},
    {"PM10", kDay, "μg/m³", 0, "0 50 150 250 350 420 500 600"},
    {"CO", kDay, "mg/m³", 1, "0 2 4 14 24 36 48 60"},
    {"O3_8H", kEightHours, "μg/m³", 0, "0 100 160 215 265 800", kHourlyValue},
    {"PM2_5", kDay, "μg/m³", 0, "0 35 75 115 150 250 350 500"},
    {"O3", kHour, "μg/m³", 0, "0 160 200 300 400 800 1000 1200"},
};
constexpr Row kIndex2026[] = {
    {"SO2", kDay, "μg/m³", 0, "0 50 150 475 800 1600 2100 2620"},
    {"NO2", kDay, "μg/m³", 0, "0 40 80 180 280 565 750 940"},
    {"PM10", kDay, "μg/m³", 0, "0 50 120 250 350 420 500 600"},
    {"CO", kDay, "mg/m³", 1, "0 2 4 14 24 36 48 60"},
    {"O3_8H", kEightHours, "μg/m³", 0, "0 100 160 215 265 800"},
    {"PM2_5", kDay, "μg/m³", 0, "0 35 60 115 150 250 350 500"},
};

template <size_t n>
AqiTable Index(TableSource source, const Row (&rows)[n]) {
  AqiTable table{std::move(source), {}};
  for (const Row& row : rows) {
    Breakpoints& added = table.breakpoints.emplace_back(Breakpoints{std::string(row.factor),
                                                                    row.averaging,
                                                                    std::string(row.unit),
                                                                    row.decimals,
                                                                    {},
                                                                    {},
                                                                    row.beyond});
    for (absl::string_view concentration : absl::StrSplit(row.concentrations, ' ')) {
      added.indices.push_back(kIndices[added.concentrations.size()]);
      added.concentrations.push_back(Decimal::Parse(concentration).value());
    }
  }
  return table;
}

AirStatistics Statistics2013() {
  AirStatistics made;
  made.source = {
      "HJ 663",
      "2013",
      "环境空气质量评价技术规范(试行)",
      absl::CivilDay(2013, 10, 1),
      std::nullopt,
      "HJ 663-2013 与 GB 3095-2012 表4;中间结果不修约;数月(如季度、半年)的统计按各月均有效"
      "判定,系本系统约定;实施日期未经核实,早于该日的统计亦按本版"};
  made.hours_per_day = 20;
  made.hours_per_window = 6;
  made.windows_per_day = 14;
  made.first_window_end = 8;
  made.days_per_month = 27;
  made.days_per_february = 25;
  made.days_per_year = 324;
  made.stations_percent = 75;
  made.few_stations_percent = 50;
  made.few_stations = 4;
  made.percentiles = {{"SO2", 98},   {"NO2", 98}, {"PM10", 95},
                      {"PM2_5", 95}, {"CO", 95},  {"O3_8H", 90}};
  return made;
}

v1::Standard Described(const TableSource& source) {
  v1::Standard standard;
  standard.set_name(source.name);
  standard.set_edition(source.edition);
  standard.set_title(source.title);
  standard.set_from_day(FormatDay(source.from));
  if (source.to) standard.set_to_day(FormatDay(*source.to));
  standard.set_source(source.source);
  return standard;
}

}  // namespace

const std::vector<AirStatistics>& AllAirStatistics() {
  static const auto& editions = *new std::vector<AirStatistics>{Statistics2013()};
  return editions;
}

const std::vector<AqiTable>& AqiTables() {
  static const auto& tables = *new std::vector<AqiTable>{
      Index(
          {"HJ 633", "2012", "环境空气质量指数(AQI)技术规定(试行)", absl::CivilDay(2016, 1, 1),
           absl::CivilDay(2026, 2, 28), "HJ 633-2012 表1;O3 1 小时一行据多处引用该标准的公开代码"},
          kIndex2012),
      Index({"HJ 633", "2026", "环境空气质量指数(AQI)技术规定", absl::CivilDay(2026, 3, 1),
             std::nullopt, "据引用该标准的公开代码;浓度修约位数各处说法不一,沿用 2012 版"},
            kIndex2026),
  };
  return tables;
}

const std::vector<CompositeFormula>& CompositeFormulas() {
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
  return formulas;
}

const Breakpoints* AqiTable::Find(absl::string_view factor) const {
  auto found = std::find_if(breakpoints.begin(), breakpoints.end(),
                            [&](const Breakpoints& row) { return row.factor == factor; });
  return found == breakpoints.end() ? nullptr : &*found;
}

const AirStatistics& AirStatisticsOn(absl::CivilDay day) {
  const AirStatistics* found = &AllAirStatistics().front();
  for (const AirStatistics& edition : AllAirStatistics()) {
    if (edition.source.from <= day) found = &edition;
  }
  return *found;
}

absl::StatusOr<const AqiTable*> FindAqiTable(absl::CivilDay day, absl::string_view edition) {
  for (const AqiTable& table : AqiTables()) {
    const bool in_force = table.source.from <= day && (!table.source.to || day <= *table.source.to);
    if (edition.empty() ? in_force : table.source.edition == edition) return &table;
  }
  return Fail(absl::StatusCode::kNotFound, "NO_STANDARD",
              edition.empty()
                  ? absl::StrCat("no edition of HJ 633 is known to be in force on ", FormatDay(day))
                  : absl::StrCat("no edition HJ 633-", edition, " is known"));
}

absl::StatusOr<const CompositeFormula*> FindComposite(absl::string_view name) {
  for (const CompositeFormula& formula : CompositeFormulas()) {
    if (name.empty() || formula.name == name) return &formula;
  }
  return Fail(absl::StatusCode::kNotFound, "NO_STANDARD",
              absl::StrCat("no composite index \"", name, "\" is known"));
}

v1::Standard ToProto(const AirStatistics& statistics) {
  v1::Standard standard = Described(statistics.source);
  v1::AirValidity& validity = *standard.mutable_air_validity();
  validity.set_hours_per_day(statistics.hours_per_day);
  validity.set_hours_per_window(statistics.hours_per_window);
  validity.set_windows_per_day(statistics.windows_per_day);
  validity.set_first_window_end(statistics.first_window_end);
  validity.set_days_per_month(statistics.days_per_month);
  validity.set_days_per_february(statistics.days_per_february);
  validity.set_days_per_year(statistics.days_per_year);
  validity.set_stations_percent(statistics.stations_percent);
  validity.set_few_stations_percent(statistics.few_stations_percent);
  validity.set_few_stations(statistics.few_stations);
  for (const auto& [factor, percent] : statistics.percentiles) {
    v1::AirValidity::Percentile& added = *validity.add_percentiles();
    added.set_factor(factor);
    added.set_percent(percent);
  }
  for (const auto& [factor, decimals] : statistics.day_digits) {
    v1::AirValidity::Digits& added = *validity.add_day_digits();
    added.set_factor(factor);
    added.set_decimals(decimals);
  }
  return standard;
}

v1::Standard ToProto(const AqiTable& table) {
  v1::Standard standard = Described(table.source);
  for (const Breakpoints& row : table.breakpoints) {
    v1::Breakpoints& added = *standard.add_breakpoints();
    added.set_factor(row.factor);
    added.set_averaging(row.averaging);
    added.set_unit(row.unit);
    added.set_decimals(row.decimals);
    for (const Decimal& concentration : row.concentrations) {
      added.add_concentrations(concentration.ToString());
    }
    for (int index : row.indices) added.add_indices(index);
    added.set_beyond(row.beyond);
  }
  return standard;
}

}  // namespace lucid::indicators
