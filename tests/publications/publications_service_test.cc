// Drafts, review, and who may do what.
#include "tests/publications/publications_fixture.h"

namespace lucid::publications {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using PublicationsServiceTest = PublicationsTest;
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

}  // namespace
}  // namespace lucid::publications
