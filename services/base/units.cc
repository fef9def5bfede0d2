#include "services/base/units.h"

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace lucid {
namespace {

struct Declaration {
  Unit unit;
  absl::string_view spellings = "";  // other ways to write the symbol, apart by spaces
};

constexpr Declaration kDeclared[] = {
    // Area, in m². 1 亩 is a fifteenth of a hectare.
    {{"m²", "area"}, "m2 m^2 ㎡"},
    {{"平方米", "area"}},
    {{"万m²", "area", 10'000}, "万m2 万㎡"},
    {{"万平方米", "area", 10'000}},
    {{"hm²", "area", 10'000}, "hm2 ha"},
    {{"公顷", "area", 10'000}},
    {{"km²", "area", 1'000'000}, "km2 Km² Km2 ㎢"},
    {{"平方公里", "area", 1'000'000}, "平方千米"},
    {{"亩", "area", 2'000, 3}},
    {{"万亩", "area", 20'000'000, 3}},
    // Length, in m.
    {{"mm", "length", 1, 1'000}, "㎜"},
    {{"cm", "length", 1, 100}, "㎝"},
    {{"m", "length"}},
    {{"米", "length"}},
    {{"km", "length", 1'000}, "Km KM ㎞"},
    {{"公里", "length", 1'000}},
    {{"千米", "length", 1'000}},
    // Mass, in kg.
    {{"mg", "mass", 1, 1'000'000}, "㎎"},
    {{"g", "mass", 1, 1'000}},
    {{"kg", "mass"}, "Kg KG ㎏"},
    {{"千克", "mass"}, "公斤"},
    {{"t", "mass", 1'000}},
    {{"吨", "mass", 1'000}},
    {{"万t", "mass", 10'000'000}},
    {{"万吨", "mass", 10'000'000}},
    {{"亿吨", "mass", 100'000'000'000}},
    // Volume, in m³.
    {{"L", "volume", 1, 1'000}, "l"},
    {{"升", "volume", 1, 1'000}},
    {{"m³", "volume"}, "m3 m^3"},
    {{"立方米", "volume"}},
    {{"万m³", "volume", 10'000}, "万m3"},
    {{"万立方米", "volume", 10'000}},
    {{"亿立方米", "volume", 100'000'000}},
    // Capacity, in kg a day. A year is not a number of days, so yearly amounts stand apart.
    {{"kg/d", "mass per day"}},
    {{"t/d", "mass per day", 1'000}},
    {{"吨/日", "mass per day", 1'000}, "吨/天"},
    {{"万t/d", "mass per day", 10'000'000}},
    {{"万吨/日", "mass per day", 10'000'000}, "万吨/天"},
    {{"t/h", "mass per day", 24'000}},
    {{"吨/小时", "mass per day", 24'000}, "吨/时"},
    {{"t/a", "mass per year", 1'000}},
    {{"吨/年", "mass per year", 1'000}},
    {{"万吨/年", "mass per year", 10'000'000}},
    // Flow, in m³ a day.
    {{"m³/d", "flow"}, "m3/d"},
    {{"立方米/日", "flow"}, "立方米/天"},
    {{"万m³/d", "flow", 10'000}, "万m3/d"},
    {{"万立方米/日", "flow", 10'000}, "万立方米/天"},
    {{"m³/h", "flow", 24}, "m3/h"},
    {{"m³/s", "flow", 86'400}, "m3/s"},
    // Concentration, in μg/m³.
    {{"μg/m³", "concentration"}, "μg/m3 µg/m³ µg/m3 ug/m³ ug/m3 微克/立方米"},
    {{"mg/m³", "concentration", 1'000}, "mg/m3 毫克/立方米"},
    {{"μg/L", "concentration", 1'000}, "µg/L ug/L μg/l ug/l"},
    {{"mg/L", "concentration", 1'000'000}, "mg/l 毫克/升"},
    // Shares. A difference of two shares is in percentage points, which is not a share.
    {{"%", "share", 1, 100}, "％"},
    {{"‰", "share", 1, 1'000}},
    {{"百分点", "百分点"}, "个百分点"},
    // Energy and power, in kWh and kW.
    {{"kWh", "energy"}, "kW·h 千瓦时"},
    {{"万kWh", "energy", 10'000}, "万千瓦时"},
    {{"亿kWh", "energy", 100'000'000}, "亿千瓦时"},
    {{"kW", "power"}},
    {{"千瓦", "power"}},
    {{"MW", "power", 1'000}},
    {{"兆瓦", "power", 1'000}},
    {{"万千瓦", "power", 10'000}},
    // Time, in hours.
    {{"h", "time"}},
    {{"小时", "time"}},
    {{"d", "time", 24}},
    {{"天", "time", 24}},
    {{"日", "time", 24}},
    // Money, in 元.
    {{"元", "money"}},
    {{"万元", "money", 10'000}},
    {{"亿元", "money", 100'000'000}},
    // Measured, and converted into nothing else.
    {{"dB(A)", "sound level"}, "dB dB（A） 分贝"},
    {{"℃", "temperature"}, "°C"},
    {{"无量纲", "number"}},
    {{"μS/cm", "conductivity"}, "µS/cm uS/cm"},
    {{"NTU", "turbidity"}},
    {{"个/L", "count per volume"}, "个/升"},
    // Counted: the dimension is the unit itself. 人 counts persons, 人次 what happened to them.
    {{"家", "家"}},
    {{"处", "处"}},
    {{"台", "台"}},
    {{"个", "个"}},
    {{"件", "件"}},
    {{"人", "人"}},
    {{"人次", "人次"}},
    {{"次", "次"}},
    {{"份", "份"}},
    {{"轮", "轮"}},
    {{"轮次", "轮次"}},
    {{"项", "项"}},
    {{"座", "座"}},
    {{"起", "起"}},
    {{"户", "户"}},
    {{"辆", "辆"}},
    {{"条", "条"}},
    {{"批", "批"}},
    {{"口", "口"}},
    {{"株", "株"}},
    {{"头", "头"}},
    {{"篇", "篇"}},
    {{"场", "场"}},
    {{"套", "套"}},
    {{"村", "村"}},
};

const absl::flat_hash_map<std::string, const Unit*>& UnitsByText() {
  static const auto& units = *[] {
    auto* map = new absl::flat_hash_map<std::string, const Unit*>;
    for (const Declaration& declared : kDeclared) {
      map->emplace(declared.unit.symbol, &declared.unit);
      for (absl::string_view spelling :
           absl::StrSplit(declared.spellings, ' ', absl::SkipEmpty())) {
        map->emplace(spelling, &declared.unit);
      }
    }
    return map;
  }();
  return units;
}

}  // namespace

Ratio Unit::factor() const { return Ratio::Divide(numerator, denominator).value(); }

absl::StatusOr<const Unit*> FindUnit(absl::string_view text) {
  auto found = UnitsByText().find(text);
  if (found != UnitsByText().end()) return found->second;
  return Fail(absl::StatusCode::kInvalidArgument, "UNDECLARED_UNIT",
              absl::StrCat("\"", text, "\" is not a declared unit of measure"),
              {{"unit", std::string(text)}});
}

void CheckUnit(FieldErrors& errors, absl::string_view field, absl::string_view text) {
  absl::StatusOr<const Unit*> unit = FindUnit(text);
  if (!unit.ok()) errors.Add(field, unit.status());
}

absl::StatusOr<Ratio> Convert(const Ratio& value, absl::string_view from, absl::string_view to) {
  ASSIGN_OR_RETURN(const Unit* source, FindUnit(from));
  ASSIGN_OR_RETURN(const Unit* target, FindUnit(to));
  if (source->dimension != target->dimension) {
    return Fail(absl::StatusCode::kInvalidArgument, "INCOMPATIBLE_UNITS",
                absl::StrCat(source->symbol, " (", source->dimension, ") cannot be expressed in ",
                             target->symbol, " (", target->dimension, ")"),
                {{"from", std::string(source->symbol)}, {"to", std::string(target->symbol)}});
  }
  return Ratio::Divide(value * source->factor(), target->factor());
}

}  // namespace lucid
