// Formulas: the language, its errors, its units, and its values against an independent evaluator.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/units.h"
#include "services/indicators/indicators_formula_rules.h"
#include "tests/testing/matchers.h"

namespace lucid::indicators {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using v1::Evaluation;
using v1::Indicator;

const absl::CivilDay kNotice(2024, 9, 18);

v1::Formula Of(absl::string_view expression, std::vector<std::string> aliases) {
  v1::Formula formula;
  formula.set_expression(std::string(expression));
  for (const std::string& alias : aliases) {
    v1::FormulaOperand& operand = *formula.add_operands();
    operand.set_alias(alias);
    operand.set_indicator_id(alias);
  }
  return formula;
}

// Answers operands by name, with what depends on the period or the site added to them.
class Known final : public Operands {
 public:
  std::map<std::string, OperandValue> values;
  std::map<std::string, int> by_place;  // ShortName or site → added
  std::vector<std::string> asked;

  absl::StatusOr<OperandValue> ValueOf(const std::string& id, const Slice& slice) override {
    OperandValue value = values.at(id);
    const std::string at = !slice.site.empty() ? slice.site
                           : slice.period.from ? FormatDay(*slice.period.from)
                                               : "";
    asked.push_back(absl::StrCat(id, "@", at));
    if (auto more = by_place.find(at); value.value && more != by_place.end()) {
      value.value = *value.value + more->second;
    }
    return value;
  }
  absl::StatusOr<std::vector<std::string>> SitesOf(const std::string&, const Slice&) override {
    return std::vector<std::string>{"s1", "s2", "s3"};
  }
};

Known Values() {
  Known known;
  known.values["a"] = {Ratio(35), "μg/m³", Evaluation::VALID};
  known.values["b"] = {Ratio(30), "μg/m³", Evaluation::VALID};
  known.values["f"] = {Ratio(3), "家", Evaluation::VALID};
  known.values["c"] = {Ratio(1200), "吨/日", Evaluation::VALID};
  known.values["s"] = {Ratio(20), "%", Evaluation::VALID};
  known.values["zero"] = {Ratio(0), "μg/m³", Evaluation::VALID};
  known.values["bad"] = {Ratio(7), "μg/m³", Evaluation::INVALID_DATA};
  known.values["broken"] = {std::nullopt, "μg/m³", Evaluation::INVALID_DATA};
  known.values["none"] = {std::nullopt, "μg/m³", Evaluation::MISSING};
  return known;
}

// The aliases of Values() that an expression names.
v1::Formula Written(absl::string_view expression) {
  std::vector<std::string> used;
  for (const auto& [name, value] : Values().values) {
    for (size_t at = expression.find(name); at != expression.npos;
         at = expression.find(name, at + 1)) {
      const auto is_letter = [&](size_t i) {
        return i < expression.size() && absl::ascii_isalnum(expression[i]);
      };
      const bool in_brackets = at > 0 && expression[at - 1] == '[';
      if (!in_brackets && !is_letter(at + name.size()) && (at == 0 || !is_letter(at - 1))) {
        used.push_back(name);
        break;
      }
    }
  }
  return Of(expression, used);
}

std::map<std::string, Indicator> Indicators() {
  std::map<std::string, Indicator> indicators;
  for (const auto& [name, value] : Values().values) {
    indicators[name].set_id(name);
    indicators[name].set_unit(value.unit);
    indicators[name].set_kind(name == "a" ? Indicator::MEAN : Indicator::GAUGE);
  }
  return indicators;
}

Period Year(int year) { return *MakePeriod(year, "", "", kNotice); }

absl::StatusOr<Evaluation> Evaluate(absl::string_view expression, const std::string& unit,
                                    int decimals = 1, Period period = Year(2023)) {
  Indicator indicator;
  indicator.set_kind(Indicator::FORMULA);
  indicator.set_unit(unit);
  indicator.set_decimals(decimals);
  *indicator.mutable_formula() = Written(expression);
  ASSIGN_OR_RETURN(Expression read, ReadFormula(indicator.formula()));
  RETURN_IF_ERROR(CheckFormula(read, unit, Indicators()));
  Known known = Values();
  ASSIGN_OR_RETURN(Computed computed, Compute(read, {period, ""}, known));
  return EvaluateFormula({indicator, period, {}, "", nullptr}, read, computed);
}

TEST(Formula, ComputesWithUnits) {
  const struct {
    absl::string_view expression, unit, value;
  } kCases[] = {
      {"a + b × 2", "μg/m³", "95.0"},
      {"(a + b) * 2", "μg/m³", "130.0"},
      {"a − b − 1 μg/m³", "μg/m³", "4.0"},
      {"a - (b - 1 μg/m³)", "μg/m³", "6.0"},
      {"（a＋b）÷２", "μg/m³", "32.5"},
      {"(a − b) ÷ b", "%", "16.7"},
      {"(a-b)/b*100", "无量纲", "16.7"},
      {"a ÷ 2 ÷ 5", "μg/m³", "3.5"},
      {"-a + b", "μg/m³", "-5.0"},
      {"a + 1 mg/m³", "μg/m³", "1035.0"},
      {"c × 365 d", "万吨", "43.8"},
      {"c × 1 h", "t", "50.0"},
      {"1 − s", "%", "80.0"},
      {"s − 5 %", "百分点", "15.0"},
      {"s - 5%", "%", "15.0"},
      {"f + 2 家", "家", "5.0"},
      {"c ÷ f × 1 家", "吨/日", "400.0"},
      {"max(a, b)", "μg/m³", "35.0"},
      {"min(a、b)", "μg/m³", "30.0"},
      {"sum(a，b，a)", "μg/m³", "100.0"},
      {"mean(a, b)", "μg/m³", "32.5"},
      {"mean(a, max(b, a − b))", "μg/m³", "32.5"},
      {"[a] + [b]", "mg/m³", "0.1"},
  };
  for (const auto& c : kCases) {
    auto evaluation = Evaluate(c.expression, std::string(c.unit));
    ASSERT_OK(evaluation) << c.expression;
    EXPECT_EQ(evaluation->value(), c.value) << c.expression;
    EXPECT_EQ(evaluation->validity(), Evaluation::VALID);
  }
}

TEST(Formula, NamesThePositionOfWhatItCannotRead) {
  const struct {
    absl::string_view expression, message;
  } kCases[] = {
      {"", "position 1: a value is expected"},
      {"a +", "position 4: a value is expected"},
      {"a b", "position 3: an operator or a unit of measure is expected"},
      {"avg(a)", "position 4: only min, max, sum and mean are functions"},
      {"(a + b", "position 7: \")\" is expected"},
      {"a + )", "position 5: a value is expected"},
      {"a + x", "position 5: \"x\" is no declared alias"},
      {"甲 + a", "position 1: \"甲\" is no declared alias"},
      {"[a", "position 3: \"]\" is expected"},
      {"[A b] + a", "position 1: [A b] is no id"},
      {"a × 01", "position 5: "},
      {"a × 1.", "position 5: "},
      {"a × 1e5", "position 6: an operator or a unit"},
      {"max a", "position 5: \"(\" is expected"},
      {"max()", "position 5: a value is expected"},
      {"max(a, b over years)", "position 10: only one value"},
      {"max(a by years)", "position 7: "},
      {"max(a over 0 years)", "position 12: the number of periods"},
      {"max(a over 121 months)", "position 12: the number of periods"},
      {"max(a over 3 weeks)", "position 14: years, months or sites"},
      {"max(a over 3 sites)", "position 14: years, months or sites"},
      {"1 + 2", "refers to no indicator"},
      {"a\xff", "is not UTF-8"},
  };
  for (const auto& c : kCases) {
    absl::StatusOr<Expression> read = ReadFormula(Written(c.expression));
    EXPECT_THAT(read, StatusIs(absl::StatusCode::kInvalidArgument)) << c.expression;
    EXPECT_THAT(std::string(read.status().message()), HasSubstr(c.message)) << c.expression;
  }
  const std::string deep = std::string(60, '(') + "a" + std::string(60, ')');
  EXPECT_THAT(std::string(ReadFormula(Of(deep, {"a"})).status().message()),
              HasSubstr("nested too deeply"));
  std::string chain = "a";
  for (int i = 0; i < 100; ++i) absl::StrAppend(&chain, "+a");
  EXPECT_OK(ReadFormula(Of(chain, {"a"})));
  EXPECT_THAT(std::string(ReadFormula(Of(chain + "+a", {"a"})).status().message()),
              HasSubstr("more than 100 operators"));
  std::string long_one = "a";
  for (int i = 0; i < 400; ++i) absl::StrAppend(&long_one, " + a");
  EXPECT_THAT(ReadFormula(Of(long_one, {"a"})), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(Formula, ChecksItsDeclarations) {
  EXPECT_THAT(ReadFormula(Of("a", {"a", "a"})), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ReadFormula(Of("a", {"a", "b"})), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ReadFormula(Of("max", {"max"})), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ReadFormula(Of("a", {"a", "1a"})), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_OK(ReadFormula(Of("去年 + PM2_5", {"去年", "PM2_5"})));
}

TEST(Formula, RefusesWhatDoesNotAdd) {
  const struct {
    absl::string_view expression, unit, message;
  } kCases[] = {
      {"a + f", "μg/m³", "position 3: "},
      {"max(a, f)", "μg/m³", "position 1: "},
      {"a + 1", "μg/m³", "position 3: "},
      {"a × b", "μg/m³", "cannot express what the formula makes"},
      {"a", "家", "cannot express"},
      {"s", "百分点", "cannot express"},
      {"f + 1 个", "家", "position 3: "},
      {"max(b over sites)", "μg/m³", "position 5: "},
      {"max(a + b over sites)", "μg/m³", "position 7: "},
  };
  for (const auto& c : kCases) {
    absl::StatusOr<Expression> read = ReadFormula(Written(c.expression));
    ASSERT_OK(read) << c.expression;
    const absl::Status checked = CheckFormula(*read, std::string(c.unit), Indicators());
    EXPECT_THAT(checked, StatusIs(absl::StatusCode::kInvalidArgument)) << c.expression;
    EXPECT_THAT(std::string(checked.message()), HasSubstr(c.message)) << c.expression;
  }
}

TEST(Formula, PrintsTheWorkingWithTheValuesPutIn) {
  EXPECT_EQ(Evaluate("(a − b) ÷ b", "%")->working(),
            "(a − b) ÷ b = (35 μg/m³ − 30 μg/m³) ÷ 30 μg/m³ = 16.6667 % → 16.7 %");
  EXPECT_THAT(Evaluate("a − (b − a)", "μg/m³")->working(),
              HasSubstr("35 μg/m³ − (30 μg/m³ − 35 μg/m³)"));
  EXPECT_THAT(Evaluate("max(a, b)", "μg/m³")->working(), HasSubstr("max(35 μg/m³; 30 μg/m³)"));
}

TEST(Formula, SaysWhyItHasNoValue) {
  auto by_zero = Evaluate("a ÷ zero", "无量纲");
  EXPECT_EQ(by_zero->validity(), Evaluation::INVALID_DATA);
  EXPECT_EQ(by_zero->verdict(), Evaluation::INVALID);
  EXPECT_EQ(by_zero->reason(), "DIVISION_BY_ZERO");
  EXPECT_EQ(by_zero->value(), "");
  EXPECT_THAT(by_zero->working(), HasSubstr("第 3 个字符处除数为 0"));
  auto missing = Evaluate("a + none", "μg/m³");
  EXPECT_EQ(missing->validity(), Evaluation::MISSING);
  EXPECT_EQ(missing->verdict(), Evaluation::NO_DATA);
  EXPECT_EQ(missing->reason(), "NO_OPERAND");
  EXPECT_THAT(missing->working(), HasSubstr("none 无数据"));
  auto invalid = Evaluate("a + bad", "μg/m³");
  EXPECT_EQ(invalid->value(), "42.0");
  EXPECT_EQ(invalid->verdict(), Evaluation::INVALID);
  EXPECT_EQ(invalid->reason(), "INVALID_OPERAND");
  auto broken = Evaluate("a + broken", "μg/m³");
  EXPECT_EQ(broken->value(), "");
  EXPECT_EQ(broken->verdict(), Evaluation::INVALID);
  EXPECT_EQ(broken->reason(), "INVALID_OPERAND");
  EXPECT_THAT(broken->working(), HasSubstr("broken 数据无效"));
  EXPECT_EQ(Evaluate("bad + none", "μg/m³")->reason(), "NO_OPERAND");
  EXPECT_EQ(Evaluate("none ÷ zero", "无量纲")->verdict(), Evaluation::NO_DATA);
}

TEST(Formula, RunsOverPeriodsAndSites) {
  auto value = [](absl::string_view expression, Period period, Known& known) {
    absl::StatusOr<Expression> read = ReadFormula(Of(expression, {"a"}));
    EXPECT_OK(read);
    known.asked.clear();
    Computed computed = Compute(*read, {period, ""}, known).value();
    return *Ratio::Divide(*computed.value * 1'000'000'000, 1);
  };
  Known known = Values();
  known.by_place = {{"2021-01-01", 4}, {"2022-01-01", 2}, {"s3", 7}};
  EXPECT_EQ(value("mean(a over 3 years)", Year(2023), known), Ratio(37));
  EXPECT_THAT(known.asked, ElementsAre("a@2021-01-01", "a@2022-01-01", "a@2023-01-01"));
  EXPECT_EQ(value("max(a over years)", *MakePeriod(0, "2021-01-01", "2023-12-31", kNotice), known),
            Ratio(39));
  EXPECT_EQ(value("sum(a over months)", *MakePeriod(0, "2023-03-01", "2023-05-31", kNotice), known),
            Ratio(105));
  EXPECT_EQ(
      value("sum(a over 2 months)", *MakePeriod(0, "2023-05-01", "2023-05-31", kNotice), known),
      Ratio(70));
  EXPECT_THAT(known.asked, ElementsAre("a@2023-04-01", "a@2023-05-01"));
  // A month is compared with the same month of other years.
  value("mean(a over 2 years)", *MakePeriod(0, "2024-02-01", "2024-02-29", kNotice), known);
  EXPECT_THAT(known.asked, ElementsAre("a@2023-02-01", "a@2024-02-01"));
  // Months that have not begun are not asked; without a beginning it is the last whole year.
  value("mean(a over months)", Year(2024), known);
  EXPECT_EQ(known.asked.size(), 9u);
  value("mean(a over months)", *MakePeriod(0, "", "", kNotice), known);
  EXPECT_THAT(known.asked.front(), "a@2023-01-01");
  EXPECT_EQ(value("max(a over sites)", Year(2023), known), Ratio(42));
  absl::StatusOr<Expression> read = ReadFormula(Of("sum(a over months)", {"a"}));
  EXPECT_THAT(Compute(*read, {*MakePeriod(0, "2023-01-02", "2023-05-31", kNotice), ""}, known),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(Cycle, IsFoundAtAnyDepth) {
  EXPECT_EQ(FindCycle("a", {{"a", {"a"}}}), "a → a");
  EXPECT_EQ(FindCycle("a", {{"a", {"b", "c"}}, {"b", {"c"}}, {"c", {"d"}}}), "");
  EXPECT_EQ(FindCycle("a", {{"a", {"b"}}, {"b", {"c"}}, {"c", {"a"}}}), "a → b → c → a");
  std::map<std::string, std::vector<std::string>> chain;
  for (int i = 0; i < 5000; ++i) chain[absl::StrCat(i)] = {absl::StrCat(i + 1)};
  EXPECT_EQ(FindCycle("0", chain), "");
  chain["5000"] = {"0"};
  EXPECT_FALSE(FindCycle("0", chain).empty());
}

// --- Random expressions against an evaluator that shares nothing with the parser ---

// A random expression in plain numbers: its text, and its value by the tree that made it. Absent:
// it divides by zero.
struct Random {
  std::string text;
  std::optional<Ratio> value;
  int strength;  // 1 sum, 2 product, 3 unary, 4 alone
};

class Maker {
 public:
  explicit Maker(int seed) : dice_(seed) {}

  Random Make(int depth) {
    const int kind = Roll(depth == 0 ? 2 : 9);
    if (kind == 0) return Number();
    if (kind == 1) {
      has_x = true;
      return {"x", Ratio(x), 4};
    }
    if (kind == 2) return Negated(depth);
    if (kind <= 6) return Both(depth, kind - 3);
    return Many(depth);
  }

  Ratio x = 0;
  bool has_x = false;  // which "max" has not

 private:
  int Roll(int sides) { return static_cast<int>(dice_() % sides); }
  Random Number() {
    const Decimal number(Roll(2000), Roll(4));
    return {number.ToString(), Ratio(number), 4};
  }
  static std::string Inside(const Random& part, int needed) {
    return part.strength < needed ? absl::StrCat("(", part.text, ")") : part.text;
  }
  Random Negated(int depth) {
    Random part = Make(depth - 1);
    std::optional<Ratio> value;
    if (part.value) value = Ratio() - *part.value;
    return {absl::StrCat(Roll(2) ? "-" : "−", Inside(part, 3)), value, 3};
  }
  Random Both(int depth, int sign) {
    static constexpr absl::string_view kSigns[4][3] = {
        {"+", " + ", "＋"}, {"-", " − ", "－"}, {"*", " × ", "＊"}, {"/", " ÷ ", "／"}};
    Random left = Make(depth - 1), right = Make(depth - 1);
    const int strength = sign < 2 ? 1 : 2;
    Random both{
        absl::StrCat(Inside(left, strength), kSigns[sign][Roll(3)], Inside(right, strength + 1)),
        std::nullopt, strength};
    if (!left.value || !right.value) return both;
    if (sign == 0) both.value = *left.value + *right.value;
    if (sign == 1) both.value = *left.value - *right.value;
    if (sign == 2) both.value = *left.value * *right.value;
    if (sign == 3 && right.value->sign() != 0) {
      both.value = *Ratio::Divide(*left.value, *right.value);
    }
    return both;
  }
  Random Many(int depth) {
    static constexpr absl::string_view kNames[] = {"min", "max", "sum", "mean"};
    const int name = Roll(4), count = 1 + Roll(3);
    Random many{absl::StrCat(kNames[name], Roll(2) ? "(" : "（"), Ratio(), 4};
    for (int i = 0; i < count; ++i) {
      Random part = Make(depth - 1);
      absl::StrAppend(&many.text, i == 0 ? "" : Roll(2) ? ", " : "，", part.text);
      if (!part.value || !many.value) {
        many.value.reset();
      } else if (i == 0) {
        many.value = part.value;
      } else if (name == 0) {
        many.value = *part.value < *many.value ? part.value : many.value;
      } else if (name == 1) {
        many.value = *part.value > *many.value ? part.value : many.value;
      } else {
        many.value = *many.value + *part.value;
      }
    }
    if (name == 3 && many.value) many.value = *Ratio::Divide(*many.value, count);
    absl::StrAppend(&many.text, ")");
    return many;
  }

  std::mt19937 dice_;
};

TEST(Formula, AgreesWithAnIndependentEvaluatorOnRandomExpressions) {
  int compared = 0, by_zero = 0;
  for (int seed = 0; seed < 10'000; ++seed) {
    Maker maker(seed);
    maker.x = Ratio(Decimal(seed - 5000, 2));
    const Random random = maker.Make(4);
    if (!maker.has_x) continue;
    absl::StatusOr<Expression> read = ReadFormula(Of(random.text, {"x"}));
    if (!read.ok() && random.text.size() > 1000) continue;  // longer than a formula may be
    ASSERT_OK(read) << random.text;
    Known known;
    known.values["x"] = {maker.x, "无量纲", Evaluation::VALID};
    absl::StatusOr<Computed> computed = Compute(*read, {Year(2023), ""}, known);
    ASSERT_OK(computed) << random.text;
    ASSERT_EQ(computed->value.has_value(), random.value.has_value()) << random.text;
    if (random.value) {
      ASSERT_EQ(*computed->value, *random.value) << random.text;
      ++compared;
    } else {
      ASSERT_EQ(computed->reason, "DIVISION_BY_ZERO") << random.text;
      ++by_zero;
    }
  }
  EXPECT_GT(compared, 4000);
  EXPECT_GT(by_zero, 20);
}

}  // namespace
}  // namespace lucid::indicators
