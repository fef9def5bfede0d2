#include "services/indicators/indicators_kind_evaluation.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "services/base/calendar.h"
#include "services/base/status.h"
#include "services/indicators/indicators_kind_rules.h"
#include "services/indicators/indicators_samples.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {

using v1::Indicator;
using v1::Observation;

absl::StatusOr<Evaluated> GaugeOf(Tx& tx, const Question& question) {
  const std::string subject = IndicatorSubject(question.indicator.id());
  RunQuery query{subject, "value"};
  query.to = absl::CivilMonth(question.period.last());
  query.newest_first = true;
  query.limit = 24;
  ASSIGN_OR_RETURN(std::vector<StoredRun> runs, FindRuns(tx, query));
  std::optional<Sample> latest;
  Observation::Length length = Observation::LENGTH_UNSPECIFIED;
  for (const StoredRun& stored : runs) {
    ASSIGN_OR_RETURN(std::vector<Sample> samples,
                     Unpack(stored.run, stored.key.length, stored.key.month));
    for (const Sample& sample : samples) {
      if (!sample.usable() || !question.period.Contains(sample.day())) continue;
      if (latest && sample.start <= latest->start) continue;
      latest = sample;
      length = stored.key.length;
    }
  }
  Evaluated result;
  ASSIGN_OR_RETURN(result.evaluation, EvaluateGauge(question, latest ? &*latest : nullptr));
  if (latest) result.records.push_back(Reference(subject, "value", length, *latest));
  return result;
}

absl::StatusOr<Evaluated> ItemsOf(Tx& tx, const Question& question) {
  const Period& period = question.period;
  ASSIGN_OR_RETURN(Rows rows, CountingItems(tx, question.indicator.register_rule().register_id(),
                                            period.from ? FormatDay(*period.from) : "",
                                            FormatDay(period.last())));
  Evaluated result;
  std::vector<Item> items(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    items[i] = {rows.Text(i, 2), rows.Text(i, 3), rows.Text(i, 4)};
    result.records.push_back(Reference("register_items", rows.Text(i, 0), rows.Int(i, 1)));
  }
  ASSIGN_OR_RETURN(result.evaluation, EvaluateItems(question, items));
  return result;
}

absl::StatusOr<Evaluated> SitesOf(Tx& tx, const Question& question) {
  const Indicator& indicator = question.indicator;
  ASSIGN_OR_RETURN(std::vector<v1::Site> sites,
                   SelectSites(tx, indicator.region(), indicator.sites()));
  Evaluated result;
  int64_t with_data = 0;
  for (const v1::Site& site : sites) {
    if (!InSet(site, question.period, indicator.sites().set())) continue;
    result.records.push_back(Reference("sites", site.id(), site.version()));
    RunQuery query{SiteSubject(site.id())};
    query.to = absl::CivilMonth(question.period.last());
    query.from = absl::CivilMonth(absl::CivilYear(question.period.last()));
    query.limit = 1;
    ASSIGN_OR_RETURN(std::vector<StoredRun> runs, FindRuns(tx, query));
    with_data += !runs.empty();
  }
  ASSIGN_OR_RETURN(result.evaluation,
                   EvaluateSites(question, static_cast<int64_t>(result.records.size()), with_data));
  return result;
}

namespace {

// The observations from which a ratio is made: of the longest length that both factors have.
RatioSamples SamplesOf(const Series& series, const v1::RatioRule& rule, const Period& period) {
  RatioSamples samples;
  for (Observation::Length length : {Observation::YEAR, Observation::MONTH, Observation::DAY}) {
    auto usable = [&](const std::string& factor) {
      std::vector<Sample> found;
      for (const Sample& sample : Of(series, factor, length)) {
        if (sample.usable() && period.Contains(sample.day())) found.push_back(sample);
      }
      return found;
    };
    samples = {length, usable(rule.numerator_factor()), usable(rule.denominator_factor())};
    if (!samples.numerators.empty() && !samples.denominators.empty()) return samples;
  }
  return {};
}

void AddRecords(const Indicator& indicator, const RatioSamples& samples, Evaluated& result) {
  const std::string subject = IndicatorSubject(indicator.id());
  const v1::RatioRule& rule = indicator.ratio_rule();
  for (const auto& [factor, list] : {std::pair{&rule.numerator_factor(), &samples.numerators},
                                     {&rule.denominator_factor(), &samples.denominators}}) {
    for (const Sample& sample : *list) {
      result.records.push_back(Reference(subject, *factor, samples.length, sample));
    }
  }
}

}  // namespace

absl::StatusOr<Evaluated> RatioOf(Tx& tx, const Question& question) {
  const Indicator& indicator = question.indicator;
  ASSIGN_OR_RETURN(Series series,
                   LoadSeries(tx, IndicatorSubject(indicator.id()), "", question.period));
  RatioSamples samples = SamplesOf(series, indicator.ratio_rule(), question.period);
  Evaluated result;
  ASSIGN_OR_RETURN(result.evaluation, EvaluateRatio(question, samples));
  AddRecords(indicator, samples, result);
  return result;
}

absl::StatusOr<Evaluated> BoundOf(Tx& tx, const Question& question) {
  const Indicator& indicator = question.indicator;
  const std::string subject = IndicatorSubject(indicator.id());
  ASSIGN_OR_RETURN(Series series, LoadSeries(tx, subject, "", question.period));
  Evaluated result;
  const int first = static_cast<int>(question.period.from->year());
  const int last = static_cast<int>(question.period.to.year());
  std::map<int, RatioSamples> ratios;
  std::map<int, const Sample*> values;
  for (const Sample& sample : Of(series, "value", Observation::YEAR)) {
    if (!sample.usable()) continue;
    values[static_cast<int>(sample.day().year())] = &sample;
    result.records.push_back(Reference(subject, "value", Observation::YEAR, sample));
  }
  std::vector<YearValue> years;
  for (int year = first; year <= last; ++year) {
    YearValue& of_year = years.emplace_back(YearValue{year, nullptr, nullptr});
    if (indicator.has_ratio_rule()) {
      const Period whole{absl::CivilDay(year, 1, 1), absl::CivilDay(year, 12, 31),
                         question.period.as_of};
      RatioSamples& samples = ratios[year];
      samples = SamplesOf(series, indicator.ratio_rule(), whole);
      if (samples.length == Observation::LENGTH_UNSPECIFIED) continue;
      of_year.ratio = &samples;
      AddRecords(indicator, samples, result);
    } else if (auto value = values.find(year); value != values.end()) {
      of_year.value = value->second;
    }
  }
  ASSIGN_OR_RETURN(result.evaluation, EvaluateBound(question, years));
  return result;
}

}  // namespace lucid::indicators
