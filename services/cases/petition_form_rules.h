// What may be entered in a petition: required fields, lengths, units, and texts that name nobody.
// Pure functions; no storage.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "lucid/cases/v1/cases_service.pb.h"
#include "lucid/cases/v1/petition.pb.h"
#include "services/base/status.h"

namespace lucid::cases {

// The shape of a new petition. INVALID_ARGUMENT with every violation. `today` bounds the days of
// done things.
absl::Status CheckNewPetition(const v1::Petition& petition, absl::CivilDay today);

// Makes a new petition's own fields what they must be at the start, where `received` is the civil
// day of receipt. A historical petition keeps the state, finding and days it came with.
void StartPetition(v1::Petition& petition, absl::CivilDay received);

// Whether these fields may be patched, and whether the petition is well-formed after it.
absl::Status CheckPatched(const std::vector<std::string>& fields);
absl::Status CheckChangedPetition(const v1::Petition& petition);

// A violation of `field` where `text` gives the petitioner away, or anybody by a number.
void CheckNamesNobody(FieldErrors& errors, absl::string_view field, absl::string_view text,
                      const v1::Petitioner& petitioner);

// The reason for a step: not too long.
absl::Status CheckReason(absl::string_view reason);

// What was found and what follows: UNTRUE needs a basis; each disposition at most once, counted in
// the unit of its kind.
absl::Status CheckInvestigation(const v1::InvestigatePetitionRequest& request);

// Gives each disposition the unit of its kind.
void FillUnits(v1::Petition& petition);

// Whether an application to close for now is well-formed.
absl::Status CheckStageClosure(const v1::ApplyStageClosureRequest& request, absl::CivilDay today);

}  // namespace lucid::cases
