#include "services/indicators/indicators_factors.h"

#include "absl/container/flat_hash_map.h"

namespace lucid::indicators {

const std::vector<Factor>& Factors() {
  using enum Medium;
  static const auto& factors = *new std::vector<Factor>{
      {"SO2", "SO₂", kAir, "μg/m³", 3},
      {"NO2", "NO₂", kAir, "μg/m³", 3},
      {"CO", "CO", kAir, "mg/m³", 3},
      {"O3", "O₃", kAir, "μg/m³", 3},
      {"O3_8H", "O₃ 日最大8小时", kAir, "μg/m³", 3},
      {"PM10", "PM10", kAir, "μg/m³", 3},
      {"PM2_5", "PM2.5", kAir, "μg/m³", 3},
      {"PH", "pH", kWater, "无量纲", 2},
      {"DO", "溶解氧", kWater, "mg/L", 3},
      {"CODMN", "高锰酸盐指数", kWater, "mg/L", 3},
      {"COD", "化学需氧量", kWater, "mg/L", 3},
      {"BOD5", "五日生化需氧量", kWater, "mg/L", 3},
      {"NH3N", "氨氮", kWater, "mg/L", 4},
      {"TP", "总磷", kWater, "mg/L", 4},
      {"TN", "总氮", kWater, "mg/L", 4},
      {"CU", "铜", kWater, "mg/L", 6},
      {"ZN", "锌", kWater, "mg/L", 6},
      {"FLUORIDE", "氟化物", kWater, "mg/L", 4},
      {"SE", "硒", kWater, "mg/L", 6},
      {"AS", "砷", kWater, "mg/L", 6},
      {"HG", "汞", kWater, "mg/L", 8},
      {"CD", "镉", kWater, "mg/L", 7},
      {"CR6", "铬(六价)", kWater, "mg/L", 6},
      {"PB", "铅", kWater, "mg/L", 6},
      {"CYANIDE", "氰化物", kWater, "mg/L", 6},
      {"PHENOL", "挥发酚", kWater, "mg/L", 6},
      {"OIL", "石油类", kWater, "mg/L", 4},
      {"LAS", "阴离子表面活性剂", kWater, "mg/L", 4},
      {"SULFIDE", "硫化物", kWater, "mg/L", 5},
      {"WATER_TEMPERATURE", "水温", kWater, "℃", 2, true},
      {"DO_SATURATION", "溶解氧饱和度", kWater, "%", 2},
      {"CONDUCTIVITY", "电导率", kWater, "μS/cm", 2},
      {"TURBIDITY", "浊度", kWater, "NTU", 2},
      {"CHLA", "叶绿素a", kWater, "mg/m³", 4},
      {"TRANSPARENCY", "透明度", kWater, "m", 3},
      {"FECAL_COLIFORM", "粪大肠菌群", kWater, "个/L", 0},
  };
  return factors;
}

const Factor* FindFactor(absl::string_view code) {
  static const auto& by_code = *[] {
    auto* map = new absl::flat_hash_map<absl::string_view, const Factor*>;
    for (const Factor& factor : Factors()) map->emplace(factor.code, &factor);
    return map;
  }();
  auto found = by_code.find(code);
  return found == by_code.end() ? nullptr : found->second;
}

}  // namespace lucid::indicators
