#include "services/indicators/indicators_kind_rules.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/status.h"
#include "services/base/units.h"

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

// The sums over the periods of which both numbers are known, in the rule's unit.
absl::StatusOr<Share> SumShare(const RatioSamples& samples, const std::string& unit) {
  Share share;
  auto numerator = samples.numerators.begin();
  for (const Sample& denominator : samples.denominators) {
    while (numerator != samples.numerators.end() && numerator->start < denominator.start) {
      ++numerator;
    }
    if (numerator == samples.numerators.end()) break;
    if (numerator->start != denominator.start) continue;
    ASSIGN_OR_RETURN(Ratio above, Convert(numerator->used(), numerator->unit, unit));
    ASSIGN_OR_RETURN(Ratio below, Convert(denominator.used(), denominator.unit, unit));
    share.numerator = share.numerator + above;
    share.denominator = share.denominator + below;
    ++share.used;
  }
  return share;
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
    ASSIGN_OR_RETURN(Share share, SumShare(*year.ratio, question.indicator.ratio_rule().unit()));
    ASSIGN_OR_RETURN(Ratio quotient, Ratio::Divide(share.numerator, share.denominator));
    ASSIGN_OR_RETURN(value, Convert(quotient * 100, "%", question.indicator.unit()));
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

absl::StatusOr<Evaluation> EvaluateItems(const Question& question, absl::Span<const Item> items) {
  Evaluation evaluation = StartEvaluation(question);
  evaluation.set_samples_used(static_cast<int64_t>(items.size()));
  const std::string& unit = question.indicator.unit();
  std::string working;
  Ratio value;
  switch (question.indicator.register_rule().aggregate()) {
    case v1::RegisterRule::DISTINCT: {
      std::set<absl::string_view> keys;
      for (const Item& item : items) keys.insert(item.key);
      value = Ratio(keys.size());
      working = absl::StrCat("台账条目 ", items.size(), " 条,按编号去重 ", keys.size());
      break;
    }
    case v1::RegisterRule::SUM:
      for (const Item& item : items) {
        ASSIGN_OR_RETURN(Decimal quantity, Decimal::Parse(item.quantity));
        ASSIGN_OR_RETURN(Ratio converted, Convert(quantity, item.unit, unit));
        value = value + converted;
      }
      working = absl::StrCat("台账条目 ", items.size(), " 条,数量合计 ", Unrounded(question, value),
                             " ", unit);
      break;
    default:
      value = Ratio(items.size());
      working = absl::StrCat("台账条目 ", items.size(), " 条");
  }
  RETURN_IF_ERROR(SetValue(question, value, true, evaluation));
  evaluation.set_working(working);
  return evaluation;
}

absl::StatusOr<Evaluation> EvaluateSites(const Question& question, int64_t sites,
                                         int64_t with_data) {
  Evaluation evaluation = StartEvaluation(question);
  evaluation.set_samples_used(sites);
  RETURN_IF_ERROR(SetValue(question, Ratio(sites), true, evaluation));
  evaluation.set_working(absl::StrCat("期末在册 ", sites, " 个,其中有监测数据 ", with_data, " 个"));
  return evaluation;
}

absl::StatusOr<Evaluation> EvaluateRatio(const Question& question, const RatioSamples& samples) {
  Evaluation evaluation = StartEvaluation(question);
  const std::string& unit = question.indicator.ratio_rule().unit();
  ASSIGN_OR_RETURN(Share share, SumShare(samples, unit));
  evaluation.set_samples_used(share.used);
  evaluation.set_samples_required(
      samples.length == Observation::LENGTH_UNSPECIFIED
          ? 1
          : std::max<int64_t>(1, PeriodsIn(question.period, samples.length)));
  if (share.used == 0) return evaluation;
  // From the beginning nobody knows how many there should be.
  const bool valid =
      !question.period.from || evaluation.samples_used() >= evaluation.samples_required();
  RETURN_IF_ERROR(SetShare(question, share.numerator, share.denominator, valid, evaluation));
  if (evaluation.value().empty()) return evaluation;
  evaluation.set_working(absl::StrCat(evaluation.numerator(), " ÷ ", evaluation.denominator(), " ",
                                      unit, "(", share.used, " 个", LengthName(samples.length),
                                      "数据合计)= ", evaluation.value(), " ", evaluation.unit()));
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
    absl::StrAppend(&working, working.empty() ? "" : ";", year.year, " 年 ",
                    value ? shown.value() : "无数据");
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
  if (question.indicator.has_ratio_rule()) {
    ASSIGN_OR_RETURN(*evaluation.mutable_value(), PrintShare(question, *worst));
  }
  evaluation.set_standard(absl::StrCat("界限 ", PrintBound(bound), " ", bound.unit()));
  evaluation.set_method(v1::Standard::FULL_VALUE);
  if (complete) evaluation.set_verdict(met ? Evaluation::MET : Evaluation::NOT_MET);
  return evaluation;
}

}  // namespace lucid::indicators
