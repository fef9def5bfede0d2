// The steps of petitions: which follows which, by whom, and what the rates count. Pure functions;
// no storage.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "lucid/cases/v1/cases_service.pb.h"
#include "lucid/cases/v1/petition.pb.h"
#include "services/base/call.h"
#include "services/base/decimal.h"

namespace lucid::cases {

// What a rule knows of the caller: the duties that follow from the petition.
struct Duties {
  bool petitions = false;  // the petition office of the owning region, or above
  bool office = false;     // the coordinating office of the owning region, or above
  bool superior = false;   // the office of an upper region
  bool unit = false;       // a member of the handling unit
};
Duties DutiesOf(const v1::Petition& petition, const Actor& actor);

// The action that `:accept` means by a decision: "accept", "refuse" or "forward"; "" when none.
absl::string_view ActionOf(v1::AcceptPetitionRequest::Validity validity);

// Whether this caller may take this step now, by the table in petition_rules.cc: the state before,
// the duty, whether a reason is needed, and what must be true of the petition.
absl::Status CheckStep(const v1::Petition& petition, const Actor& actor, absl::string_view action,
                       absl::string_view reason);

// Takes a step that was checked: the state after it, and its record in the history.
void TakeStep(v1::Petition& petition, absl::string_view action, absl::string_view reason,
              const Actor& actor, absl::CivilDay today);

// Whether `petition` may be declared a duplicate of `original`.
absl::Status CheckMerge(const v1::Petition& petition, const v1::Petition& original);

// The verbs that this caller may use now, by the same table.
std::vector<std::string> AllowedActions(const v1::Petition& petition, const Actor& actor);

// 办理时限: sets the day by which a petition received on a day is replied to, and says why.
void SetReplyDay(v1::Petition& petition, absl::CivilDay received);

// 超期: pending, and the due day has passed.
bool IsOverdue(const v1::Petition& petition, absl::CivilDay today);

// Fills what a reader sees and nobody stores: overdue, allowed actions.
void Decorate(v1::Petition& petition, const Actor& actor, absl::CivilDay today);

// 办结率: from the same petitions, two rates that must not be taken for each other. Percent with
// one decimal; FAILED_PRECONDITION (DIVISION_BY_ZERO) where nothing was handed over.
struct ClosingCounts {
  int64_t handed_over = 0;
  int64_t closed = 0;        // CLOSED and ACCEPTED
  int64_t stage_closed = 0;  // STAGE_CLOSED
};
absl::StatusOr<Decimal> StrictClosingRate(const ClosingCounts& counts);
absl::StatusOr<Decimal> ClosingRateWithStages(const ClosingCounts& counts);

}  // namespace lucid::cases
