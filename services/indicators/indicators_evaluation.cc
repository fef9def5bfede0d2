#include "services/indicators/indicators_evaluation.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/status.h"
#include "services/indicators/indicators_kind_rules.h"
#include "services/indicators/indicators_site_rules.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {
namespace {

using figures::v1::RecordReference;
using v1::Evaluation;
using v1::Indicator;
using v1::Observation;

// The observations of one subject in a period, by factor and length.
using Series = std::map<std::pair<std::string, Observation::Length>, std::vector<Sample>>;

absl::StatusOr<Series> LoadSeries(Tx& tx, const std::string& subject, const std::string& factor,
                                  const Period& period) {
  RunQuery query{subject, factor};
  query.to = absl::CivilMonth(period.last());
  if (period.from) query.from = absl::CivilMonth(*period.from);
  ASSIGN_OR_RETURN(std::vector<StoredRun> runs, FindRuns(tx, query));
  Series series;
  for (const StoredRun& stored : runs) {
    const Observation::Length length = stored.key.length;
    ASSIGN_OR_RETURN(std::vector<Sample> samples, Unpack(stored.run, length, stored.key.month));
    std::vector<Sample>& target = series[{stored.key.factor, length}];
    for (Sample& sample : samples) {
      if (period.Contains(sample.day()) && LastDay(sample.start, length) <= period.last()) {
        target.push_back(std::move(sample));
      }
    }
  }
  return series;
}

const std::vector<Sample>& Of(const Series& series, const std::string& factor,
                              Observation::Length length) {
  static const auto& none = *new std::vector<Sample>;
  auto found = series.find({factor, length});
  return found == series.end() ? none : found->second;
}

RecordReference Reference(absl::string_view collection, std::string id, int64_t version) {
  RecordReference reference;
  reference.set_collection(std::string(collection));
  reference.set_id(std::move(id));
  reference.set_version(version);
  return reference;
}

RecordReference Reference(const std::string& subject, const std::string& factor,
                          Observation::Length length, const Sample& sample) {
  return Reference("observations",
                   absl::StrCat(subject, "/", factor, "/", Observation::Length_Name(length), "/",
                                FormatStart(sample.start, length)),
                   sample.revision + 1);
}

// Whether the site is in its set at the end of the period.
bool InSet(const v1::Site& site, const Period& period) {
  return Membership(site).Contains(period.last());
}

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
    if (!InSet(site, question.period)) continue;
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

absl::StatusOr<Evaluated> MeanOf(Tx& tx, const Question& question) {
  const Indicator& indicator = question.indicator;
  ASSIGN_OR_RETURN(std::vector<v1::Site> sites,
                   SelectSites(tx, indicator.region(), indicator.sites()));
  Evaluated result;
  std::vector<StationDays> stations;
  for (const v1::Site& site : sites) {
    const std::string subject = SiteSubject(site.id());
    ASSIGN_OR_RETURN(Series series, LoadSeries(tx, subject, indicator.factor(), question.period));
    const std::vector<Sample>& days = Of(series, indicator.factor(), Observation::DAY);
    stations.push_back(
        {&site, DailyMeans(days, Of(series, indicator.factor(), Observation::HOUR))});
    const Membership membership(site);
    std::map<absl::CivilDay, int> revisions;
    for (const Sample& day : days) revisions[day.day()] = day.revision;
    for (const auto& [day, mean] : stations.back().means) {
      if (!membership.Contains(day)) continue;
      Sample counted;
      counted.start = absl::CivilMinute(day);
      counted.revision = revisions[day];
      result.records.push_back(Reference(subject, indicator.factor(), Observation::DAY, counted));
    }
  }
  ASSIGN_OR_RETURN(result.evaluation, EvaluateMean(question, stations));
  return result;
}

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

absl::StatusOr<Evaluated> SharesOf(Tx& tx, const Question& question) {
  const Indicator& indicator = question.indicator;
  ASSIGN_OR_RETURN(std::vector<v1::Site> sites,
                   SelectSites(tx, indicator.region(), indicator.sites()));
  std::vector<Section> sections;
  for (const v1::Site& site : sites) {
    if (!InSet(site, question.period)) continue;
    ASSIGN_OR_RETURN(Series series, LoadSeries(tx, SiteSubject(site.id()), "", question.period));
    Section& section = sections.emplace_back(Section{&site, {}});
    std::set<std::string> factors;
    for (const auto& [key, samples] : series) factors.insert(key.first);
    for (const std::string& factor : factors) {
      std::vector<Sample> samples = Of(series, factor, Observation::DAY);
      const std::vector<Sample>& instants = Of(series, factor, Observation::INSTANT);
      samples.insert(samples.end(), instants.begin(), instants.end());
      section.factors[factor] = MonthlyValues(Of(series, factor, Observation::MONTH), samples);
    }
  }
  Evaluated result;
  ASSIGN_OR_RETURN(result.evaluation, EvaluateClass(question, sections));
  for (const v1::SiteEvaluation& shown : result.evaluation.sites()) {
    if (shown.validity() != Evaluation::VALID) continue;
    auto site = absl::c_find_if(sites, [&](const auto& s) { return s.id() == shown.site_id(); });
    result.records.push_back(Reference("sites", site->id(), site->version()));
  }
  return result;
}

}  // namespace

absl::StatusOr<Evaluated> Evaluate(Tx& tx, const Question& question) {
  RETURN_IF_ERROR(CheckQuestion(question));
  switch (question.indicator.kind()) {
    case Indicator::GAUGE:
      return GaugeOf(tx, question);
    case Indicator::REGISTER:
      return question.indicator.register_rule().aggregate() == v1::RegisterRule::SITES
                 ? SitesOf(tx, question)
                 : ItemsOf(tx, question);
    case Indicator::MEAN:
      return MeanOf(tx, question);
    case Indicator::RATIO:
      return RatioOf(tx, question);
    case Indicator::BOUND:
      return BoundOf(tx, question);
    case Indicator::CLASS:
      return SharesOf(tx, question);
    default:
      return absl::InternalError("an indicator has no kind");
  }
}

}  // namespace lucid::indicators
