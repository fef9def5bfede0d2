#include "services/indicators/indicators_formula_rules.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/base/status.h"
#include "services/base/units.h"
#include "services/indicators/indicators_period_rules.h"

namespace lucid::indicators {
namespace {

using v1::Evaluation;
using v1::Indicator;
using Kind = Expression::Kind;
using Over = Expression::Over;

constexpr absl::string_view kPercentagePoints = "百分点";

absl::Status At(const Expression& expression, absl::string_view rule) {
  return InvalidField("formula.expression",
                      absl::StrCat("position ", expression.position, ": ", rule));
}

void AddIds(const Expression& expression, std::vector<std::string>& ids) {
  if (expression.kind == Kind::kOperand && !absl::c_linear_search(ids, expression.id)) {
    ids.push_back(expression.id);
  }
  for (const Expression& part : expression.parts) AddIds(part, ids);
}

bool Multiplies(Kind kind) { return kind == Kind::kMultiply || kind == Kind::kDivide; }

absl::Status CheckOver(const Expression& call, const std::map<std::string, Indicator>& operands) {
  if (call.over != Over::kSites) return absl::OkStatus();
  const Expression& part = call.parts[0];
  if (part.kind == Kind::kOperand) {
    switch (operands.at(part.id).kind()) {
      case Indicator::MEAN:
      case Indicator::CLASS:
      case Indicator::AIR_DAYS:
      case Indicator::COMPOSITE:
        return absl::OkStatus();
      default:
        break;
    }
  }
  return At(part, "only one indicator of air or water can be taken over sites");
}

}  // namespace

std::vector<std::string> OperandIds(const Expression& expression) {
  std::vector<std::string> ids;
  AddIds(expression, ids);
  return ids;
}

absl::StatusOr<Dimension> CheckOperands(const Expression& expression,
                                        const std::map<std::string, Indicator>& operands) {
  if (expression.kind == Kind::kNumber) {
    if (expression.unit.empty()) return Dimension();
    ASSIGN_OR_RETURN(Measure measure, MeasureOf(expression.unit));
    return measure.dimension;
  }
  if (expression.kind == Kind::kOperand) {
    ASSIGN_OR_RETURN(Measure measure, MeasureOf(operands.at(expression.id).unit()));
    return measure.dimension;
  }
  RETURN_IF_ERROR(CheckOver(expression, operands));
  ASSIGN_OR_RETURN(Dimension first, CheckOperands(expression.parts[0], operands));
  for (size_t i = 1; i < expression.parts.size(); ++i) {
    ASSIGN_OR_RETURN(Dimension other, CheckOperands(expression.parts[i], operands));
    if (expression.kind == Kind::kMultiply) {
      first = first * other;
    } else if (expression.kind == Kind::kDivide) {
      first = first / other;
    } else if (!(first == other)) {
      return At(expression, absl::StrCat(first.ToString(), " and ", other.ToString(),
                                         " cannot be added or compared"));
    }
  }
  return first;
}

absl::Status CheckFormula(const Expression& expression, const std::string& unit,
                          const std::map<std::string, Indicator>& operands) {
  ASSIGN_OR_RETURN(Dimension dimension, CheckOperands(expression, operands));
  ASSIGN_OR_RETURN(Measure measure, MeasureOf(unit));
  if (measure.dimension == dimension) return absl::OkStatus();
  const bool difference = expression.kind == Kind::kSubtract && dimension.none();
  if (difference && unit == kPercentagePoints) return absl::OkStatus();
  return InvalidField("unit",
                      absl::StrCat("cannot express what the formula makes: ", dimension.ToString(),
                                   " is not ", measure.dimension.ToString()));
}

std::string FindCycle(const std::string& id,
                      const std::map<std::string, std::vector<std::string>>& uses) {
  // Breadth first, each with the one it was reached from.
  std::map<std::string, std::string> from;
  std::vector<std::string> reached = {id};
  for (size_t i = 0; i < reached.size(); ++i) {
    auto found = uses.find(reached[i]);
    if (found == uses.end()) continue;
    for (const std::string& next : found->second) {
      if (next == id) {
        std::vector<std::string> path = {id};
        for (std::string at = reached[i]; at != id; at = from.at(at)) path.push_back(at);
        path.push_back(id);
        std::reverse(path.begin(), path.end());
        return absl::StrJoin(path, " → ");
      }
      if (from.emplace(next, reached[i]).second) reached.push_back(next);
    }
  }
  return "";
}

namespace {

// A number for a working: as it is where that takes at most six places.
std::string Shown(const Ratio& value) {
  if (std::optional<Decimal> exact = AsDecimal(value, 6)) return exact->ToString();
  absl::StatusOr<Decimal> rounded = value.Round(6);
  return rounded.ok() ? rounded->ToString() : value.ToString();
}

class Computation {
 public:
  explicit Computation(Operands& operands) : operands_(operands) {}

