// The cases service, as a table of contents.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "lucid/cases/v1/cases_service.grpc.pb.h"
#include "services/base/db.h"
#include "services/base/events.h"
#include "services/base/rpc.h"
#include "services/base/streams.h"
#include "services/cases/petition_secrets.h"
#include "services/registry/registry.h"

namespace lucid::cases {

// The most records of one batch, and so of one transaction.
inline constexpr int kMostInBatch = 1000;

class CasesService final : public v1::CasesService::CallbackService {
 public:
  using Service = v1::CasesService;

  // `registry` knows the units; `zone` is where the civil day of a petition's receipt is counted.
  CasesService(Door& door, Db& db, EventFeed& feed, std::shared_ptr<registry::Registry> registry,
               PetitionSecrets secrets, absl::TimeZone zone);

  // Petitions.
  RPC(CreatePetition, v1::CreatePetitionRequest, v1::Petition);
  RPC(BatchCreatePetitions, v1::BatchCreatePetitionsRequest, v1::BatchCreatePetitionsResponse);
  RPC(GetPetition, v1::GetPetitionRequest, v1::Petition);
  RPC(ListPetitions, v1::ListPetitionsRequest, v1::ListPetitionsResponse);
  RPC(UpdatePetition, v1::UpdatePetitionRequest, v1::Petition);

  // Their steps.
  RPC(AcceptPetition, v1::AcceptPetitionRequest, v1::Petition);
  RPC(MergePetition, v1::MergePetitionRequest, v1::Petition);
  RPC(UnmergePetition, v1::UnmergePetitionRequest, v1::Petition);
  RPC(AssignPetition, v1::AssignPetitionRequest, v1::Petition);
  RPC(InvestigatePetition, v1::InvestigatePetitionRequest, v1::Petition);
  RPC(ApplyStageClosure, v1::ApplyStageClosureRequest, v1::Petition);
  RPC(ApproveStageClosure, v1::ApproveStageClosureRequest, v1::Petition);
  RPC(ClosePetition, v1::ClosePetitionRequest, v1::Petition);
  RPC(AcceptClosure, v1::AcceptClosureRequest, v1::Petition);
  RPC(ReopenPetition, v1::ReopenPetitionRequest, v1::Petition);

  // Who petitioned.
  RPC(RevealPetitioner, v1::RevealPetitionerRequest, v1::RevealPetitionerResponse);
  RPC(ErasePetitioner, v1::ErasePetitionerRequest, v1::Petition);
  RPC(ListPetitionerLooks, v1::ListPetitionerLooksRequest, v1::ListPetitionerLooksResponse);

  // Accountability.
  RPC(CreateClue, v1::CreateClueRequest, v1::Clue);
  RPC(BatchCreateClues, v1::BatchCreateCluesRequest, v1::BatchCreateCluesResponse);
  RPC(GetClue, v1::GetClueRequest, v1::Clue);
  RPC(ListClues, v1::ListCluesRequest, v1::ListCluesResponse);
  RPC(TalkClue, v1::ClueStepRequest, v1::Clue);
  RPC(VerifyClue, v1::ClueStepRequest, v1::Clue);
  RPC(HoldClue, v1::ClueStepRequest, v1::Clue);
  RPC(SettleClue, v1::ClueStepRequest, v1::Clue);
  RPC(CreateDisciplineCase, v1::CreateDisciplineCaseRequest, v1::DisciplineCase);
  RPC(GetDisciplineCase, v1::GetDisciplineCaseRequest, v1::DisciplineCase);
  RPC(ListDisciplineCases, v1::ListDisciplineCasesRequest, v1::ListDisciplineCasesResponse);
  RPC(ConcludeDisciplineCase, v1::ConcludeDisciplineCaseRequest, v1::DisciplineCase);
  RPC(CreateSanction, v1::CreateSanctionRequest, v1::Sanction);
  RPC(BatchCreateSanctions, v1::BatchCreateSanctionsRequest, v1::BatchCreateSanctionsResponse);
  RPC(GetSanction, v1::GetSanctionRequest, v1::Sanction);
  RPC(ListSanctions, v1::ListSanctionsRequest, v1::ListSanctionsResponse);
  RPC(RevokeSanction, v1::RevokeSanctionRequest, v1::Sanction);

  // Events, figures, summary.
  RPC(ListEvents, events::v1::ListEventsRequest, events::v1::ListEventsResponse);
  RPC_SERVER_STREAM(WatchEvents, events::v1::ListEventsRequest, events::v1::ListEventsResponse);
  RPC(ListFigures, figures::v1::ListFiguresRequest, figures::v1::ListFiguresResponse);
  RPC(EvaluateFigures, figures::v1::EvaluateFiguresRequest, figures::v1::EvaluateFiguresResponse);
  RPC(Summarize, types::v1::SummarizeRequest, types::v1::Summary);

 private:
  absl::Status InsertPetition(Tx& tx, const Call& call, v1::Petition& petition) const;
  // INVALID_ARGUMENT where a text that events will carry gives the petitioner away.
  absl::Status CheckDiscreet(Tx& tx, const Call& call, const v1::Petition& petition,
                             absl::string_view field, absl::string_view text) const;
  // One step of a petition: the checks that all steps share, then `change`, then the step.
  using Change = std::function<absl::Status(Tx&, v1::Petition&)>;
  template <class Request>
  absl::StatusOr<v1::Petition> Step(const Call& call, const Request& request,
                                    absl::string_view action, absl::string_view reason,
                                    const Change& change = nullptr);
  absl::StatusOr<v1::Clue> ClueStep(const Call& call, const v1::ClueStepRequest& request,
                                    absl::string_view action);

  Door& door_;
  Db& db_;
  EventFeed& feed_;
  const std::shared_ptr<registry::Registry> registry_;
  const PetitionSecrets secrets_;
  const absl::TimeZone zone_;
};

}  // namespace lucid::cases
