// The publications service, as a table of contents.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "lucid/publications/v1/publications_service.grpc.pb.h"
#include "services/base/db.h"
#include "services/base/events.h"
#include "services/base/jobs.h"
#include "services/base/rpc.h"
#include "services/base/streams.h"
#include "services/publications/figure_owners.h"
#include "services/publications/publications_rules.h"
#include "services/registry/registry.h"

namespace lucid::publications {

class PublicationsService final : public v1::PublicationsService::CallbackService {
 public:
  using Service = v1::PublicationsService;

  // `jobs` learn how to discard records; `registry` knows the calendars; `owners` evaluate the
  // figures.
  PublicationsService(Door& door, Db& db, EventFeed& feed, Jobs& jobs,
                      std::shared_ptr<registry::Registry> registry,
                      std::vector<FigureOwner> owners);

  // Drafts.
  RPC(CreatePublication, v1::CreatePublicationRequest, v1::Publication);
  RPC(GetPublication, v1::GetPublicationRequest, v1::Publication);
  RPC(ListPublications, v1::ListPublicationsRequest, v1::ListPublicationsResponse);
  RPC(UpdatePublication, v1::UpdatePublicationRequest, v1::Publication);
  RPC(FreezePublication, v1::FreezePublicationRequest, v1::Publication);
  RPC(ListFigureRecords, v1::ListFigureRecordsRequest, v1::ListFigureRecordsResponse);

  // From review to release.
  RPC(SubmitPublication, v1::SubmitPublicationRequest, v1::Publication);
  RPC(ApprovePublication, v1::ApprovePublicationRequest, v1::Publication);
  RPC(RefusePublication, v1::RefusePublicationRequest, v1::Publication);
  RPC(StartNotice, v1::StartNoticeRequest, v1::Publication);
  RPC(ReleasePublication, v1::ReleasePublicationRequest, v1::Publication);
  RPC(WithdrawPublication, v1::WithdrawPublicationRequest, v1::Publication);

  // For everybody.
  RPC(ListPublicPublications, v1::ListPublicPublicationsRequest,
      v1::ListPublicPublicationsResponse);
  RPC(GetPublicPublication, v1::GetPublicPublicationRequest, v1::PublicPublication);

  // Jobs, events, summary.
  RPC(GetJob, types::v1::GetJobRequest, types::v1::Job);
  RPC(ListJobs, types::v1::ListJobsRequest, types::v1::ListJobsResponse);
  RPC(ListEvents, events::v1::ListEventsRequest, events::v1::ListEventsResponse);
  RPC_SERVER_STREAM(WatchEvents, events::v1::ListEventsRequest, events::v1::ListEventsResponse);
  RPC(Summarize, types::v1::SummarizeRequest, types::v1::Summary);

 private:
  // What a verb changes; may read and write more in the same transaction.
  using Change = std::function<absl::Status(Tx&, v1::Publication&)>;
  // Every verb: finds the publication for the caller, checks version and rule, changes, stores.
  template <class Request>
  absl::StatusOr<v1::Publication> Do(Verb verb, const Call& call, const Request& request,
                                     const Change& change);

  Door& door_;
  Db& db_;
  EventFeed& feed_;
  Jobs& jobs_;
  const std::shared_ptr<registry::Registry> registry_;
  FigureOwners owners_;
};

}  // namespace lucid::publications
