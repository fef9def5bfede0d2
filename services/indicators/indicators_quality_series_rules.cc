// What the checks of quality control find in a series. Pure functions.
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/base/decimal.h"
#include "services/base/ratio.h"
#include "services/base/status.h"
#include "services/base/units.h"
#include "services/indicators/indicators_quality_rules.h"

namespace lucid::indicators {
namespace {

using v1::Observation;
using v1::QualityRule;

// A measured number: nothing invalid, and no detection limit in place of a number.
bool IsPlain(const Sample& sample) {
  return sample.usable() && sample.qualifier == Observation::QUALIFIER_UNSPECIFIED;
}

// The start of the period after this one. An INSTANT has no plan, so the next one is the one after.
bool Follows(absl::CivilMinute before, absl::CivilMinute after, Observation::Length length) {
  switch (length) {
    case Observation::HOUR:
      return absl::CivilHour(after) - absl::CivilHour(before) == 1;
    case Observation::DAY:
      return absl::CivilDay(after) - absl::CivilDay(before) == 1;
    case Observation::MONTH:
      return absl::CivilMonth(after) - absl::CivilMonth(before) == 1;
    case Observation::YEAR:
      return absl::CivilYear(after) - absl::CivilYear(before) == 1;
    default:
      return true;
  }
}

int PeriodsBetween(absl::CivilMinute before, absl::CivilMinute after, Observation::Length length) {
  switch (length) {
    case Observation::HOUR:
      return static_cast<int>(absl::CivilHour(after) - absl::CivilHour(before));
    case Observation::DAY:
      return static_cast<int>(absl::CivilDay(after) - absl::CivilDay(before));
    case Observation::MONTH:
      return static_cast<int>(absl::CivilMonth(after) - absl::CivilMonth(before));
    case Observation::YEAR:
      return static_cast<int>(absl::CivilYear(after) - absl::CivilYear(before));
    default:
      return 1;
  }
}

absl::CivilMinute NextStart(absl::CivilMinute start, Observation::Length length) {
  switch (length) {
    case Observation::HOUR:
      return absl::CivilMinute(absl::CivilHour(start) + 1);
    case Observation::DAY:
      return absl::CivilMinute(absl::CivilDay(start) + 1);
    case Observation::MONTH:
      return absl::CivilMinute(absl::CivilMonth(start) + 1);
    case Observation::YEAR:
      return absl::CivilMinute(absl::CivilYear(start) + 1);
    default:
      return start;
  }
}

// One series under a check.
struct Checking {
  const QualityRule& rule;
  const std::vector<Sample>& series;
  Observation::Length length;
  Window window;
  std::vector<Finding>& findings;

