#include "services/indicators/indicators_standards.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/base/calendar.h"
#include "services/base/status.h"

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
  v1::WaterQuality::Body body = v1::WaterQuality::BODY_UNSPECIFIED;
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
    {"TP", "0.02 0.1 0.2 0.3 0.4", v1::WaterQuality::RIVER},
    {"TP", "0.01 0.025 0.05 0.1 0.2", v1::WaterQuality::LAKE},
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

template <size_t n>
Edition Air(absl::string_view edition, absl::CivilDay from, std::optional<absl::CivilDay> to,
            absl::string_view source, const AirRow (&rows)[n]) {
  Edition made{"GB 3095", std::string(edition),        "环境空气质量标准",  from,
               to,        v1::Standard::ROUNDED_VALUE, std::string(source), {}};
  for (const AirRow& row : rows) {
    const absl::string_view limits[] = {row.grade_1, row.grade_2};
    for (int i = 0; i < 2; ++i) {
      made.limits.push_back({std::string(row.factor), row.averaging, std::string(kClasses[i]),
                             std::nullopt, Decimal::Parse(limits[i]).value(), std::string(row.unit),
                             v1::WaterQuality::BODY_UNSPECIFIED});
    }
  }
  return made;
}

Edition Water() {
  Edition made{"GB 3838",
               "2002",
               "地表水环境质量标准",
               absl::CivilDay(2002, 6, 1),
               std::nullopt,
               v1::Standard::FULL_VALUE,
               "GB 3838-2002 表1;水温、总氮、粪大肠菌群不参与评价(地表水环境质量评价办法 2011)",
               {}};
  for (const WaterRow& row : kWater2002) {
    const std::vector<std::string> limits = absl::StrSplit(row.limits, ' ');
    for (size_t i = 0; i < limits.size(); ++i) {
      Limit limit{std::string(row.factor),
                  v1::Limit::AVERAGING_UNSPECIFIED,
                  std::string(kClasses[i]),
                  std::nullopt,
                  std::nullopt,
                  "mg/L",
                  row.body};
      (row.factor == "DO" ? limit.at_least : limit.at_most) = Decimal::Parse(limits[i]).value();
      made.limits.push_back(std::move(limit));
    }
  }
  for (absl::string_view grade : kClasses) {
    made.limits.push_back({"PH", v1::Limit::AVERAGING_UNSPECIFIED, std::string(grade), Decimal(6),
                           Decimal(9), "无量纲", v1::WaterQuality::BODY_UNSPECIFIED});
  }
  return made;
}

}  // namespace

v1::Standard Edition::ToProto() const {
  v1::Standard standard;
  standard.set_name(name);
  standard.set_edition(edition);
  standard.set_title(title);
  standard.set_from_day(FormatDay(from));
  if (to) standard.set_to_day(FormatDay(*to));
  standard.set_method(method);
  standard.set_source(source);
  for (const Limit& limit : limits) {
    v1::Limit& added = *standard.add_limits();
    added.set_factor(limit.factor);
    added.set_averaging(limit.averaging);
    added.set_grade(limit.grade);
    if (limit.at_least) added.set_at_least(limit.at_least->ToString());
    if (limit.at_most) added.set_at_most(limit.at_most->ToString());
    added.set_unit(limit.unit);
    if (limit.body == v1::WaterQuality::RIVER) added.set_body("RIVER");
    if (limit.body == v1::WaterQuality::LAKE) added.set_body("LAKE");
  }
  return standard;
}

const std::vector<Edition>& Editions() {
  static const auto& editions = *new std::vector<Edition>{
      Air("2012", absl::CivilDay(2016, 1, 1), absl::CivilDay(2026, 2, 28),
          "GB 3095-2012 表1、表2,全国自 2016-01-01 起实施", kAir2012),
      Air("2026", absl::CivilDay(2026, 3, 1), absl::CivilDay(2030, 12, 31),
          "GB 3095-2026 过渡期限值;PM2.5 据新闻报道,其余据引用该标准的公开代码", kAir2026),
      Air("2026", absl::CivilDay(2031, 1, 1), std::nullopt,
          "GB 3095-2026;PM2.5 据新闻报道,其余据引用该标准的公开代码;未能核实的限值不列", kAir2031),
      Water(),
  };
  return editions;
}

absl::StatusOr<const Edition*> FindEdition(absl::string_view name, absl::CivilDay day,
                                           absl::string_view edition) {
  const Edition* nearest = nullptr;
  for (const Edition& candidate : Editions()) {
    if (candidate.name != name || (!edition.empty() && candidate.edition != edition)) continue;
    const bool begun = candidate.from <= day;
    if (begun && (!candidate.to || day <= *candidate.to)) return &candidate;
    if (nearest == nullptr || begun) nearest = &candidate;
  }
  if (!edition.empty() && nearest != nullptr) return nearest;
  return Fail(absl::StatusCode::kNotFound, "NO_STANDARD",
              absl::StrCat("no edition of ", name, edition.empty() ? "" : "-", edition,
                           " is known to be in force on ", FormatDay(day)));
}

const Limit* FindLimit(const Edition& edition, absl::string_view factor,
                       v1::Limit::Averaging averaging, absl::string_view grade,
                       v1::WaterQuality::Body body) {
  // A section that does not say what it lies in is a river's.
  if (body == v1::WaterQuality::BODY_UNSPECIFIED) body = v1::WaterQuality::RIVER;
  auto found = std::find_if(edition.limits.begin(), edition.limits.end(), [&](const Limit& limit) {
    return limit.factor == factor && limit.averaging == averaging && limit.grade == grade &&
           (limit.body == body || limit.body == v1::WaterQuality::BODY_UNSPECIFIED);
  });
  return found == edition.limits.end() ? nullptr : &*found;
}

bool Complies(const Limit& limit, v1::Standard::Method method, const Ratio& value) {
  auto compared = [&](const Decimal& bound) -> Ratio {
    if (method != v1::Standard::ROUNDED_VALUE) return value;
    absl::StatusOr<Decimal> rounded = value.Round(bound.scale());
    return rounded.ok() ? Ratio(*rounded) : value;
  };
  if (limit.at_least && compared(*limit.at_least) < Ratio(*limit.at_least)) return false;
  return !limit.at_most || compared(*limit.at_most) <= Ratio(*limit.at_most);
}

std::string Describe(const Edition& edition, const Limit& limit) {
  static constexpr absl::string_view kAveraging[] = {"", " 年平均", " 24小时平均", " 1小时平均",
                                                     " 日最大8小时平均"};
  const bool air = limit.averaging != v1::Limit::AVERAGING_UNSPECIFIED;
  std::string grade = air ? (limit.grade == "I" ? "一级" : "二级") : limit.grade + "类";
  std::string text = absl::StrCat(edition.label(), " ", grade, kAveraging[limit.averaging]);
  if (limit.at_least) absl::StrAppend(&text, " ≥ ", limit.at_least->ToString());
  if (limit.at_most) absl::StrAppend(&text, " ≤ ", limit.at_most->ToString());
  return absl::StrCat(text, " ", limit.unit);
}

}  // namespace lucid::indicators
