#include "services/indicators/indicators_kind_evaluation.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "services/base/calendar.h"
#include "services/base/status.h"
#include "services/indicators/indicators_kind_rules.h"
#include "services/indicators/indicators_samples.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {
namespace {

using v1::Evaluation;
using v1::Indicator;
using v1::Observation;

// Observations of any length in the order in which their periods end.
class GaugeReadings final : public Readings {
 public:
  static absl::StatusOr<std::unique_ptr<Readings>> Read(Tx& tx, const Indicator& indicator,
                                                        const Period& span) {
    auto readings = std::make_unique<GaugeReadings>();
    const Period all{std::nullopt, span.to, span.as_of};
    ASSIGN_OR_RETURN(Series series, LoadSeries(tx, IndicatorSubject(indicator.id()), "value", all));
    for (const auto& [key, samples] : series) {
      for (const Sample& sample : samples) {
        if (sample.usable()) readings->entries_.push_back({key.second, sample});
      }
    }
    std::stable_sort(readings->entries_.begin(), readings->entries_.end(),
                     [](const Entry& a, const Entry& b) { return a.order() < b.order(); });
    return readings;
  }

  absl::StatusOr<Evaluation> Evaluate(const Question& question, Records* records) override {
    auto after = std::partition_point(entries_.begin(), entries_.end(), [&](const Entry& entry) {
      return entry.order().first <= question.period.last();
    });
    const Entry* latest = after == entries_.begin() ? nullptr : &*(after - 1);
    if (latest != nullptr && records != nullptr) {
      records->push_back(Reference(IndicatorSubject(question.indicator.id()), "value",
                                   latest->length, latest->sample));
    }
    return EvaluateGauge(question, latest == nullptr ? nullptr : &latest->sample);
  }

 private:
  struct Entry {
    Observation::Length length;
    Sample sample;

    std::pair<absl::CivilDay, absl::CivilMinute> order() const {
      return {LastDay(sample.start, length), sample.start};
    }
  };
  std::vector<Entry> entries_;
};

// The items of a register in order of their days.
class ItemReadings final : public Readings {
 public:
  static absl::StatusOr<std::unique_ptr<Readings>> Read(Tx& tx, const Indicator& indicator,
                                                        const Period& span) {
    const bool adds = indicator.register_rule().aggregate() == v1::RegisterRule::SUM;
    auto readings = std::make_unique<ItemReadings>(adds ? indicator.unit() : "");
    ASSIGN_OR_RETURN(Rows rows,
                     CountingItems(tx, indicator.register_rule().register_id(),
                                   span.from ? FormatDay(*span.from) : "", FormatDay(span.last())));
    readings->entries_.resize(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      readings->entries_[i] = {rows.Text(i, 5), rows.Text(i, 0), rows.Int(i, 1),
                               Item{rows.Text(i, 2), rows.Text(i, 3), rows.Text(i, 4)}};
    }
    return readings;
  }
  explicit ItemReadings(const std::string& unit) : unit_(unit), from_the_beginning_(unit) {}

  absl::StatusOr<Evaluation> Evaluate(const Question& question, Records* records) override {
    const Period& period = question.period;
    const size_t first = period.from ? Before(FormatDay(*period.from)) : 0;
    const size_t end = Before(FormatDay(period.last() + 1));
    if (records != nullptr) {
      for (size_t i = first; i < end; ++i) {
        records->push_back(Reference("register_items", entries_[i].id, entries_[i].version));
      }
    }
    if (!period.from && counted_ <= end) {
      for (; counted_ < end; ++counted_) {
        RETURN_IF_ERROR(from_the_beginning_.Add(entries_[counted_].item));
      }
      return EvaluateItems(question, from_the_beginning_);
    }
    ItemTotals totals(unit_);
    for (size_t i = first; i < end; ++i) RETURN_IF_ERROR(totals.Add(entries_[i].item));
    return EvaluateItems(question, totals);
  }

 private:
  struct Entry {
    std::string day;
    std::string id;
    int64_t version;
    Item item;
  };

  // How many entries lie before a day.
  size_t Before(const std::string& day) const {
    return std::partition_point(entries_.begin(), entries_.end(),
                                [&](const Entry& entry) { return entry.day < day; }) -
           entries_.begin();
  }

  const std::string unit_;
  std::vector<Entry> entries_;
  ItemTotals from_the_beginning_;
  size_t counted_ = 0;  // in it
};

// The sites of a set.
class SetReadings final : public Readings {
 public:
  static absl::StatusOr<std::unique_ptr<Readings>> Read(Tx& tx, const Indicator& indicator,
                                                        const Period&) {
    ASSIGN_OR_RETURN(std::vector<v1::Site> sites,
                     SelectSites(tx, indicator.region(), indicator.sites()));
    return std::make_unique<SetReadings>(tx, std::move(sites));
  }
  SetReadings(Tx& tx, std::vector<v1::Site> sites) : tx_(tx), sites_(std::move(sites)) {}

  absl::StatusOr<Evaluation> Evaluate(const Question& question, Records* records) override {
    const v1::AssessmentSet::Level set = question.indicator.sites().set();
    int64_t members = 0, with_data = 0;
    for (const v1::Site& site : sites_) {
      if (!Asked(site, question) || !InSet(site, question.period, set)) continue;
      ++members;
      if (records == nullptr) continue;
      records->push_back(Reference("sites", site.id(), site.version()));
      ASSIGN_OR_RETURN(bool has_data, HasData(site, question.period));
      with_data += has_data;
    }
    return EvaluateSites(question, members,
                         records == nullptr ? std::nullopt : std::optional<int64_t>(with_data));
  }

