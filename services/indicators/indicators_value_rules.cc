#include "services/indicators/indicators_value_rules.h"

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/status.h"
#include "services/base/units.h"
#include "services/indicators/indicators_air_rules.h"
#include "services/indicators/indicators_standards.h"

namespace lucid::indicators {
namespace {

using v1::Evaluation;

constexpr int kMostDecimals = 9;

bool InForce(const v1::Target& target, absl::CivilDay day) {
  const std::string text = FormatDay(day);
  return text >= target.from_day() && (target.to_day().empty() || text <= target.to_day());
}

std::string Describe(const v1::Target& target) {
  static constexpr absl::string_view kSigns[] = {"", "≥", "≤", "="};
  return absl::StrCat("目标 ", kSigns[target.comparator()], " ", target.value(), " ",
                      target.unit());
}

absl::Status JudgeByTarget(const v1::Target& target, const Question& question, const Ratio& value,
                           Evaluation& evaluation) {
  evaluation.set_standard(Describe(target));
  evaluation.set_method(v1::Standard::FULL_VALUE);
  ASSIGN_OR_RETURN(Evaluation::Verdict verdict, Judge(target, value, question.indicator.unit()));
  evaluation.set_verdict(verdict);
  return absl::OkStatus();
}

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
  if (edition.ok() && question.period.WholeYear()) {
    limit = FindLimit(**edition, indicator.factor(), AveragingOf(indicator), choice.grade());
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
  const v1::Target* target = question.target;
  const bool by_standard = indicator.has_standard() && indicator.kind() == v1::Indicator::MEAN;
  if (target == nullptr && !by_standard) {
    for (const v1::Target& candidate : indicator.targets()) {
      if (InForce(candidate, question.period.to)) target = &candidate;
    }
  }
  if (target != nullptr) {
    RETURN_IF_ERROR(JudgeByTarget(*target, question, value, evaluation));
  } else if (by_standard) {
    RETURN_IF_ERROR(JudgeByStandard(question, value, evaluation));
  }
  if (!valid) evaluation.set_verdict(Evaluation::INVALID);
  return absl::OkStatus();
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
  if (period.from || kind == v1::Indicator::GAUGE || kind == v1::Indicator::REGISTER) {
    return period;
  }
  const absl::CivilYear year = absl::CivilYear(period.last() + 1) - 1;
  return {absl::CivilDay(year), absl::CivilDay(year + 1) - 1, period.as_of};
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
  const std::string& from = question.indicator.unit();
  const std::string& to = question.answer_unit();
  ASSIGN_OR_RETURN(Decimal rounded, value.Round(question.digits()));
  if (from == to) return rounded.ToString();
  if (!question.decimals) {
    ASSIGN_OR_RETURN(Ratio converted, Convert(rounded, from, to));
    std::optional<Decimal> exact = AsDecimal(converted, kMostDecimals);
    if (exact) return exact->ToString();
  }
  ASSIGN_OR_RETURN(Ratio converted, Convert(value, from, to));
  ASSIGN_OR_RETURN(rounded, converted.Round(question.digits()));
  return rounded.ToString();
}

std::string Unrounded(const Question& question, const Ratio& value) {
  absl::StatusOr<Decimal> shown = value.Round(question.digits() + 3);
  return shown.ok() ? shown->ToString() : value.ToString();
}

absl::Status SetValue(const Question& question, const Ratio& value, bool valid,
                      Evaluation& evaluation) {
  ASSIGN_OR_RETURN(*evaluation.mutable_value(), Print(question, value));
  return SetVerdict(question, value, valid, evaluation);
}

absl::Status SetShare(const Question& question, const Ratio& numerator, const Ratio& denominator,
                      bool valid, Evaluation& evaluation) {
  auto print = [](const Ratio& number) -> absl::StatusOr<std::string> {
    std::optional<Decimal> exact = AsDecimal(number, kMostDecimals);
    if (exact) return exact->ToString();
    ASSIGN_OR_RETURN(Decimal rounded, number.Round(kMostDecimals));
    return rounded.ToString();
  };
  ASSIGN_OR_RETURN(*evaluation.mutable_numerator(), print(numerator));
  ASSIGN_OR_RETURN(*evaluation.mutable_denominator(), print(denominator));
  if (denominator.sign() == 0) {
    evaluation.set_working("分母为 0,无法计算");
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(Ratio share, Ratio::Divide(numerator, denominator));
  ASSIGN_OR_RETURN(Ratio value, Convert(share * 100, "%", question.indicator.unit()));
  if (question.answer_unit() == "%") {
    ASSIGN_OR_RETURN(Decimal percent, Percent(numerator, denominator, question.digits()));
    evaluation.set_value(percent.ToString());
  } else {
    ASSIGN_OR_RETURN(*evaluation.mutable_value(), Print(question, value));
  }
  return SetVerdict(question, value, valid, evaluation);
}

absl::StatusOr<Evaluation::Verdict> Judge(const v1::Target& target, const Ratio& value,
                                          absl::string_view unit) {
  ASSIGN_OR_RETURN(Decimal number, Decimal::Parse(target.value()));
  ASSIGN_OR_RETURN(Ratio limit, Convert(number, target.unit(), unit));
  bool met = false;
  switch (target.comparator()) {
    case v1::Target::AT_LEAST:
      met = value >= limit;
      break;
    case v1::Target::AT_MOST:
      met = value <= limit;
      break;
    case v1::Target::EQUAL:
      met = value == limit;
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
