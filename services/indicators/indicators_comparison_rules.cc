#include "services/indicators/indicators_comparison_rules.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "services/base/status.h"
#include "services/base/units.h"
#include "services/indicators/indicators_period_rules.h"

namespace lucid::indicators {
namespace {

using v1::Comparison;
using v1::Evaluation;

constexpr int kPercentDigits = 1;

std::string NameOf(Comparison::Kind kind) {
  return kind == Comparison::YEAR_ON_YEAR ? "同比" : "环比";
}

void Refuse(absl::string_view reason, absl::string_view because, Comparison& comparison) {
  comparison.set_reason(std::string(reason));
  comparison.set_working(absl::StrCat(NameOf(comparison.kind()), "无法计算:", because));
}

// Why the two cannot be compared at all; answers whether they can.
bool BothValid(const Evaluation& now, const Evaluation& then, Comparison& comparison) {
  if (now.validity() == Evaluation::MISSING) {
    Refuse("NO_DATA", "本期无数据", comparison);
  } else if (now.validity() != Evaluation::VALID) {
    Refuse("INVALID", "本期数据无效", comparison);
  } else if (then.validity() == Evaluation::MISSING) {
    Refuse("NO_EARLIER_DATA", absl::StrCat(then.period(), " 无数据"), comparison);
  } else if (then.validity() != Evaluation::VALID) {
    Refuse("EARLIER_INVALID", absl::StrCat(then.period(), " 数据无效"), comparison);
  }
  return comparison.reason().empty();
}

bool IsShare(absl::string_view unit) {
  absl::StatusOr<const Unit*> declared = FindUnit(unit);
  return declared.ok() && (*declared)->dimension == "share";
}

}  // namespace

std::optional<Period> EarlierPeriod(Comparison::Kind kind, const Period& period) {
  if (kind == Comparison::YEAR_ON_YEAR) return EarlierBy(period, 12);
  return PreviousPeriod(period);
}

Comparison NoComparison(Comparison::Kind kind, absl::string_view reason,
                        absl::string_view because) {
  Comparison comparison;
  comparison.set_kind(kind);
  Refuse(reason, because, comparison);
  return comparison;
}

absl::StatusOr<Comparison> Compare(const Question& question, Comparison::Kind kind,
                                   const Evaluation& now, const Evaluation& then) {
  Comparison comparison;
  comparison.set_kind(kind);
  comparison.set_from_day(then.from_day());
  comparison.set_to_day(then.to_day());
  comparison.set_value(then.value());
  if (!BothValid(now, then, comparison)) return comparison;
  ASSIGN_OR_RETURN(Ratio exact_now, Ratio::Parse(now.exact()));
  ASSIGN_OR_RETURN(Ratio exact_then, Ratio::Parse(then.exact()));
  const Ratio change = exact_now - exact_then;
  const std::string& unit = question.indicator.unit();
  const bool share = IsShare(unit);
  const std::string printed_in = share ? "%" : question.answer_unit();
  ASSIGN_OR_RETURN(Ratio converted, Convert(change, unit, printed_in));
  ASSIGN_OR_RETURN(Decimal printed, converted.Round(question.digits()));
  comparison.set_change(printed.ToString());
  comparison.set_change_unit(share ? "百分点" : printed_in);
  std::string working =
      absl::StrCat(NameOf(kind), " ", now.value(), " − ", then.value(), "(", then.period(),
                   "),按修约前数值计算 ", printed.ToString(), " ", comparison.change_unit());
  if (!share && exact_then.sign() > 0) {
    ASSIGN_OR_RETURN(Ratio quotient, Ratio::Divide(change, exact_then));
    ASSIGN_OR_RETURN(Decimal percent, (quotient * 100).Round(kPercentDigits));
    comparison.set_percent(percent.ToString());
    absl::StrAppend(&working, ",", percent.ToString(), "%");
  } else if (!share) {
    const bool zero = exact_then.sign() == 0;
    comparison.set_reason(zero ? "ZERO_BASE" : "NEGATIVE_BASE");
    absl::StrAppend(&working, ";基期为", zero ? " 0" : "负", ",不计算百分比");
  }
  comparison.set_working(working);
  return comparison;
}

}  // namespace lucid::indicators
