// Units: exact conversions, and no number without a declared unit.
#include "services/base/units.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lucid {
namespace {

Decimal D(absl::string_view text) { return Decimal::Parse(text).value(); }

TEST(Units, ConvertExactly) {
  const struct {
    absl::string_view value, from, to;
    int decimals;
    absl::string_view converted;
  } kCases[] = {
      {"1", "亩", "m²", 3, "666.667"},
      {"15", "亩", "公顷", 0, "1"},
      {"16833", "亩", "m²", 0, "11222000"},
      {"1500", "亩", "km²", 0, "1"},
      {"500000", "t/d", "万吨/日", 0, "50"},
      {"50", "万吨/日", "吨/日", 0, "500000"},
      {"1", "万吨", "t", 0, "10000"},
      {"1", "t", "kg", 0, "1000"},
      {"54564", "m", "km", 3, "54.564"},
      {"54.564", "Km", "公里", 3, "54.564"},
      {"4", "mg/m³", "μg/m3", 0, "4000"},
      {"0.05", "mg/L", "μg/L", 0, "50"},
      {"0.98", "亿元", "万元", 0, "9800"},
      {"76", "%", "‰", 0, "760"},
      {"2.5", "m³/s", "万m³/d", 1, "21.6"},
      {"-3", "℃", "°C", 0, "-3"},
      {"0.000000000000000001", "km", "mm", 12, "0.000000000001"},
  };
  for (const auto& c : kCases) {
    absl::StatusOr<Ratio> converted = Convert(D(c.value), c.from, c.to);
    ASSERT_TRUE(converted.ok()) << converted.status();
    EXPECT_EQ(converted->Round(c.decimals)->ToString(), c.converted) << c.value << c.from;
  }
  EXPECT_EQ(Convert(1, "亩", "m²").value(), Ratio::Divide(2000, 3).value());
}

TEST(Units, EveryPairOfOneDimensionConvertsThereAndBack) {
  const std::vector<std::string> symbols = {"m²", "亩",   "公顷",  "km²",     "m",    "km",
                                            "t",  "万吨", "吨/日", "万吨/日", "mg/L", "μg/m³",
                                            "%",  "元",   "万元",  "家",      "处",   "百分点"};
  const Ratio value = D("123.456");
  int pairs = 0;
  for (const std::string& from : symbols) {
    for (const std::string& to : symbols) {
      absl::StatusOr<Ratio> there = Convert(value, from, to);
      ASSERT_EQ(there.ok(), FindUnit(from).value()->dimension == FindUnit(to).value()->dimension);
      if (!there.ok()) {
        EXPECT_EQ(Reason(there.status()), "INCOMPATIBLE_UNITS");
        continue;
      }
      EXPECT_EQ(Convert(*there, to, from).value(), value) << from << " → " << to;
      ++pairs;
    }
  }
  EXPECT_EQ(pairs, 16 + 4 + 4 + 4 + 4 + 1 + 4 + 1 + 1 + 1);
}

TEST(Units, TheNoticesUnitsAreDeclared) {
  for (absl::string_view text : {"次", "份", "件", "人", "家", "个", "吨/日", "万吨/日", "%", "处",
                                 "台", "μg/m³", "轮", "亩", "项", "km", "轮次"}) {
    EXPECT_EQ(FindUnit(text).value()->symbol, text);
  }
}

TEST(Units, AnotherSpellingIsTheSameUnit) {
  EXPECT_EQ(FindUnit("μg/m3").value()->symbol, "μg/m³");
  EXPECT_EQ(FindUnit("\u00b5g/m\u00b3").value()->symbol, "\u03bcg/m\u00b3");
  EXPECT_EQ(FindUnit("Km").value()->symbol, "km");
  EXPECT_EQ(FindUnit("公里").value()->symbol, "公里");
}

TEST(Units, AnUndeclaredUnitIsRefusedByName) {
  for (absl::string_view text : {"", "furlong", "t / d", "KM2", " km", "百", "人/次"}) {
    absl::Status status = Convert(1, text, "t").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(Reason(status), "UNDECLARED_UNIT");
    EXPECT_EQ(status.message(), "\"" + std::string(text) + "\" is not a declared unit of measure");
    EXPECT_EQ(Reason(Convert(1, "t", text).status()), "UNDECLARED_UNIT");
  }
  FieldErrors errors;
  CheckUnit(errors, "indicator.unit", "亩");
  CheckUnit(errors, "quantity.unit", "furlong");
  EXPECT_EQ(errors.status().message(),
            "quantity.unit \"furlong\" is not a declared unit of measure");
}

TEST(Units, FirmsAreNotSitesAndTonnesADayAreNotTonnes) {
  absl::Status status = Convert(24, "家", "处").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "家 (家) cannot be expressed in 处 (处)");
  EXPECT_EQ(Convert(1, "t/d", "t").status().message(),
            "t/d (mass per day) cannot be expressed in t (mass)");
  EXPECT_EQ(Reason(Convert(16, "人", "人次").status()), "INCOMPATIBLE_UNITS");
  EXPECT_EQ(Reason(Convert(1, "%", "百分点").status()), "INCOMPATIBLE_UNITS");
}

}  // namespace
}  // namespace lucid
