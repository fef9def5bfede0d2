// The indicators service, as a table of contents.
#pragma once

#include <memory>

#include "lucid/indicators/v1/indicators_service.grpc.pb.h"
#include "services/base/db.h"
#include "services/base/events.h"
#include "services/base/jobs.h"
#include "services/base/rpc.h"
#include "services/base/streams.h"
#include "services/registry/registry.h"

namespace lucid::indicators {

// The most records of one batch, and so of one transaction.
inline constexpr int kMostInBatch = 1000;

class IndicatorsService final : public v1::IndicatorsService::CallbackService {
 public:
  using Service = v1::IndicatorsService;

  // `registry` knows the units; `jobs` stores large imports.
  IndicatorsService(Door& door, Db& db, EventFeed& feed, Jobs& jobs,
                    std::shared_ptr<registry::Registry> registry);

  // Definitions and their values.
  RPC(CreateIndicator, v1::CreateIndicatorRequest, v1::Indicator);
  RPC(GetIndicator, v1::GetIndicatorRequest, v1::Indicator);
  RPC(ListIndicators, v1::ListIndicatorsRequest, v1::ListIndicatorsResponse);
  RPC(UpdateIndicator, v1::UpdateIndicatorRequest, v1::Indicator);
  RPC(EvaluateIndicator, v1::EvaluateIndicatorRequest, v1::Evaluation);
  RPC(BatchEvaluateIndicators, v1::BatchEvaluateIndicatorsRequest,
      v1::BatchEvaluateIndicatorsResponse);
  RPC(GetIndicatorSeries, v1::GetIndicatorSeriesRequest, v1::IndicatorSeries);
  RPC(ListAirQuality, v1::ListAirQualityRequest, v1::ListAirQualityResponse);
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

  // Boards.
  RPC(CreateBoard, v1::CreateBoardRequest, v1::Board);
  RPC(GetBoard, v1::GetBoardRequest, v1::Board);
  RPC(ListBoards, v1::ListBoardsRequest, v1::ListBoardsResponse);
  RPC(UpdateBoard, v1::UpdateBoardRequest, v1::Board);
  RPC(SummarizeBoard, v1::SummarizeBoardRequest, types::v1::Summary);

  // Sites.
  RPC(CreateSite, v1::CreateSiteRequest, v1::Site);
  RPC(BatchCreateSites, v1::BatchCreateSitesRequest, v1::BatchCreateSitesResponse);
  RPC(GetSite, v1::GetSiteRequest, v1::Site);
  RPC(ListSites, v1::ListSitesRequest, v1::ListSitesResponse);
  RPC(UpdateSite, v1::UpdateSiteRequest, v1::Site);

  // Observations.
  RPC(BatchCreateObservations, v1::BatchCreateObservationsRequest, v1::ObservationBatch);
  RPC(ImportObservations, v1::ImportObservationsRequest, v1::Import);
  RPC(GetImport, v1::GetImportRequest, v1::Import);
  RPC(ListImports, v1::ListImportsRequest, v1::ListImportsResponse);
  RPC(GetJob, types::v1::GetJobRequest, types::v1::Job);
  RPC(ListJobs, types::v1::ListJobsRequest, types::v1::ListJobsResponse);
  RPC_STREAM(StreamObservations, v1::StreamObservationsRequest, v1::StreamObservationsResponse);
  RPC(ListObservations, v1::ListObservationsRequest, v1::ListObservationsResponse);
  RPC(ListCorrections, v1::ListCorrectionsRequest, v1::ListCorrectionsResponse);

