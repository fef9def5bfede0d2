// Clues, discipline cases and sanctions.
#include "services/base/calendar.h"
#include "services/base/id.h"
#include "services/base/records.h"
#include "services/cases/accountability_rules.h"
#include "services/cases/cases_service.h"
#include "services/cases/cases_store.h"

namespace lucid::cases {
namespace {

// Fills what a reader sees and nobody stores.
template <class R>
void Decorate(R& record) {
  record.clear_allowed_actions();
  for (std::string& action : AllowedActions(record)) {
    record.add_allowed_actions(std::move(action));
  }
}

template <class R>
absl::StatusOr<R> Decorated(absl::StatusOr<R> record) {
  if (record.ok()) Decorate(*record);
  return record;
}

// A record that another one refers to; INVALID_ARGUMENT naming the field where the caller sees
// none.
template <class R>
absl::StatusOr<R> Referred(Tx& tx, const Call& call, absl::string_view field,
                           const std::string& id) {
  ASSIGN_OR_RETURN(std::optional<R> found, FindReferred<R>(tx, call, id));
  if (!found) return InvalidField(field, "names a record that does not exist");
  return *std::move(found);
}

absl::Status InsertClue(Tx& tx, const Call& call, v1::Clue& clue) {
  RETURN_IF_ERROR(CheckNewClue(clue, call.today));
  StartClue(clue);
  return Insert(tx, call, clue);
}

absl::Status InsertCase(Tx& tx, const Call& call, v1::DisciplineCase& discipline_case) {
  RETURN_IF_ERROR(CheckNewDisciplineCase(discipline_case, call.today));
  StartDisciplineCase(discipline_case);
  for (const std::string& id : discipline_case.clue_ids()) {
    ASSIGN_OR_RETURN(v1::Clue clue, Referred<v1::Clue>(tx, call, "clue_ids", id));
    RETURN_IF_ERROR(CheckCaseClue(discipline_case, clue));
    AddClueSource(discipline_case, clue.source());
  }
  return Insert(tx, call, discipline_case);
}

absl::Status InsertSanction(Tx& tx, const Call& call, v1::Sanction& sanction) {
  RETURN_IF_ERROR(CheckNewSanction(sanction, call.today));
  StartSanction(sanction);
  if (!sanction.case_id().empty()) {
    ASSIGN_OR_RETURN(v1::DisciplineCase matter,
                     Referred<v1::DisciplineCase>(tx, call, "case_id", sanction.case_id()));
    RETURN_IF_ERROR(CheckSanctionOf(sanction, matter.region(), matter.filing_day()));
  }
  if (!sanction.clue_id().empty()) {
    ASSIGN_OR_RETURN(v1::Clue matter, Referred<v1::Clue>(tx, call, "clue_id", sanction.clue_id()));
    RETURN_IF_ERROR(CheckSanctionOf(sanction, matter.region(), matter.received_day()));
  }
  return Insert(tx, call, sanction);
}

}  // namespace

absl::StatusOr<v1::Clue> CasesService::CreateClue(const Call& call,
                                                  const v1::CreateClueRequest& request) {
  return Decorated(Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Clue> {
    v1::Clue clue = request.clue();
    RETURN_IF_ERROR(InsertClue(tx, call, clue));
    return clue;
  }));
}

absl::StatusOr<v1::BatchCreateCluesResponse> CasesService::BatchCreateClues(
    const Call& call, const v1::BatchCreateCluesRequest& request) {
  if (request.clues_size() > kMostInBatch) return InvalidField("clues", "must be at most 1000");
  auto created = Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::BatchCreateCluesResponse> {
    v1::BatchCreateCluesResponse response;
    for (int i = 0; i < request.clues_size(); ++i) {
      v1::Clue& clue = *response.add_clues();
      clue = request.clues(i);
      RETURN_IF_ERROR(InItem("clues", i, InsertClue(tx, call, clue)));
    }
    return response;
  });
  if (created.ok()) {
    for (v1::Clue& clue : *created->mutable_clues()) Decorate(clue);
  }
  return created;
}

