// The rules of clues, discipline cases and sanctions. Pure functions; no storage.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "lucid/cases/v1/accountability.pb.h"
#include "lucid/cases/v1/cases_service.pb.h"

namespace lucid::cases {

// The shape of a new record: required fields, lengths, days not after `today`; the state and the
// days of later steps only for a historical one. INVALID_ARGUMENT with every violation.
absl::Status CheckNewClue(const v1::Clue& clue, absl::CivilDay today);
absl::Status CheckNewDisciplineCase(const v1::DisciplineCase& discipline_case,
                                    absl::CivilDay today);
absl::Status CheckNewSanction(const v1::Sanction& sanction, absl::CivilDay today);

// Make a new record's own fields what they must be at the start.
void StartClue(v1::Clue& clue);
void StartDisciplineCase(v1::DisciplineCase& discipline_case);
void StartSanction(v1::Sanction& sanction);

// 处置: whether a clue takes this step ("talk", "verify", "hold", "settle") now, by the table in
// accountability_rules.cc; and the step.
absl::Status CheckClueStep(const v1::Clue& clue, absl::string_view action,
                           absl::string_view reason);
void TakeClueStep(v1::Clue& clue, absl::string_view action, absl::string_view reason,
                  absl::string_view subject, absl::CivilDay today);

// 立案: whether a case may rest on this clue, which is in the case's region, received before the
// filing and being verified; and adds its source to the case's.
absl::Status CheckCaseClue(const v1::DisciplineCase& discipline_case, const v1::Clue& clue);
void AddClueSource(v1::DisciplineCase& discipline_case, v1::Clue::Source source);

// 结案.
absl::Status CheckConclude(const v1::DisciplineCase& discipline_case,
                           const v1::ConcludeDisciplineCaseRequest& request);

// Whether a sanction may follow from a matter (its case or its clue) of this region and day.
absl::Status CheckSanctionOf(const v1::Sanction& sanction, absl::string_view matter_region,
                             absl::string_view matter_day);

// 撤销: on `day`, from the decision to `today`.
absl::Status CheckRevoke(const v1::Sanction& sanction, absl::string_view day,
                         absl::string_view reason, absl::CivilDay today);

// The verbs that may be used now; all of them are for the discipline bodies.
std::vector<std::string> AllowedActions(const v1::Clue& clue);
std::vector<std::string> AllowedActions(const v1::DisciplineCase& discipline_case);
std::vector<std::string> AllowedActions(const v1::Sanction& sanction);

}  // namespace lucid::cases
