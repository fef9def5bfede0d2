// What publications are read by: lists, the records behind figures, the public view, events.
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/base/page.h"
#include "services/base/records.h"
#include "services/base/status.h"
#include "services/publications/public_view.h"
#include "services/publications/publications_service.h"
#include "services/publications/publications_store.h"

namespace lucid::publications {
namespace {

using v1::Publication;

// What everybody may see is the same for everybody, whatever their own roles show them.
Call AsEverybody(Call call) {
  call.actor = Actor{.subject = "", .roles = {access::v1::SERVICE}, .unit = "", .region = ""};
  return call;
}

}  // namespace

absl::StatusOr<v1::ListPublicationsResponse> PublicationsService::ListPublications(
    const Call& call, const v1::ListPublicationsRequest& request) {
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListPublicationsResponse> {
    Query query;
    query.Region("region", request.region())
        .Equals("kind", int64_t{request.kind()})
        .Equals("state", int64_t{request.state()})
        .Equals("task_id", request.task_id())
        .OrderBy(request.order_by(), {"id", "release_time", "update_time"});
    v1::ListPublicationsResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_publications(),
                         *response.mutable_next_page_token()));
    for (Publication& publication : *response.mutable_publications()) {
      for (std::string& action : AllowedActions(publication, call.actor, call.today)) {
        publication.add_allowed_actions(std::move(action));
      }
      for (auto& figure : *publication.mutable_figures()) {
        if (figure.has_frozen()) figure.mutable_frozen()->clear_records();
      }
    }
    return response;
  });
}

absl::StatusOr<v1::ListFigureRecordsResponse> PublicationsService::ListFigureRecords(
    const Call& call, const v1::ListFigureRecordsRequest& request) {
  ASSIGN_OR_RETURN(int64_t limit, PageSize(request.page_size()));
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListFigureRecordsResponse> {
    ASSIGN_OR_RETURN(Publication publication, FindFor<Publication>(tx, call, request.id()));
    auto figure = absl::c_find_if(publication.figures(),
                                  [&](const auto& f) { return f.key() == request.key(); });
    if (figure == publication.figures().end() || !figure->has_frozen()) {
      return Fail(
          absl::StatusCode::kNotFound, "NOT_FOUND",
          absl::StrCat("publications/", request.id(), " has no frozen figure ", request.key()));
    }
    // A text that is frozen anew has another list.
    std::string list =
        absl::StrCat(request.id(), "/", request.key(), "/", figure->frozen().records_sha256());
    int64_t first = 0;
    if (!request.page_token().empty()) {
      ASSIGN_OR_RETURN(std::vector<std::string> keys, ReadPageToken(list, request.page_token()));
      if (keys.size() != 1 || !absl::SimpleAtoi(keys[0], &first)) {
        return InvalidField("page_token", "was not given out for this query");
      }
    }
    ASSIGN_OR_RETURN(auto records, KeptRecords(tx, publication, request.key(), first, limit + 1));
    v1::ListFigureRecordsResponse response;
    response.set_record_count(figure->frozen().record_count());
    response.set_records_sha256(figure->frozen().records_sha256());
    if (static_cast<int64_t>(records.size()) > limit) {
      records.pop_back();
      response.set_next_page_token(MakePageToken(list, {absl::StrCat(first + limit)}));
    }
    response.mutable_records()->Assign(records.begin(), records.end());
    return response;
  });
}

absl::StatusOr<v1::ListPublicPublicationsResponse> PublicationsService::ListPublicPublications(
    const Call& call, const v1::ListPublicPublicationsRequest& request) {
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListPublicPublicationsResponse> {
    Query query;
    query.Where("public_time <> ''", {})
        .Region("region", request.region())
        .Equals("kind", int64_t{request.kind()})
        .Equals("state", int64_t{request.state()})
        .OrderBy("public_time desc", {"public_time"});
    google::protobuf::RepeatedPtrField<Publication> publications;
    v1::ListPublicPublicationsResponse response;
    RETURN_IF_ERROR(List(tx, AsEverybody(call), request, query, publications,
                         *response.mutable_next_page_token()));
    for (const Publication& publication : publications) {
      *response.add_publications() = ToPublic(publication, false);
    }
    return response;
  });
}

absl::StatusOr<v1::PublicPublication> PublicationsService::GetPublicPublication(
    const Call&, const v1::GetPublicPublicationRequest& request) {
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::PublicPublication> {
    absl::StatusOr<Publication> publication = Find<Publication>(tx, request.id());
    if (publication.ok() && IsPublic(*publication)) return ToPublic(*publication, true);
    if (!publication.ok() && publication.status().code() != absl::StatusCode::kNotFound) {
      return publication.status();
    }
    // A draft and a missing id look the same from outside.
    return Fail(absl::StatusCode::kNotFound, "NOT_FOUND",
                absl::StrCat("publications/", request.id(), " is not on display"));
  });
}

absl::StatusOr<types::v1::Job> PublicationsService::GetJob(
    const Call& call, const types::v1::GetJobRequest& request) {
  return jobs_.Get(call, request);
}

absl::StatusOr<types::v1::ListJobsResponse> PublicationsService::ListJobs(
    const Call& call, const types::v1::ListJobsRequest& request) {
  return jobs_.List(call, request);
}

absl::StatusOr<events::v1::ListEventsResponse> PublicationsService::ListEvents(
    const Call& call, const events::v1::ListEventsRequest& request) {
  return feed_.List(call, request);
}

absl::StatusOr<std::unique_ptr<Source<events::v1::ListEventsResponse>>>
PublicationsService::WatchEvents(const Call& call, const events::v1::ListEventsRequest& request) {
  return std::make_unique<EventSource>(feed_, call, request);
}

}  // namespace lucid::publications