  absl::StatusOr<Computed> Value(const Expression& expression, const Slice& slice) {
    switch (expression.kind) {
      case Kind::kNumber:
        return OfNumber(expression);
      case Kind::kOperand:
        return OfOperand(expression, slice);
      case Kind::kNegate: {
        ASSIGN_OR_RETURN(Computed part, Value(expression.parts[0], slice));
        if (part.value) part.value = Ratio() - *part.value;
        part.working = absl::StrCat("−", Grouped(expression.parts[0], part.working, true));
        return part;
      }
      case Kind::kAdd:
      case Kind::kSubtract:
      case Kind::kMultiply:
      case Kind::kDivide:
        return OfBoth(expression, slice);
      default:
        return OfMany(expression, slice);
    }
  }

 private:
  static absl::StatusOr<Ratio> InBaseUnits(const Ratio& value, const std::string& unit) {
    if (unit.empty()) return value;
    ASSIGN_OR_RETURN(Measure measure, MeasureOf(unit));
    return value * measure.factor;
  }

  static absl::StatusOr<Computed> OfNumber(const Expression& expression) {
    Computed computed;
    ASSIGN_OR_RETURN(Decimal number, Decimal::Parse(expression.text));
    ASSIGN_OR_RETURN(computed.value, InBaseUnits(number, expression.unit));
    computed.working = expression.text;
    if (!expression.unit.empty()) absl::StrAppend(&computed.working, " ", expression.unit);
    return computed;
  }

  absl::StatusOr<Computed> OfOperand(const Expression& expression, const Slice& slice) {
    Computed computed;
    ASSIGN_OR_RETURN(OperandValue answer, operands_.ValueOf(expression.id, slice));
    if (answer.validity == Evaluation::MISSING) {
      computed.working = absl::StrCat(expression.text, " 无数据");
      return Blame("NO_OPERAND", computed.working, computed);
    }
    const std::string invalid = absl::StrCat(expression.text, " 数据无效");
    if (!answer.value) {
      computed.working = invalid;
      return Blame("INVALID_OPERAND", invalid, std::move(computed));
    }
    ASSIGN_OR_RETURN(computed.value, InBaseUnits(*answer.value, answer.unit));
    computed.working = absl::StrCat(Shown(*answer.value), " ", answer.unit);
    if (answer.validity == Evaluation::VALID) return computed;
    absl::StrAppend(&computed.working, "(无效)");
    return Blame("INVALID_OPERAND", invalid, std::move(computed));
  }

