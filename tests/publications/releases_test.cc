// What everybody reads: releases, corrections, withdrawals, counts.
#include <map>

#include "tests/publications/publications_fixture.h"

namespace lucid::publications {
namespace {

using ReleasesTest = PublicationsTest;
EVERY_ENGINE(ReleasesTest);

TEST_P(ReleasesTest, EverybodyReadsAReleaseWithItsFigures) {
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

TEST_P(ReleasesTest, NobodyOutsideReadsWhatIsNotReleased) {
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

TEST_P(ReleasesTest, ThePublicListIsPagedNewestFirstAndHasNoBodies) {
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

TEST_P(ReleasesTest, OfAWithdrawnTextTheExplanationStays) {
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

TEST_P(ReleasesTest, ACorrectionMarksWhatItCorrects) {
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

TEST_P(ReleasesTest, OnlyAReleaseCanBeCorrected) {
  v1::CreatePublicationRequest request = Request();
  request.mutable_publication()->set_kind(Publication::CORRECTION);
  request.mutable_publication()->set_supersedes(Created().id());
  EXPECT_THAT(service_->CreatePublication(Office(), request), HasReason("NOT_RELEASED"));
}

TEST_P(ReleasesTest, CountsTextsByKindAndState) {
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

}  // namespace
}  // namespace lucid::publications