 private:
  // Whether anything was observed there in the year in which the period ends.
  absl::StatusOr<bool> HasData(const v1::Site& site, const Period& period) {
    RunQuery query{SiteSubject(site.id())};
    query.to = absl::CivilMonth(period.last());
    query.from = absl::CivilMonth(absl::CivilYear(period.last()));
    query.limit = 1;
    ASSIGN_OR_RETURN(std::vector<StoredRun> runs, FindRuns(tx_, query));
    return !runs.empty();
  }

  Tx& tx_;
  std::vector<v1::Site> sites_;
};

// The observations from which a ratio is made: of the longest length that both factors have.
RatioSamples SamplesOf(const Series& series, const v1::RatioRule& rule, const Period& period) {
  RatioSamples samples;
  for (Observation::Length length : {Observation::YEAR, Observation::MONTH, Observation::DAY}) {
    auto usable = [&](const std::string& factor) {
      std::vector<Sample> found;
      for (const Sample& sample : Of(series, factor, length)) {
        if (sample.usable() && period.Contains(sample.day()) &&
            LastDay(sample.start, length) <= period.last()) {
          found.push_back(sample);
        }
      }
      return found;
    };
    samples = {length, usable(rule.numerator_factor()), usable(rule.denominator_factor())};
    if (!samples.numerators.empty() && !samples.denominators.empty()) return samples;
  }
  return {};
}

void AddRecords(const Indicator& indicator, const RatioSamples& samples,
                Readings::Records* records) {
  if (records == nullptr) return;
  const std::string subject = IndicatorSubject(indicator.id());
  const v1::RatioRule& rule = indicator.ratio_rule();
  for (const auto& [factor, list] : {std::pair{&rule.numerator_factor(), &samples.numerators},
                                     {&rule.denominator_factor(), &samples.denominators}}) {
    for (const Sample& sample : *list) {
      records->push_back(Reference(subject, *factor, samples.length, sample));
    }
  }
}

// The observations of a RATIO or BOUND.
class OwnReadings final : public Readings {
 public:
  static absl::StatusOr<std::unique_ptr<Readings>> Read(Tx& tx, const Indicator& indicator,
                                                        const Period& span) {
    ASSIGN_OR_RETURN(Series series, LoadSeries(tx, IndicatorSubject(indicator.id()), "", span));
    return std::make_unique<OwnReadings>(std::move(series));
  }
  explicit OwnReadings(Series series) : series_(std::move(series)) {}

  absl::StatusOr<Evaluation> Evaluate(const Question& question, Records* records) override {
    if (question.indicator.kind() == Indicator::BOUND) return Bound(question, records);
    RatioSamples samples = SamplesOf(series_, question.indicator.ratio_rule(), question.period);
    AddRecords(question.indicator, samples, records);
    return EvaluateRatio(question, samples);
  }

 private:
  absl::StatusOr<Evaluation> Bound(const Question& question, Records* records) const {
    const Indicator& indicator = question.indicator;
    const int first = static_cast<int>(question.period.from->year());
    const int last = static_cast<int>(question.period.to.year());
    std::map<int, RatioSamples> ratios;
    std::map<int, const Sample*> values;
    for (const Sample& sample : Of(series_, "value", Observation::YEAR)) {
      if (!sample.usable() || !question.period.Contains(sample.day())) continue;
      values[static_cast<int>(sample.day().year())] = &sample;
      if (records == nullptr) continue;
      records->push_back(
          Reference(IndicatorSubject(indicator.id()), "value", Observation::YEAR, sample));
    }
    std::vector<YearValue> years;
    for (int year = first; year <= last; ++year) {
      YearValue& of_year = years.emplace_back(YearValue{year, nullptr, nullptr});
      if (indicator.has_ratio_rule()) {
        const Period whole{absl::CivilDay(year, 1, 1), absl::CivilDay(year, 12, 31),
                           question.period.as_of};
        RatioSamples& samples = ratios[year];
        samples = SamplesOf(series_, indicator.ratio_rule(), whole);
        if (samples.length == Observation::LENGTH_UNSPECIFIED) continue;
        of_year.ratio = &samples;
        AddRecords(indicator, samples, records);
      } else if (auto value = values.find(year); value != values.end()) {
        of_year.value = value->second;
      }
    }
    return EvaluateBound(question, years);
  }

  Series series_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Readings>> Read(Tx& tx, const Indicator& indicator,
                                               const Period& span) {
  switch (indicator.kind()) {
    case Indicator::GAUGE:
      return GaugeReadings::Read(tx, indicator, span);
    case Indicator::REGISTER:
      return indicator.register_rule().aggregate() == v1::RegisterRule::SITES
                 ? SetReadings::Read(tx, indicator, span)
                 : ItemReadings::Read(tx, indicator, span);
    case Indicator::RATIO:
    case Indicator::BOUND:
      return OwnReadings::Read(tx, indicator, span);
    default:
      return absl::InternalError("this kind is not made of readings of its own");
  }
}

}  // namespace lucid::indicators
