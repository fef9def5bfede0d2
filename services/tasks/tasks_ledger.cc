// Meetings, documents, projects and review rounds.
#include "services/base/calendar.h"
#include "services/base/decimal.h"
#include "services/base/mask.h"
#include "services/base/region.h"
#include "services/base/text.h"
#include "services/base/units.h"
#include "services/tasks/tasks_closure_rules.h"
#include "services/tasks/tasks_references.h"
#include "services/tasks/tasks_service.h"
#include "services/tasks/tasks_store.h"

namespace lucid::tasks {
namespace {

constexpr size_t kLongestLine = 200, kLongestPassage = 20000;  // characters
constexpr int kMostReferences = 200;                           // of a project

void CheckPastDay(FieldErrors& errors, absl::string_view field, const std::string& text,
                  absl::CivilDay today) {
  CheckDay(errors, field, text, true);
  auto day = ParseDay(text);
  if (day.ok() && *day > today) errors.Add(field, "must not lie in the future");
}

absl::Status CheckMeeting(const v1::Meeting& meeting, absl::CivilDay today) {
  FieldErrors errors;
  errors.Add("", CheckRegion("region", meeting.region()));
  if (meeting.body() == v1::Meeting::BODY_UNSPECIFIED) errors.Add("body", "is required");
  CheckText(errors, "agenda", meeting.agenda(), kLongestPassage, true);
  CheckPastDay(errors, "day", meeting.day(), today);
  return errors.status();
}

absl::Status CheckDocument(const v1::Document& document, absl::CivilDay today) {
  FieldErrors errors;
  errors.Add("", CheckRegion("region", document.region()));
  if (NormaliseDocumentNumber(document.document_number()).empty()) {
    errors.Add("document_number", "is required");
  }
  CheckText(errors, "document_number", document.document_number(), kLongestLine, false);
  CheckText(errors, "title", document.title(), kLongestLine, true);
  CheckText(errors, "issuer", document.issuer(), kLongestLine, true);
  if (document.category() == v1::Document::CATEGORY_UNSPECIFIED) {
    errors.Add("category", "is required");
  }
  CheckPastDay(errors, "issue_day", document.issue_day(), today);
  return errors.status();
}

absl::Status CheckProject(const v1::Project& project, absl::CivilDay today) {
  FieldErrors errors;
  errors.Add("", CheckRegion("region", project.region()));
  CheckText(errors, "name", project.name(), kLongestLine, true);
  CheckCount(errors, "task_ids", project.task_ids_size(), kMostReferences);
  if (project.category() == v1::Project::CATEGORY_UNSPECIFIED) {
    errors.Add("category", "is required");
  }
  if (project.state() == v1::Project::STATE_UNSPECIFIED) errors.Add("state", "is required");
  if (!project.investment().empty()) {
    absl::StatusOr<Decimal> amount = Decimal::Parse(project.investment());
    if (!amount.ok()) {
      errors.Add("investment", amount.status().message());
    } else if (*amount < Decimal(0)) {
      errors.Add("investment", "must not be negative");
    }
    CheckUnit(errors, "investment_unit", project.investment_unit());
  }
  CheckDay(errors, "planned_start_day", project.planned_start_day(), false);
  CheckDay(errors, "planned_finish_day", project.planned_finish_day(), false);
  CheckDay(errors, "start_day", project.start_day(), false);
  CheckDay(errors, "finish_day", project.finish_day(), project.state() == v1::Project::COMPLETED);
  CheckPastDay(errors, "listed_day", project.listed_day(), today);
  return errors.status();
}

absl::Status CheckProjectReferences(Tx& tx, const Call& call, const v1::Project& project) {
  FieldErrors errors;
  RETURN_IF_ERROR(CheckExists<v1::Unit>(tx, "unit_id", project.unit_id(), "a unit", errors));
  RETURN_IF_ERROR(CheckExistsFor<v1::Inspection>(tx, call, "inspection_id", project.inspection_id(),
                                                 "an inspection", errors));
  for (const std::string& id : project.task_ids()) {
    RETURN_IF_ERROR(CheckExistsFor<v1::Task>(tx, call, "task_ids", id, "a task", errors));
  }
  return errors.status();
}

absl::Status InsertProject(Tx& tx, const Call& call, v1::Project& project) {
  if (project.listed_day().empty()) project.set_listed_day(FormatDay(call.today));
  RETURN_IF_ERROR(CheckProject(project, call.today));
  RETURN_IF_ERROR(CheckProjectReferences(tx, call, project));
  return Insert(tx, call, project);
}

absl::Status CheckResult(const v1::ReviewResult& result) {
  FieldErrors errors;
  if (result.task_id().empty() == result.petition_id().empty()) {
    errors.Add("result.task_id", "or petition_id must be given, not both");
  }
  if (result.outcome() == v1::ReviewResult::OUTCOME_UNSPECIFIED) {
    errors.Add("result.outcome", "is required");
  }
  if (result.outcome() != v1::ReviewResult::IN_PLACE && result.note().empty()) {
    errors.Add("result.note", "must say what was found");
  }
  CheckText(errors, "result.note", result.note(), kLongestPassage, false);
  return errors.status();
}

// A closed task that is not in place starts a new round.
absl::Status ReopenIfClosed(Tx& tx, const Call& call, const v1::ReviewResult& result) {
  ASSIGN_OR_RETURN(std::optional<v1::Task> task,
                   FindReferred<v1::Task>(tx, call, result.task_id()));
  if (!task) return InvalidField("result.task_id", "names a task that does not exist");
  if (result.outcome() == v1::ReviewResult::IN_PLACE) return absl::OkStatus();
  v1::ClosureStepRequest step;
  step.set_reason(result.note());
  if (!CheckStep(*task, call.actor, "reopen", step).ok()) return absl::OkStatus();
  TakeStep(*task, "reopen", step, call.actor, call.today);
  return Update(tx, call, *task);
}

}  // namespace

absl::StatusOr<v1::Meeting> TasksService::CreateMeeting(const Call& call,
                                                        const v1::CreateMeetingRequest& request) {
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Meeting> {
    v1::Meeting meeting = request.meeting();
    RETURN_IF_ERROR(CheckMeeting(meeting, call.today));
    RETURN_IF_ERROR(Insert(tx, call, meeting));
    return meeting;
  });
}

