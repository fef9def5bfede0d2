// The publications service, handler by handler, on every engine, with owners that are programs of
// their own.
#include "services/publications/publications_service.h"

#include <fstream>
#include <sstream>

#include "google/protobuf/util/json_util.h"
#include "lucid/cases/v1/cases_service.grpc.pb.h"
#include "lucid/tasks/v1/task.pb.h"
#include "lucid/tasks/v1/tasks_service.grpc.pb.h"
#include "services/publications/publications_store.h"
#include "services/publications/task_closures.h"
#include "tests/publications/fake_owner.h"
#include "tests/testing/service_test.h"

namespace lucid::publications {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using v1::Publication;

constexpr absl::CivilDay kToday(2024, 9, 18);

class PublicationsServiceTest : public ServiceTest {
 protected:
  PublicationsServiceTest()
      : ServiceTest("publications", Migrations(), {RecordTypeOf<Publication>()}) {
    service_ = std::make_unique<PublicationsService>(
        door(), db(), feed(), std::vector<FigureOwner>{tasks_.AsOwner(), cases_.AsOwner()});
    tasks_.Set("F01", "16", "次");
    cases_.Set("F05", "23", "件");
  }

  Call As(std::string subject, Role role, std::string region = "210400") {
    Call call = CallAs({role}, std::move(region));
    call.actor.subject = std::move(subject);
    call.today = today_;
    call.token = "the-token";
    return call;
  }
  Call Office() { return As("wang", access::v1::OFFICE); }
  Call Publisher() { return As("zhao", access::v1::PUBLISHER); }
  Call Everybody() { return As("", access::v1::PUBLIC, ""); }
  Call Own() { return As("service:publications", access::v1::SERVICE, ""); }

  static v1::CreatePublicationRequest Request() {
    v1::CreatePublicationRequest request;
    Publication& draft = *request.mutable_publication();
    draft.set_region("210400");
    draft.set_kind(Publication::RESULT);
    draft.set_title("整改落实情况");
    draft.set_body("会议{{figure F01}},线索{{figure F05}}。");
    for (std::string key : {"F01", "F05"}) {
      auto& figure = *draft.add_figures();
      figure.set_key(key);
      figure.mutable_query()->set_figure(key);
    }
    return request;
  }

  Publication Created() {
    auto created = service_->CreatePublication(Office(), Request());
    EXPECT_OK(created);
    return created.value_or(Publication());
  }
  template <class Request>
  static Request Of(const std::string& id) {
    Request request;
    request.set_id(id);
    return request;
  }
  absl::StatusOr<Publication> Freeze(const std::string& id) {
    return service_->FreezePublication(Office(), Of<v1::FreezePublicationRequest>(id));
  }
  absl::StatusOr<Publication> Submit(const std::string& id) {
    return service_->SubmitPublication(Office(), Of<v1::SubmitPublicationRequest>(id));
  }
  absl::StatusOr<Publication> Approve(const std::string& id) {
    return service_->ApprovePublication(Publisher(), Of<v1::ApprovePublicationRequest>(id));
  }
  absl::StatusOr<Publication> Release(const std::string& id) {
    return service_->ReleasePublication(Publisher(), Of<v1::ReleasePublicationRequest>(id));
  }
  absl::StatusOr<Publication> Withdraw(const std::string& id) {
    auto request = Of<v1::WithdrawPublicationRequest>(id);
    request.set_explanation("数据有误");
    return service_->WithdrawPublication(Publisher(), request);
  }
  absl::StatusOr<v1::PublicPublication> Shown(const std::string& id) {
    return service_->GetPublicPublication(Everybody(), Of<v1::GetPublicPublicationRequest>(id));
  }
  Publication Stored(const std::string& id) {
    auto found = db().Read([&](Tx& tx) { return Find<Publication>(tx, id); });
    EXPECT_OK(found);
    return found.value_or(Publication());
  }
  Publication Released() {
    std::string id = Created().id();
    EXPECT_OK(Freeze(id));
    EXPECT_OK(Submit(id));
    EXPECT_OK(Approve(id));
    auto released = Release(id);
    EXPECT_OK(released);
    return released.value_or(Publication());
  }

