// The tasks service, as a table of contents.
#pragma once

#include <memory>

#include "absl/types/span.h"
#include "lucid/indicators/v1/indicators_service.grpc.pb.h"
#include "lucid/tasks/v1/tasks_service.grpc.pb.h"
#include "services/base/db.h"
#include "services/base/events.h"
#include "services/base/rpc.h"
#include "services/base/streams.h"

namespace lucid::tasks {

// The most records of one batch, and so of one transaction.
inline constexpr int kMostInBatch = 1000;

class TasksService final : public v1::TasksService::CallbackService {
 public:
  using Service = v1::TasksService;

  // `indicators` answers whether measurable targets are met; without it tasks that have such
  // targets cannot be applied for.
  TasksService(Door& door, Db& db, EventFeed& feed,
               std::shared_ptr<grpc::Channel> indicators = nullptr);

  // Registry.
  RPC(CreateUnit, v1::CreateUnitRequest, v1::Unit);
  RPC(GetUnit, v1::GetUnitRequest, v1::Unit);
  RPC(ListUnits, v1::ListUnitsRequest, v1::ListUnitsResponse);
  RPC(UpdateUnit, v1::UpdateUnitRequest, v1::Unit);
  RPC(CreateRegion, v1::CreateRegionRequest, v1::Region);
  RPC(GetRegion, v1::GetRegionRequest, v1::Region);
  RPC(ListRegions, v1::ListRegionsRequest, v1::ListRegionsResponse);
  RPC(CreateInspection, v1::CreateInspectionRequest, v1::Inspection);
  RPC(GetInspection, v1::GetInspectionRequest, v1::Inspection);
  RPC(ListInspections, v1::ListInspectionsRequest, v1::ListInspectionsResponse);
  RPC(CreateFinding, v1::CreateFindingRequest, v1::Finding);
  RPC(GetFinding, v1::GetFindingRequest, v1::Finding);
  RPC(ListFindings, v1::ListFindingsRequest, v1::ListFindingsResponse);

  // Calendars, rule sets, deadlines.
  RPC(CreateCalendar, v1::CreateCalendarRequest, v1::Calendar);
  RPC(GetCalendar, v1::GetCalendarRequest, v1::Calendar);
  RPC(ListCalendars, v1::ListCalendarsRequest, v1::ListCalendarsResponse);
  RPC(UpdateCalendar, v1::UpdateCalendarRequest, v1::Calendar);
  RPC(ComputeDeadline, v1::ComputeDeadlineRequest, v1::Deadline);
  RPC(CreateRuleSet, v1::CreateRuleSetRequest, v1::RuleSet);
  RPC(GetRuleSet, v1::GetRuleSetRequest, v1::RuleSet);
  RPC(ListRuleSets, v1::ListRuleSetsRequest, v1::ListRuleSetsResponse);
  RPC(UpdateRuleSet, v1::UpdateRuleSetRequest, v1::RuleSet);

  // Tasks.
  RPC(CreateTask, v1::CreateTaskRequest, v1::Task);
  RPC(BatchCreateTasks, v1::BatchCreateTasksRequest, v1::BatchCreateTasksResponse);
  RPC(GetTask, v1::GetTaskRequest, v1::Task);
  RPC(ListTasks, v1::ListTasksRequest, v1::ListTasksResponse);
  RPC(UpdateTask, v1::UpdateTaskRequest, v1::Task);
  RPC(ConfirmProgress, v1::ConfirmProgressRequest, v1::Task);

  // Closure.
  RPC(SelfCheckTask, v1::ClosureStepRequest, v1::Task);
  RPC(ApplyForClosure, v1::ClosureStepRequest, v1::Task);
  RPC(InspectTask, v1::ClosureStepRequest, v1::Task);
  RPC(ReviewTask, v1::ClosureStepRequest, v1::Task);
  RPC(FileTask, v1::ClosureStepRequest, v1::Task);
  RPC(ReturnTask, v1::ClosureStepRequest, v1::Task);
  RPC(ReopenTask, v1::ClosureStepRequest, v1::Task);
  RPC(DismissRebound, v1::DismissReboundRequest, v1::Task);

  // Ledger.
  RPC(CreateMeeting, v1::CreateMeetingRequest, v1::Meeting);
  RPC(GetMeeting, v1::GetMeetingRequest, v1::Meeting);
  RPC(ListMeetings, v1::ListMeetingsRequest, v1::ListMeetingsResponse);
  RPC(CreateDocument, v1::CreateDocumentRequest, v1::Document);
  RPC(GetDocument, v1::GetDocumentRequest, v1::Document);
  RPC(ListDocuments, v1::ListDocumentsRequest, v1::ListDocumentsResponse);
  RPC(CreateProject, v1::CreateProjectRequest, v1::Project);
  RPC(BatchCreateProjects, v1::BatchCreateProjectsRequest, v1::BatchCreateProjectsResponse);
  RPC(GetProject, v1::GetProjectRequest, v1::Project);
  RPC(ListProjects, v1::ListProjectsRequest, v1::ListProjectsResponse);
  RPC(UpdateProject, v1::UpdateProjectRequest, v1::Project);
  RPC(CreateReviewRound, v1::CreateReviewRoundRequest, v1::ReviewRound);
  RPC(GetReviewRound, v1::GetReviewRoundRequest, v1::ReviewRound);
  RPC(ListReviewRounds, v1::ListReviewRoundsRequest, v1::ListReviewRoundsResponse);
  RPC(RecordReviewResult, v1::RecordReviewResultRequest, v1::ReviewRound);

  // Events, figures, summary.
  RPC(ListEvents, events::v1::ListEventsRequest, events::v1::ListEventsResponse);
  RPC_SERVER_STREAM(WatchEvents, events::v1::ListEventsRequest, events::v1::ListEventsResponse);
  RPC(ListFigures, figures::v1::ListFiguresRequest, figures::v1::ListFiguresResponse);
  RPC(EvaluateFigures, figures::v1::EvaluateFiguresRequest, figures::v1::EvaluateFiguresResponse);
  RPC(Summarize, types::v1::SummarizeRequest, types::v1::Summary);

 private:
  // Takes a step; `judged` is the version that was looked at before, 0 for none.
  absl::StatusOr<v1::Task> Step(const Call& call, const v1::ClosureStepRequest& request,
                                absl::string_view action, int64_t judged = 0);
  absl::Status CheckTargets(const Call& call, const v1::Task& task);

  Door& door_;
  Db& db_;
  EventFeed& feed_;
  std::unique_ptr<indicators::v1::IndicatorsService::Stub> indicators_;
};

// Stores a changed task without what is computed for the reader, then computes that for `task`.
absl::Status UpdateTaskRecord(Tx& tx, const Call& call, v1::Task& task);

// Says when the plans of these inspections are due, where a rule set says so.
absl::Status AddPlanDue(Tx& tx, absl::Span<v1::Inspection* const> inspections);

// What a publication's event does to its task: ON_NOTICE and CLOSED follow the TASK_CLOSURE notice.
absl::Status OnPublicationEvent(Tx& tx, const Call& call, const events::v1::Event& event);

}  // namespace lucid::tasks