absl::StatusOr<v1::Clue> CasesService::GetClue(const Call& call,
                                               const v1::GetClueRequest& request) {
  return Decorated(db_.Read([&](Tx& tx) { return FindFor<v1::Clue>(tx, call, request.id()); }));
}

absl::StatusOr<v1::ListCluesResponse> CasesService::ListClues(const Call& call,
                                                              const v1::ListCluesRequest& request) {
  Query query;
  query.Region("region", request.region())
      .Equals("source", int64_t{request.source()})
      .Equals("state", int64_t{request.state()})
      .OrderBy(request.order_by(), {"id", "received_day"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListCluesResponse> {
    v1::ListCluesResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_clues(),
                         *response.mutable_next_page_token()));
    for (v1::Clue& clue : *response.mutable_clues()) Decorate(clue);
    return response;
  });
}

absl::StatusOr<v1::Clue> CasesService::ClueStep(const Call& call,
                                                const v1::ClueStepRequest& request,
                                                absl::string_view action) {
  return Decorated(Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Clue> {
    ASSIGN_OR_RETURN(v1::Clue clue, FindFor<v1::Clue>(tx, call, request.id()));
    RETURN_IF_ERROR(CheckVersion(tx, clue, request.version()));
    RETURN_IF_ERROR(CheckClueStep(clue, action, request.reason()));
    TakeClueStep(clue, action, request.reason(), call.actor.subject, call.today);
    RETURN_IF_ERROR(Update(tx, call, clue));
    return clue;
  }));
}

absl::StatusOr<v1::Clue> CasesService::TalkClue(const Call& call,
                                                const v1::ClueStepRequest& request) {
  return ClueStep(call, request, "talk");
}

absl::StatusOr<v1::Clue> CasesService::VerifyClue(const Call& call,
                                                  const v1::ClueStepRequest& request) {
  return ClueStep(call, request, "verify");
}

absl::StatusOr<v1::Clue> CasesService::HoldClue(const Call& call,
                                                const v1::ClueStepRequest& request) {
  return ClueStep(call, request, "hold");
}

absl::StatusOr<v1::Clue> CasesService::SettleClue(const Call& call,
                                                  const v1::ClueStepRequest& request) {
  return ClueStep(call, request, "settle");
}

absl::StatusOr<v1::DisciplineCase> CasesService::CreateDisciplineCase(
    const Call& call, const v1::CreateDisciplineCaseRequest& request) {
  return Decorated(Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::DisciplineCase> {
    v1::DisciplineCase discipline_case = request.discipline_case();
    RETURN_IF_ERROR(InsertCase(tx, call, discipline_case));
    return discipline_case;
  }));
}

absl::StatusOr<v1::DisciplineCase> CasesService::GetDisciplineCase(
    const Call& call, const v1::GetDisciplineCaseRequest& request) {
  return Decorated(
      db_.Read([&](Tx& tx) { return FindFor<v1::DisciplineCase>(tx, call, request.id()); }));
}

absl::StatusOr<v1::ListDisciplineCasesResponse> CasesService::ListDisciplineCases(
    const Call& call, const v1::ListDisciplineCasesRequest& request) {
  Query query;
  query.Region("region", request.region())
      .Equals("state", int64_t{request.state()})
      .OrderBy(request.order_by(), {"id", "filing_day"});
  if (!request.clue_id().empty()) {
    RETURN_IF_ERROR(CheckId("clue_id", request.clue_id()));
    query.Where("clue_ids LIKE ?", {MemberPattern(request.clue_id())});
  }
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListDisciplineCasesResponse> {
    v1::ListDisciplineCasesResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_discipline_cases(),
                         *response.mutable_next_page_token()));
    for (v1::DisciplineCase& found : *response.mutable_discipline_cases()) Decorate(found);
    return response;
  });
}

