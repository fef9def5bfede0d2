#include "services/indicators/indicators_composite_rules.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/base/status.h"
#include "services/base/units.h"
#include "services/indicators/indicators_air_statistic_rules.h"
#include "services/indicators/indicators_air_tables.h"
#include "services/indicators/indicators_factors.h"
#include "services/indicators/indicators_standards.h"

namespace lucid::indicators {
namespace {

using v1::Evaluation;

// A term of the sum with its limit.
struct Term {
  std::string factor;
  Statistic statistic;
  const Limit* limit;
};

absl::StatusOr<std::vector<Term>> TermsOf(const CompositeFormula& formula, const Edition& edition,
                                          const std::string& grade, const AirStatistics& rules) {
  std::vector<Term> terms;
  for (const CompositeTerm& term : formula.terms) {
    v1::MeanRule rule;
    if (term.percentile) rule.set_statistic(v1::MeanRule::PERCENTILE);
    ASSIGN_OR_RETURN(Statistic statistic, StatisticOf(rule, term.factor, rules));
    const Limit* limit = FindLimit(edition, term.factor, term.limit, grade);
    if (limit == nullptr || !limit->at_most) {
      return Fail(absl::StatusCode::kNotFound, "NO_STANDARD",
                  absl::StrCat(edition.label(), " 无已知的 ", term.factor, " 限值"));
    }
    terms.push_back({term.factor, std::move(statistic), limit});
  }
  return terms;
}

// The sum over the terms, each shown where `shown` is given.
struct Sum {
  Ratio value;
  bool complete = true;  // every term has a value
  bool valid = true;
  int used = 0;  // of the term that has the fewest days
  int required = 0;
  std::string working;
};
absl::StatusOr<Sum> SumOf(const Question& question, const std::vector<Term>& terms,
                          const AirDays& days, Evaluation* shown) {
  const AirStatistics& rules = AirStatisticsOn(question.period.to, question.editions);
  static const auto& none = *new DayMeans;
  Sum sum;
  sum.used = std::numeric_limits<int>::max();
  for (const Term& term : terms) {
    auto found = days.find(term.factor);
    const PeriodValue value = EvaluateStatistic(
        term.statistic, found == days.end() ? none : found->second, question.period, rules);
    sum.used = std::min(sum.used, value.used);
    sum.required = value.required;
    sum.valid = sum.valid && value.valid;
    absl::StrAppend(&sum.working, sum.working.empty() ? "" : " + ", term.factor, " ",
                    term.statistic.name, " ");
    std::string printed = "无", quotient_printed;
    if (value.value) {
      ASSIGN_OR_RETURN(Ratio converted,
                       Convert(*value.value, FindFactor(term.factor)->unit, term.limit->unit));
      ASSIGN_OR_RETURN(Ratio quotient, Ratio::Divide(converted, Ratio(*term.limit->at_most)));
      sum.value = sum.value + quotient;
      ASSIGN_OR_RETURN(Decimal rounded, converted.Round(term.limit->at_most->scale() + 3));
      printed = rounded.ToString();
      ASSIGN_OR_RETURN(rounded, quotient.Round(std::min(question.digits() + 2, 9)));
      quotient_printed = rounded.ToString();
    } else {
      sum.complete = false;
    }
    absl::StrAppend(&sum.working, printed, "/", term.limit->at_most->ToString());
    if (!value.valid) absl::StrAppend(&sum.working, "(数据不足:", value.shortfall, ")");
    if (shown == nullptr) continue;
    v1::CompositeTerm& one = *shown->add_composite_terms();
    one.set_factor(term.factor);
    one.set_statistic(term.statistic.name);
    if (value.value) one.set_value(printed);
    one.set_limit(term.limit->at_most->ToString());
    one.set_unit(term.limit->unit);
    one.set_quotient(quotient_printed);
    one.set_samples_used(value.used);
    one.set_samples_required(value.required);
    one.set_validity(!value.value  ? Evaluation::MISSING
                     : value.valid ? Evaluation::VALID
                                   : Evaluation::INVALID_DATA);
  }
  return sum;
}

absl::Status ShowSumOfStation(const Question& question, const std::vector<Term>& terms,
                              const StationAir& station, v1::SiteEvaluation& shown) {
  ASSIGN_OR_RETURN(Sum sum, SumOf(question, terms, Counted(station, question.period), nullptr));
  shown.set_site_id(station.site->id());
  shown.set_name(station.site->name());
  shown.set_samples_used(sum.used);
  shown.set_samples_required(sum.required);
  shown.set_validity(!sum.complete ? Evaluation::MISSING
                     : sum.valid   ? Evaluation::VALID
                                   : Evaluation::INVALID_DATA);
  if (!sum.complete) return absl::OkStatus();
  ASSIGN_OR_RETURN(*shown.mutable_value(), Print(question, sum.value));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Evaluation> EvaluateComposite(const Question& question,
                                             absl::Span<const StationAir> stations) {
  const v1::Indicator& indicator = question.indicator;
  const Period& period = question.period;
  RETURN_IF_ERROR(CheckStatisticPeriod(period));
  Evaluation evaluation = StartEvaluation(question);
  const v1::StandardChoice& choice = indicator.standard();
  ASSIGN_OR_RETURN(const CompositeFormula* formula,
                   FindComposite(indicator.composite_rule().formula()));
  const AirStatistics& rules = AirStatisticsOn(period.to, question.editions);
  absl::StatusOr<const Edition*> edition =
      FindEdition(choice.name(), period.to, choice.edition(), question.editions);
  absl::StatusOr<std::vector<Term>> terms =
      edition.ok() ? TermsOf(*formula, **edition, choice.grade(), rules) : edition.status();
  if (absl::IsNotFound(terms.status())) {
    evaluation.set_standard(edition.ok() ? (*edition)->label() : choice.name());
    evaluation.set_verdict(Evaluation::NO_STANDARD);
    evaluation.set_working(std::string(terms.status().message()));
    return evaluation;
  }
  RETURN_IF_ERROR(terms.status());
  for (const StationAir& station : stations) {
    if (!EverCounts(station.counts(), period)) continue;
    RETURN_IF_ERROR(ShowSumOfStation(question, *terms, station, *evaluation.add_sites()));
  }
  NameStandard(**edition, evaluation);
  ASSIGN_OR_RETURN(Sum sum, SumOf(question, *terms, CityAir(stations, period, rules), &evaluation));
  evaluation.set_samples_used(sum.used);
  evaluation.set_samples_required(sum.required);
  std::string working = absl::StrCat(formula->name, ":", sum.working);
  if (sum.complete) {
    RETURN_IF_ERROR(SetValue(question, sum.value, sum.valid, evaluation));
    absl::StrAppend(&working, " = ", Unrounded(question, sum.value), " → ", evaluation.value());
  }
  if (evaluation.standard().empty()) {
    evaluation.set_standard(absl::StrCat(formula->source, ";限值 ", (*edition)->label(), " ",
                                         choice.grade() == "I" ? "一级" : "二级"));
  }
  evaluation.set_working(working);
  return evaluation;
}

}  // namespace lucid::indicators
