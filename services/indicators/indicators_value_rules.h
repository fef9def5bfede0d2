// What every kind of indicator shares: the period, the printed value, and the verdict. Pure
// functions.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "lucid/indicators/v1/evaluation.pb.h"
#include "lucid/indicators/v1/indicator.pb.h"
#include "services/base/decimal.h"
#include "services/base/ratio.h"
#include "services/indicators/indicators_standards.h"

namespace lucid::indicators {

// The days of an evaluation. What lies after `as_of` does not count, whatever the period.
struct Period {
  std::optional<absl::CivilDay> from;  // absent: from the beginning
  absl::CivilDay to;
  absl::CivilDay as_of;

  // The last day whose data count.
  absl::CivilDay last() const { return to < as_of ? to : as_of; }
  bool Contains(absl::CivilDay day) const { return (!from || *from <= day) && day <= last(); }
  // The calendar year or month that the period is, if it is one.
  std::optional<absl::CivilYear> WholeYear() const;
  std::optional<absl::CivilMonth> WholeMonth() const;
  // "2023", "2021–2023", "2021-05-01 – 2023-11-30", "截至 2024-09-18".
  std::string ToString() const;
};

// The period that a year, or a first and last day, ask for. INVALID_ARGUMENT when both are given,
// a day is none, or the last comes before the first.
absl::StatusOr<Period> MakePeriod(int year, absl::string_view from_day, absl::string_view to_day,
                                  absl::CivilDay as_of);

// The period over which an indicator of this kind is evaluated: means, shares and bounds are those
// of calendar years, so where no beginning is given it is the last year that ended in time; the
// others count from the beginning. Of a formula it depends on the operands: PeriodOf().
Period PeriodFor(v1::Indicator::Kind kind, Period period);

// Whether the indicator has values of parts of its region: where it rests on sites, and formulas.
bool HasParts(const v1::Indicator& indicator);

// What is asked of an indicator.
struct Question {
  const v1::Indicator& indicator;
  Period period;
  std::optional<int> decimals;         // absent: the indicator's
  std::string unit;                    // empty: the indicator's
  const v1::Target* target = nullptr;  // judges instead of the indicator's standard and targets
  bool with_records = true;            // whether it is asked what the value was made from
  std::string region = "";             // only this part of the indicator's region; empty: all
  std::string site = "";               // only this site; empty: all
  // What a standard is looked up in: those recorded, once Evaluate() has read them.
  absl::Span<const Edition> editions = Editions();

  // The region that is judged.
  const std::string& judged_region() const { return region.empty() ? indicator.region() : region; }
  int digits() const { return decimals.value_or(indicator.decimals()); }
  const std::string& answer_unit() const { return unit.empty() ? indicator.unit() : unit; }
};

// The same question of another period.
Question AskOf(Question question, const Period& period);

// INVALID_ARGUMENT for decimals out of range, a unit that is not declared or does not fit, a target
// that is incomplete, or a region outside the indicator's or of a kind that has no parts.
absl::Status CheckQuestion(const Question& question);

// Violations of a condition on values in `unit`.
void CheckTarget(FieldErrors& errors, const std::string& field, const v1::Target& target,
                 absl::string_view unit);

// An evaluation without value yet: identity, period, unit, rounding; NO_DATA.
v1::Evaluation StartEvaluation(const Question& question);

// Names the record of the edition that was applied.
void NameStandard(const Edition& edition, v1::Evaluation& evaluation);

// The number as a decimal, where it is one of at most `most` places.
std::optional<Decimal> AsDecimal(const Ratio& value, int most);

// `value`, in the indicator's unit, as it is printed: converted exactly to the answer's unit and
// rounded once, to the digits that the question says. Where it says none and the unit is another,
// to the indicator's, or to as many as show in that unit what these show in its own (0.001 m² is
// 0.0000015 亩: to six), and without zeros behind.
absl::StatusOr<std::string> Print(const Question& question, const Ratio& value);
// The same for a share: only the whole prints as the whole, as by Percent().
absl::StatusOr<std::string> PrintShare(const Question& question, const Ratio& value);

// The number with all its digits, or to nine places where it has no end.
absl::StatusOr<std::string> PrintExactly(const Ratio& value);

// The value with three digits more than are printed, for a working.
std::string Unrounded(const Question& question, const Ratio& value);

// Sets value, exact value, validity and verdict, and how the value stands to the target in force.
// `value` is in the indicator's unit; an invalid one is shown and never meets anything.
absl::Status SetValue(const Question& question, const Ratio& value, bool valid,
                      v1::Evaluation& evaluation);

// The same for a share, of which numerator and denominator are kept.
absl::Status SetShare(const Question& question, const Ratio& numerator, const Ratio& denominator,
                      bool valid, v1::Evaluation& evaluation);

// Marks a value that cannot be computed from data that are there, with the reason in CAPITALS and
// in words.
void SetInvalid(absl::string_view reason, const std::string& because, v1::Evaluation& evaluation);

// Judges by a condition and its method: the value as computed, in `unit`, or rounded to the digits
// of the target in the target's unit.
absl::StatusOr<v1::Evaluation::Verdict> Judge(const v1::Target& target, const Ratio& value,
                                              absl::string_view unit);
// ">=76".
std::string PrintBound(const v1::Target& bound);

}  // namespace lucid::indicators