  absl::StatusOr<Computed> OfBoth(const Expression& expression, const Slice& slice) {
    ASSIGN_OR_RETURN(Computed left, Value(expression.parts[0], slice));
    ASSIGN_OR_RETURN(Computed right, Value(expression.parts[1], slice));
    static constexpr std::pair<Kind, absl::string_view> kSigns[] = {
        {Kind::kAdd, "+"}, {Kind::kSubtract, "−"}, {Kind::kMultiply, "×"}, {Kind::kDivide, "÷"}};
    const auto* sign = std::find_if(std::begin(kSigns), std::end(kSigns),
                                    [&](const auto& s) { return s.first == expression.kind; });
    const bool tight = Multiplies(expression.kind);
    const bool ordered = expression.kind == Kind::kSubtract || expression.kind == Kind::kDivide;
    Computed both = Joined(left, right);
    both.working =
        absl::StrCat(Grouped(expression.parts[0], left.working, tight), " ", sign->second, " ",
                     Grouped(expression.parts[1], right.working, tight,
                             ordered && Multiplies(expression.parts[1].kind) == tight));
    if (!left.value || !right.value) return both;
    switch (expression.kind) {
      case Kind::kAdd:
        both.value = *left.value + *right.value;
        break;
      case Kind::kSubtract:
        both.value = *left.value - *right.value;
        break;
      case Kind::kMultiply:
        both.value = *left.value * *right.value;
        break;
      default:
        if (right.value->sign() == 0) {
          return Blame("DIVISION_BY_ZERO",
                       absl::StrCat("第 ", expression.position, " 个字符处除数为 0"),
                       std::move(both));
        }
        ASSIGN_OR_RETURN(both.value, Ratio::Divide(*left.value, *right.value));
    }
    return both;
  }

  absl::StatusOr<Computed> OfMany(const Expression& call, const Slice& slice) {
    std::vector<Computed> parts;
    std::vector<std::string> shown;
    if (call.over == Over::kNothing) {
      for (const Expression& part : call.parts) {
        ASSIGN_OR_RETURN(Computed value, Value(part, slice));
        shown.push_back(value.working);
        parts.push_back(std::move(value));
      }
    } else {
      ASSIGN_OR_RETURN(auto slices, SlicesOf(call, slice));
      for (const auto& [name, one] : slices) {
        ASSIGN_OR_RETURN(Computed value, Value(call.parts[0], one));
        shown.push_back(absl::StrCat(name, ": ", value.working));
        parts.push_back(std::move(value));
      }
    }
    static constexpr std::pair<Kind, absl::string_view> kNames[] = {
        {Kind::kMin, "min"}, {Kind::kMax, "max"}, {Kind::kSum, "sum"}, {Kind::kMean, "mean"}};
    const auto* name = std::find_if(std::begin(kNames), std::end(kNames),
                                    [&](const auto& n) { return n.first == call.kind; });
    Computed all;
    for (size_t i = 0; i < parts.size(); ++i) {
      const std::optional<Ratio> before = all.value;
      const bool first = i == 0;
      Computed joined = Joined(all, parts[i]);
      if (parts[i].value && (first || before)) {
        joined.value = first ? *parts[i].value : Combine(call.kind, *before, *parts[i].value);
      }
      all = std::move(joined);
    }
    all.working = absl::StrCat(name->second, "(", absl::StrJoin(shown, "; "), ")");
    if (parts.empty()) {
      return Blame("NO_OPERAND", absl::StrCat("第 ", call.position, " 个字符处没有可取的值"),
                   std::move(all));
    }
    if (call.kind == Kind::kMean && all.value) {
      ASSIGN_OR_RETURN(all.value, Ratio::Divide(*all.value, static_cast<int64_t>(parts.size())));
    }
    return all;
  }

  static Ratio Combine(Kind kind, const Ratio& a, const Ratio& b) {
    if (kind == Kind::kMin) return std::min(a, b);
    if (kind == Kind::kMax) return std::max(a, b);
    return a + b;
  }

  // The named slices over which a function runs.
  absl::StatusOr<std::vector<std::pair<std::string, Slice>>> SlicesOf(const Expression& call,
                                                                      const Slice& slice) {
    std::vector<std::pair<std::string, Slice>> slices;
    if (call.over == Over::kSites) {
      ASSIGN_OR_RETURN(std::vector<std::string> sites, operands_.SitesOf(call.parts[0].id, slice));
      for (const std::string& site : sites) slices.push_back({site, {slice.period, site}});
      return slices;
    }
    ASSIGN_OR_RETURN(std::vector<Period> periods, PeriodsOf(call, slice.period));
    for (const Period& period : periods) {
      slices.push_back({ShortName(period), {period, slice.site}});
    }
    return slices;
  }

