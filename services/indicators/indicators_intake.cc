#include "services/indicators/indicators_intake.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/base/records.h"
#include "services/base/status.h"
#include "services/base/timestamps.h"
#include "services/indicators/indicators_days_store.h"

namespace lucid::indicators {
namespace {

using v1::Observation;

bool ByStart(const Sample& a, const Sample& b) { return a.start < b.start; }

// Where a changed value belongs among the spans of a batch; a span is of one series and goes on
// while its values come one after another.
v1::Span& SpanOf(const RunKey& key, v1::ObservationBatch& batch) {
  const Observation named = Named(key, {});
  if (!batch.spans().empty()) {
    v1::Span& last = *batch.mutable_spans(batch.spans_size() - 1);
    if (last.site_id() == named.site_id() && last.indicator_id() == named.indicator_id() &&
        last.factor() == key.factor && last.length() == key.length) {
      return last;
    }
  }
  v1::Span& span = *batch.add_spans();
  span.set_site_id(named.site_id());
  span.set_indicator_id(named.indicator_id());
  span.set_factor(key.factor);
  span.set_length(key.length);
  return span;
}

}  // namespace

std::string Subject::key() const {
  return site ? SiteSubject(site->id()) : IndicatorSubject(indicator->id());
}

absl::StatusOr<ValueRule> Subject::RuleOf(absl::string_view factor) const {
  return site ? ValueRuleOf(*site, factor) : ValueRuleOf(*indicator, factor);
}

absl::StatusOr<Subject> FindSubject(Tx& tx, const Call& call, const std::string& site_id,
                                    const std::string& indicator_id) {
  Subject subject;
  if (site_id.empty() == indicator_id.empty()) {
    return InvalidField("site_id", "or indicator_id must be given, not both");
  }
  if (!site_id.empty()) {
    ASSIGN_OR_RETURN(subject.site, FindFor<v1::Site>(tx, call, site_id));
  } else {
    ASSIGN_OR_RETURN(subject.indicator, FindFor<v1::Indicator>(tx, call, indicator_id));
  }
  return subject;
}

Observation Named(const RunKey& key, const Sample& sample) {
  Observation observation = WriteObservation(sample, key.length);
  const std::vector<std::string> parts = absl::StrSplit(key.subject, absl::MaxSplits('/', 1));
  (parts[0] == "site" ? *observation.mutable_site_id() : *observation.mutable_indicator_id()) =
      parts[1];
  observation.set_factor(key.factor);
  return observation;
}

std::string Place::ToString() const {
  return value < 0 ? absl::StrCat(list, "[", index, "]")
                   : absl::StrCat(list, "[", index, "].values[", value, "]");
}

absl::Status Place::In(const absl::Status& status) const {
  return InItem(list, index, value < 0 ? status : InItem("values", value, status));
}

absl::StatusOr<Intake::Series*> Intake::FindSeries(Tx& tx, const std::string& site_id,
                                                   const std::string& indicator_id,
                                                   const std::string& factor,
                                                   Observation::Length length) {
  std::unique_ptr<Known>& known =
      indicator_id.empty() ? sites_[site_id] : indicators_[indicator_id];
  if (known == nullptr || (!indicator_id.empty() && !site_id.empty())) {
    ASSIGN_OR_RETURN(Subject subject, FindSubject(tx, call_, site_id, indicator_id));
    known = std::make_unique<Known>(Known{std::move(subject), {}});
    const std::string& region = known->subject.region();
    batch_.set_region(batch_.region().empty() ? region : CommonRegion(batch_.region(), region));
  }
  for (size_t i : known->series) {
    if (series_[i]->length == length && series_[i]->factor == factor) return series_[i].get();
  }
  ASSIGN_OR_RETURN(ValueRule rule, known->subject.RuleOf(factor));
  known->series.push_back(series_.size());
  series_.push_back(
      std::make_unique<Series>(Series{known->subject.key(), factor, length, std::move(rule), {}}));
  return series_.back().get();
}

absl::Status Intake::Add(Tx& tx, const Observation& observation, Place place) {
  ASSIGN_OR_RETURN(Series * series,
                   FindSeries(tx, observation.site_id(), observation.indicator_id(),
                              observation.factor(), observation.length()));
  ASSIGN_OR_RETURN(Sample sample, ReadObservation(observation, series->rule, Now()));
  series->arrived.push_back({std::move(sample), place, &observation.note()});
  return absl::OkStatus();
}

absl::Status Intake::Add(Tx& tx, const v1::Run& run, Place place) {
  ASSIGN_OR_RETURN(Series * series,
                   FindSeries(tx, run.site_id(), run.indicator_id(), run.factor(), run.length()));
  ASSIGN_OR_RETURN(std::vector<RunSample> samples, ReadRun(run, series->rule, Now()));
  series->arrived.reserve(series->arrived.size() + samples.size());
  for (RunSample& read : samples) {
    place.value = read.index;
    series->arrived.push_back({std::move(read.sample), place, &run.note()});
  }
  return absl::OkStatus();
}

// In order of start, each start once.
absl::Status Intake::Order(Series& series) {
  std::vector<Arrived>& arrived = series.arrived;
  const auto by_start = [](const Arrived& a, const Arrived& b) {
    return ByStart(a.sample, b.sample);
  };
  if (!std::is_sorted(arrived.begin(), arrived.end(), by_start)) {
    std::stable_sort(arrived.begin(), arrived.end(), by_start);
  }
  size_t kept = 0;
  for (size_t i = 0; i < arrived.size(); ++i) {
    if (kept == 0 || arrived[kept - 1].sample.start != arrived[i].sample.start) {
      if (kept != i) arrived[kept] = std::move(arrived[i]);
      ++kept;
    } else if (arrived[kept - 1].sample.SameValue(arrived[i].sample)) {
      batch_.set_unchanged(batch_.unchanged() + 1);
    } else {
      RETURN_IF_ERROR(Refuse(arrived[i].place,
                             InvalidField("start", absl::StrCat("begins the same period as ",
                                                                arrived[kept - 1].place.ToString(),
                                                                ", which has another value"))));
    }
  }
  arrived.resize(kept);
  return absl::OkStatus();
}

std::vector<Intake::Month> Intake::Months() {
  std::vector<Month> months;
  for (const auto& series : series_) {
    std::vector<Arrived>& arrived = series->arrived;
    for (size_t begin = 0, end = 0; begin < arrived.size(); begin = end) {
      const absl::CivilMonth month(arrived[begin].sample.start);
      while (end < arrived.size() && absl::CivilMonth(arrived[end].sample.start) == month) ++end;
      months.push_back({{series->subject, series->factor, series->length, month},
                        absl::MakeSpan(arrived).subspan(begin, end - begin)});
    }
  }
  return months;
}

absl::Status Intake::Refuse(const Place& place, const absl::Status& status) {
  if (refusals_ == nullptr) return place.In(status);
  refusals_->push_back({place, status});
  return absl::OkStatus();
}

v1::Correction Intake::CorrectionOf(const RunKey& key, const Merged& merged) const {
  v1::Correction correction;
  *correction.mutable_before() = Named(key, merged.before);
  *correction.mutable_after() = Named(key, merged.after);
  correction.set_actor(call_.actor.subject);
  *correction.mutable_time() = ToTimestamp(call_.now);
  return correction;
}

// Puts what arrived for one run in its place.
absl::Status Intake::Merge(const Month& month, std::vector<Sample>& samples, bool& changed) {
  int64_t created = 0, corrected = 0;
  const Sample *first = nullptr, *last = nullptr;
  for (Arrived& one : month.arrived) {
    absl::StatusOr<Merged> merged = indicators::Merge(one.sample, samples, *one.reason);
    if (!merged.ok()) {
      RETURN_IF_ERROR(Refuse(one.place, merged.status()));
      continue;
    }
    if (merged->effect == Merged::Effect::kUnchanged) {
      batch_.set_unchanged(batch_.unchanged() + 1);
      continue;
    }
    if (first == nullptr) first = &one.sample;
    last = &one.sample;
    merged->effect == Merged::Effect::kCreated ? ++created : ++corrected;
    if (merged->effect == Merged::Effect::kCorrected) {
      corrections_.emplace_back(month.key.subject, CorrectionOf(month.key, *merged));
    }
  }
  changed = first != nullptr;
  if (!changed) return absl::OkStatus();
  batch_.set_created(batch_.created() + created);
  batch_.set_corrected(batch_.corrected() + corrected);
  v1::Span& span = SpanOf(month.key, batch_);
  if (span.count() == 0) span.set_first(FormatStart(first->start, month.key.length));
  span.set_last(FormatStart(last->start, month.key.length));
  span.set_count(span.count() + created + corrected);
  return absl::OkStatus();
}

// Brings the kept days of what changed up to date.
absl::Status Intake::KeepYears(Tx& tx) const {
  const auto year_of = [](const RunKey& key) -> std::optional<YearKey> {
    const bool makes_days = (key.length == Observation::HOUR || key.length == Observation::DAY) &&
                            KeepsDays(key.subject, key.factor);
    if (!makes_days) return std::nullopt;
    return YearKey{key.subject, key.factor, absl::CivilYear(key.month)};
  };
  std::set<YearKey> keys;
  for (const auto& [key, samples] : changed_) {
    if (std::optional<YearKey> year = year_of(key)) keys.insert(*std::move(year));
  }
  ASSIGN_OR_RETURN(const Years kept, Years::Find(tx, keys));
  std::map<YearKey, ObservedYear> years;
  for (const YearKey& key : keys) {
    ASSIGN_OR_RETURN(ObservedYear year, kept.At(tx, key));
    years.emplace_hint(years.end(), key, std::move(year));
  }
  for (const auto& [key, samples] : changed_) {
    if (std::optional<YearKey> year = year_of(key)) {
      years.at(*year).SetMonth(key.length, key.month, samples);
    }
  }
  return SaveYears(tx, years);
}

absl::Status Intake::KeepRuns(Tx& tx) const {
  std::vector<StoredRun> saved;
  for (const auto& [key, samples] : changed_) {
    saved.push_back({key, Pack(samples, key.length, key.month)});
  }
  return SaveRuns(tx, saved);
}

absl::StatusOr<v1::ObservationBatch> Intake::Try(Tx& tx, std::vector<Refusal>* refusals) {
  refusals_ = refusals;
  for (const auto& series : series_) RETURN_IF_ERROR(Order(*series));
  const std::vector<Month> months = Months();
  std::vector<RunKey> keys;
  for (const Month& month : months) keys.push_back(month.key);
  ASSIGN_OR_RETURN(std::vector<v1::ObservationRun> runs, FindRuns(tx, keys));
  for (size_t i = 0; i < months.size(); ++i) {
    const RunKey& key = keys[i];
    ASSIGN_OR_RETURN(std::vector<Sample> samples, Unpack(runs[i], key.length, key.month));
    bool changed = false;
    RETURN_IF_ERROR(Merge(months[i], samples, changed));
    if (changed) changed_.emplace_back(key, std::move(samples));
  }
  return batch_;
}

absl::StatusOr<v1::ObservationBatch> Intake::Store(Tx& tx, const types::v1::Origin& origin,
                                                   std::vector<Refusal>* refusals) {
  *batch_.mutable_origin() = origin;
  RETURN_IF_ERROR(Try(tx, refusals).status());
  if (changed_.empty() && (refusals != nullptr || series_.empty())) return batch_;
  for (const auto& [subject, correction] : corrections_) {
    RETURN_IF_ERROR(InsertCorrection(tx, subject, correction));
  }
  RETURN_IF_ERROR(KeepYears(tx));
  RETURN_IF_ERROR(KeepRuns(tx));
  RETURN_IF_ERROR(Insert(tx, call_, batch_));
  return batch_;
}

}  // namespace lucid::indicators
