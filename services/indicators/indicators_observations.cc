// Observations: batches in, lists and corrections out.
#include "services/indicators/indicators_observations.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/base/calendar.h"
#include "services/base/page.h"
#include "services/base/records.h"
#include "services/base/timestamps.h"
#include "services/indicators/indicators_rules.h"
#include "services/indicators/indicators_service.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {
namespace {

using v1::Observation;

// What observations belong to: a site, or an indicator.
struct Subject {
  std::optional<v1::Site> site;
  std::optional<v1::Indicator> indicator;

  const std::string& region() const { return site ? site->region() : indicator->region(); }
  std::string key() const {
    return site ? SiteSubject(site->id()) : IndicatorSubject(indicator->id());
  }
  absl::StatusOr<ValueRule> RuleOf(absl::string_view factor) const {
    return site ? ValueRuleOf(*site, factor) : ValueRuleOf(*indicator, factor);
  }
};

// Finds the site or the indicator, whichever is named; exactly one must be.
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

// One observation of a batch, checked, with its place in the request.
struct Arrived {
  int index;
  Sample sample;
};
using Arrivals = std::map<RunKey, std::vector<Arrived>>;

// Checks every observation and sorts them by run; names every violation at once.
absl::StatusOr<Arrivals> Sort(Tx& tx, const Call& call,
                              const v1::BatchCreateObservationsRequest& request,
                              v1::ObservationBatch& batch) {
  Arrivals arrivals;
  std::map<std::pair<std::string, std::string>, Subject> subjects;
  FieldErrors errors;
  for (int i = 0; i < request.observations_size(); ++i) {
    const Observation& observation = request.observations(i);
    const std::string prefix = absl::StrCat("observations[", i, "].");
    auto [known, is_new] =
        subjects.try_emplace({observation.site_id(), observation.indicator_id()});
    if (is_new) {
      absl::StatusOr<Subject> found =
          FindSubject(tx, call, observation.site_id(), observation.indicator_id());
      if (!found.ok()) return InItem("observations", i, found.status());
      known->second = *std::move(found);
      const std::string& region = known->second.region();
      batch.set_region(batch.region().empty() ? region : CommonRegion(batch.region(), region));
    }
    const Subject& subject = known->second;
    absl::StatusOr<ValueRule> rule = subject.RuleOf(observation.factor());
    if (!rule.ok()) {
      errors.Add(prefix, rule.status());
      continue;
    }
    absl::StatusOr<Sample> sample = ReadObservation(observation, *rule, call.today);
    if (!sample.ok()) {
      errors.Add(prefix, sample.status());
      continue;
    }
    RunKey key{subject.key(), observation.factor(), observation.length(),
               absl::CivilMonth(sample->start)};
    arrivals[key].push_back({i, *std::move(sample)});
  }
  RETURN_IF_ERROR(errors.status());
  return arrivals;
}

// The observation with its series written into it.
Observation Named(const RunKey& key, const Sample& sample) {
  Observation observation = WriteObservation(sample, key.length);
  const std::vector<std::string> parts = absl::StrSplit(key.subject, absl::MaxSplits('/', 1));
  (parts[0] == "site" ? *observation.mutable_site_id() : *observation.mutable_indicator_id()) =
      parts[1];
  observation.set_factor(key.factor);
  return observation;
}

void Count(const Observation& changed, v1::ObservationBatch& batch) {
  v1::Span* span = batch.spans().empty() ? nullptr : batch.mutable_spans(batch.spans_size() - 1);
  if (span == nullptr || span->site_id() != changed.site_id() ||
      span->indicator_id() != changed.indicator_id() || span->factor() != changed.factor() ||
      span->length() != changed.length()) {
    span = batch.add_spans();
    span->set_site_id(changed.site_id());
    span->set_indicator_id(changed.indicator_id());
    span->set_factor(changed.factor());
    span->set_length(changed.length());
    span->set_first(changed.start());
  }
  if (changed.start() < span->first()) span->set_first(changed.start());
  if (changed.start() > span->last()) span->set_last(changed.start());
  span->set_count(span->count() + 1);
}

// Puts what arrived for one run in its place.
absl::Status MergeRun(Tx& tx, const Call& call, const RunKey& key,
                      const std::vector<Arrived>& arrived, v1::ObservationBatch& batch) {
  ASSIGN_OR_RETURN(v1::ObservationRun run, FindRun(tx, key));
  ASSIGN_OR_RETURN(std::vector<Sample> samples, Unpack(run, key.length, key.month));
  bool changed = false;
  for (const Arrived& one : arrived) {
    absl::StatusOr<Merged> merged = Merge(one.sample, samples);
    if (!merged.ok()) return InItem("observations", one.index, merged.status());
    if (merged->effect == Merged::Effect::kUnchanged) {
      batch.set_unchanged(batch.unchanged() + 1);
      continue;
    }
    changed = true;
    const Observation after = Named(key, merged->after);
    Count(after, batch);
    if (merged->effect == Merged::Effect::kCreated) {
      batch.set_created(batch.created() + 1);
      continue;
    }
    batch.set_corrected(batch.corrected() + 1);
    v1::Correction correction;
    *correction.mutable_before() = Named(key, merged->before);
    *correction.mutable_after() = after;
    correction.set_actor(call.actor.subject);
    *correction.mutable_time() = ToTimestamp(call.now);
    RETURN_IF_ERROR(InsertCorrection(tx, key.subject, correction));
  }
  if (!changed) return absl::OkStatus();
  return SaveRun(tx, key, Pack(samples, key.length, key.month));
}

// A page of a list of one subject: its size, and the position after which it begins.
struct Page {
  int64_t size = 0;
  std::string identity;
  std::vector<std::string> after;
};
template <class Request>
absl::StatusOr<Page> ReadPage(const Call& call, absl::string_view list, const Request& request,
                              absl::string_view filters) {
  Page page;
  ASSIGN_OR_RETURN(page.size, PageSize(request.page_size()));
  page.identity = absl::StrCat(list, "|", call.actor.subject, "|", request.site_id(), "|",
                               request.indicator_id(), "|", request.factor(), "|",
                               int{request.length()}, "|", filters);
  if (!request.page_token().empty()) {
    ASSIGN_OR_RETURN(page.after, ReadPageToken(page.identity, request.page_token()));
    if (page.after.size() != 4) {
      return InvalidField("page_token", "was not given out for this query");
    }
  }
  return page;
}

// Where an observation stands in the order of lists.
std::vector<std::string> PositionOf(const Observation& observation) {
  return {observation.factor(), absl::StrCat(int{observation.length()}), observation.start(),
          absl::StrCat(observation.revision())};
}

}  // namespace

