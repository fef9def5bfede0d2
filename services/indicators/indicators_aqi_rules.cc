#include "services/indicators/indicators_aqi_rules.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace lucid::indicators {
namespace {

using v1::AirQuality;

constexpr int kPublishedAnyway = 100;
constexpr int kHasPrimary = 50;

// Whether the concentration, rounded, is above the last breakpoint.
bool IsBeyond(const Breakpoints& row, const Decimal& rounded) {
  return rounded > row.concentrations.back();
}

// The pollutant's entry; answers its index where it has one.
std::optional<int> ShowPollutant(const Edition& edition, const Breakpoints& row,
                                 const Concentrations& concentrations, v1::PollutantIndex& shown) {
  shown.set_factor(row.factor);
  shown.set_unit(row.unit);
  auto found = concentrations.find(row.factor);
  if (found == concentrations.end()) {
    shown.set_note("无有效值");
    return std::nullopt;
  }
  const absl::StatusOr<Decimal> rounded = found->second.Round(row.decimals);
  if (!rounded.ok()) {
    shown.set_note("浓度超出可表示的范围");
    return std::nullopt;
  }
  shown.set_concentration(rounded->ToString());
  std::optional<int> iaqi = IaqiOf(row, found->second);
  const std::string last = absl::StrCat(row.concentrations.back().ToString(), " ", row.unit);
  if (iaqi && IsBeyond(row, *rounded)) {
    shown.set_note(absl::StrCat("高于 ", last, ",按 ", *iaqi, " 计"));
  }
  if (!iaqi) {
    const Breakpoints* hourly = FindBreakpoints(edition, "O3");
    auto value = concentrations.find("O3");
    if (hourly != nullptr && value != concentrations.end()) {
      iaqi = IaqiOf(*hourly, value->second);
      shown.set_note(absl::StrCat("8 小时值高于 ", last, ",按日最大 1 小时值 ",
                                  value->second.Round(hourly->decimals)->ToString(), " 计"));
    } else {
      shown.set_note(absl::StrCat("8 小时值高于 ", last, ",须按 1 小时值计而无小时值"));
    }
  }
  if (iaqi) shown.set_iaqi(*iaqi);
  return iaqi;
}

}  // namespace

std::optional<int> IaqiOf(const Breakpoints& row, const Ratio& concentration) {
  const absl::StatusOr<Decimal> rounded = concentration.Round(row.decimals);
  if (!rounded.ok()) return std::nullopt;
  if (IsBeyond(row, *rounded)) {
    if (row.beyond == v1::Breakpoints::HOURLY_VALUE) return std::nullopt;
    return row.indices.back();
  }
  const auto high =
      std::lower_bound(row.concentrations.begin() + 1, row.concentrations.end(), *rounded) -
      row.concentrations.begin();
  const Ratio step = Ratio(row.indices[high] - row.indices[high - 1]);
  const Ratio width = Ratio(row.concentrations[high]) - Ratio(row.concentrations[high - 1]);
  const Ratio slope = Ratio::Divide(step, width).value();
  const Ratio index = slope * (Ratio(*rounded) - Ratio(row.concentrations[high - 1])) +
                      Ratio(row.indices[high - 1]);
  return static_cast<int>(index.RoundUp(0).value().mantissa());
}

AirQuality IndexOf(const Edition& edition, const Concentrations& concentrations) {
  AirQuality quality;
  quality.set_standard(edition.label());
  std::vector<std::string> missing;
  std::optional<int> aqi;
  for (const Breakpoints& row : edition.breakpoints) {
    if (row.averaging == v1::Limit::HOURLY) continue;
    std::optional<int> iaqi =
        ShowPollutant(edition, row, concentrations, *quality.add_pollutants());
    if (!iaqi) missing.push_back(row.factor);
    if (iaqi && (!aqi || *iaqi > *aqi)) aqi = iaqi;
  }
  if (!aqi || (!missing.empty() && *aqi <= kPublishedAnyway)) {
    quality.set_na_reason(absl::StrCat("NA:缺 ", absl::StrJoin(missing, "、")));
    return quality;
  }
  quality.set_aqi(*aqi);
  quality.set_air_class(ClassOf(*aqi));
  if (*aqi <= kHasPrimary) return quality;
  for (const v1::PollutantIndex& pollutant : quality.pollutants()) {
    if (pollutant.has_iaqi() && pollutant.iaqi() == *aqi) {
      quality.add_primary_pollutants(pollutant.factor());
    }
  }
  return quality;
}

AirQuality::Class ClassOf(int aqi) {
  static constexpr int kUpTo[] = {50, 100, 150, 200, 300};
  const auto above = std::lower_bound(std::begin(kUpTo), std::end(kUpTo), aqi);
  return static_cast<AirQuality::Class>(above - std::begin(kUpTo) + AirQuality::EXCELLENT);
}

std::string ClassName(AirQuality::Class air_class) {
  static constexpr absl::string_view kNames[] = {"无",       "优",       "良",      "轻度污染",
                                                 "中度污染", "重度污染", "严重污染"};
  return std::string(kNames[air_class]);
}

}  // namespace lucid::indicators
