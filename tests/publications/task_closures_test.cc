// TASK_CLOSURE notices, from the review of a task to their release.
#include "tests/publications/publications_fixture.h"

namespace lucid::publications {
namespace {

using ::testing::HasSubstr;

using TaskClosuresTest = PublicationsTest;
EVERY_ENGINE(TaskClosuresTest);

TEST_P(TaskClosuresTest, AReviewedTaskOpensItsNoticeOnce) {
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

TEST_P(TaskClosuresTest, OtherEventsOpenNothing) {
  for (auto state : {tasks::v1::Closure::NONE, tasks::v1::Closure::INSPECTED,
                     tasks::v1::Closure::ON_NOTICE, tasks::v1::Closure::CLOSED}) {
    ASSERT_OK(Happens(Task(state)));
  }
  auto listed = service_->ListPublications(Office(), {});
  ASSERT_OK(listed);
  EXPECT_EQ(listed->publications_size(), 0);
}

TEST_P(TaskClosuresTest, BracesInATaskAreNotTakenForReferences) {
  tasks::v1::Task task = Task(tasks::v1::Closure::REVIEWED);
  task.set_goal("{{figure F01}} {{{");
  ASSERT_OK(Happens(task));
  auto notice =
      service_->GetPublication(Office(), Of<v1::GetPublicationRequest>("closure-task-1-1"));
  ASSERT_OK(notice);
  EXPECT_THAT(notice->body(), HasSubstr("｛｛figure F01}} ｛｛｛"));
  ASSERT_OK(Submit("closure-task-1-1"));
}

TEST_P(TaskClosuresTest, ANoticeRunsAndIsThenReleasedByItself) {
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

TEST_P(TaskClosuresTest, AReturnedTaskEndsItsNotice) {
  ASSERT_OK(Happens(Task(tasks::v1::Closure::REVIEWED)));
  ASSERT_OK(Happens(Task(tasks::v1::Closure::NONE, 2)));
  EXPECT_EQ(Stored("closure-task-1-1").state(), Publication::WITHDRAWN);
  EXPECT_THAT(Shown("closure-task-1-1"), StatusIs(absl::StatusCode::kNotFound))
      << "it was never on display";
  ASSERT_OK(Happens(Task(tasks::v1::Closure::REVIEWED, 2)));
  EXPECT_EQ(Stored("closure-task-1-2").state(), Publication::DRAFT);
}

TEST_P(TaskClosuresTest, ATaskThatGoesOnKeepsItsNotice) {
  ASSERT_OK(Happens(Task(tasks::v1::Closure::REVIEWED)));
  ASSERT_OK(Happens(Task(tasks::v1::Closure::ON_NOTICE)));
  EXPECT_EQ(Stored("closure-task-1-1").state(), Publication::DRAFT);
}

TEST_P(TaskClosuresTest, TheLongestTitleOfATaskStillMakesATitle) {
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

}  // namespace
}  // namespace lucid::publications