absl::StatusOr<v1::Meeting> TasksService::GetMeeting(const Call& call,
                                                     const v1::GetMeetingRequest& request) {
  return db_.Read([&](Tx& tx) { return FindFor<v1::Meeting>(tx, call, request.id()); });
}

absl::StatusOr<v1::ListMeetingsResponse> TasksService::ListMeetings(
    const Call& call, const v1::ListMeetingsRequest& request) {
  Query query;
  query.Region("region", request.region())
      .Equals("body_kind", int64_t{request.body()})
      .OrderBy(request.order_by(), {"id", "day"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListMeetingsResponse> {
    v1::ListMeetingsResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_meetings(),
                         *response.mutable_next_page_token()));
    return response;
  });
}

absl::StatusOr<v1::Document> TasksService::CreateDocument(
    const Call& call, const v1::CreateDocumentRequest& request) {
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Document> {
    v1::Document document = request.document();
    RETURN_IF_ERROR(CheckDocument(document, call.today));
    RETURN_IF_ERROR(Insert(tx, call, document));
    return document;
  });
}

absl::StatusOr<v1::Document> TasksService::GetDocument(const Call& call,
                                                       const v1::GetDocumentRequest& request) {
  return db_.Read([&](Tx& tx) { return FindFor<v1::Document>(tx, call, request.id()); });
}

absl::StatusOr<v1::ListDocumentsResponse> TasksService::ListDocuments(
    const Call& call, const v1::ListDocumentsRequest& request) {
  Query query;
  query.Region("region", request.region())
      .Equals("category", int64_t{request.category()})
      .Equals("number_key", NormaliseDocumentNumber(request.document_number()))
      .OrderBy(request.order_by(), {"id", "issue_day"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListDocumentsResponse> {
    v1::ListDocumentsResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_documents(),
                         *response.mutable_next_page_token()));
    return response;
  });
}

absl::StatusOr<v1::Project> TasksService::CreateProject(const Call& call,
                                                        const v1::CreateProjectRequest& request) {
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Project> {
    v1::Project project = request.project();
    RETURN_IF_ERROR(InsertProject(tx, call, project));
    return project;
  });
}

