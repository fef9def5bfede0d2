// The rules of publications: what a draft must look like, who may do what when, and the gate that a
// text passes before it is approved. Pure functions; no storage.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "lucid/publications/v1/publication.pb.h"
#include "services/base/calendar.h"
#include "services/base/call.h"

namespace lucid::publications {

// What can be done to a publication.
enum class Verb {
  kUpdate,
  kFreeze,
  kSubmit,
  kApprove,
  kRefuse,
  kStartNotice,
  kRelease,
  kWithdraw,
};

// The shape of a draft: INVALID_ARGUMENT with every violation, under "publication.". `today` bounds
// the days.
absl::Status CheckDraft(const v1::Publication& draft, absl::CivilDay today);

// Whether the actor may do this now. PERMISSION_DENIED when somebody else may (AUTHOR_APPROVES for
// an approver who worked on the text), FAILED_PRECONDITION with a reason when nobody may yet.
absl::Status CheckVerb(Verb verb, const v1::Publication& publication, const Actor& actor,
                       absl::CivilDay today);

// The verbs that CheckVerb permits, by name.
std::vector<std::string> AllowedActions(const v1::Publication& publication, const Actor& actor,
                                        absl::CivilDay today);

// Whether every figure is frozen and somebody froze them.
bool IsFrozen(const v1::Publication& publication);

// Forgets the frozen numbers and what was made from them.
void Unfreeze(v1::Publication& publication);

// Brings what follows from the text and its figures up to date: how figures and body print, and the
// checks.
void Refresh(v1::Publication& publication);

// Remembers that the actor worked on the text.
void AddEditor(v1::Publication& publication, absl::string_view subject);

// The days of a notice that starts today and lasts `days`, today included; 0: the usual number. One
// that would end on a free day ends on the first working day after it.
absl::StatusOr<v1::Notice> NoticeFrom(absl::CivilDay today, int days,
                                      const WorkingCalendar& calendar);

// Releases: the text stays as it is printed, under the day that it names or `today`.
void Release(v1::Publication& publication, absl::Time now, absl::CivilDay today);

// How many characters a reason or an explanation may have.
inline constexpr size_t kLongestReason = 1000;

// How many days a notice may last, and how many it does when nobody says.
inline constexpr int kLongestNotice = 60;
inline constexpr int kUsualNotice = 7;

}  // namespace lucid::publications
