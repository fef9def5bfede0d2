#include "services/publications/publications_service.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/base/calendar.h"
#include "services/base/mask.h"
#include "services/base/records.h"
#include "services/base/status.h"
#include "services/base/text.h"
#include "services/base/timestamps.h"
#include "services/publications/frozen_records.h"
#include "services/publications/publications_store.h"

namespace lucid::publications {
namespace {

using google::protobuf::util::MessageDifferencer;
using v1::Publication;

constexpr int kRecordsShown = 20;

// The fields that the office writes; everything else is set by the verbs.
const std::vector<std::string>& Written() {
  static const auto& paths = *new std::vector<std::string>{
      "title", "body", "figures", "as_of_day", "waivers", "supersedes", "issuers", "issue_day"};
  return paths;
}

// Copies written fields; figures without what freezing adds to them.
void CopyWritten(const Publication& from, const std::vector<std::string>& paths, Publication& to) {
  CopyPaths(from, paths, to);
  if (!absl::c_linear_search(paths, "figures")) return;
  for (auto& figure : *to.mutable_figures()) {
    figure.clear_owner();
    figure.clear_frozen();
    figure.clear_printed();
  }
}

// Whether two texts ask for the same numbers in the same words.
bool SameText(const Publication& a, const Publication& b) {
  if (a.body() != b.body() || a.as_of_day() != b.as_of_day()) return false;
  if (a.figures_size() != b.figures_size()) return false;
  for (int i = 0; i < a.figures_size(); ++i) {
    if (a.figures(i).key() != b.figures(i).key() ||
        !MessageDifferencer::Equals(a.figures(i).query(), b.figures(i).query())) {
      return false;
    }
  }
  return true;
}

// A publication itself holds only the first records of a figure; the rest would be copied into
// every event.
void KeepFirst(figures::v1::Figure& figure) {
  int rest = figure.records_size() - kRecordsShown;
  if (rest > 0) figure.mutable_records()->DeleteSubrange(kRecordsShown, rest);
}

// What a correction corrects must be on display, in the same region.
absl::Status CheckSuperseded(Tx& tx, const Call& call, const Publication& draft) {
  if (draft.supersedes().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(Publication old, FindFor<Publication>(tx, call, draft.supersedes()));
  if (old.state() == Publication::RELEASED && old.region() == draft.region()) {
    return absl::OkStatus();
  }
  return Fail(
      absl::StatusCode::kFailedPrecondition, "NOT_RELEASED",
      absl::StrCat("publications/", old.id(), " is not a release of region ", draft.region()));
}

// Adds what depends on who asks.
absl::StatusOr<Publication> For(const Call& call, absl::StatusOr<Publication> publication) {
  if (!publication.ok()) return publication;
  for (std::string& action : AllowedActions(*publication, call.actor, call.today)) {
    publication->add_allowed_actions(std::move(action));
  }
  return publication;
}

}  // namespace

PublicationsService::PublicationsService(Door& door, Db& db, EventFeed& feed, Jobs& jobs,
                                         std::shared_ptr<registry::Registry> registry,
                                         std::vector<FigureOwner> owners)
    : door_(door),
      db_(db),
      feed_(feed),
      jobs_(jobs),
      registry_(std::move(registry)),
      owners_(std::move(owners)) {
  jobs_.Add(std::string(kDiscardRecords),
            [&db](const Call&, const JobWork& work) { return NextDiscard(db, work); });
}

template <class Request>
absl::StatusOr<Publication> PublicationsService::Do(Verb verb, const Call& call,
                                                    const Request& request, const Change& change) {
  return For(call, Write(db_, call, [&](Tx& tx) -> absl::StatusOr<Publication> {
               ASSIGN_OR_RETURN(Publication publication,
                                FindFor<Publication>(tx, call, request.id()));
               RETURN_IF_ERROR(CheckVersion(tx, publication, request.version()));
               RETURN_IF_ERROR(CheckVerb(verb, publication, call.actor, call.today));
               RETURN_IF_ERROR(change(tx, publication));
               RETURN_IF_ERROR(Update(tx, call, publication));
               return publication;
             }));
}

absl::StatusOr<Publication> PublicationsService::CreatePublication(
    const Call& call, const v1::CreatePublicationRequest& request) {
  const Publication& asked = request.publication();
  if (asked.kind() == Publication::TASK_CLOSURE) {
    return InvalidField("publication.kind", "TASK_CLOSURE is opened by the review of its task");
  }
  Publication draft;
  CopyWritten(asked, Written(), draft);
  draft.set_id(asked.id());
  draft.set_region(asked.region());
  draft.set_kind(asked.kind());
  if (asked.has_origin()) *draft.mutable_origin() = asked.origin();
  draft.set_state(Publication::DRAFT);
  draft.set_author(call.actor.subject);
  AddEditor(draft, call.actor.subject);
  RETURN_IF_ERROR(CheckDraft(draft, call.today));
  Refresh(draft);
  return For(call, Write(db_, call, [&](Tx& tx) -> absl::StatusOr<Publication> {
               Publication publication = draft;
               RETURN_IF_ERROR(CheckSuperseded(tx, call, publication));
               RETURN_IF_ERROR(Insert(tx, call, publication));
               return publication;
             }));
}

absl::StatusOr<Publication> PublicationsService::GetPublication(
    const Call& call, const v1::GetPublicationRequest& request) {
  return For(call, db_.Read([&](Tx& tx) { return FindFor<Publication>(tx, call, request.id()); }));
}

absl::StatusOr<Publication> PublicationsService::UpdatePublication(
    const Call& call, const v1::UpdatePublicationRequest& request) {
  const Publication& asked = request.publication();
  ASSIGN_OR_RETURN(std::vector<std::string> paths, MaskPaths(request.update_mask(), asked));
  RETURN_IF_ERROR(CheckPaths(paths, Written()));
  return Do(Verb::kUpdate, call, asked, [&](Tx& tx, Publication& publication) -> absl::Status {
    Publication before = publication;
    CopyWritten(asked, paths, publication);
    RETURN_IF_ERROR(CheckDraft(publication, call.today));
    RETURN_IF_ERROR(CheckSuperseded(tx, call, publication));
    if (SameText(before, publication)) {
      *publication.mutable_figures() = before.figures();  // as they were frozen
    } else {
      Unfreeze(publication);
      RETURN_IF_ERROR(DiscardRecords(tx, call, publication));
    }
    AddEditor(publication, call.actor.subject);
    Refresh(publication);
    return absl::OkStatus();
  });
}

absl::StatusOr<Publication> PublicationsService::FreezePublication(
    const Call& call, const v1::FreezePublicationRequest& request) {
  ASSIGN_OR_RETURN(Publication draft,
                   db_.Read([&](Tx& tx) { return FindFor<Publication>(tx, call, request.id()); }));
  // The owners are asked, and what they counted is stored, outside the transaction that shows it;
  // inside, what they said is judged, and a repeated request is answered without it.
  absl::StatusOr<std::vector<v1::PublicationFigure>> figures = std::vector<v1::PublicationFigure>();
  StagedRecords staged;
  if (CheckVerb(Verb::kFreeze, draft, call.actor, call.today).ok()) {
    figures = owners_.Evaluate(
        call, draft, draft.as_of_day().empty() ? FormatDay(call.today) : draft.as_of_day());
    if (figures.ok() && !call.validate_only) {
      ASSIGN_OR_RETURN(staged, StageRecords(db_, jobs_, call, draft, *figures));
    }
  }
  return Do(Verb::kFreeze, call, request, [&](Tx& tx, Publication& publication) -> absl::Status {
    RETURN_IF_ERROR(figures.status());
    RETURN_IF_ERROR(CheckVersion(tx, publication, draft.version()));
    if (!call.validate_only) RETURN_IF_ERROR(AdoptRecords(tx, call, staged, publication));
    publication.mutable_figures()->Assign(figures->begin(), figures->end());
    for (auto& figure : *publication.mutable_figures()) KeepFirst(*figure.mutable_frozen());
    *publication.mutable_freeze_time() = ToTimestamp(call.now);
    AddEditor(publication, call.actor.subject);
    Refresh(publication);
    return absl::OkStatus();
  });
}

absl::StatusOr<Publication> PublicationsService::SubmitPublication(
    const Call& call, const v1::SubmitPublicationRequest& request) {
  return Do(Verb::kSubmit, call, request, [&](Tx&, Publication& publication) {
    publication.set_state(Publication::IN_REVIEW);
    publication.clear_refusal();
    AddEditor(publication, call.actor.subject);
    return absl::OkStatus();
  });
}

absl::StatusOr<Publication> PublicationsService::ApprovePublication(
    const Call& call, const v1::ApprovePublicationRequest& request) {
  return Do(Verb::kApprove, call, request, [&](Tx&, Publication& publication) {
    publication.set_state(Publication::APPROVED);
    publication.set_approver(call.actor.subject);
    *publication.mutable_approve_time() = ToTimestamp(call.now);
    return absl::OkStatus();
  });
}

absl::StatusOr<Publication> PublicationsService::RefusePublication(
    const Call& call, const v1::RefusePublicationRequest& request) {
  FieldErrors errors;
  CheckText(errors, "reason", request.reason(), kLongestReason, true);
  RETURN_IF_ERROR(errors.status());
  return Do(Verb::kRefuse, call, request, [&](Tx&, Publication& publication) {
    publication.set_state(Publication::DRAFT);
    publication.set_refusal(request.reason());
    publication.clear_approver();
    publication.clear_approve_time();
    return absl::OkStatus();
  });
}

absl::StatusOr<Publication> PublicationsService::StartNotice(
    const Call& call, const v1::StartNoticeRequest& request) {
  if (request.days() < 0 || request.days() > kLongestNotice) {
    return InvalidField("days", absl::StrCat("must be 0 … ", kLongestNotice));
  }
  ASSIGN_OR_RETURN(WorkingCalendar calendar, registry_->Calendars());
  ASSIGN_OR_RETURN(v1::Notice notice, NoticeFrom(call.today, request.days(), calendar));
  return Do(Verb::kStartNotice, call, request, [&](Tx&, Publication& publication) {
    publication.set_state(Publication::ON_NOTICE);
    *publication.mutable_notice() = notice;
    *publication.mutable_notice()->mutable_start_time() = ToTimestamp(call.now);
    return absl::OkStatus();
  });
}

absl::StatusOr<Publication> PublicationsService::ReleasePublication(
    const Call& call, const v1::ReleasePublicationRequest& request) {
  return Do(Verb::kRelease, call, request, [&](Tx& tx, Publication& publication) -> absl::Status {
    if (!publication.supersedes().empty()) {
      RETURN_IF_ERROR(CheckSuperseded(tx, call, publication));
      ASSIGN_OR_RETURN(Publication old, Find<Publication>(tx, publication.supersedes()));
      old.set_state(Publication::CORRECTED);
      old.set_superseded_by(publication.id());
      RETURN_IF_ERROR(Update(tx, call, old));
    }
    Release(publication, call.now, call.today);
    return absl::OkStatus();
  });
}

absl::StatusOr<Publication> PublicationsService::WithdrawPublication(
    const Call& call, const v1::WithdrawPublicationRequest& request) {
  FieldErrors errors;
  CheckText(errors, "explanation", request.explanation(), kLongestReason, true);
  RETURN_IF_ERROR(errors.status());
  return Do(Verb::kWithdraw, call, request, [&](Tx&, Publication& publication) {
    publication.set_state(Publication::WITHDRAWN);
    publication.set_explanation(request.explanation());
    return absl::OkStatus();
  });
}

}  // namespace lucid::publications
