// The indicators service, as a table of contents.
#pragma once

#include <memory>

#include "lucid/indicators/v1/indicators_service.grpc.pb.h"
#include "services/base/db.h"
#include "services/base/events.h"
#include "services/base/rpc.h"
#include "services/base/streams.h"

namespace lucid::indicators {

// The most records of one batch, and so of one transaction.
inline constexpr int kMostInBatch = 1000;

class IndicatorsService final : public v1::IndicatorsService::CallbackService {
 public:
  using Service = v1::IndicatorsService;

  IndicatorsService(Door& door, Db& db, EventFeed& feed);

  // Definitions and their values.
  RPC(CreateIndicator, v1::CreateIndicatorRequest, v1::Indicator);
  RPC(GetIndicator, v1::GetIndicatorRequest, v1::Indicator);
  RPC(ListIndicators, v1::ListIndicatorsRequest, v1::ListIndicatorsResponse);
  RPC(UpdateIndicator, v1::UpdateIndicatorRequest, v1::Indicator);
  RPC(EvaluateIndicator, v1::EvaluateIndicatorRequest, v1::Evaluation);
  RPC(ListWaterQuality, v1::ListWaterQualityRequest, v1::ListWaterQualityResponse);
  RPC(ListWaterBodies, v1::ListWaterBodiesRequest, v1::ListWaterBodiesResponse);

  // What values are judged by.
  RPC(CreateStandard, v1::CreateStandardRequest, v1::Standard);
  RPC(GetStandard, v1::GetStandardRequest, v1::Standard);
  RPC(ListStandards, v1::ListStandardsRequest, v1::ListStandardsResponse);
  RPC(UpdateStandard, v1::UpdateStandardRequest, v1::Standard);
  RPC(CorrectStandard, v1::CorrectStandardRequest, v1::Standard);
  RPC(CreateFactorSet, v1::CreateFactorSetRequest, v1::FactorSet);
  RPC(GetFactorSet, v1::GetFactorSetRequest, v1::FactorSet);
  RPC(ListFactorSets, v1::ListFactorSetsRequest, v1::ListFactorSetsResponse);
  RPC(UpdateFactorSet, v1::UpdateFactorSetRequest, v1::FactorSet);

  // Sites.
  RPC(CreateSite, v1::CreateSiteRequest, v1::Site);
  RPC(BatchCreateSites, v1::BatchCreateSitesRequest, v1::BatchCreateSitesResponse);
  RPC(GetSite, v1::GetSiteRequest, v1::Site);
  RPC(ListSites, v1::ListSitesRequest, v1::ListSitesResponse);
  RPC(UpdateSite, v1::UpdateSiteRequest, v1::Site);

  // Observations.
  RPC(BatchCreateObservations, v1::BatchCreateObservationsRequest, v1::ObservationBatch);
  RPC(ListObservations, v1::ListObservationsRequest, v1::ListObservationsResponse);
  RPC(ListCorrections, v1::ListCorrectionsRequest, v1::ListCorrectionsResponse);

  // Registers.
  RPC(CreateRegister, v1::CreateRegisterRequest, v1::Register);
  RPC(GetRegister, v1::GetRegisterRequest, v1::Register);
  RPC(ListRegisters, v1::ListRegistersRequest, v1::ListRegistersResponse);
  RPC(CreateRegisterItem, v1::CreateRegisterItemRequest, v1::RegisterItem);
  RPC(BatchCreateRegisterItems, v1::BatchCreateRegisterItemsRequest,
      v1::BatchCreateRegisterItemsResponse);
  RPC(GetRegisterItem, v1::GetRegisterItemRequest, v1::RegisterItem);
  RPC(ListRegisterItems, v1::ListRegisterItemsRequest, v1::ListRegisterItemsResponse);
  RPC(UpdateRegisterItem, v1::UpdateRegisterItemRequest, v1::RegisterItem);

  // Events, figures, summary.
  RPC(ListEvents, events::v1::ListEventsRequest, events::v1::ListEventsResponse);
  RPC_SERVER_STREAM(WatchEvents, events::v1::ListEventsRequest, events::v1::ListEventsResponse);
  RPC(ListFigures, figures::v1::ListFiguresRequest, figures::v1::ListFiguresResponse);
  RPC(EvaluateFigures, figures::v1::EvaluateFiguresRequest, figures::v1::EvaluateFiguresResponse);
  RPC(Summarize, types::v1::SummarizeRequest, types::v1::Summary);

 private:
  Door& door_;
  Db& db_;
  EventFeed& feed_;
};

}  // namespace lucid::indicators