  static absl::StatusOr<std::vector<Period>> PeriodsOf(const Expression& call,
                                                       const Period& asked) {
    using Series = v1::IndicatorSeries;
    // Without a beginning: the last year that ended.
    const Period period = PeriodFor(Indicator::MEAN, asked);
    const bool years = call.over == Over::kYears;
    if (call.count == 0) {
      if (years ? IsWholeYears(period) : IsWholeMonths(period)) {
        return StepsOf(years ? Series::YEAR : Series::MONTH, *period.from, period.to, period.as_of);
      }
      return InvalidField("to_day", absl::StrCat("the formula asks for whole calendar ",
                                                 years ? "years" : "months"));
    }
    std::vector<Period> periods;
    for (int back = call.count - 1; back >= 0; --back) {
      if (years) {
        periods.push_back(back == 0 ? period : EarlierBy(period, 12 * back));
      } else {
        const absl::CivilMonth month = absl::CivilMonth(period.last()) - back;
        periods.push_back({absl::CivilDay(month), absl::CivilDay(month + 1) - 1, period.as_of});
      }
    }
    return periods;
  }

  // Without a value, with the first reason of either. Missing data outweigh invalid ones.
  static Computed Joined(const Computed& a, const Computed& b) {
    Computed both;
    both.valid = a.valid && b.valid;
    const bool from_b = a.reason.empty() || (b.reason == "NO_OPERAND" && a.reason != b.reason);
    both.reason = from_b ? b.reason : a.reason;
    both.because = from_b ? b.because : a.because;
    return both;
  }

  static Computed Blame(absl::string_view reason, std::string because, Computed computed) {
    computed.valid = false;
    if (computed.reason.empty()) {
      computed.reason = std::string(reason);
      computed.because = std::move(because);
    }
    return computed;
  }

  // In parentheses where the expression binds less tightly than what stands around it.
  static std::string Grouped(const Expression& expression, const std::string& working, bool tight,
                             bool always = false) {
    const bool sum = expression.kind == Kind::kAdd || expression.kind == Kind::kSubtract;
    const bool chain = sum || Multiplies(expression.kind);
    if ((tight && sum) || (always && chain)) return absl::StrCat("(", working, ")");
    return working;
  }

  Operands& operands_;
};

}  // namespace

absl::StatusOr<Computed> Compute(const Expression& expression, const Slice& slice,
                                 Operands& operands) {
  return Computation(operands).Value(expression, slice);
}

absl::StatusOr<Evaluation> EvaluateFormula(const Question& question, const Expression& expression,
                                           const Computed& computed) {
  Evaluation evaluation = StartEvaluation(question);
  std::string working =
      absl::StrCat(question.indicator.formula().expression(), " = ", computed.working);
  evaluation.set_reason(computed.reason);
  if (!computed.because.empty()) absl::StrAppend(&working, ";", computed.because);
  evaluation.set_working(working);
  if (computed.value) {
    const std::string& unit = question.indicator.unit();
    Ratio value = *computed.value * 100;
    if (unit != kPercentagePoints || expression.kind != Kind::kSubtract) {
      ASSIGN_OR_RETURN(Measure measure, MeasureOf(unit));
      ASSIGN_OR_RETURN(value, Ratio::Divide(*computed.value, measure.factor));
    }
    RETURN_IF_ERROR(SetValue(question, value, computed.valid, evaluation));
    evaluation.set_working(absl::StrCat(working, " = ", Unrounded(question, value), " ", unit,
                                        " → ", evaluation.value(), " ", evaluation.unit()));
  } else if (computed.reason != "NO_OPERAND") {
    evaluation.set_validity(Evaluation::INVALID_DATA);
    evaluation.set_verdict(Evaluation::INVALID);
  }
  return evaluation;
}

}  // namespace lucid::indicators
