#include "services/indicators/indicators_observation_rules.h"

#include <algorithm>
#include <map>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/base/calendar.h"
#include "services/base/status.h"
#include "services/base/text.h"
#include "services/base/units.h"
#include "services/indicators/indicators_factors.h"
#include "services/indicators/indicators_value_rules.h"

namespace lucid::indicators {
namespace {

using v1::Indicator;
using v1::Observation;

// More digits before the point than any quantity here has.
constexpr Decimal kMostValue(999'999'999'999, 0);
constexpr int64_t kMostMantissa = 999'999'999'999'999'999;
// Characters, with each value of a month in one record.
constexpr size_t kLongestNote = 2'100, kLongestSource = 200;

// How numbers in one unit are kept under a rule.
class Keeper {
 public:
  // Notes an unknown unit, or one that does not convert.
  Keeper(const std::string& unit, const ValueRule& rule, FieldErrors& errors) : rule_(rule) {
    absl::StatusOr<const Unit*> found = FindUnit(unit);
    absl::StatusOr<Ratio> converted = Convert(1, unit, rule.unit);
    if (!converted.ok()) {
      errors.Add("unit", converted.status().message());
      return;
    }
    from_ = std::string((*found)->symbol);
    unit_ = rule.keeps_unit ? from_ : rule.unit;
  }

  // In which the numbers are kept.
  const std::string& unit() const { return unit_; }
  // The number as it is kept; a violation of `field` where it cannot be.
  Decimal Keep(const Decimal& value, absl::string_view field, FieldErrors& errors) const {
    if (value.sign() < 0 && !rule_.may_be_negative) {
      errors.Add(field, "must not be negative");
      return {};
    }
    std::optional<Decimal> kept = value;
    if (from_ != unit_) {
      absl::StatusOr<Ratio> converted = Convert(value, from_, unit_);
      kept = converted.ok() ? AsDecimal(*converted, rule_.max_decimals) : std::nullopt;
    }
    if (!kept || kept->scale() > rule_.max_decimals) {
      errors.Add(field, absl::StrCat("must have at most ", rule_.max_decimals,
                                     " digits behind the point in ", rule_.unit));
    } else if (*kept > kMostValue || *kept < -kMostValue) {
      errors.Add(field, "is greater than any quantity here");
    }
    return kept.value_or(Decimal());
  }

 private:
  const ValueRule& rule_;
  std::string from_, unit_;
};

// Reads value, qualifier and unit of an observation; "0.05L" is the limit of what was not detected.
void ReadValue(const Observation& observation, const ValueRule& rule, Sample& sample,
               FieldErrors& errors) {
  sample.qualifier = observation.qualifier();
  absl::string_view text = observation.value();
  if (absl::EndsWith(text, "L") && sample.qualifier == Observation::QUALIFIER_UNSPECIFIED) {
    text = absl::StripSuffix(text, "L");
    sample.qualifier = Observation::NOT_DETECTED;
  }
  if (!Observation::Qualifier_IsValid(sample.qualifier)) errors.Add("qualifier", "is not known");
  if (!sample.has_value()) {
    if (!text.empty()) errors.Add("value", "must be empty where the qualifier says there is none");
    sample.unit = rule.unit;
    return;
  }
  absl::StatusOr<Decimal> value = Decimal::Parse(text);
  if (!value.ok()) {
    errors.Add("value", text.empty() ? "is required" : std::string(value.status().message()));
    return;
  }
  const Keeper keeper(observation.unit(), rule, errors);
  if (keeper.unit().empty()) return;
  sample.value = keeper.Keep(*value, "value", errors);
  sample.unit = keeper.unit();
}

// Whether a period has not ended by `now`; the hour that has begun may be reported.
bool IsFuture(absl::CivilMinute start, Observation::Length length, absl::CivilMinute now) {
  const bool short_one = length == Observation::HOUR || length == Observation::INSTANT;
  return short_one ? start > now : LastDay(start, length) >= absl::CivilDay(now);
}

// The exceptions of a run by their index.
using Exceptions = std::map<int, const v1::Run::Exception*>;
Exceptions ReadExceptions(const v1::Run& run, FieldErrors& errors) {
  Exceptions exceptions;
  for (int i = 0; i < run.exceptions_size(); ++i) {
    const v1::Run::Exception& exception = run.exceptions(i);
    const std::string prefix = absl::StrCat("exceptions[", i, "].");
    if (exception.index() < 0 || exception.index() >= run.values_size()) {
      errors.Add(prefix + "index", "is the place of no value");
    } else if (!exceptions.emplace(exception.index(), &exception).second) {
      errors.Add(prefix + "index", "is named twice");
    }
    if (!Observation::Qualifier_IsValid(exception.qualifier())) {
      errors.Add(prefix + "qualifier", "is not known");
    }
    CheckText(errors, prefix + "note", exception.note(), kLongestNote, false);
    if (exception.invalid() && exception.note().empty()) {
      errors.Add(prefix + "note", "must say why the value is invalid");
    }
  }
  return exceptions;
}

// The first start and the step of a run.
absl::CivilMinute ReadSteps(const v1::Run& run, int& step, FieldErrors& errors) {
  step = run.step() == 0 && run.length() != Observation::INSTANT ? 1 : run.step();
  if (step < 1 || step > 100'000) errors.Add("step", "must be 1 … 100000");
  if (run.length() == Observation::LENGTH_UNSPECIFIED ||
      !Observation::Length_IsValid(run.length())) {
    errors.Add("length", "is required");
    return {};
  }
  absl::StatusOr<absl::CivilMinute> start = ParseStart(run.start(), run.length());
  if (!start.ok()) errors.Add("start", start.status().message());
  return start.value_or(absl::CivilMinute());
}

}  // namespace

absl::StatusOr<ValueRule> ValueRuleOf(const v1::Site& site, absl::string_view code) {
  const Factor* factor = FindFactor(code);
  if (factor == nullptr) return InvalidField("factor", "is not a declared factor");
  const bool fits = site.kind() == v1::Site::OTHER ||
                    (site.kind() == v1::Site::AIR_STATION) == (factor->medium == Medium::kAir);
  if (!fits) return InvalidField("factor", "is not measured at a site of this kind");
  return ValueRule{std::string(factor->unit), false, factor->max_decimals, factor->may_be_negative};
}

absl::StatusOr<ValueRule> ValueRuleOf(const Indicator& indicator, absl::string_view factor) {
  const bool ratio = indicator.has_ratio_rule();
  if (!ratio && indicator.kind() != Indicator::GAUGE && indicator.kind() != Indicator::BOUND) {
    return InvalidField("indicator_id", "its kind has no observations of its own");
  }
  if (!ratio) {
    if (factor == "value") return ValueRule{indicator.unit(), true, 9, false};
    return InvalidField("factor", "must be \"value\" for this indicator");
  }
  const v1::RatioRule& rule = indicator.ratio_rule();
  if (factor == rule.numerator_factor() || factor == rule.denominator_factor()) {
    const bool below = factor == rule.denominator_factor() && !rule.denominator_unit().empty();
    return ValueRule{below ? rule.denominator_unit() : rule.unit(), true, 9, false};
  }
  return InvalidField("factor", absl::StrCat("must be ", rule.numerator_factor(), " or ",
                                             rule.denominator_factor(), " for this indicator"));
}

absl::StatusOr<Sample> ReadObservation(const Observation& observation, const ValueRule& rule,
                                       absl::CivilMinute now) {
  FieldErrors errors;
  Sample sample;
  const Observation::Length length = observation.length();
  if (length == Observation::LENGTH_UNSPECIFIED || !Observation::Length_IsValid(length)) {
    errors.Add("length", "is required");
  } else if (absl::StatusOr<absl::CivilMinute> start = ParseStart(observation.start(), length);
             !start.ok()) {
    errors.Add("start", start.status().message());
  } else {
    sample.start = *start;
    if (IsFuture(*start, length, now)) errors.Add("start", "begins a period that has not ended");
  }
  ReadValue(observation, rule, sample, errors);
  sample.invalid = observation.invalid();
  sample.note = observation.note();
  sample.source = observation.source();
  CheckText(errors, "source", sample.source, kLongestSource, false);
  CheckText(errors, "note", sample.note, kLongestNote, false);
  if (sample.invalid && sample.note.empty()) {
    errors.Add("note", "must say why the value is invalid");
  }
  RETURN_IF_ERROR(errors.status());
  return sample;
}

Observation WriteObservation(const Sample& sample, Observation::Length length) {
  Observation observation;
  observation.set_length(length);
  observation.set_start(FormatStart(sample.start, length));
  if (sample.has_value()) {
    observation.set_value(sample.value.ToString());
    observation.set_unit(sample.unit);
  }
  observation.set_qualifier(sample.qualifier);
  observation.set_invalid(sample.invalid);
  observation.set_note(sample.note);
  observation.set_source(sample.source);
  observation.set_revision(sample.revision);
  return observation;
}

absl::StatusOr<std::vector<RunSample>> ReadRun(const v1::Run& run, const ValueRule& rule,
                                               absl::CivilMinute now) {
  FieldErrors errors;
  int step = 1;
  const absl::CivilMinute first = ReadSteps(run, step, errors);
  const Exceptions exceptions = ReadExceptions(run, errors);
  const Keeper keeper(run.unit(), rule, errors);
  if (run.scale() < 0 || run.scale() > Decimal::kMaxDigits) errors.Add("scale", "must be 0 … 18");
  if (run.values().empty()) errors.Add("values", "is required");
  if (run.values_size() > kMostInRun) errors.Add("values", "must be at most 10000");
  CheckText(errors, "source", run.source(), kLongestSource, false);
  CheckText(errors, "note", run.note(), kLongestNote, false);
  RETURN_IF_ERROR(errors.status());
  std::vector<RunSample> samples;
  samples.reserve(run.values_size());
  auto exception = exceptions.begin();
  for (int i = 0; i < run.values_size(); ++i) {
    const std::string field = absl::StrCat("values[", i, "]");
    Sample sample;
    sample.start = Advance(first, run.length(), static_cast<int64_t>(step) * i);
    sample.unit = keeper.unit();
    sample.source = run.source();
    if (exception != exceptions.end() && exception->first == i) {
      const v1::Run::Exception& said = *(exception++)->second;
      if (said.missing()) continue;
      sample.qualifier = said.qualifier();
      sample.invalid = said.invalid();
      sample.note = said.note();
    }
    const int64_t mantissa = run.values(i);
    if (IsFuture(sample.start, run.length(), now)) {
      errors.Add(field, "is of a period that has not ended");
    } else if (!sample.has_value()) {
      if (mantissa != 0) errors.Add(field, "must be 0 where the qualifier says there is none");
      sample.unit = rule.unit;
    } else if (mantissa > kMostMantissa || mantissa < -kMostMantissa) {
      errors.Add(field, "has more than 18 digits");
    } else {
      sample.value = keeper.Keep(Decimal(mantissa, run.scale()), field, errors);
    }
    RETURN_IF_ERROR(errors.status());
    samples.push_back({i, std::move(sample)});
  }
  return samples;
}

absl::StatusOr<Merged> Merge(const Sample& sample, std::vector<Sample>& samples,
                             absl::string_view reason) {
  Merged merged;
  if (samples.empty() || samples.back().start < sample.start) {
    samples.push_back(sample);
    return merged;
  }
  auto place = std::lower_bound(samples.begin(), samples.end(), sample,
                                [](const Sample& a, const Sample& b) { return a.start < b.start; });
  if (place->start != sample.start) {
    samples.insert(place, sample);
    return merged;
  }
  if (place->SameValue(sample)) {
    merged.effect = Merged::Effect::kUnchanged;
    return merged;
  }
  merged.after = sample;
  if (merged.after.note.empty()) merged.after.note = std::string(reason);
  if (merged.after.note.empty()) {
    return Fail(absl::StatusCode::kFailedPrecondition, "CORRECTION_NEEDS_REASON",
                absl::StrCat("has another value already, ", place->value.ToString(), " ",
                             place->unit, "; a correction says why in its note"));
  }
  merged.effect = Merged::Effect::kCorrected;
  merged.before = *place;
  merged.after.revision = place->revision + 1;
  *place = merged.after;
  return merged;
}

}  // namespace lucid::indicators
