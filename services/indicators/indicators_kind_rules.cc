#include "services/indicators/indicators_kind_rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/status.h"
#include "services/base/units.h"
#include "services/indicators/indicators_quantity_rules.h"

namespace lucid::indicators {
namespace {

using v1::Evaluation;
using v1::Observation;

// How many periods of a length a period holds.
int64_t PeriodsIn(const Period& period, Observation::Length length) {
  const absl::CivilDay first = period.from.value_or(period.to);
  switch (length) {
    case Observation::YEAR:
      return absl::CivilYear(period.to) - absl::CivilYear(first) + 1;
    case Observation::MONTH:
      return absl::CivilMonth(period.to) - absl::CivilMonth(first) + 1;
    default:
      return period.to - first + 1;
  }
}

struct Share {
  Ratio numerator;
  Ratio denominator;
  int64_t used = 0;
};

// The unit in which the denominator is added up.
const std::string& DenominatorUnit(const v1::RatioRule& rule) {
  return rule.denominator_unit().empty() ? rule.unit() : rule.denominator_unit();
}

// The sums over the periods of which both numbers are known, in the rule's units.
absl::StatusOr<Share> SumShare(const RatioSamples& samples, const v1::RatioRule& rule) {
  Share share;
  auto numerator = samples.numerators.begin();
  for (const Sample& denominator : samples.denominators) {
    while (numerator != samples.numerators.end() && numerator->start < denominator.start) {
      ++numerator;
    }
    if (numerator == samples.numerators.end()) break;
    if (numerator->start != denominator.start) continue;
    ASSIGN_OR_RETURN(Ratio above, Convert(numerator->used(), numerator->unit, rule.unit()));
    ASSIGN_OR_RETURN(Ratio below,
                     Convert(denominator.used(), denominator.unit, DenominatorUnit(rule)));
    share.numerator = share.numerator + above;
    share.denominator = share.denominator + below;
    ++share.used;
  }
  return share;
}

// Numerator ÷ denominator × multiplier in the indicator's unit. The denominator is not 0.
absl::StatusOr<Ratio> Quotient(const Share& share, const v1::RatioRule& rule,
                               const std::string& unit) {
  ASSIGN_OR_RETURN(Ratio quotient, Ratio::Divide(share.numerator, share.denominator));
  if (!rule.multiplier().empty()) {
    ASSIGN_OR_RETURN(Decimal multiplier, Decimal::Parse(rule.multiplier()));
    quotient = quotient * multiplier;
  }
  ASSIGN_OR_RETURN(Measure above, MeasureOf(rule.unit()));
  ASSIGN_OR_RETURN(Measure below, MeasureOf(DenominatorUnit(rule)));
  ASSIGN_OR_RETURN(Measure whole, MeasureOf(unit));
  return Ratio::Divide(quotient * above.factor, below.factor * whole.factor);
}

// Whether the quotient is a part of a whole: of one unit, without a multiplier, and in a unit such
// as %.
bool IsMereShare(const v1::Indicator& indicator) {
  const v1::RatioRule& rule = indicator.ratio_rule();
  return rule.multiplier().empty() && rule.denominator_unit().empty() &&
         Convert(1, "%", indicator.unit()).ok();
}

// Sets the value of a ratio that is no mere share.
absl::Status SetQuotient(const Question& question, const Share& share, bool valid,
                         Evaluation& evaluation) {
  const v1::RatioRule& rule = question.indicator.ratio_rule();
  ASSIGN_OR_RETURN(*evaluation.mutable_numerator(), PrintExactly(share.numerator));
  ASSIGN_OR_RETURN(*evaluation.mutable_denominator(), PrintExactly(share.denominator));
  if (share.denominator.sign() == 0) {
    SetInvalid("DIVISION_BY_ZERO", "分母为 0,无法计算", evaluation);
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(Ratio value, Quotient(share, rule, question.indicator.unit()));
  return SetValue(question, value, valid, evaluation);
}

std::string LengthName(Observation::Length length) {
  static constexpr absl::string_view kNames[] = {"", "小时", "日", "月", "年", "次"};
  return std::string(kNames[length]);
}

// One year of a BOUND, in the indicator's unit; no value where the year has none.
absl::StatusOr<std::optional<Ratio>> ValueOfYear(const Question& question, const YearValue& year,
                                                 v1::YearEvaluation& shown) {
  std::optional<Ratio> value;
  if (year.value != nullptr) {
    ASSIGN_OR_RETURN(value,
                     Convert(year.value->used(), year.value->unit, question.indicator.unit()));
    ASSIGN_OR_RETURN(*shown.mutable_value(), Print(question, *value));
  } else if (year.ratio != nullptr) {
    const Period whole{absl::CivilDay(year.year, 1, 1), absl::CivilDay(year.year, 12, 31),
                       question.period.as_of};
    Question of_year{question.indicator, whole, question.decimals, question.unit, nullptr};
    ASSIGN_OR_RETURN(Evaluation evaluation, EvaluateRatio(of_year, *year.ratio));
    if (evaluation.validity() != Evaluation::VALID) return value;
    ASSIGN_OR_RETURN(value, Ratio::Parse(evaluation.exact()));
    shown.set_value(evaluation.value());
    shown.set_numerator(evaluation.numerator());
    shown.set_denominator(evaluation.denominator());
  }
  return value;
}

}  // namespace

absl::StatusOr<Evaluation> EvaluateGauge(const Question& question, const Sample* latest) {
  Evaluation evaluation = StartEvaluation(question);
  evaluation.set_samples_required(1);
  if (latest == nullptr) return evaluation;
  evaluation.set_samples_used(1);
  ASSIGN_OR_RETURN(Ratio value, Convert(latest->used(), latest->unit, question.indicator.unit()));
  RETURN_IF_ERROR(SetValue(question, value, true, evaluation));
  evaluation.set_working(absl::StrCat("最近一次观测 ", FormatDay(latest->day()), ":",
                                      latest->value.ToString(), " ", latest->unit, " = ",
                                      evaluation.value(), " ", evaluation.unit()));
  return evaluation;
}

absl::Status ItemTotals::Add(const Item& item) {
  ++count_;
  keys_.insert(item.key);
  if (unit_.empty() || item.quantity.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(Decimal quantity, Decimal::Parse(item.quantity));
  ASSIGN_OR_RETURN(Ratio converted, Convert(quantity, item.unit, unit_));
  sum_ = sum_ + converted;
  return absl::OkStatus();
}

absl::StatusOr<Evaluation> EvaluateItems(const Question& question, const ItemTotals& totals) {
  Evaluation evaluation = StartEvaluation(question);
  evaluation.set_samples_used(totals.count());
  const std::string& unit = question.indicator.unit();
  std::string working;
  Ratio value;
  switch (question.indicator.register_rule().aggregate()) {
    case v1::RegisterRule::DISTINCT:
      value = Ratio(totals.distinct());
      working = absl::StrCat("台账条目 ", totals.count(), " 条,按编号去重 ", totals.distinct());
      break;
    case v1::RegisterRule::SUM:
      value = totals.sum();
      working = absl::StrCat("台账条目 ", totals.count(), " 条,数量合计 ",
                             Unrounded(question, value), " ", unit);
      break;
    default:
      value = Ratio(totals.count());
      working = absl::StrCat("台账条目 ", totals.count(), " 条");
  }
  RETURN_IF_ERROR(SetValue(question, value, true, evaluation));
  evaluation.set_working(working);
  return evaluation;
}

absl::StatusOr<Evaluation> EvaluateSites(const Question& question, int64_t sites,
                                         std::optional<int64_t> with_data) {
  Evaluation evaluation = StartEvaluation(question);
  evaluation.set_samples_used(sites);
  RETURN_IF_ERROR(SetValue(question, Ratio(sites), true, evaluation));
  std::string working = absl::StrCat("期末在册 ", sites, " 个");
  if (with_data) absl::StrAppend(&working, ",其中有监测数据 ", *with_data, " 个");
  evaluation.set_working(working);
  return evaluation;
}

absl::StatusOr<Evaluation> EvaluateRatio(const Question& question, const RatioSamples& samples) {
  Evaluation evaluation = StartEvaluation(question);
  const v1::RatioRule& rule = question.indicator.ratio_rule();
  ASSIGN_OR_RETURN(Share sums, SumShare(samples, rule));
  evaluation.set_samples_used(sums.used);
  evaluation.set_samples_required(
      samples.length == Observation::LENGTH_UNSPECIFIED
          ? 1
          : std::max<int64_t>(1, PeriodsIn(question.period, samples.length)));
  if (sums.used == 0) return evaluation;
  // From the beginning nobody knows how many there should be.
  const bool valid =
      !question.period.from || evaluation.samples_used() >= evaluation.samples_required();
  if (IsMereShare(question.indicator)) {
    RETURN_IF_ERROR(SetShare(question, sums.numerator, sums.denominator, valid, evaluation));
  } else {
    RETURN_IF_ERROR(SetQuotient(question, sums, valid, evaluation));
  }
  if (evaluation.value().empty()) return evaluation;
  std::string working = absl::StrCat(evaluation.numerator(), " ", rule.unit(), " ÷ ",
                                     evaluation.denominator(), " ", DenominatorUnit(rule));
  if (!rule.multiplier().empty()) absl::StrAppend(&working, " × ", rule.multiplier());
  absl::StrAppend(&working, "(", sums.used, " 个", LengthName(samples.length),
                  "数据合计)= ", evaluation.value(), " ", evaluation.unit());
  evaluation.set_working(working);
  return evaluation;
}

absl::StatusOr<Evaluation> EvaluateBound(const Question& question,
                                         absl::Span<const YearValue> years) {
  const v1::Target& bound =
      question.target != nullptr ? *question.target : question.indicator.bound();
  Evaluation evaluation = StartEvaluation(question);
  evaluation.set_bound(PrintBound(bound));
  evaluation.set_samples_required(static_cast<int64_t>(years.size()));
  std::optional<Ratio> worst;
  std::string working;
  bool met = true;
  for (const YearValue& year : years) {
    v1::YearEvaluation& shown = *evaluation.add_years();
    shown.set_year(year.year);
    ASSIGN_OR_RETURN(std::optional<Ratio> value, ValueOfYear(question, year, shown));
    absl::StrAppend(
        &working, working.empty() ? "" : ";", year.year, " 年 ",
        value ? absl::StrCat(shown.value(), "(", Unrounded(question, *value), ")") : "无数据");
    shown.set_verdict(Evaluation::NO_DATA);
    if (!value) continue;
    evaluation.set_samples_used(evaluation.samples_used() + 1);
    ASSIGN_OR_RETURN(Evaluation::Verdict verdict, Judge(bound, *value, question.indicator.unit()));
    shown.set_verdict(verdict);
    met = met && verdict == Evaluation::MET;
    const bool worse =
        !worst || (bound.comparator() == v1::Target::AT_MOST ? *value > *worst : *value < *worst);
    if (worse) worst = value;
  }
  evaluation.set_working(absl::StrCat(working, ";以最差年份与界限 ", PrintBound(bound), " 比较"));
  if (!worst) return evaluation;
  const bool complete = evaluation.samples_used() == evaluation.samples_required();
  RETURN_IF_ERROR(SetValue(question, *worst, complete, evaluation));
  if (question.indicator.has_ratio_rule() && IsMereShare(question.indicator)) {
    ASSIGN_OR_RETURN(*evaluation.mutable_value(), PrintShare(question, *worst));
  }
  evaluation.set_standard(absl::StrCat("界限 ", PrintBound(bound), " ", bound.unit()));
  evaluation.set_method(v1::Standard::FULL_VALUE);
  if (complete) evaluation.set_verdict(met ? Evaluation::MET : Evaluation::NOT_MET);
  return evaluation;
}

}  // namespace lucid::indicators