  absl::Status Happens(const tasks::v1::Task& task, const std::string& actor = "liu") {
    events::v1::Event event;
    event.set_collection("tasks");
    event.set_record_id(task.id());
    event.set_actor(actor);
    event.mutable_record()->PackFrom(task);
    return db().Write([&](Tx& tx) { return OnTaskEvent(tx, Own(), event); });
  }
  static tasks::v1::Task Task(tasks::v1::Closure::State state, int round = 1) {
    tasks::v1::Task task;
    task.set_id("task-1");
    task.set_region("210411");
    task.set_title("城区污水处理厂扩建");
    task.set_goal("出水达标");
    task.mutable_closure()->set_state(state);
    task.mutable_closure()->set_round(round);
    return task;
  }

  FakeOwner<tasks::v1::TasksService> tasks_{"tasks"};
  FakeOwner<cases::v1::CasesService> cases_{"cases"};
  std::unique_ptr<PublicationsService> service_;
  absl::CivilDay today_ = kToday;
};
EVERY_ENGINE(PublicationsServiceTest);

TEST_P(PublicationsServiceTest, ADraftKnowsItsAuthorAndWhatComesNext) {
  Publication draft = Created();
  EXPECT_EQ(draft.state(), Publication::DRAFT);
  EXPECT_EQ(draft.author(), "wang");
  EXPECT_EQ(draft.version(), 1);
  EXPECT_THAT(draft.allowed_actions(), ElementsAre("update", "freeze"));
  EXPECT_THAT(Stored(draft.id()).allowed_actions(), IsEmpty());
}

TEST_P(PublicationsServiceTest, WhatOnlyVerbsSetIsIgnoredAtCreation) {
  v1::CreatePublicationRequest request = Request();
  request.mutable_publication()->set_state(Publication::RELEASED);
  request.mutable_publication()->set_author("somebody");
  request.mutable_publication()->mutable_freeze_time()->set_seconds(1);
  request.mutable_publication()->mutable_figures(0)->mutable_frozen()->set_value("99");
  auto created = service_->CreatePublication(Office(), request);
  ASSERT_OK(created);
  EXPECT_EQ(created->state(), Publication::DRAFT);
  EXPECT_EQ(created->author(), "wang");
  EXPECT_FALSE(created->has_freeze_time());
  EXPECT_FALSE(created->figures(0).has_frozen());
}

TEST_P(PublicationsServiceTest, AReferenceToNoFigureIsRefusedAtDraftTime) {
  v1::CreatePublicationRequest request = Request();
  request.mutable_publication()->set_body("{{figure F99}} {{figur F01}}");
  auto created = service_->CreatePublication(Office(), request);
  EXPECT_THAT(created, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(created.status().ToString(), AllOf(HasSubstr("F99"), HasSubstr("line 1")));
}

TEST_P(PublicationsServiceTest, TaskClosuresAreNotDraftedByHand) {
  v1::CreatePublicationRequest request = Request();
  request.mutable_publication()->set_kind(Publication::TASK_CLOSURE);
  EXPECT_THAT(service_->CreatePublication(Office(), request),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(PublicationsServiceTest, ARepeatedCreationAnswersTheSame) {
  Call call = WithRequestId(Office(), "r-1");
  auto first = service_->CreatePublication(call, Request());
  auto second = service_->CreatePublication(call, Request());
  ASSERT_OK(first);
  ASSERT_OK(second);
  EXPECT_EQ(first->id(), second->id());
}

TEST_P(PublicationsServiceTest, FreezingStoresValuesRecordsAndTheText) {
  auto frozen = Freeze(Created().id());
  ASSERT_OK(frozen);
  ASSERT_EQ(frozen->figures_size(), 2);
  EXPECT_EQ(frozen->figures(0).owner(), "tasks");
  EXPECT_EQ(frozen->figures(0).frozen().value(), "16");
  EXPECT_EQ(frozen->figures(0).frozen().records_size(), 2);
  EXPECT_EQ(frozen->figures(1).owner(), "cases");
  EXPECT_EQ(frozen->figures(1).printed(), "23件");
  EXPECT_EQ(frozen->rendered_body(), "会议16次,线索23件。");
  EXPECT_TRUE(frozen->has_freeze_time());
  EXPECT_THAT(frozen->allowed_actions(), ElementsAre("update", "freeze", "submit"));
}

TEST_P(PublicationsServiceTest, OwnersAreAskedOnTheCallersBehalfForTheRegionAndTheDay) {
  v1::CreatePublicationRequest request = Request();
  request.mutable_publication()->set_as_of_day("2024-08-31");
  auto created = service_->CreatePublication(Office(), request);
  ASSERT_OK(created);
  ASSERT_OK(Freeze(created->id()));
  EXPECT_EQ(tasks_.authorization(), "Bearer the-token");
  EXPECT_EQ(tasks_.asked().as_of_day(), "2024-08-31");
  EXPECT_EQ(tasks_.asked().queries(0).parameters().at("region"), "210400");
}

TEST_P(PublicationsServiceTest, TheCatalogueIsAskedForOnce) {
  ASSERT_OK(Freeze(Created().id()));
  ASSERT_OK(Freeze(Created().id()));
  EXPECT_EQ(tasks_.lists(), 1);
}

TEST_P(PublicationsServiceTest, WithAnOwnerAwayNothingIsFrozenAndTheFiguresAreNamed) {
  std::string id = Created().id();
  ASSERT_OK(Freeze(id));  // so that the catalogue is known
  cases_.Stop();
  int64_t version = Stored(id).version();
  auto frozen = Freeze(id);
  EXPECT_THAT(frozen, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(frozen, HasReason("OWNER_UNAVAILABLE"));
  EXPECT_EQ(ErrorMetadata(frozen.status(), "figures"), "F05");
  EXPECT_EQ(Stored(id).version(), version);
}

TEST_P(PublicationsServiceTest, WithAnOwnerAwayFromTheStartItsFiguresAreNamedToo) {
  cases_.Stop();
  std::string id = Created().id();
  auto frozen = Freeze(id);
  EXPECT_THAT(frozen, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(ErrorMetadata(frozen.status(), "figures"), "F05");
  EXPECT_FALSE(Stored(id).figures(0).has_frozen());
}

TEST_P(PublicationsServiceTest, AFigureThatNobodyOwnsIsUnknown) {
  v1::CreatePublicationRequest request = Request();
  request.mutable_publication()->mutable_figures(1)->mutable_query()->set_figure("F77");
  auto created = service_->CreatePublication(Office(), request);
  ASSERT_OK(created);
  auto frozen = Freeze(created->id());
  EXPECT_THAT(frozen, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(frozen, HasReason("FIGURE_UNKNOWN"));
  EXPECT_EQ(ErrorMetadata(frozen.status(), "figures"), "F05");
}

TEST_P(PublicationsServiceTest, AnOwnerMayRefuseTheParameters) {
  cases_.Refuse(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "parameters.year is no year"));
  auto frozen = Freeze(Created().id());
  EXPECT_THAT(frozen, HasReason("FIGURE_REFUSED"));
  EXPECT_THAT(std::string(frozen.status().message()), HasSubstr("no year"));
}

TEST_P(PublicationsServiceTest, FrozenNumbersStayWhateverTheRecordsDo) {
  std::string id = Created().id();
  ASSERT_OK(Freeze(id));
  tasks_.Set("F01", "17", "次");
  ASSERT_OK(Submit(id));
  ASSERT_OK(Approve(id));
  auto released = Release(id);
  ASSERT_OK(released);
  EXPECT_EQ(released->figures(0).frozen().value(), "16");
  EXPECT_EQ(released->figures(0).frozen().records_sha256(), "sha of 16");
  EXPECT_EQ(released->rendered_body(), "会议16次,线索23件。");
}

TEST_P(PublicationsServiceTest, EveryRecordBehindAFrozenFigureCanBeListed) {
  cases_.Set("F05", "2092", "件", 2092);
  std::string id = Created().id();
  auto request = Of<v1::ListFigureRecordsRequest>(id);
  request.set_key("F05");
  request.set_page_size(900);
  EXPECT_THAT(service_->ListFigureRecords(Office(), request),
              StatusIs(absl::StatusCode::kNotFound));
  auto frozen = Freeze(id);
  ASSERT_OK(frozen);
  EXPECT_EQ(frozen->figures(1).frozen().records_size(), 20);
  cases_.Set("F05", "1", "件");  // what happens later does not change the list
  std::vector<int64_t> versions;
  std::vector<int> pages;
  do {
    auto page = service_->ListFigureRecords(Office(), request);
    ASSERT_OK(page);
    EXPECT_EQ(page->record_count(), 2092);
    EXPECT_EQ(page->records_sha256(), "sha of 2092");
    pages.push_back(page->records_size());
    for (const auto& record : page->records()) versions.push_back(record.version());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(pages, ElementsAre(900, 900, 292));
  ASSERT_EQ(versions.size(), 2092u);
  for (size_t i = 0; i < versions.size(); ++i) ASSERT_EQ(versions[i], static_cast<int64_t>(i + 1));
}

TEST_P(PublicationsServiceTest, ExactlyAThousandRecordsAreListedOnce) {
  cases_.Set("F05", "1000", "件", 1000);
  std::string id = Created().id();
  ASSERT_OK(Freeze(id));
  auto request = Of<v1::ListFigureRecordsRequest>(id);
  request.set_key("F05");
  request.set_page_size(1000);
  auto page = service_->ListFigureRecords(Office(), request);
  ASSERT_OK(page);
  EXPECT_EQ(page->records_size(), 1000);
  EXPECT_EQ(page->next_page_token(), "");
}

TEST_P(PublicationsServiceTest, APageTokenOfAnotherFigureIsRefused) {
  cases_.Set("F05", "60", "件", 60);
  std::string id = Created().id();
  ASSERT_OK(Freeze(id));
  auto request = Of<v1::ListFigureRecordsRequest>(id);
  request.set_key("F05");
  auto page = service_->ListFigureRecords(Office(), request);
  ASSERT_OK(page);
  ASSERT_NE(page->next_page_token(), "");
  request.set_key("F01");
  request.set_page_token(page->next_page_token());
  EXPECT_THAT(service_->ListFigureRecords(Office(), request),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(PublicationsServiceTest, RecordsThatChangeWhileTheyAreListedFreezeNothing) {
  cases_.Set("F05", "1500", "件", 1500);
  cases_.Before([this](const auto& asked) {
    if (!asked.records_after().empty()) cases_.Set("F05", "1501", "件", 1501);
  });
  std::string id = Created().id();
  auto frozen = Freeze(id);
  EXPECT_THAT(frozen, StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(frozen, HasReason("RECORDS_CHANGED"));
  EXPECT_FALSE(Stored(id).has_freeze_time());
}

TEST_P(PublicationsServiceTest, ChangingTheTextUnfreezesAndChangingTheTitleDoesNot) {
  std::string id = Created().id();
  ASSERT_OK(Freeze(id));
  v1::UpdatePublicationRequest request;
  request.mutable_publication()->set_id(id);
  request.mutable_publication()->set_title("另一个标题");
  request.mutable_update_mask()->add_paths("title");
  auto updated = service_->UpdatePublication(Office(), request);
  ASSERT_OK(updated);
  EXPECT_EQ(updated->title(), "另一个标题");
  EXPECT_EQ(updated->figures(0).frozen().value(), "16");
  request.mutable_publication()->set_body("只说线索{{figure F05}},会议{{figure F01}}。");
  request.mutable_update_mask()->add_paths("body");
  updated = service_->UpdatePublication(Office(), request);
  ASSERT_OK(updated);
  EXPECT_FALSE(updated->figures(0).has_frozen());
  EXPECT_EQ(updated->rendered_body(), "");
  EXPECT_THAT(Submit(id), HasReason("CHECKS_FAILED"));
}

TEST_P(PublicationsServiceTest, WritingTheSameFiguresBackKeepsThemFrozen) {
  std::string id = Created().id();
  auto frozen = Freeze(id);
  ASSERT_OK(frozen);
  v1::UpdatePublicationRequest request;
  *request.mutable_publication() = *frozen;
  request.mutable_update_mask()->add_paths("figures");
  auto updated = service_->UpdatePublication(Office(), request);
  ASSERT_OK(updated);
  EXPECT_EQ(updated->figures(0).frozen().value(), "16");
}

TEST_P(PublicationsServiceTest, WhatVerbsSetCannotBePatched) {
  v1::UpdatePublicationRequest request;
  request.mutable_publication()->set_id(Created().id());
  request.mutable_publication()->set_state(Publication::RELEASED);
  request.mutable_update_mask()->add_paths("state");
  EXPECT_THAT(service_->UpdatePublication(Office(), request),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(PublicationsServiceTest, AStaleChangeIsAborted) {
  Publication draft = Created();
  ASSERT_OK(Freeze(draft.id()));
  auto request = Of<v1::SubmitPublicationRequest>(draft.id());
  request.set_version(draft.version());
  auto submitted = service_->SubmitPublication(Office(), request);
  EXPECT_THAT(submitted, StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(submitted, HasReason("STALE_VERSION"));
}

TEST_P(PublicationsServiceTest, TheAuthorNeverApproves) {
  std::string id = Created().id();
  ASSERT_OK(Freeze(id));
  ASSERT_OK(Submit(id));
  auto approved = service_->ApprovePublication(As("wang", access::v1::PUBLISHER),
                                               Of<v1::ApprovePublicationRequest>(id));
  EXPECT_THAT(approved, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(approved, HasReason("AUTHOR_APPROVES"));
  approved = Approve(id);
  ASSERT_OK(approved);
  EXPECT_EQ(approved->approver(), "zhao");
}

TEST_P(PublicationsServiceTest, NorDoesWhoOnlyFrozeOrSubmittedIt) {
  std::string id = Created().id();
  ASSERT_OK(service_->FreezePublication(As("sun", access::v1::OFFICE),
                                        Of<v1::FreezePublicationRequest>(id)));
  ASSERT_OK(service_->SubmitPublication(As("qian", access::v1::OFFICE),
                                        Of<v1::SubmitPublicationRequest>(id)));
  for (std::string subject : {"sun", "qian"}) {
    EXPECT_THAT(service_->ApprovePublication(As(subject, access::v1::PUBLISHER),
                                             Of<v1::ApprovePublicationRequest>(id)),
                HasReason("AUTHOR_APPROVES"));
  }
}

TEST_P(PublicationsServiceTest, ARefusedTextGoesBackWithTheReason) {
  std::string id = Created().id();
  ASSERT_OK(Freeze(id));
  ASSERT_OK(Submit(id));
  auto request = Of<v1::RefusePublicationRequest>(id);
  EXPECT_THAT(service_->RefusePublication(Publisher(), request),
              StatusIs(absl::StatusCode::kInvalidArgument));
  request.set_reason("第二部分不清楚");
  auto refused = service_->RefusePublication(Publisher(), request);
  ASSERT_OK(refused);
  EXPECT_EQ(refused->state(), Publication::DRAFT);
  EXPECT_EQ(refused->refusal(), "第二部分不清楚");
  EXPECT_EQ(refused->figures(0).frozen().value(), "16");
  auto submitted = Submit(id);
  ASSERT_OK(submitted);
  EXPECT_EQ(submitted->refusal(), "");
}

TEST_P(PublicationsServiceTest, ValidateOnlyChecksAndChangesNothing) {
  std::string id = Created().id();
  Call call = Office();
  call.validate_only = true;
  auto frozen = service_->FreezePublication(call, Of<v1::FreezePublicationRequest>(id));
  ASSERT_OK(frozen);
  EXPECT_EQ(frozen->rendered_body(), "会议16次,线索23件。");
  EXPECT_FALSE(Stored(id).has_freeze_time());
  EXPECT_EQ(Stored(id).version(), 1);
}

TEST_P(PublicationsServiceTest, ARepeatedFreezeAnswersAsTheFirstEvenOnceItIsSubmitted) {
  std::string id = Created().id();
  Call call = WithRequestId(Office(), "f-1");
  auto first = service_->FreezePublication(call, Of<v1::FreezePublicationRequest>(id));
  ASSERT_OK(first);
  ASSERT_OK(Submit(id));
  tasks_.Set("F01", "17", "次");
  auto second = service_->FreezePublication(call, Of<v1::FreezePublicationRequest>(id));
  ASSERT_OK(second);
  EXPECT_EQ(second->version(), first->version());
  EXPECT_EQ(second->figures(0).frozen().value(), "16");
}

TEST_P(PublicationsServiceTest, EverybodyReadsAReleaseWithItsFigures) {
  Publication released = Released();
  EXPECT_EQ(released.issue_day(), "2024-09-18");
  auto shown = Shown(released.id());
  ASSERT_OK(shown);
  EXPECT_EQ(shown->body(), "会议16次,线索23件。");
  EXPECT_TRUE(shown->has_release_time());
  ASSERT_EQ(shown->figures_size(), 2);
  EXPECT_EQ(shown->figures(1).key(), "F05");
  EXPECT_EQ(shown->figures(1).value(), "23");
  EXPECT_EQ(shown->figures(1).unit(), "件");
  EXPECT_EQ(shown->figures(1).record_count(), 2);
  EXPECT_EQ(shown->figures(1).definition(), "how F05 is counted");
  EXPECT_EQ(shown->as_of_day(), "2024-09-18");
}

TEST_P(PublicationsServiceTest, NobodyOutsideReadsWhatIsNotReleased) {
  std::string id = Created().id();
  absl::Status draft = Shown(id).status(), missing = Shown("nothing").status();
  EXPECT_THAT(draft, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(missing, StatusIs(absl::StatusCode::kNotFound));
  ASSERT_OK(Freeze(id));
  ASSERT_OK(Submit(id));
  ASSERT_OK(Approve(id));
  EXPECT_THAT(Shown(id), StatusIs(absl::StatusCode::kNotFound));
  auto listed = service_->ListPublicPublications(Everybody(), {});
  ASSERT_OK(listed);
  EXPECT_EQ(listed->publications_size(), 0);
}

TEST_P(PublicationsServiceTest, ThePublicListIsPagedNewestFirstAndHasNoBodies) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(Released().id());
  v1::ListPublicPublicationsRequest request;
  request.set_page_size(2);
  request.set_kind(Publication::RESULT);
  std::vector<std::string> seen;
  do {
    auto page = service_->ListPublicPublications(Everybody(), request);
    ASSERT_OK(page);
    for (const auto& shown : page->publications()) {
      seen.push_back(shown.id());
      EXPECT_EQ(shown.body(), "");
      EXPECT_EQ(shown.figure_count(), 2);
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(seen, ::testing::UnorderedElementsAreArray(ids));
  request.set_kind(Publication::PLAN);
  auto none = service_->ListPublicPublications(Everybody(), request);
  ASSERT_OK(none);
  EXPECT_EQ(none->publications_size(), 0);
}

TEST_P(PublicationsServiceTest, OfAWithdrawnTextTheExplanationStays) {
  std::string id = Released().id();
  EXPECT_THAT(service_->WithdrawPublication(Publisher(), Of<v1::WithdrawPublicationRequest>(id)),
              StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_OK(Withdraw(id));
  auto shown = Shown(id);
  ASSERT_OK(shown);
  EXPECT_EQ(shown->state(), Publication::WITHDRAWN);
  EXPECT_EQ(shown->explanation(), "数据有误");
  EXPECT_EQ(shown->body(), "");
  EXPECT_EQ(shown->figures_size(), 0);
}

TEST_P(PublicationsServiceTest, ACorrectionMarksWhatItCorrects) {
  std::string wrong = Released().id();
  v1::CreatePublicationRequest request = Request();
  request.mutable_publication()->set_kind(Publication::CORRECTION);
  request.mutable_publication()->set_supersedes(wrong);
  auto created = service_->CreatePublication(Office(), request);
  ASSERT_OK(created);
  ASSERT_OK(Freeze(created->id()));
  ASSERT_OK(Submit(created->id()));
  ASSERT_OK(Approve(created->id()));
  ASSERT_OK(Release(created->id()));
  auto shown = Shown(wrong);
  ASSERT_OK(shown);
  EXPECT_EQ(shown->state(), Publication::CORRECTED);
  EXPECT_EQ(shown->superseded_by(), created->id());
  EXPECT_EQ(shown->body(), "会议16次,线索23件。");
}

TEST_P(PublicationsServiceTest, OnlyAReleaseCanBeCorrected) {
  v1::CreatePublicationRequest request = Request();
  request.mutable_publication()->set_kind(Publication::CORRECTION);
  request.mutable_publication()->set_supersedes(Created().id());
  EXPECT_THAT(service_->CreatePublication(Office(), request), HasReason("NOT_RELEASED"));
}

TEST_P(PublicationsServiceTest, AnotherRegionSeesNothingOfADraft) {
  std::string id = Created().id();
  Call elsewhere = As("sun", access::v1::OFFICE, "210500");
  EXPECT_THAT(service_->GetPublication(elsewhere, Of<v1::GetPublicationRequest>(id)),
              StatusIs(absl::StatusCode::kPermissionDenied));
  auto listed = service_->ListPublications(elsewhere, {});
  ASSERT_OK(listed);
  EXPECT_EQ(listed->publications_size(), 0);
  listed = service_->ListPublications(Office(), {});
  ASSERT_OK(listed);
  ASSERT_EQ(listed->publications_size(), 1);
  EXPECT_THAT(listed->publications(0).allowed_actions(), ElementsAre("update", "freeze"));
}

TEST_P(PublicationsServiceTest, AReviewedTaskOpensItsNoticeOnce) {
  ASSERT_OK(Happens(Task(tasks::v1::Closure::REVIEWED)));
  ASSERT_OK(Happens(Task(tasks::v1::Closure::REVIEWED)));
  Publication notice = Stored("closure-task-1-1");
  EXPECT_EQ(notice.kind(), Publication::TASK_CLOSURE);
  EXPECT_EQ(notice.state(), Publication::DRAFT);
  EXPECT_EQ(notice.version(), 1);
  EXPECT_EQ(notice.author(), "liu");
  EXPECT_EQ(notice.task_id(), "task-1");
  EXPECT_EQ(notice.round(), 1);
  EXPECT_EQ(notice.region(), "210411");
  EXPECT_THAT(notice.rendered_body(), HasSubstr("城区污水处理厂扩建"));
}

TEST_P(PublicationsServiceTest, OtherEventsOpenNothing) {
  for (auto state : {tasks::v1::Closure::NONE, tasks::v1::Closure::INSPECTED,
                     tasks::v1::Closure::ON_NOTICE, tasks::v1::Closure::CLOSED}) {
    ASSERT_OK(Happens(Task(state)));
  }
  auto listed = service_->ListPublications(Office(), {});
  ASSERT_OK(listed);
  EXPECT_EQ(listed->publications_size(), 0);
}

TEST_P(PublicationsServiceTest, BracesInATaskAreNotTakenForReferences) {
  tasks::v1::Task task = Task(tasks::v1::Closure::REVIEWED);
  task.set_goal("{{figure F01}} {{{");
  ASSERT_OK(Happens(task));
  ASSERT_OK(Submit("closure-task-1-1"));
}

TEST_P(PublicationsServiceTest, ANoticeRunsAndIsThenReleasedByItself) {
  ASSERT_OK(Happens(Task(tasks::v1::Closure::REVIEWED)));
  const std::string id = "closure-task-1-1";
  ASSERT_OK(Submit(id));
  EXPECT_THAT(service_->ApprovePublication(As("liu", access::v1::PUBLISHER),
                                           Of<v1::ApprovePublicationRequest>(id)),
              HasReason("AUTHOR_APPROVES"));
  ASSERT_OK(Approve(id));
  EXPECT_THAT(Release(id), HasReason("NOTICE_NOT_HELD"));
  auto request = Of<v1::StartNoticeRequest>(id);
  request.set_days(61);
  EXPECT_THAT(service_->StartNotice(Publisher(), request),
              StatusIs(absl::StatusCode::kInvalidArgument));
  request.set_days(0);
  auto notice = service_->StartNotice(Publisher(), request);
  ASSERT_OK(notice);
  EXPECT_EQ(notice->notice().to_day(), "2024-09-24");
  auto shown = Shown(id);
  ASSERT_OK(shown);
  EXPECT_EQ(shown->state(), Publication::ON_NOTICE);
  EXPECT_FALSE(shown->has_release_time());

  today_ = absl::CivilDay(2024, 9, 24);
  EXPECT_THAT(Release(id), HasReason("NOTICE_RUNNING"));
  ASSERT_OK(ReleaseEndedNotices(db(), Own()));
  EXPECT_EQ(Stored(id).state(), Publication::ON_NOTICE);
  today_ = absl::CivilDay(2024, 9, 25);
  ASSERT_OK(ReleaseEndedNotices(db(), Own()));
  EXPECT_EQ(Stored(id).state(), Publication::RELEASED);
  int64_t version = Stored(id).version();
  ASSERT_OK(ReleaseEndedNotices(db(), Own()));
  EXPECT_EQ(Stored(id).version(), version);
}

TEST_P(PublicationsServiceTest, AReturnedTaskEndsItsNotice) {
  ASSERT_OK(Happens(Task(tasks::v1::Closure::REVIEWED)));
  ASSERT_OK(Happens(Task(tasks::v1::Closure::NONE, 2)));
  EXPECT_EQ(Stored("closure-task-1-1").state(), Publication::WITHDRAWN);
  EXPECT_THAT(Shown("closure-task-1-1"), StatusIs(absl::StatusCode::kNotFound))
      << "it was never on display";
  ASSERT_OK(Happens(Task(tasks::v1::Closure::REVIEWED, 2)));
  EXPECT_EQ(Stored("closure-task-1-2").state(), Publication::DRAFT);
}

TEST_P(PublicationsServiceTest, ATaskThatGoesOnKeepsItsNotice) {
  ASSERT_OK(Happens(Task(tasks::v1::Closure::REVIEWED)));
  ASSERT_OK(Happens(Task(tasks::v1::Closure::ON_NOTICE)));
  EXPECT_EQ(Stored("closure-task-1-1").state(), Publication::DRAFT);
}

TEST_P(PublicationsServiceTest, CountsTextsByKindAndState) {
  Released();
  Released();
  ASSERT_OK(Withdraw(Released().id()));
  ASSERT_OK(Happens(Task(tasks::v1::Closure::REVIEWED)));
  Settle();
  auto summary = service_->Summarize(Office(), {});
  ASSERT_OK(summary);
  std::map<std::string, std::string> cells;
  for (const auto& cell : summary->cells()) cells[cell.name()] = cell.value();
  EXPECT_EQ(cells["publications.released"], "2");
  EXPECT_EQ(cells["publications.released.RESULT"], "2");
  EXPECT_EQ(cells["publications.released.TASK_CLOSURE"], "0");
  EXPECT_EQ(cells["publications.withdrawn"], "1");
  EXPECT_EQ(cells["publications.on_notice"], "0");
  const RecordType types[] = {RecordTypeOf<Publication>()};
  EXPECT_OK(db().Read([&](Tx& tx) { return CheckTallies(tx, types); }));
}

TEST_P(PublicationsServiceTest, TheLongestTitleOfATaskStillMakesATitle) {
  tasks::v1::Task task = Task(tasks::v1::Closure::REVIEWED);
  std::string title;
  for (int i = 0; i < 200; ++i) title += "治";
  task.set_title(title);
  ASSERT_OK(Happens(task));
  v1::UpdatePublicationRequest request;
  request.mutable_publication()->set_id("closure-task-1-1");
  request.mutable_publication()->set_body("改写");
  request.mutable_update_mask()->add_paths("body");
  EXPECT_OK(service_->UpdatePublication(As("wang", access::v1::OFFICE), request));
}

TEST(ClosureId, IsReadableAndFitsAnId) {
  EXPECT_EQ(ClosureId("018f-abc", 2), "closure-018f-abc-2");
  std::string longest = ClosureId(std::string(63, 'a'), 1000);
  EXPECT_LE(longest.size(), 63u);
  EXPECT_NE(longest, ClosureId(std::string(62, 'a') + "b", 1000));
}

// The notice of the sample refers to each of the 28 figures, and types none of them.
TEST(SampleNotice, RefersToTwentyEightFigures) {
  std::ifstream file(LUCID_SOURCE_DIR "/deploy/sample/fushun/notice.json");
  std::stringstream json;
  json << file.rdbuf();
  Publication notice;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json.str(), &notice).ok());
  EXPECT_OK(CheckDraft(notice, kToday));
  ASSERT_EQ(notice.figures_size(), 28);
  for (auto& figure : *notice.mutable_figures()) {
    EXPECT_THAT(notice.body(), HasSubstr("{{figure " + figure.key() + "}}"));
    EXPECT_EQ(figure.key(), figure.query().figure());
    figure.mutable_frozen()->set_value("1");
  }
  const std::string units[] = {"次", "份", "件", "人", "家",    "个", "吨/日", "万吨/日", "%",
                               "处", "台", "轮", "亩", "μg/m³", "项", "km",    "轮次"};
  for (int i = 0; i < 28; ++i) {
    notice.mutable_figures(i)->mutable_frozen()->set_unit(units[i % std::size(units)]);
  }
  notice.mutable_freeze_time()->set_seconds(1);
  Refresh(notice);
  for (const v1::Check& check : notice.checks()) EXPECT_TRUE(check.passed()) << check.message();
}

}  // namespace
}  // namespace lucid::publications
