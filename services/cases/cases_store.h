// How petitions, clues, discipline cases and sanctions are stored: tables, columns and counts.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lucid/cases/v1/accountability.pb.h"
#include "lucid/cases/v1/petition.pb.h"
#include "services/base/db.h"
#include "services/base/records.h"

namespace lucid {

template <>
const Table& TableOf<cases::v1::Petition>();
template <>
const Table& TableOf<cases::v1::PetitionerLook>();
template <>
const Table& TableOf<cases::v1::Clue>();
template <>
const Table& TableOf<cases::v1::DisciplineCase>();
template <>
const Table& TableOf<cases::v1::Sanction>();

namespace cases {

// The schema, append-only.
absl::Span<const absl::string_view> Migrations();

// Every resource type of this service.
std::vector<RecordType> Records();

// How a list stands in a column so that LIKE finds one of its members: "|a|b|".
std::string ListColumn(const std::vector<std::string>& members);
// The pattern that finds `member` there. `member` holds no wildcard.
std::string MemberPattern(absl::string_view member);

// Whether other petitions were merged into this one.
absl::StatusOr<bool> HasDuplicates(Tx& tx, absl::string_view petition_id);

// What the figures count, within `region` and everything below it, by civil days from … to.
struct Period {
  std::string region;
  std::string from;
  std::string to;
};
// Rows of (id, version): clues of inspection teams by the day they were first handled.
absl::StatusOr<Rows> HandledClues(Tx& tx, const Period& period);
// Rows of (id, version): cases arising from such clues by filing day.
absl::StatusOr<Rows> FiledCases(Tx& tx, const Period& period);
// Rows of (id, version): sanctions of a measure by decision day that are not revoked on the
// period's last day.
absl::StatusOr<Rows> StandingSanctions(Tx& tx, v1::Sanction::Measure measure, const Period& period);
// How many distinct persons those sanctions concern.
absl::StatusOr<int64_t> SanctionedPersons(Tx& tx, v1::Sanction::Measure measure,
                                          const Period& period);

}  // namespace cases
}  // namespace lucid
