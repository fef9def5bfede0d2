// Petitions: intake, reading, correcting.
#include "services/cases/cases_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/id.h"
#include "services/base/mask.h"
#include "services/base/records.h"
#include "services/base/timestamps.h"
#include "services/cases/cases_store.h"
#include "services/cases/petition_form_rules.h"
#include "services/cases/petition_rules.h"

namespace lucid::cases {

CasesService::CasesService(Door& door, Db& db, EventFeed& feed,
                           std::shared_ptr<registry::Registry> registry, PetitionSecrets secrets,
                           absl::TimeZone zone)
    : door_(door),
      db_(db),
      feed_(feed),
      registry_(std::move(registry)),
      secrets_(std::move(secrets)),
      zone_(zone) {}

absl::Status CasesService::InsertPetition(Tx& tx, const Call& call, v1::Petition& petition) const {
  if (!petition.has_received_time()) {
    *petition.mutable_received_time() = ToTimestamp(call.now);
  }
  const absl::CivilDay received =
      DayOf(absl::FromUnixSeconds(petition.received_time().seconds()), zone_);
  if (received > call.today) return InvalidField("received_time", "must not lie in the future");
  RETURN_IF_ERROR(CheckNewPetition(petition, call.today));
  StartPetition(petition, received);
  // The sealed parts are bound to the id, so it is made before the record is.
  if (petition.id().empty()) petition.set_id(NewId(call.now));
  PetitionSecrets::Sealed sealed = secrets_.TakeFrom(petition);
  RETURN_IF_ERROR(Insert(tx, call, petition));
  return PetitionSecrets::Keep(tx, petition.id(), std::move(sealed));
}

absl::StatusOr<v1::Petition> CasesService::CreatePetition(
    const Call& call, const v1::CreatePetitionRequest& request) {
  RETURN_IF_ERROR(registry_->CheckUnits(call, {{"unit_id", request.petition().unit_id()}}));
  ASSIGN_OR_RETURN(v1::Petition created,
                   Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Petition> {
                     v1::Petition petition = request.petition();
                     RETURN_IF_ERROR(InsertPetition(tx, call, petition));
                     return petition;
                   }));
  Decorate(created, call.actor, call.today);
  return created;
}

absl::StatusOr<v1::BatchCreatePetitionsResponse> CasesService::BatchCreatePetitions(
    const Call& call, const v1::BatchCreatePetitionsRequest& request) {
  if (request.petitions_size() > kMostInBatch) {
    return InvalidField("petitions", "must be at most 1000");
  }
  std::vector<registry::Registry::NamedUnit> units;
  for (int i = 0; i < request.petitions_size(); ++i) {
    units.emplace_back(absl::StrCat("petitions[", i, "].unit_id"), request.petitions(i).unit_id());
  }
  RETURN_IF_ERROR(registry_->CheckUnits(call, units));
  ASSIGN_OR_RETURN(
      v1::BatchCreatePetitionsResponse created,
      Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::BatchCreatePetitionsResponse> {
        v1::BatchCreatePetitionsResponse response;
        for (int i = 0; i < request.petitions_size(); ++i) {
          v1::Petition& petition = *response.add_petitions();
          petition = request.petitions(i);
          RETURN_IF_ERROR(InItem("petitions", i, InsertPetition(tx, call, petition)));
        }
        return response;
      }));
  for (v1::Petition& petition : *created.mutable_petitions()) {
    Decorate(petition, call.actor, call.today);
  }
  return created;
}

absl::StatusOr<v1::Petition> CasesService::GetPetition(const Call& call,
                                                       const v1::GetPetitionRequest& request) {
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::Petition> {
    ASSIGN_OR_RETURN(v1::Petition petition, FindFor<v1::Petition>(tx, call, request.id()));
    if (DutiesOf(petition, call.actor).petitions) {
      ASSIGN_OR_RETURN(PetitionSecrets::Parts parts, secrets_.Reveal(tx, petition));
      petition.set_text(std::move(parts.text));
    }
    Decorate(petition, call.actor, call.today);
    return petition;
  });
}

absl::StatusOr<v1::ListPetitionsResponse> CasesService::ListPetitions(
    const Call& call, const v1::ListPetitionsRequest& request) {
  Query query;
  query.Region("region", request.region())
      .Equals("state", int64_t{request.state()})
      .Equals("channel", int64_t{request.channel()})
      .Equals("batch", request.batch())
      .Equals("number", request.number())
      .Equals("finding", int64_t{request.finding()})
      .Equals("is_key", int64_t{request.key()})
      .AtLeast("received_day", request.received_from())
      .Before("received_day", request.received_before());
  if (request.pollution_type() != v1::Petition::POLLUTION_TYPE_UNSPECIFIED) {
    query.Where("pollution_types LIKE ?",
                {MemberPattern(v1::Petition::PollutionType_Name(request.pollution_type()))});
  }
  if (!request.unit_id().empty()) {
    query.Where("id IN (SELECT id FROM unit_scopes WHERE collection = 'petitions' AND unit_id = ?)",
                {request.unit_id()});
  }
  if (request.overdue()) {
    query.Where("pending_due_day > '' AND pending_due_day < ?", {FormatDay(call.today)});
  }
  query.OrderBy(request.order_by(), {"id", "received_day", "due_day"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListPetitionsResponse> {
    v1::ListPetitionsResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_petitions(),
                         *response.mutable_next_page_token()));
    for (v1::Petition& petition : *response.mutable_petitions()) {
      Decorate(petition, call.actor, call.today);
    }
    return response;
  });
}

absl::Status CasesService::CheckDiscreet(Tx& tx, const Call& call, const v1::Petition& petition,
                                         absl::string_view field, absl::string_view text) const {
  if (text.empty()) return absl::OkStatus();
  PetitionSecrets::Parts parts;
  // For others the refusal would tell whether a name they guess is the petitioner's.
  if (DutiesOf(petition, call.actor).petitions) {
    ASSIGN_OR_RETURN(parts, secrets_.Reveal(tx, petition));
  }
  FieldErrors errors;
  CheckNamesNobody(errors, field, text, parts.petitioner);
  return errors.status();
}

absl::StatusOr<v1::Petition> CasesService::UpdatePetition(
    const Call& call, const v1::UpdatePetitionRequest& request) {
  ASSIGN_OR_RETURN(std::vector<std::string> paths,
                   MaskPaths(request.update_mask(), request.petition()));
  ASSIGN_OR_RETURN(
      v1::Petition updated, Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::Petition> {
        ASSIGN_OR_RETURN(v1::Petition petition,
                         FindFor<v1::Petition>(tx, call, request.petition().id()));
        RETURN_IF_ERROR(CheckVersion(tx, petition, request.petition().version()));
        RETURN_IF_ERROR(CheckPatched(paths));
        if (!DutiesOf(petition, call.actor).petitions) {
          return Fail(absl::StatusCode::kPermissionDenied, "NOT_PERMITTED",
                      "a petition is described by its own petition office");
        }
        CopyPaths(request.petition(), paths, petition);
        RETURN_IF_ERROR(CheckChangedPetition(petition));
        RETURN_IF_ERROR(CheckDiscreet(tx, call, petition, "summary", petition.summary()));
        RETURN_IF_ERROR(CheckDiscreet(tx, call, petition, "place", petition.place()));
        RETURN_IF_ERROR(Update(tx, call, petition));
        return petition;
      }));
  Decorate(updated, call.actor, call.today);
  return updated;
}

}  // namespace lucid::cases
