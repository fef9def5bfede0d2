#include "services/indicators/indicators_value_rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/region.h"
#include "services/base/status.h"
#include "services/base/units.h"
#include "services/indicators/indicators_air_rules.h"
#include "services/indicators/indicators_standards.h"
#include "services/indicators/indicators_target_rules.h"

namespace lucid::indicators {
namespace {

using v1::Evaluation;

constexpr int kMostDecimals = 9;

// The limit that a MEAN of a calendar year is judged by; percentiles are those of daily values.
v1::Limit::Averaging AveragingOf(const v1::Indicator& indicator) {
  if (indicator.mean_rule().statistic() != v1::MeanRule::PERCENTILE) return v1::Limit::ANNUAL;
  return DailyAveragingOf(indicator.factor());
}

absl::Status JudgeByStandard(const Question& question, const Ratio& value, Evaluation& evaluation) {
  const v1::Indicator& indicator = question.indicator;
  const v1::StandardChoice& choice = indicator.standard();
  absl::StatusOr<const Edition*> edition =
      FindEdition(choice.name(), question.period.to, choice.edition(), question.editions);
  if (edition.ok()) NameStandard(**edition, evaluation);
  const Limit* limit = nullptr;
  const bool day = question.period.from == question.period.to;
  if (edition.ok() && (day || question.period.WholeYear())) {
    limit = FindLimit(**edition, indicator.factor(),
                      day ? DailyAveragingOf(indicator.factor()) : AveragingOf(indicator),
                      choice.grade());
  }
  if (limit == nullptr) {
    evaluation.set_standard(edition.ok() ? (*edition)->label() : choice.name());
    evaluation.set_verdict(Evaluation::NO_STANDARD);
    return absl::OkStatus();
  }
  evaluation.set_standard(Describe(**edition, *limit));
  evaluation.set_method((*edition)->method);
  ASSIGN_OR_RETURN(Ratio compared, Convert(value, indicator.unit(), limit->unit));
  evaluation.set_verdict(Complies(*limit, (*edition)->method, compared) ? Evaluation::MET
                                                                        : Evaluation::NOT_MET);
  return absl::OkStatus();
}

absl::Status SetVerdict(const Question& question, const Ratio& value, bool valid,
                        Evaluation& evaluation) {
  evaluation.set_validity(valid ? Evaluation::VALID : Evaluation::INVALID_DATA);
  evaluation.set_verdict(Evaluation::VERDICT_UNSPECIFIED);
  const v1::Indicator& indicator = question.indicator;
  const v1::Target* target = question.target != nullptr ? question.target : TargetOf(question);
  if (target != nullptr) {
    ASSIGN_OR_RETURN(*evaluation.mutable_target(), StandTo(*target, question, value, valid));
  }
  const bool by_standard = indicator.has_standard() && indicator.kind() == v1::Indicator::MEAN;
  if (question.target == nullptr && by_standard) {
    RETURN_IF_ERROR(JudgeByStandard(question, value, evaluation));
  } else if (target != nullptr) {
    evaluation.set_standard(Describe(*target));
    evaluation.set_method(evaluation.target().method());
    evaluation.set_verdict(evaluation.target().verdict());
  }
  if (!valid) evaluation.set_verdict(Evaluation::INVALID);
  return absl::OkStatus();
}

// How a number in a unit is rounded to so many places.
using Rounding = absl::StatusOr<Decimal>(const Ratio& value, const std::string& unit, int places);

absl::StatusOr<Decimal> RoundValue(const Ratio& value, const std::string&, int places) {
  return value.Round(places);
}

// What is nearly the whole prints as the nearest value on its own side of it, as by Percent().
absl::StatusOr<Decimal> RoundPart(const Ratio& value, const std::string& unit, int places) {
  ASSIGN_OR_RETURN(Decimal rounded, value.Round(places));
  absl::StatusOr<Ratio> whole = Convert(100, "%", unit);
  if (!whole.ok() || Ratio(rounded) != *whole || value == *whole) return rounded;
  return value < *whole ? value.RoundDown(places) : value.RoundUp(places);
}

// How many places show in the unit `to` what so many show in `from`.
absl::StatusOr<int> PlacesIn(const std::string& to, const std::string& from, int places) {
  ASSIGN_OR_RETURN(const Ratio least, Convert(Decimal(1, places), from, to));
  int needed = 0;
  while (needed < kMostDecimals && Ratio(Decimal(1, needed)) > least) ++needed;
  return needed;
}

absl::StatusOr<std::string> PrintBy(Rounding round, const Question& question, const Ratio& value) {
  const std::string& from = question.indicator.unit();
  const std::string& to = question.answer_unit();
  ASSIGN_OR_RETURN(Ratio converted, Convert(value, from, to));
  if (from == to || question.decimals) {
    ASSIGN_OR_RETURN(Decimal rounded, round(converted, to, question.digits()));
    return rounded.ToString();
  }
  ASSIGN_OR_RETURN(const int places, PlacesIn(to, from, question.digits()));
  ASSIGN_OR_RETURN(Decimal rounded, round(converted, to, std::max(places, question.digits())));
  // Zeros behind it would be the conversion's: 500000 t/d are 50 万吨/日.
  return AsDecimal(rounded, kMostDecimals).value_or(rounded).ToString();
}

}  // namespace

std::optional<absl::CivilYear> Period::WholeYear() const {
  if (!from) return std::nullopt;
  absl::CivilYear year(*from);
  if (absl::CivilDay(year) != *from || absl::CivilDay(year + 1) - 1 != to) return std::nullopt;
  return year;
}

std::optional<absl::CivilMonth> Period::WholeMonth() const {
  if (!from) return std::nullopt;
  absl::CivilMonth month(*from);
  if (absl::CivilDay(month) != *from || absl::CivilDay(month + 1) - 1 != to) return std::nullopt;
  return month;
}

std::string Period::ToString() const {
  const absl::CivilDay end = last();
  if (!from) return absl::StrCat("截至 ", FormatDay(end));
  const absl::CivilYear first(*from), final(end);
  const bool whole_years = absl::CivilDay(first) == *from && absl::CivilDay(final + 1) - 1 == end;
  if (whole_years && first == final) return absl::StrCat(first.year());
  if (whole_years) return absl::StrCat(first.year(), "–", final.year());
  return absl::StrCat(FormatDay(*from), " – ", FormatDay(end));
}

absl::StatusOr<Period> MakePeriod(int year, absl::string_view from_day, absl::string_view to_day,
                                  absl::CivilDay as_of) {
  if (year != 0) {
    if (!from_day.empty() || !to_day.empty()) {
      return InvalidField("year", "cannot stand beside from_day and to_day");
    }
    if (year < 1900 || year > 2200) return InvalidField("year", "must be in 1900 … 2200");
    return Period{absl::CivilDay(year, 1, 1), absl::CivilDay(year, 12, 31), as_of};
  }
  FieldErrors errors;
  CheckDay(errors, "from_day", from_day, false);
  CheckDay(errors, "to_day", to_day, false);
  RETURN_IF_ERROR(errors.status());
  Period period{std::nullopt, as_of, as_of};
  if (!from_day.empty()) period.from = *ParseDay(from_day);
  if (!to_day.empty()) period.to = *ParseDay(to_day);
  if (period.from && *period.from > period.to) {
    return InvalidField("to_day", "must not come before from_day");
  }
  return period;
}

Period PeriodFor(v1::Indicator::Kind kind, Period period) {
  using v1::Indicator;
  if (period.from || kind == Indicator::GAUGE || kind == Indicator::REGISTER ||
      kind == Indicator::FORMULA) {
    return period;
  }
  const absl::CivilYear year = absl::CivilYear(period.last() + 1) - 1;
  return {absl::CivilDay(year), absl::CivilDay(year + 1) - 1, period.as_of};
}

bool HasParts(const v1::Indicator& indicator) {
  return indicator.has_sites() || indicator.kind() == v1::Indicator::FORMULA;
}

Question AskOf(Question question, const Period& period) {
  question.period = period;
  return question;
}

absl::Status CheckQuestion(const Question& question) {
  FieldErrors errors;
  if (question.digits() < 0 || question.digits() > kMostDecimals) {
    errors.Add("decimals", "must be 0 … 9");
  }
  if (!question.unit.empty()) {
    absl::StatusOr<Ratio> converted = Convert(1, question.indicator.unit(), question.unit);
    if (!converted.ok()) errors.Add("unit", converted.status().message());
  }
  if (question.target != nullptr) {
    CheckTarget(errors, "target", *question.target, question.indicator.unit());
  }
  if (!question.region.empty()) {
    const v1::Indicator& indicator = question.indicator;
    errors.Add("", CheckRegion("region", question.region));
    if (!RegionContains(indicator.region(), question.region)) {
      errors.Add("region", "must lie in the indicator's region");
    }
    if (question.region != indicator.region() && !HasParts(indicator)) {
      errors.Add("region", "this kind has no parts by region");
    }
  }
  return errors.status();
}

void CheckTarget(FieldErrors& errors, const std::string& field, const v1::Target& target,
                 absl::string_view unit) {
  if (target.comparator() == v1::Target::COMPARATOR_UNSPECIFIED) {
    errors.Add(field + ".comparator", "is required");
  }
  CheckDecimal(errors, field + ".value", target.value(), true);
  if (target.unit().empty()) {
    errors.Add(field + ".unit", "is required");
  } else {
    absl::StatusOr<Ratio> converted = Convert(1, target.unit(), unit);
    if (!converted.ok()) errors.Add(field + ".unit", converted.status().message());
  }
  CheckDay(errors, field + ".from_day", target.from_day(), false);
  CheckDay(errors, field + ".to_day", target.to_day(), false);
  if (!target.to_day().empty() && target.to_day() < target.from_day()) {
    errors.Add(field + ".to_day", "must not come before from_day");
  }
  if (!v1::Standard::Method_IsValid(target.method())) errors.Add(field + ".method", "is not known");
  CheckBaseline(errors, field, target);
}

void NameStandard(const Edition& edition, Evaluation& evaluation) {
  evaluation.set_standard_id(edition.id);
  evaluation.set_standard_version(edition.version);
}

Evaluation StartEvaluation(const Question& question) {
  Evaluation evaluation;
  evaluation.set_indicator_id(question.indicator.id());
  evaluation.set_indicator_version(question.indicator.version());
  evaluation.set_unit(question.answer_unit());
  evaluation.set_validity(Evaluation::MISSING);
  evaluation.set_verdict(Evaluation::NO_DATA);
  evaluation.set_rounding(absl::StrCat("GB/T 8170-2008,", question.digits(), " 位小数"));
  if (question.period.from) evaluation.set_from_day(FormatDay(*question.period.from));
  evaluation.set_to_day(FormatDay(question.period.last()));
  evaluation.set_period(question.period.ToString());
  evaluation.set_region(question.region);
  *evaluation.mutable_task_ids() = question.indicator.task_ids();
  return evaluation;
}

std::optional<Decimal> AsDecimal(const Ratio& value, int most) {
  for (int decimals = 0; decimals <= most; ++decimals) {
    absl::StatusOr<Decimal> rounded = value.Round(decimals);
    if (!rounded.ok()) return std::nullopt;
    if (Ratio(*rounded) == value) return *rounded;
  }
  return std::nullopt;
}

absl::StatusOr<std::string> Print(const Question& question, const Ratio& value) {
  return PrintBy(RoundValue, question, value);
}

absl::StatusOr<std::string> PrintShare(const Question& question, const Ratio& value) {
  return PrintBy(RoundPart, question, value);
}

absl::StatusOr<std::string> PrintExactly(const Ratio& value) {
  if (std::optional<Decimal> exact = AsDecimal(value, kMostDecimals)) return exact->ToString();
  ASSIGN_OR_RETURN(Decimal rounded, value.Round(kMostDecimals));
  return rounded.ToString();
}

std::string Unrounded(const Question& question, const Ratio& value) {
  absl::StatusOr<Decimal> shown = value.Round(question.digits() + 3);
  return shown.ok() ? shown->ToString() : value.ToString();
}

absl::Status SetValue(const Question& question, const Ratio& value, bool valid,
                      Evaluation& evaluation) {
  ASSIGN_OR_RETURN(*evaluation.mutable_value(), Print(question, value));
  evaluation.set_exact(value.ToString());
  return SetVerdict(question, value, valid, evaluation);
}

void SetInvalid(absl::string_view reason, const std::string& because, Evaluation& evaluation) {
  evaluation.set_validity(Evaluation::INVALID_DATA);
  evaluation.set_verdict(Evaluation::INVALID);
  evaluation.set_reason(std::string(reason));
  evaluation.set_working(because);
}

absl::Status SetShare(const Question& question, const Ratio& numerator, const Ratio& denominator,
                      bool valid, Evaluation& evaluation) {
  ASSIGN_OR_RETURN(*evaluation.mutable_numerator(), PrintExactly(numerator));
  ASSIGN_OR_RETURN(*evaluation.mutable_denominator(), PrintExactly(denominator));
  if (denominator.sign() == 0) {
    SetInvalid("DIVISION_BY_ZERO", "分母为 0,无法计算", evaluation);
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(Ratio share, Ratio::Divide(numerator, denominator));
  ASSIGN_OR_RETURN(Ratio value, Convert(share * 100, "%", question.indicator.unit()));
  ASSIGN_OR_RETURN(*evaluation.mutable_value(), PrintShare(question, value));
  evaluation.set_exact(value.ToString());
  return SetVerdict(question, value, valid, evaluation);
}

absl::StatusOr<Evaluation::Verdict> Judge(const v1::Target& target, const Ratio& value,
                                          absl::string_view unit) {
  ASSIGN_OR_RETURN(Decimal number, Decimal::Parse(target.value()));
  ASSIGN_OR_RETURN(Ratio compared, Convert(value, unit, target.unit()));
  if (target.method() == v1::Standard::ROUNDED_VALUE) {
    ASSIGN_OR_RETURN(compared, compared.Round(number.scale()));
  }
  const Ratio limit = number;
  bool met = false;
  switch (target.comparator()) {
    case v1::Target::AT_LEAST:
      met = compared >= limit;
      break;
    case v1::Target::AT_MOST:
      met = compared <= limit;
      break;
    case v1::Target::EQUAL:
      met = compared == limit;
      break;
    default:
      return InvalidField("comparator", "is required");
  }
  return met ? Evaluation::MET : Evaluation::NOT_MET;
}

std::string PrintBound(const v1::Target& bound) {
  static constexpr absl::string_view kSigns[] = {"", ">=", "<=", "="};
  return absl::StrCat(kSigns[bound.comparator()], bound.value());
}

}  // namespace lucid::indicators
