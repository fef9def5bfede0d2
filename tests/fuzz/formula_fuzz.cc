// Any text as a formula: what is read has positions within the text and refers to what it names,
// and what can be computed once is computed the same again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "services/indicators/indicators_formula_rules.h"
#include "tests/fuzz/expect.h"

namespace lucid::indicators {
namespace {

class Fives final : public Operands {
 public:
  absl::StatusOr<OperandValue> ValueOf(const std::string&, const Slice&) override {
    if (++asked > 2000) return absl::ResourceExhaustedError("enough");
    const bool valid = asked % 7 != 0;
    return OperandValue{Ratio(5), "个",
                        valid ? v1::Evaluation::VALID : v1::Evaluation::INVALID_DATA};
  }
  absl::StatusOr<std::vector<std::string>> SitesOf(const std::string&, const Slice&) override {
    return std::vector<std::string>{"a", "b"};
  }
  int asked = 0;
};

void CheckTree(const Expression& expression, size_t size) {
  EXPECT(expression.position >= 1 && static_cast<size_t>(expression.position) <= size);
  EXPECT((expression.kind == Expression::Kind::kOperand) == !expression.id.empty());
  for (const Expression& part : expression.parts) CheckTree(part, size);
}

void CheckText(const std::string& text) {
  v1::Formula formula;
  formula.set_expression(text);
  for (const char* alias : {"x", "甲"}) {
    if (text.find(alias) == text.npos) continue;
    formula.add_operands()->set_alias(alias);
    formula.mutable_operands(formula.operands_size() - 1)->set_indicator_id("x");
  }
  absl::StatusOr<Expression> read = ReadFormula(formula);
  if (!read.ok()) {
    EXPECT(absl::IsInvalidArgument(read.status()));
    return;
  }
  CheckTree(*read, text.size());
  std::map<std::string, v1::Indicator> operands;
  for (const std::string& id : OperandIds(*read)) {
    operands[id].set_unit("个");
    operands[id].set_kind(v1::Indicator::MEAN);
  }
  EXPECT(!operands.empty());
  const Slice slice{
      {absl::CivilDay(2023, 1, 1), absl::CivilDay(2023, 12, 31), absl::CivilDay(2024, 9, 18)}, ""};
  if (!CheckOperands(*read, operands).ok()) return;
  Fives once, again;
  absl::StatusOr<Computed> first = Compute(*read, slice, once);
  absl::StatusOr<Computed> second = Compute(*read, slice, again);
  EXPECT(first.ok() == second.ok());
  if (first.ok()) EXPECT(first->working == second->working && first->value == second->value);
}

}  // namespace
}  // namespace lucid::indicators

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  lucid::indicators::CheckText(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