  // Registers.
  RPC(CreateRegister, v1::CreateRegisterRequest, v1::Register);
  RPC(GetRegister, v1::GetRegisterRequest, v1::Register);
  RPC(ListRegisters, v1::ListRegistersRequest, v1::ListRegistersResponse);
  RPC(CreateRegisterItem, v1::CreateRegisterItemRequest, v1::RegisterItem);
  RPC(BatchCreateRegisterItems, v1::BatchCreateRegisterItemsRequest,
      v1::BatchCreateRegisterItemsResponse);
  RPC(ImportRegisterItems, v1::ImportRegisterItemsRequest, v1::Import);
  RPC(GetRegisterItem, v1::GetRegisterItemRequest, v1::RegisterItem);
  RPC(ListRegisterItems, v1::ListRegisterItemsRequest, v1::ListRegisterItemsResponse);
  RPC(UpdateRegisterItem, v1::UpdateRegisterItemRequest, v1::RegisterItem);

  // Verdicts.
  RPC(GetIndicatorVerdict, v1::GetIndicatorVerdictRequest, v1::IndicatorVerdict);
  RPC(ListIndicatorVerdicts, v1::ListIndicatorVerdictsRequest, v1::ListIndicatorVerdictsResponse);

  // Alarms.
  RPC(CreateAlarm, v1::CreateAlarmRequest, v1::Alarm);
  RPC(GetAlarm, v1::GetAlarmRequest, v1::Alarm);
  RPC(ListAlarms, v1::ListAlarmsRequest, v1::ListAlarmsResponse);
  RPC(ConfirmAlarm, v1::AlarmStepRequest, v1::Alarm);
  RPC(RefuteAlarm, v1::AlarmStepRequest, v1::Alarm);
  RPC(HandleAlarm, v1::AlarmStepRequest, v1::Alarm);
  RPC(CreateAlarmRule, v1::CreateAlarmRuleRequest, v1::AlarmRule);
  RPC(GetAlarmRule, v1::GetAlarmRuleRequest, v1::AlarmRule);
  RPC(ListAlarmRules, v1::ListAlarmRulesRequest, v1::ListAlarmRulesResponse);
  RPC(UpdateAlarmRule, v1::UpdateAlarmRuleRequest, v1::AlarmRule);

  // Quality control.
  RPC(CreateQualityRule, v1::CreateQualityRuleRequest, v1::QualityRule);
  RPC(GetQualityRule, v1::GetQualityRuleRequest, v1::QualityRule);
  RPC(ListQualityRules, v1::ListQualityRulesRequest, v1::ListQualityRulesResponse);
  RPC(UpdateQualityRule, v1::UpdateQualityRuleRequest, v1::QualityRule);
  RPC(GetQualityFlag, v1::GetQualityFlagRequest, v1::QualityFlag);
  RPC(ListQualityFlags, v1::ListQualityFlagsRequest, v1::ListQualityFlagsResponse);
  RPC(ConfirmQualityFlag, v1::DecideQualityFlagRequest, v1::QualityFlag);
  RPC(DismissQualityFlag, v1::DecideQualityFlagRequest, v1::QualityFlag);
  RPC(CheckSiteQuality, v1::CheckSiteQualityRequest, v1::CheckSiteQualityResponse);
  RPC(ReportAvailability, v1::ReportAvailabilityRequest, v1::ReportAvailabilityResponse);

  // Events, figures, summary.
  RPC(ListEvents, events::v1::ListEventsRequest, events::v1::ListEventsResponse);
  RPC_SERVER_STREAM(WatchEvents, events::v1::ListEventsRequest, events::v1::ListEventsResponse);
  RPC(ListFigures, figures::v1::ListFiguresRequest, figures::v1::ListFiguresResponse);
  RPC(EvaluateFigures, figures::v1::EvaluateFiguresRequest, figures::v1::EvaluateFiguresResponse);
  RPC(Summarize, types::v1::SummarizeRequest, types::v1::Summary);

 private:
  absl::StatusOr<v1::Alarm> AnswerAlarm(const Call& call, const v1::AlarmStepRequest& request,
                                        absl::string_view action);

  Door& door_;
  Db& db_;
  EventFeed& feed_;
  Jobs& jobs_;
  const std::shared_ptr<registry::Registry> registry_;
};

}  // namespace lucid::indicators
