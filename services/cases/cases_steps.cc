// The steps of petitions, and who petitioned.
#include "services/base/calendar.h"
#include "services/base/records.h"
#include "services/cases/cases_service.h"
#include "services/cases/cases_store.h"
#include "services/cases/petition_form_rules.h"
#include "services/cases/petition_rules.h"

namespace lucid::cases {

template <class Request>
absl::StatusOr<v1::Petition> CasesService::Step(const Call& call, const Request& request,
                                                absl::string_view action, absl::string_view reason,
                                                const Change& change) {
  RETURN_IF_ERROR(CheckReason(reason));
  ASSIGN_OR_RETURN(v1::Petition done, Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Petition> {
                     ASSIGN_OR_RETURN(v1::Petition petition,
                                      FindFor<v1::Petition>(tx, call, request.id()));
                     RETURN_IF_ERROR(CheckVersion(tx, petition, request.version()));
                     RETURN_IF_ERROR(CheckStep(petition, call.actor, action, reason));
                     RETURN_IF_ERROR(CheckDiscreet(tx, call, petition, "reason", reason));
                     if (change) RETURN_IF_ERROR(change(tx, petition));
                     TakeStep(petition, action, reason, call.actor, call.today);
                     RETURN_IF_ERROR(Update(tx, call, petition));
                     return petition;
                   }));
  Decorate(done, call.actor, call.today);
  return done;
}

absl::StatusOr<v1::Petition> CasesService::AcceptPetition(
    const Call& call, const v1::AcceptPetitionRequest& request) {
  absl::string_view action = ActionOf(request.validity());
  if (action.empty()) return InvalidField("validity", "is required");
  return Step(call, request, action, request.reason());
}

absl::StatusOr<v1::Petition> CasesService::MergePetition(const Call& call,
                                                         const v1::MergePetitionRequest& request) {
  return Step(call, request, "merge", request.reason(),
              [&](Tx& tx, v1::Petition& petition) -> absl::Status {
                ASSIGN_OR_RETURN(v1::Petition original,
                                 FindFor<v1::Petition>(tx, call, request.into_id()));
                RETURN_IF_ERROR(CheckMerge(petition, original));
                ASSIGN_OR_RETURN(bool original_of_others, HasDuplicates(tx, petition.id()));
                if (original_of_others) {
                  return Fail(absl::StatusCode::kFailedPrecondition, "HAS_DUPLICATES",
                              "others were merged into this petition; unmerge them first");
                }
                petition.set_merged_into(original.id());
                return absl::OkStatus();
              });
}

absl::StatusOr<v1::Petition> CasesService::UnmergePetition(
    const Call& call, const v1::UnmergePetitionRequest& request) {
  return Step(call, request, "unmerge", request.reason());
}

absl::StatusOr<v1::Petition> CasesService::AssignPetition(
    const Call& call, const v1::AssignPetitionRequest& request) {
  if (request.unit_id().empty()) return InvalidField("unit_id", "is required");
  RETURN_IF_ERROR(registry_->CheckUnits(call, {{"unit_id", request.unit_id()}}));
  return Step(call, request, "assign", "", [&](Tx&, v1::Petition& petition) {
    petition.set_unit_id(request.unit_id());
    return absl::OkStatus();
  });
}

absl::StatusOr<v1::Petition> CasesService::InvestigatePetition(
    const Call& call, const v1::InvestigatePetitionRequest& request) {
  RETURN_IF_ERROR(CheckInvestigation(request));
  return Step(call, request, "investigate", "",
              [&](Tx& tx, v1::Petition& petition) -> absl::Status {
                RETURN_IF_ERROR(
                    CheckDiscreet(tx, call, petition, "finding_basis", request.finding_basis()));
                petition.set_finding(request.finding());
                petition.set_finding_basis(request.finding_basis());
                *petition.mutable_dispositions() = request.dispositions();
                FillUnits(petition);
                return absl::OkStatus();
              });
}

absl::StatusOr<v1::Petition> CasesService::ApplyStageClosure(
    const Call& call, const v1::ApplyStageClosureRequest& request) {
  RETURN_IF_ERROR(CheckStageClosure(request, call.today));
  return Step(call, request, "applyStageClosure", request.reason(),
              [&](Tx&, v1::Petition& petition) {
                v1::StageClosure& application = *petition.mutable_stage_closure();
                application.set_state(v1::StageClosure::APPLIED);
                application.set_finishing_day(request.finishing_day());
                application.set_reason(request.reason());
                application.set_applicant(call.actor.subject);
                return absl::OkStatus();
              });
}

absl::StatusOr<v1::Petition> CasesService::ApproveStageClosure(
    const Call& call, const v1::ApproveStageClosureRequest& request) {
  return Step(call, request, "approveStageClosure", "");
}

absl::StatusOr<v1::Petition> CasesService::ClosePetition(const Call& call,
                                                         const v1::ClosePetitionRequest& request) {
  return Step(call, request, "close", request.reason());
}

absl::StatusOr<v1::Petition> CasesService::AcceptClosure(const Call& call,
                                                         const v1::AcceptClosureRequest& request) {
  return Step(call, request, "acceptClosure", request.reason());
}

absl::StatusOr<v1::Petition> CasesService::ReopenPetition(
    const Call& call, const v1::ReopenPetitionRequest& request) {
  return Step(call, request, "reopen", request.reason());
}

absl::StatusOr<v1::RevealPetitionerResponse> CasesService::RevealPetitioner(
    const Call& call, const v1::RevealPetitionerRequest& request) {
  RETURN_IF_ERROR(CheckReason(request.reason()));
  v1::Petition petition;
  v1::RevealPetitionerResponse response;
  // The look is durable before anything is seen.
  ASSIGN_OR_RETURN(
      *response.mutable_look(), db_.Write([&](Tx& tx) -> absl::StatusOr<v1::PetitionerLook> {
        ASSIGN_OR_RETURN(petition, FindFor<v1::Petition>(tx, call, request.id()));
        RETURN_IF_ERROR(CheckStep(petition, call.actor, "revealPetitioner", request.reason()));
        v1::PetitionerLook look;
        look.set_region(petition.owner_region());
        look.set_petition_id(petition.id());
        look.set_subject(call.actor.subject);
        look.set_reason(request.reason());
        RETURN_IF_ERROR(Insert(tx, call, look));
        return look;
      }));
  ASSIGN_OR_RETURN(PetitionSecrets::Parts parts,
                   db_.Read([&](Tx& tx) { return secrets_.Reveal(tx, petition); }));
  if (parts.petitioner.ByteSizeLong() > 0) *response.mutable_petitioner() = parts.petitioner;
  response.set_text(std::move(parts.text));
  return response;
}

absl::StatusOr<v1::Petition> CasesService::ErasePetitioner(
    const Call& call, const v1::ErasePetitionerRequest& request) {
  return Step(
      call, request, "erasePetitioner", request.reason(),
      [](Tx& tx, v1::Petition& petition) { return PetitionSecrets::Erase(tx, petition.id()); });
}

absl::StatusOr<v1::ListPetitionerLooksResponse> CasesService::ListPetitionerLooks(
    const Call& call, const v1::ListPetitionerLooksRequest& request) {
  Query query;
  query.Equals("petition_id", request.petition_id())
      .Equals("subject", request.subject())
      .OrderBy(request.order_by(), {"id"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListPetitionerLooksResponse> {
    v1::ListPetitionerLooksResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_petitioner_looks(),
                         *response.mutable_next_page_token()));
    return response;
  });
}

}  // namespace lucid::cases