  bool InWindow(absl::CivilMinute start) const {
    return window.from <= absl::CivilDay(start) && absl::CivilDay(start) <= window.to;
  }
  Finding& Add(absl::CivilMinute start, const Sample* sample) {
    Finding& finding = findings.emplace_back();
    finding.check = rule.check();
    finding.rule_id = rule.id();
    finding.start = start;
    finding.sample = sample;
    return finding;
  }
};

std::string Named(const Decimal& value, absl::string_view unit) {
  return absl::StrCat(value.ToString(), " ", unit);
}

// A threshold of the rule in the unit of the sample.
absl::StatusOr<Ratio> Bound(const QualityRule& rule, const std::string& text,
                            const Sample& sample) {
  ASSIGN_OR_RETURN(Decimal value, Decimal::Parse(text));
  return Convert(value, rule.unit().empty() ? sample.unit : rule.unit(), sample.unit);
}

std::string UnitOf(const QualityRule& rule, const Sample& sample) {
  return rule.unit().empty() ? sample.unit : rule.unit();
}

absl::Status FindRange(Checking& at) {
  for (const Sample& sample : at.series) {
    if (!at.InWindow(sample.start) || !sample.usable()) continue;
    std::string broken;
    if (!at.rule.low().empty()) {
      ASSIGN_OR_RETURN(Ratio low, Bound(at.rule, at.rule.low(), sample));
      if (Ratio(sample.used()) < low) broken = absl::StrCat("≥ ", at.rule.low());
    }
    if (!at.rule.high().empty()) {
      ASSIGN_OR_RETURN(Ratio high, Bound(at.rule, at.rule.high(), sample));
      if (Ratio(sample.used()) > high) broken = absl::StrCat("≤ ", at.rule.high());
    }
    if (broken.empty()) continue;
    Finding& finding = at.Add(sample.start, &sample);
    finding.threshold = absl::StrCat(broken, " ", UnitOf(at.rule, sample));
    finding.working = absl::StrCat(Named(sample.used(), sample.unit), " 不在量程内");
  }
  return absl::OkStatus();
}

absl::Status FindJumps(Checking& at) {
  const Sample* before = nullptr;
  for (const Sample& sample : at.series) {
    if (!IsPlain(sample)) continue;
    const Sample* last = std::exchange(before, &sample);
    if (last == nullptr || !at.InWindow(sample.start) ||
        !Follows(last->start, sample.start, at.length)) {
      continue;
    }
    ASSIGN_OR_RETURN(Ratio limit, Bound(at.rule, at.rule.limit(), sample));
    Ratio step = Ratio(sample.value) - Ratio(last->value);
    if (step.sign() < 0) step = Ratio() - step;
    if (step <= limit) continue;
    Finding& finding = at.Add(sample.start, &sample);
    finding.threshold = absl::StrCat("|Δ| ≤ ", at.rule.limit(), " ", UnitOf(at.rule, sample));
    finding.working = absl::StrCat(FormatStart(last->start, at.length), " ", last->value.ToString(),
                                   " → ", sample.value.ToString());
  }
  return absl::OkStatus();
}

// A stretch is found at the value that makes it `count` long, and shown as long as it is known.
void FindFlatLines(Checking& at) {
  const std::vector<Sample>& series = at.series;
  size_t first = 0;
  int found = -1;  // the stretch under way among the findings
  for (size_t i = 0; i < series.size(); ++i) {
    const bool goes_on = i > 0 && IsPlain(series[i]) && IsPlain(series[i - 1]) &&
                         series[i].value == series[i - 1].value &&
                         Follows(series[i - 1].start, series[i].start, at.length);
    if (!goes_on) {
      first = i;
      found = -1;
      continue;
    }
    const int run = static_cast<int>(i - first) + 1;
    if (run == at.rule.count() && at.InWindow(series[i].start)) {
      found = static_cast<int>(at.findings.size());
      Finding& finding = at.Add(series[first].start, &series[first]);
      finding.threshold = absl::StrCat("< ", at.rule.count(), " 个相同值");
    }
    if (found < 0) continue;
    Finding& finding = at.findings[found];
    finding.count = run;
    finding.working = absl::StrCat("连续 ", run, " 个值均为 ", series[i].value.ToString(), ", 至 ",
                                   FormatStart(series[i].start, at.length));
  }
}

void FindGaps(Checking& at) {
  if (at.length == Observation::INSTANT) return;
  for (size_t i = 1; i < at.series.size(); ++i) {
    const absl::CivilMinute before = at.series[i - 1].start, after = at.series[i].start;
    const int missing = PeriodsBetween(before, after, at.length) - 1;
    if (missing < at.rule.count()) continue;
    if (absl::CivilDay(after) < at.window.from || absl::CivilDay(before) > at.window.to) continue;
    Finding& finding = at.Add(NextStart(before, at.length), nullptr);
    finding.count = missing;
    finding.threshold = absl::StrCat("< ", at.rule.count(), " 个缺测时段");
    finding.working = absl::StrCat(FormatStart(before, at.length), " 之后缺 ", missing,
                                   " 个时段, 至 ", FormatStart(after, at.length));
  }
}

// How far back each lag looks, in periods: whole days of hours, and days.
std::vector<int> LagsOf(const QualityRule& rule, Observation::Length length) {
  std::vector<int> lags;
  for (int days = 1; days <= rule.baseline_days(); ++days) {
    if (length == Observation::HOUR && days * 24 >= rule.count()) lags.push_back(days * 24);
    if (length == Observation::DAY && days >= rule.count()) lags.push_back(days);
  }
  return lags;
}

void FindDuplicatesAt(Checking& at, const std::map<int, const Sample*>& by_period, int lag,
                      std::map<int, int>& found_at) {
  int run = 0, before = 0, varied = 0;
  const Sample* last = nullptr;
  for (const auto& [period, sample] : by_period) {
    auto earlier = by_period.find(period - lag);
    const bool same = earlier != by_period.end() && earlier->second->value == sample->value;
    const bool goes_on = same && run > 0 && period == before + 1;
    // The values since the last one that differed from its neighbour.
    varied = goes_on && last != nullptr && sample->value == last->value ? varied + 1 : 1;
    run = !same ? 0 : goes_on ? run + 1 : 1;
    before = period;
    last = sample;
    // A flat line is another matter.
    if (run != at.rule.count() || varied >= run || !at.InWindow(sample->start)) continue;
    const int begins = period - run + 1;
    if (!found_at.emplace(begins, lag).second) continue;
    const Sample* first = by_period.at(begins);
    Finding& finding = at.Add(first->start, first);
    finding.count = run;
    finding.threshold = absl::StrCat("< ", at.rule.count(), " 个重复值");
    finding.working =
        absl::StrCat("自此 ", run, " 个值与 ",
                     FormatStart(by_period.at(begins - lag)->start, at.length), " 起的相同");
  }
}

void FindDuplicates(Checking& at) {
  if (at.series.empty()) return;
  std::map<int, const Sample*> by_period;
  for (const Sample& sample : at.series) {
    if (IsPlain(sample)) {
      by_period[PeriodsBetween(at.series[0].start, sample.start, at.length)] = &sample;
    }
  }
  std::map<int, int> found_at;  // by the first period, the lag
  for (int lag : LagsOf(at.rule, at.length)) FindDuplicatesAt(at, by_period, lag, found_at);
}

// The plain values of the days before `day`, as far back as the rule says.
std::vector<Decimal> BaselineOf(const Checking& at, absl::CivilDay day) {
  std::vector<Decimal> values;
  const absl::CivilDay from = day - at.rule.baseline_days();
  auto first = std::lower_bound(
      at.series.begin(), at.series.end(), from,
      [](const Sample& sample, absl::CivilDay other) { return sample.day() < other; });
  for (; first != at.series.end() && first->day() < day; ++first) {
    if (IsPlain(*first)) values.push_back(first->value);
  }
  const int least = at.rule.min_samples() == 0 ? 10 : at.rule.min_samples();
  if (static_cast<int>(values.size()) < least) values.clear();
  return values;
}

// The centre of a baseline, and the square of the greatest distance from it that is good.
struct Spread {
  Ratio centre;
  Ratio unit;      // the square of the distance at which z is 1
  Ratio farthest;  // unit × limit²
  std::string words;
};

absl::StatusOr<std::optional<Spread>> Deviation(const std::vector<Decimal>& values,
                                                const Ratio& limit) {
  RatioSum sum, squares;
  for (const Ratio value : values) {
    sum.Add(value);
    squares.Add(value * value);
  }
  const Ratio n(static_cast<int64_t>(values.size()));
  ASSIGN_OR_RETURN(Ratio mean, sum.Mean());
  ASSIGN_OR_RETURN(Ratio variance, Ratio::Divide(squares.Total() - n * mean * mean, n - Ratio(1)));
  if (variance.sign() == 0) return std::nullopt;
  Spread spread{mean, variance, variance * limit * limit, ""};
  ASSIGN_OR_RETURN(Decimal shown_mean, mean.Round(4));
  ASSIGN_OR_RETURN(Decimal shown_variance, variance.Round(4));
  spread.words = absl::StrCat("均值 ", shown_mean.ToString(), ", 方差 ", shown_variance.ToString());
  return spread;
}

// The middle of sorted numbers.
Ratio Median(const std::vector<Ratio>& sorted) {
  const size_t half = sorted.size() / 2;
  if (sorted.size() % 2 == 1) return sorted[half];
  return (sorted[half - 1] + sorted[half]) * Ratio(0.5_dec);
}

absl::StatusOr<std::optional<Spread>> MedianDeviation(std::vector<Decimal> values,
                                                      const Ratio& limit) {
  std::sort(values.begin(), values.end());
  std::vector<Ratio> numbers(values.begin(), values.end());
  const Ratio median = Median(numbers);
  for (Ratio& number : numbers) {
    number = number - median;
    if (number.sign() < 0) number = Ratio() - number;
  }
  std::sort(numbers.begin(), numbers.end());
  const Ratio mad = Median(numbers);
  if (mad.sign() == 0) return std::nullopt;
  ASSIGN_OR_RETURN(Ratio one, Ratio::Divide(mad, Ratio(0.6745_dec)));
  Spread spread{median, one * one, one * one * limit * limit, ""};
  ASSIGN_OR_RETURN(Decimal shown_median, median.Round(4));
  ASSIGN_OR_RETURN(Decimal shown_mad, mad.Round(4));
  spread.words = absl::StrCat("中位数 ", shown_median.ToString(), ", MAD ", shown_mad.ToString());
  return spread;
}

// The square root of a fraction, rounded down to two places.
absl::StatusOr<std::string> PrintRoot(const Ratio& square) {
  ASSIGN_OR_RETURN(Decimal scaled, (square * Ratio(10'000)).RoundDown(0));
  int64_t low = 0, high = 1'000'000'000;
  while (low < high) {
    const int64_t middle = (low + high + 1) / 2;
    if (middle * middle <= scaled.mantissa()) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return Decimal(low, 2).ToString();
}

absl::Status FindOutliers(Checking& at) {
  ASSIGN_OR_RETURN(Decimal limit, Decimal::Parse(at.rule.limit()));
  std::optional<absl::CivilDay> day;
  std::optional<Spread> spread;
  size_t count = 0;
  for (const Sample& sample : at.series) {
    if (!at.InWindow(sample.start) || !IsPlain(sample)) continue;
    if (day != sample.day()) {
      day = sample.day();
      std::vector<Decimal> baseline = BaselineOf(at, *day);
      count = baseline.size();
      spread.reset();
      if (baseline.empty()) continue;
      ASSIGN_OR_RETURN(spread, at.rule.check() == QualityRule::Z_SCORE
                                   ? Deviation(baseline, limit)
                                   : MedianDeviation(std::move(baseline), limit));
    }
    if (!spread) continue;
    const Ratio distance = Ratio(sample.value) - spread->centre;
    if (distance * distance <= spread->farthest) continue;
    ASSIGN_OR_RETURN(Ratio squared, Ratio::Divide(distance * distance, spread->unit));
    absl::StatusOr<std::string> z = PrintRoot(squared);
    Finding& finding = at.Add(sample.start, &sample);
    finding.threshold = absl::StrCat("z ≤ ", at.rule.limit());
    finding.working = absl::StrCat(
        "基线 ", FormatStart(absl::CivilMinute(*day - at.rule.baseline_days()), Observation::DAY),
        " – ", FormatStart(absl::CivilMinute(*day - 1), Observation::DAY), ": n = ", count, ", ",
        spread->words, "; z = ", z.ok() ? *z : "> 10000000");
  }
  return absl::OkStatus();
}

absl::Status Find(Checking& at) {
  switch (at.rule.check()) {
    case QualityRule::RANGE:
      return FindRange(at);
    case QualityRule::JUMP:
      return FindJumps(at);
    case QualityRule::FLAT_LINE:
      FindFlatLines(at);
      return absl::OkStatus();
    case QualityRule::DUPLICATE:
      FindDuplicates(at);
      return absl::OkStatus();
    case QualityRule::GAP:
      FindGaps(at);
      return absl::OkStatus();
    case QualityRule::Z_SCORE:
    case QualityRule::MODIFIED_Z:
      return FindOutliers(at);
    default:
      return absl::OkStatus();
  }
}

}  // namespace

absl::CivilMinute EndOfStretch(absl::CivilMinute first, int count, Observation::Length length) {
  for (; count > 1; --count) first = NextStart(first, length);
  return first;
}

absl::StatusOr<std::vector<Finding>> CheckSeries(absl::Span<const QualityRule> rules,
                                                 const std::vector<Sample>& series,
                                                 Observation::Length length, Window window) {
  std::vector<Finding> findings;
  for (const QualityRule& rule : rules) {
    Checking at{rule, series, length, window, findings};
    RETURN_IF_ERROR(Find(at));
  }
  return findings;
}

}  // namespace lucid::indicators