absl::StatusOr<v1::DisciplineCase> CasesService::ConcludeDisciplineCase(
    const Call& call, const v1::ConcludeDisciplineCaseRequest& request) {
  return Decorated(Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::DisciplineCase> {
    ASSIGN_OR_RETURN(v1::DisciplineCase found, FindFor<v1::DisciplineCase>(tx, call, request.id()));
    RETURN_IF_ERROR(CheckVersion(tx, found, request.version()));
    RETURN_IF_ERROR(CheckConclude(found, request));
    found.set_state(v1::DisciplineCase::CONCLUDED);
    found.set_concluded_day(FormatDay(call.today));
    found.set_conclusion(request.conclusion());
    RETURN_IF_ERROR(Update(tx, call, found));
    return found;
  }));
}

absl::StatusOr<v1::Sanction> CasesService::CreateSanction(
    const Call& call, const v1::CreateSanctionRequest& request) {
  return Decorated(Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Sanction> {
    v1::Sanction sanction = request.sanction();
    RETURN_IF_ERROR(InsertSanction(tx, call, sanction));
    return sanction;
  }));
}

absl::StatusOr<v1::BatchCreateSanctionsResponse> CasesService::BatchCreateSanctions(
    const Call& call, const v1::BatchCreateSanctionsRequest& request) {
  if (request.sanctions_size() > kMostInBatch) {
    return InvalidField("sanctions", "must be at most 1000");
  }
  auto created = Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::BatchCreateSanctionsResponse> {
    v1::BatchCreateSanctionsResponse response;
    for (int i = 0; i < request.sanctions_size(); ++i) {
      v1::Sanction& sanction = *response.add_sanctions();
      sanction = request.sanctions(i);
      RETURN_IF_ERROR(InItem("sanctions", i, InsertSanction(tx, call, sanction)));
    }
    return response;
  });
  if (created.ok()) {
    for (v1::Sanction& sanction : *created->mutable_sanctions()) Decorate(sanction);
  }
  return created;
}

absl::StatusOr<v1::Sanction> CasesService::GetSanction(const Call& call,
                                                       const v1::GetSanctionRequest& request) {
  return Decorated(db_.Read([&](Tx& tx) { return FindFor<v1::Sanction>(tx, call, request.id()); }));
}

absl::StatusOr<v1::ListSanctionsResponse> CasesService::ListSanctions(
    const Call& call, const v1::ListSanctionsRequest& request) {
  Query query;
  query.Region("region", request.region())
      .Equals("measure", int64_t{request.measure()})
      .Equals("person_id", request.person_id())
      .Equals("case_id", request.case_id())
      .OrderBy(request.order_by(), {"id", "decision_day"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListSanctionsResponse> {
    v1::ListSanctionsResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_sanctions(),
                         *response.mutable_next_page_token()));
    for (v1::Sanction& sanction : *response.mutable_sanctions()) Decorate(sanction);
    return response;
  });
}

absl::StatusOr<v1::Sanction> CasesService::RevokeSanction(
    const Call& call, const v1::RevokeSanctionRequest& request) {
  const std::string day = request.day().empty() ? FormatDay(call.today) : request.day();
  return Decorated(Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Sanction> {
    ASSIGN_OR_RETURN(v1::Sanction sanction, FindFor<v1::Sanction>(tx, call, request.id()));
    RETURN_IF_ERROR(CheckVersion(tx, sanction, request.version()));
    RETURN_IF_ERROR(CheckRevoke(sanction, day, request.reason(), call.today));
    sanction.set_revoked(true);
    sanction.set_revoked_day(day);
    sanction.set_revoke_reason(request.reason());
    RETURN_IF_ERROR(Update(tx, call, sanction));
    return sanction;
  }));
}

}  // namespace lucid::cases
