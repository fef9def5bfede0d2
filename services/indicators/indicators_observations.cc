// Observations: batches in, lists and corrections out.
#include "services/indicators/indicators_observations.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/base/calendar.h"
#include "services/base/page.h"
#include "services/base/records.h"
#include "services/indicators/indicators_intake.h"
#include "services/indicators/indicators_service.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {
namespace {

using v1::Observation;

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
  Intake intake(call);
  FieldErrors errors;
  for (int i = 0; i < request.observations_size(); ++i) {
    const Place place{"observations", i};
    absl::Status added = intake.Add(tx, request.observations(i), place);
    if (added.code() == absl::StatusCode::kInvalidArgument) {
      errors.Add(absl::StrCat(place.ToString(), "."), added);
    } else if (!added.ok()) {
      return place.In(added);
    }
  }
  RETURN_IF_ERROR(errors.status());
  return intake.Store(tx, request.origin());
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