absl::StatusOr<v1::ObservationBatch> RecordObservations(
    Tx& tx, const Call& call, const v1::BatchCreateObservationsRequest& request) {
  v1::ObservationBatch batch;
  *batch.mutable_origin() = request.origin();
  ASSIGN_OR_RETURN(Arrivals arrivals, Sort(tx, call, request, batch));
  for (const auto& [key, arrived] : arrivals) {
    RETURN_IF_ERROR(MergeRun(tx, call, key, arrived, batch));
  }
  RETURN_IF_ERROR(Insert(tx, call, batch));
  return batch;
}

absl::StatusOr<v1::ObservationBatch> IndicatorsService::BatchCreateObservations(
    const Call& call, const v1::BatchCreateObservationsRequest& request) {
  if (request.observations_size() > kMostInBatch) {
    return InvalidField("observations", "must be at most 1000");
  }
  if (request.observations().empty()) return InvalidField("observations", "is required");
  return Write(db_, call, [&](Tx& tx) { return RecordObservations(tx, call, request); });
}

absl::StatusOr<v1::ListObservationsResponse> IndicatorsService::ListObservations(
    const Call& call, const v1::ListObservationsRequest& request) {
  FieldErrors errors;
  CheckDay(errors, "from_day", request.from_day(), false);
  CheckDay(errors, "to_day", request.to_day(), false);
  RETURN_IF_ERROR(errors.status());
  ASSIGN_OR_RETURN(Page page, ReadPage(call, "observations", request,
                                       absl::StrCat(request.from_day(), "|", request.to_day())));
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListObservationsResponse> {
    ASSIGN_OR_RETURN(Subject subject,
                     FindSubject(tx, call, request.site_id(), request.indicator_id()));
    RunQuery query{subject.key(), request.factor(), request.length()};
    if (!request.from_day().empty()) query.from = absl::CivilMonth(*ParseDay(request.from_day()));
    if (!request.to_day().empty()) query.to = absl::CivilMonth(*ParseDay(request.to_day()));
    // A run holds at least one observation, and most hold a month of them.
    query.limit = 32;
    absl::CivilMinute after;
    if (!page.after.empty()) {
      int length = 0;
      if (!absl::SimpleAtoi(page.after[1], &length) || !Observation::Length_IsValid(length)) {
        return InvalidField("page_token", "was not given out for this query");
      }
      ASSIGN_OR_RETURN(after, ParseStart(page.after[2], Observation::Length(length)));
      query.at_or_after = {"", page.after[0], Observation::Length(length), absl::CivilMonth(after)};
    }
    v1::ListObservationsResponse response;
    while (true) {
      ASSIGN_OR_RETURN(std::vector<StoredRun> runs, FindRuns(tx, query));
      for (const StoredRun& stored : runs) {
        ASSIGN_OR_RETURN(std::vector<Sample> samples,
                         Unpack(stored.run, stored.key.length, stored.key.month));
        const bool begun = query.at_or_after && stored.key.factor == query.at_or_after->factor &&
                           stored.key.length == query.at_or_after->length &&
                           stored.key.month == query.at_or_after->month;
        for (const Sample& sample : samples) {
          const std::string day = FormatDay(sample.day());
          if (day < request.from_day() || (!request.to_day().empty() && day > request.to_day()) ||
              (begun && sample.start <= after)) {
            continue;
          }
          if (response.observations_size() == page.size) {
            response.set_next_page_token(
                MakePageToken(page.identity,
                              PositionOf(response.observations(response.observations_size() - 1))));
            return response;
          }
          *response.add_observations() = Named(stored.key, sample);
        }
      }
      if (static_cast<int>(runs.size()) < query.limit) return response;
      query.at_or_after = runs.back().key;
      ASSIGN_OR_RETURN(std::vector<Sample> last,
                       Unpack(runs.back().run, runs.back().key.length, runs.back().key.month));
      after = last.back().start;
    }
  });
}

absl::StatusOr<v1::ListCorrectionsResponse> IndicatorsService::ListCorrections(
    const Call& call, const v1::ListCorrectionsRequest& request) {
  ASSIGN_OR_RETURN(Page page, ReadPage(call, "corrections", request, ""));
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListCorrectionsResponse> {
    ASSIGN_OR_RETURN(Subject subject,
                     FindSubject(tx, call, request.site_id(), request.indicator_id()));
    ASSIGN_OR_RETURN(std::vector<v1::Correction> found,
                     FindCorrections(tx, {subject.key(), request.factor(), request.length(),
                                          page.after, page.size + 1}));
    v1::ListCorrectionsResponse response;
    const bool more = static_cast<int64_t>(found.size()) > page.size;
    if (more) found.pop_back();
    if (more) {
      response.set_next_page_token(MakePageToken(page.identity, PositionOf(found.back().after())));
    }
    for (v1::Correction& correction : found) *response.add_corrections() = std::move(correction);
    return response;
  });
}

}  // namespace lucid::indicators
