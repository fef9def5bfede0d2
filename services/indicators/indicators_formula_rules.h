// Formulas over indicators: reading them, checking their units and computing them with the working
// printed. formula.proto is the language. Pure functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lucid/indicators/v1/formula.pb.h"
#include "lucid/indicators/v1/indicator.pb.h"
#include "services/base/ratio.h"
#include "services/indicators/indicators_quantity_rules.h"
#include "services/indicators/indicators_value_rules.h"

namespace lucid::indicators {

// An expression as a tree.
struct Expression {
  enum class Kind {
    kNumber,
    kOperand,
    kNegate,
    kAdd,
    kSubtract,
    kMultiply,
    kDivide,
    kMin,
    kMax,
    kSum,
    kMean,
  };
  enum class Over { kNothing, kYears, kMonths, kSites };

  Kind kind = Kind::kNumber;
  int position = 0;       // of its first character, or of its operator; from 1
  std::string text = "";  // the number, or the operand as it was written
  std::string unit = "";  // of a number; may be empty
  std::string id = "";    // of an operand: the indicator
  Over over = Over::kNothing;
  int count = 0;  // of `over`; 0: all of the period
  std::vector<Expression> parts = {};
};

// Reads an expression whose operands are resolved by their declarations. INVALID_ARGUMENT naming
// formula.expression and the position of the character, or formula.operands[i].
absl::StatusOr<Expression> ReadFormula(const v1::Formula& formula);

// The ids of the indicators that it refers to, each once, in order.
std::vector<std::string> OperandIds(const Expression& expression);

// What the value measures. INVALID_ARGUMENT naming the position where quantities that do not add
// are added or compared, or where a site of what has no sites is asked for. Every operand is there.
absl::StatusOr<Dimension> CheckOperands(const Expression& expression,
                                        const std::map<std::string, v1::Indicator>& operands);

// The whole of the check, the indicator's own unit included.
absl::Status CheckFormula(const Expression& expression, const std::string& unit,
                          const std::map<std::string, v1::Indicator>& operands);

// An indicator that is reached from itself, as the path that leads back: "a → b → a"; empty where
// there is none. `uses` says which indicators each formula refers to.
std::string FindCycle(const std::string& id,
                      const std::map<std::string, std::vector<std::string>>& uses);

// Where an operand is asked: a period, and one site alone where the formula runs over sites.
struct Slice {
  Period period;
  std::string site;
};

// What it answers, in its own unit. What is not valid makes the result so, with a value or without.
struct OperandValue {
  std::optional<Ratio> value;
  std::string unit;
  v1::Evaluation::Validity validity = v1::Evaluation::MISSING;
};

// Answers what the operands of a formula are.
class Operands {
 public:
  virtual ~Operands() = default;
  virtual absl::StatusOr<OperandValue> ValueOf(const std::string& id, const Slice& slice) = 0;
  // The sites of an indicator that count at the end of the period.
  virtual absl::StatusOr<std::vector<std::string>> SitesOf(const std::string& id,
                                                           const Slice& slice) = 0;
};

// The value of a formula in base units, with the working in the order of the expression.
struct Computed {
  std::optional<Ratio> value;
  bool valid = true;
  std::string reason;   // DIVISION_BY_ZERO, NO_OPERAND, INVALID_OPERAND: the first that was met
  std::string because;  // the same in words
  std::string working;
};
// INVALID_ARGUMENT naming to_day where the period cannot be divided as the formula asks.
absl::StatusOr<Computed> Compute(const Expression& expression, const Slice& slice,
                                 Operands& operands);

// FORMULA: the evaluation of what was computed.
absl::StatusOr<v1::Evaluation> EvaluateFormula(const Question& question,
                                               const Expression& expression,
                                               const Computed& computed);

}  // namespace lucid::indicators