absl::StatusOr<v1::BatchCreateProjectsResponse> TasksService::BatchCreateProjects(
    const Call& call, const v1::BatchCreateProjectsRequest& request) {
  if (request.projects_size() > kMostInBatch) {
    return InvalidField("projects", "must be at most 1000");
  }
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::BatchCreateProjectsResponse> {
    v1::BatchCreateProjectsResponse response;
    for (int i = 0; i < request.projects_size(); ++i) {
      v1::Project& project = *response.add_projects();
      project = request.projects(i);
      RETURN_IF_ERROR(InItem("projects", i, InsertProject(tx, call, project)));
    }
    return response;
  });
}

absl::StatusOr<v1::Project> TasksService::GetProject(const Call& call,
                                                     const v1::GetProjectRequest& request) {
  return db_.Read([&](Tx& tx) { return FindFor<v1::Project>(tx, call, request.id()); });
}

absl::StatusOr<v1::ListProjectsResponse> TasksService::ListProjects(
    const Call& call, const v1::ListProjectsRequest& request) {
  Query query;
  query.Region("region", request.region())
      .Equals("category", int64_t{request.category()})
      .Equals("inspection_id", request.inspection_id())
      .Equals("state", int64_t{request.state()})
      .OrderBy(request.order_by(), {"id", "name"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListProjectsResponse> {
    v1::ListProjectsResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_projects(),
                         *response.mutable_next_page_token()));
    return response;
  });
}

absl::StatusOr<v1::Project> TasksService::UpdateProject(const Call& call,
                                                        const v1::UpdateProjectRequest& request) {
  ASSIGN_OR_RETURN(std::vector<std::string> paths,
                   MaskPaths(request.update_mask(), request.project()));
  RETURN_IF_ERROR(CheckPaths(
      paths, {"name", "category", "task_ids", "unit_id", "investment", "investment_unit",
              "planned_start_day", "planned_finish_day", "start_day", "finish_day", "state"}));
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Project> {
    ASSIGN_OR_RETURN(v1::Project project, FindFor<v1::Project>(tx, call, request.project().id()));
    RETURN_IF_ERROR(CheckVersion(tx, project, request.project().version()));
    CopyPaths(request.project(), paths, project);
    RETURN_IF_ERROR(CheckProject(project, call.today));
    RETURN_IF_ERROR(CheckProjectReferences(tx, call, project));
    RETURN_IF_ERROR(Update(tx, call, project));
    return project;
  });
}

absl::StatusOr<v1::ReviewRound> TasksService::CreateReviewRound(
    const Call& call, const v1::CreateReviewRoundRequest& request) {
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::ReviewRound> {
    v1::ReviewRound round = request.review_round();
    FieldErrors errors;
    errors.Add("", CheckRegion("region", round.region()));
    if (round.number() < 1) errors.Add("number", "must be 1 or more");
    if (round.scope().empty()) errors.Add("scope", "is required");
    if (round.results_size() > 0) errors.Add("results", "are recorded one by one by :record");
    CheckPastDay(errors, "day", round.day(), call.today);
    RETURN_IF_ERROR(errors.status());
    RETURN_IF_ERROR(Insert(tx, call, round));
    return round;
  });
}

absl::StatusOr<v1::ReviewRound> TasksService::GetReviewRound(
    const Call& call, const v1::GetReviewRoundRequest& request) {
  return db_.Read([&](Tx& tx) { return FindFor<v1::ReviewRound>(tx, call, request.id()); });
}

absl::StatusOr<v1::ListReviewRoundsResponse> TasksService::ListReviewRounds(
    const Call& call, const v1::ListReviewRoundsRequest& request) {
  Query query;
  query.Region("region", request.region()).OrderBy(request.order_by(), {"id", "day"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListReviewRoundsResponse> {
    v1::ListReviewRoundsResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_review_rounds(),
                         *response.mutable_next_page_token()));
    return response;
  });
}

absl::StatusOr<v1::ReviewRound> TasksService::RecordReviewResult(
    const Call& call, const v1::RecordReviewResultRequest& request) {
  RETURN_IF_ERROR(CheckResult(request.result()));
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::ReviewRound> {
    ASSIGN_OR_RETURN(v1::ReviewRound round, FindFor<v1::ReviewRound>(tx, call, request.id()));
    RETURN_IF_ERROR(CheckVersion(tx, round, request.version()));
    if (!request.result().task_id().empty()) {
      RETURN_IF_ERROR(ReopenIfClosed(tx, call, request.result()));
    }
    *round.add_results() = request.result();
    RETURN_IF_ERROR(Update(tx, call, round));
    return round;
  });
}

}  // namespace lucid::tasks
