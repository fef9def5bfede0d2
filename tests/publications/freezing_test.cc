// Freezing: figures asked of their owners, and kept as they were.
#include "services/publications/frozen_records.h"
#include "tests/publications/publications_fixture.h"

namespace lucid::publications {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FreezingTest : public PublicationsTest {
 protected:
  void RunJobs() {
    while (true) {
      auto more = jobs_.Turn();
      ASSERT_OK(more);
      if (!*more) return;
    }
  }
  // How many rows of records are kept, under one freezing or under any.
  int64_t Kept(const std::string& freeze_id = "") {
    auto rows = db().Read([&](Tx& tx) {
      return tx.Run("SELECT COUNT(*) FROM frozen_records WHERE freeze_id = $1 OR $1 = ''",
                    {freeze_id});
    });
    EXPECT_OK(rows);
    return rows.ok() ? rows->Int(0, 0) : -1;
  }
};
EVERY_ENGINE(FreezingTest);

TEST_P(FreezingTest, FreezingStoresValuesRecordsAndTheText) {
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

TEST_P(FreezingTest, OwnersAreAskedOnTheCallersBehalfForTheRegionAndTheDay) {
  v1::CreatePublicationRequest request = Request();
  request.mutable_publication()->set_as_of_day("2024-08-31");
  auto created = service_->CreatePublication(Office(), request);
  ASSERT_OK(created);
  ASSERT_OK(Freeze(created->id()));
  EXPECT_EQ(tasks_.authorization(), "Bearer the-token");
  EXPECT_EQ(tasks_.asked().as_of_day(), "2024-08-31");
  EXPECT_EQ(tasks_.asked().queries(0).parameters().at("region"), "210400");
}

TEST_P(FreezingTest, TheCatalogueIsAskedForOnce) {
  ASSERT_OK(Freeze(Created().id()));
  ASSERT_OK(Freeze(Created().id()));
  EXPECT_EQ(tasks_.lists(), 1);
}

TEST_P(FreezingTest, WithAnOwnerAwayNothingIsFrozenAndTheFiguresAreNamed) {
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

TEST_P(FreezingTest, WithAnOwnerAwayFromTheStartItsFiguresAreNamedToo) {
  cases_.Stop();
  std::string id = Created().id();
  auto frozen = Freeze(id);
  EXPECT_THAT(frozen, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(ErrorMetadata(frozen.status(), "figures"), "F05");
  EXPECT_FALSE(Stored(id).figures(0).has_frozen());
}

TEST_P(FreezingTest, AFigureThatNobodyOwnsIsUnknown) {
  v1::CreatePublicationRequest request = Request();
  request.mutable_publication()->mutable_figures(1)->mutable_query()->set_figure("F77");
  auto created = service_->CreatePublication(Office(), request);
  ASSERT_OK(created);
  auto frozen = Freeze(created->id());
  EXPECT_THAT(frozen, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(frozen, HasReason("FIGURE_UNKNOWN"));
  EXPECT_EQ(ErrorMetadata(frozen.status(), "figures"), "F05");
}

TEST_P(FreezingTest, AnOwnerMayRefuseTheParameters) {
  cases_.Refuse(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "parameters.year is no year"));
  auto frozen = Freeze(Created().id());
  EXPECT_THAT(frozen, HasReason("FIGURE_REFUSED"));
  EXPECT_THAT(std::string(frozen.status().message()), HasSubstr("no year"));
}

TEST_P(FreezingTest, FrozenNumbersStayWhateverTheRecordsDo) {
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

TEST_P(FreezingTest, EveryRecordBehindAFrozenFigureCanBeListed) {
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

TEST_P(FreezingTest, ExactlyAThousandRecordsAreListedOnce) {
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

TEST_P(FreezingTest, APageTokenOfAnotherFigureIsRefused) {
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

TEST_P(FreezingTest, RecordsThatChangeWhileTheyAreListedFreezeNothing) {
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

TEST_P(FreezingTest, FreezingAnewDiscardsTheRecordsBefore) {
  cases_.Set("F05", "12000", "件", 12000);
  std::string id = Created().id();
  auto first = Freeze(id);
  ASSERT_OK(first);
  auto second = Freeze(id);
  ASSERT_OK(second);
  EXPECT_NE(second->freeze_id(), first->freeze_id());
  EXPECT_EQ(Kept(first->freeze_id()), 13);  // 1 of F01, 12 of F05
  RunJobs();
  EXPECT_EQ(Kept(first->freeze_id()), 0);
  EXPECT_EQ(Kept(second->freeze_id()), 13);
  types::v1::ListJobsRequest done;
  done.set_state(types::v1::Job::DONE);
  auto jobs = service_->ListJobs(Office(), done);
  ASSERT_OK(jobs);
  ASSERT_EQ(jobs->jobs_size(), 1);
  EXPECT_EQ(jobs->jobs(0).kind(), "discard-records");
  EXPECT_EQ(jobs->jobs(0).record(), "publications/" + id);
  EXPECT_EQ(jobs->jobs(0).done(), 13);
}

TEST_P(FreezingTest, RecordsThatNoFreezingCameToShowAreDiscarded) {
  std::string id = Created().id();
  // The process ends between storing the records and showing them.
  v1::PublicationFigure figure;
  figure.set_key("F05");
  for (int i = 0; i < 30; ++i) figure.mutable_frozen()->add_records()->set_id(absl::StrCat(i));
  auto staged = StageRecords(db(), jobs_, Office(), Stored(id), {figure});
  ASSERT_OK(staged);
  RunJobs();
  EXPECT_EQ(Kept(staged->freeze_id), 1) << "the process may still be at it";
  job_time_ += absl::Minutes(3);
  RunJobs();
  EXPECT_EQ(Kept(staged->freeze_id), 0);
  EXPECT_THAT(db().Write([&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(Publication publication, Find<Publication>(tx, id));
    return AdoptRecords(tx, Office(), *staged, publication);
  }),
              HasReason("JOB_BEGUN"));
}

TEST_P(FreezingTest, ATextThatChangesWhileItIsFrozenLeavesNoRecords) {
  std::string id = Created().id();
  cases_.Before([&](const auto&) {
    v1::UpdatePublicationRequest request;
    request.mutable_publication()->set_id(id);
    request.mutable_publication()->set_title("改了的标题");
    request.mutable_update_mask()->add_paths("title");
    EXPECT_OK(service_->UpdatePublication(Office(), request));
  });
  EXPECT_THAT(Freeze(id), HasReason("STALE_VERSION"));
  EXPECT_FALSE(Stored(id).has_freeze_time());
  job_time_ += absl::Minutes(3);
  RunJobs();
  EXPECT_EQ(Kept(), 0);
}

TEST_P(FreezingTest, ADryRunStoresNoRecords) {
  std::string id = Created().id();
  Call call = Office();
  call.validate_only = true;
  auto frozen = service_->FreezePublication(call, Of<v1::FreezePublicationRequest>(id));
  ASSERT_OK(frozen);
  EXPECT_EQ(frozen->figures(0).frozen().value(), "16");
  EXPECT_EQ(Kept(), 0);
}

TEST_P(FreezingTest, ChangingTheTextUnfreezesAndChangingTheTitleDoesNot) {
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
  EXPECT_EQ(updated->freeze_id(), "");
  RunJobs();
  EXPECT_EQ(Kept(), 0);
  EXPECT_THAT(Submit(id), HasReason("CHECKS_FAILED"));
}

TEST_P(FreezingTest, WritingTheSameFiguresBackKeepsThemFrozen) {
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

TEST_P(FreezingTest, ARepeatedFreezeAnswersAsTheFirstEvenOnceItIsSubmitted) {
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

}  // namespace
}  // namespace lucid::publications
