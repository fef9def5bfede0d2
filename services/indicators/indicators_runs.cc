#include "services/indicators/indicators_runs.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/base/calendar.h"
#include "services/base/status.h"

namespace lucid::indicators {
namespace {

using v1::Observation;

int OffsetOf(absl::CivilMinute start, Observation::Length length, absl::CivilMonth month) {
  switch (length) {
    case Observation::HOUR:
      return static_cast<int>(absl::CivilHour(start) - absl::CivilHour(month));
    case Observation::DAY:
      return static_cast<int>(absl::CivilDay(start) - absl::CivilDay(month));
    case Observation::INSTANT:
      return static_cast<int>(start - absl::CivilMinute(month));
    default:
      return 0;
  }
}

absl::CivilMinute StartOf(int offset, Observation::Length length, absl::CivilMonth month) {
  switch (length) {
    case Observation::HOUR:
      return absl::CivilMinute(absl::CivilHour(month) + offset);
    case Observation::DAY:
      return absl::CivilMinute(absl::CivilDay(month) + offset);
    case Observation::INSTANT:
      return absl::CivilMinute(month) + offset;
    default:
      return absl::CivilMinute(month);
  }
}

absl::Status Broken() { return absl::DataLossError("a run of observations contradicts itself"); }

absl::Status NotAStart(absl::string_view expected) {
  return Fail(absl::StatusCode::kInvalidArgument, "NOT_A_START",
              absl::StrCat("is not the start of such a period; expected ", expected));
}

}  // namespace

bool Sample::has_value() const {
  return qualifier == Observation::QUALIFIER_UNSPECIFIED || qualifier == Observation::NOT_DETECTED;
}

Decimal Sample::used() const {
  if (qualifier != Observation::NOT_DETECTED) return value;
  return Decimal::Multiply(value, 0.5_dec).value_or(value);
}

bool Sample::SameValue(const Sample& other) const {
  return value == other.value && unit == other.unit && qualifier == other.qualifier &&
         invalid == other.invalid;
}

v1::ObservationRun Pack(const std::vector<Sample>& samples, Observation::Length length,
                        absl::CivilMonth month) {
  v1::ObservationRun run;
  if (samples.empty()) return run;
  run.set_unit(samples[0].unit);
  run.set_source(samples[0].source);
  const bool one_scale = std::all_of(samples.begin(), samples.end(), [&](const Sample& sample) {
    return sample.value.scale() == samples[0].value.scale();
  });
  if (one_scale) run.add_scales(samples[0].value.scale());
  int before = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const Sample& sample = samples[i];
    int offset = OffsetOf(sample.start, length, month);
    run.add_offsets(offset - before);
    before = offset;
    run.add_mantissas(sample.value.mantissa());
    if (!one_scale) run.add_scales(sample.value.scale());
    if (sample.qualifier == Observation::QUALIFIER_UNSPECIFIED && !sample.invalid &&
        sample.note.empty() && sample.revision == 0 && sample.unit == run.unit() &&
        sample.source == run.source()) {
      continue;
    }
    v1::ObservationRun::Exception& exception = *run.add_exceptions();
    exception.set_index(static_cast<int>(i));
    exception.set_qualifier(sample.qualifier);
    exception.set_invalid(sample.invalid);
    exception.set_note(sample.note);
    exception.set_source(sample.source);
    exception.set_unit(sample.unit);
    exception.set_revision(sample.revision);
  }
  return run;
}

absl::StatusOr<std::vector<Sample>> Unpack(const v1::ObservationRun& run,
                                           Observation::Length length, absl::CivilMonth month) {
  const int count = run.offsets_size();
  if (run.mantissas_size() != count) return Broken();
  if (count > 0 && run.scales_size() != 1 && run.scales_size() != count) return Broken();
  std::vector<Sample> samples(count);
  int offset = 0;
  for (int i = 0; i < count; ++i) {
    const int scale = run.scales(run.scales_size() == 1 ? 0 : i);
    if (scale < 0 || scale > Decimal::kMaxDigits) return Broken();
    offset += run.offsets(i);
    samples[i].start = StartOf(offset, length, month);
    samples[i].value = Decimal(run.mantissas(i), scale);
    samples[i].unit = run.unit();
    samples[i].source = run.source();
  }
  for (const auto& exception : run.exceptions()) {
    if (exception.index() < 0 || exception.index() >= count) return Broken();
    Sample& sample = samples[exception.index()];
    sample.qualifier = exception.qualifier();
    sample.invalid = exception.invalid();
    sample.note = exception.note();
    sample.source = exception.source();
    sample.unit = exception.unit();
    sample.revision = exception.revision();
  }
  return samples;
}

std::string FormatStart(absl::CivilMinute start, Observation::Length length) {
  std::string day = FormatDay(absl::CivilDay(start));
  if (length != Observation::HOUR && length != Observation::INSTANT) return day;
  return absl::StrFormat("%sT%02d:%02d", day, start.hour(), start.minute());
}

absl::StatusOr<absl::CivilMinute> ParseStart(absl::string_view text, Observation::Length length) {
  const bool timed = length == Observation::HOUR || length == Observation::INSTANT;
  const absl::string_view expected = timed ? "YYYY-MM-DDThh:mm" : "YYYY-MM-DD";
  int hour = 0, minute = 0;
  if (timed && text.size() == 16) {
    auto digits = [&](size_t at, int* number) {
      return absl::ascii_isdigit(text[at]) && absl::ascii_isdigit(text[at + 1]) &&
             absl::SimpleAtoi(text.substr(at, 2), number);
    };
    if (text[10] != 'T' || text[13] != ':' || !digits(11, &hour) || !digits(14, &minute) ||
        hour > 23 || minute > 59) {
      return NotAStart(expected);
    }
    text = text.substr(0, 10);
  } else if (length == Observation::HOUR) {
    return NotAStart(expected);
  }
  absl::StatusOr<absl::CivilDay> day = ParseDay(text);
  if (!day.ok()) return NotAStart(absl::StrCat(expected, " of a day that exists"));
  if (length == Observation::HOUR && minute != 0) return NotAStart("a full hour");
  if (length == Observation::MONTH && day->day() != 1) return NotAStart("the first of a month");
  if (length == Observation::YEAR && (day->day() != 1 || day->month() != 1)) {
    return NotAStart("January 1");
  }
  return absl::CivilMinute(day->year(), day->month(), day->day(), hour, minute);
}

absl::CivilMinute Advance(absl::CivilMinute start, Observation::Length length, int64_t count) {
  switch (length) {
    case Observation::HOUR:
      return absl::CivilMinute(absl::CivilHour(start) + count);
    case Observation::DAY:
      return absl::CivilMinute(absl::CivilDay(start) + count);
    case Observation::MONTH:
      return absl::CivilMinute(absl::CivilMonth(start) + count);
    case Observation::YEAR:
      return absl::CivilMinute(absl::CivilYear(start) + count);
    default:
      return start + count;
  }
}

absl::CivilDay LastDay(absl::CivilMinute start, Observation::Length length) {
  if (length == Observation::MONTH) return absl::CivilDay(absl::CivilMonth(start) + 1) - 1;
  if (length == Observation::YEAR) return absl::CivilDay(absl::CivilYear(start) + 1) - 1;
  return absl::CivilDay(start);
}

}  // namespace lucid::indicators
