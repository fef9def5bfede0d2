#include "services/cases/petition_rules.h"

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/ratio.h"
#include "services/base/region.h"
#include "services/base/status.h"
#include "services/cases/states.h"

namespace lucid::cases {
namespace {

using v1::Petition;

constexpr int kReplyDays = 10;  // 每批次办理时限

// Sets of states, and of duties, in the table below.
template <class... Members>
constexpr uint32_t Any(Members... members) {
  return ((1u << static_cast<int>(members)) | ...);
}
template <class Member>
constexpr bool In(uint32_t set, Member member) {
  return (set >> static_cast<int>(member)) & 1;
}

enum class Duty { kPetitions, kOffice, kSuperior, kUnit };

// What must be true of the petition beyond its state.
enum class Guard {
  kNone,
  kSummary,
  kAssigned,
  kInvestigated,
  kNotInvestigator,
  kApplied,
  kNotCloser,
  kRevealable
};

constexpr Petition::State kSame = Petition::STATE_UNSPECIFIED;
constexpr uint32_t kAnyState = ~0u;
constexpr uint32_t kBeingDealtWith =
    Any(Petition::OPEN, Petition::REOPENED, Petition::STAGE_CLOSED);

// 办理流程: one row per step. The verb is the method's; the action is what the history says.
struct StepRule {
  absl::string_view verb;
  absl::string_view action;
  uint32_t from;
  Petition::State to;
  uint32_t duties;
  bool reason;
  Guard guard;
};

constexpr StepRule kSteps[] = {
    {"accept", "accept", Any(Petition::RECEIVED), Petition::OPEN, Any(Duty::kPetitions), false,
     Guard::kNone},
    {"accept", "refuse", Any(Petition::RECEIVED), Petition::NOT_ACCEPTED, Any(Duty::kPetitions),
     true, Guard::kNone},
    {"accept", "forward", Any(Petition::RECEIVED), Petition::FORWARDED, Any(Duty::kPetitions), true,
     Guard::kNone},
    {"merge", "merge", Any(Petition::RECEIVED, Petition::OPEN, Petition::REOPENED),
     Petition::MERGED, Any(Duty::kPetitions), false, Guard::kNone},
    {"unmerge", "unmerge", Any(Petition::MERGED), kSame, Any(Duty::kPetitions), true, Guard::kNone},
    {"assign", "assign", Any(Petition::RECEIVED), Petition::OPEN, Any(Duty::kPetitions), false,
     Guard::kSummary},
    {"assign", "assign", Any(Petition::OPEN, Petition::REOPENED), kSame, Any(Duty::kPetitions),
     false, Guard::kSummary},
    {"investigate", "investigate", kBeingDealtWith, kSame, Any(Duty::kPetitions, Duty::kUnit),
     false, Guard::kAssigned},
    {"applyStageClosure", "applyStageClosure", Any(Petition::OPEN, Petition::REOPENED), kSame,
     Any(Duty::kPetitions, Duty::kUnit), true, Guard::kInvestigated},
    {"approveStageClosure", "approveStageClosure", Any(Petition::OPEN, Petition::REOPENED),
     Petition::STAGE_CLOSED, Any(Duty::kPetitions), false, Guard::kApplied},
    {"close", "close", kBeingDealtWith, Petition::CLOSED, Any(Duty::kPetitions), false,
     Guard::kNotInvestigator},
    {"acceptClosure", "acceptClosure", Any(Petition::CLOSED), Petition::ACCEPTED,
     Any(Duty::kPetitions, Duty::kOffice), false, Guard::kNotCloser},
    {"reopen", "reopen", Any(Petition::STAGE_CLOSED, Petition::CLOSED, Petition::ACCEPTED),
     Petition::REOPENED, Any(Duty::kPetitions, Duty::kOffice, Duty::kSuperior), true, Guard::kNone},
    {"revealPetitioner", "revealPetitioner", kAnyState, kSame, Any(Duty::kPetitions), true,
     Guard::kRevealable},
    {"erasePetitioner", "erasePetitioner", kAnyState, kSame, Any(Duty::kPetitions), true,
     Guard::kRevealable},
};

const StepRule* FindStep(absl::string_view action, Petition::State from) {
  for (const StepRule& rule : kSteps) {
    if (rule.action == action && In(rule.from, from)) return &rule;
  }
  return nullptr;
}

bool Holds(const Duties& duties, uint32_t wanted) {
  return (duties.petitions && In(wanted, Duty::kPetitions)) ||
         (duties.office && In(wanted, Duty::kOffice)) ||
         (duties.superior && In(wanted, Duty::kSuperior)) ||
         (duties.unit && In(wanted, Duty::kUnit));
}

// Who did this last in the current round, or null.
const v1::PetitionStep* LastStep(const Petition& petition, absl::string_view action) {
  for (int i = petition.history_size() - 1; i >= 0; --i) {
    const v1::PetitionStep& step = petition.history(i);
    if (step.round() != petition.round()) break;
    if (step.action() == action) return &step;
  }
  return nullptr;
}

bool DidIt(const v1::PetitionStep* step, const Actor& actor) {
  return step != nullptr && step->subject() == actor.subject;
}

// A historical petition brings its finding along instead of a step of its own.
bool IsInvestigated(const Petition& petition) {
  return LastStep(petition, "investigate") != nullptr ||
         (petition.round() == 1 && petition.origin().historical() &&
          petition.finding() != Petition::FINDING_UNSPECIFIED);
}

absl::Status CheckGuard(const Petition& petition, const Actor& actor, Guard guard) {
  switch (guard) {
    case Guard::kNone:
      return absl::OkStatus();
    case Guard::kSummary:
      if (!petition.summary().empty()) return absl::OkStatus();
      return Forbidden("NO_SUMMARY", "the unit sees the summary only; write one first");
    case Guard::kAssigned:
      if (!petition.unit_id().empty()) return absl::OkStatus();
      return Forbidden("NOT_ASSIGNED", "the petition is not yet assigned to a unit");
    case Guard::kApplied:
      if (petition.stage_closure().state() != v1::StageClosure::APPLIED) {
        return Forbidden("NOT_APPLIED", "there is no application to close for now");
      }
      if (petition.stage_closure().applicant() != actor.subject) return absl::OkStatus();
      return Forbidden("SAME_PERSON", "the applicant does not approve");
    case Guard::kNotCloser:
      if (!DidIt(LastStep(petition, "close"), actor)) return absl::OkStatus();
      return Forbidden("SAME_PERSON", "who closed the petition does not accept that it is closed");
    case Guard::kRevealable:
      if (petition.revealable()) return absl::OkStatus();
      return Forbidden("NOTHING_TO_REVEAL", "no petitioner was given, or it was erased");
    case Guard::kInvestigated:
    case Guard::kNotInvestigator:
      if (!IsInvestigated(petition)) {
        return Forbidden("NOT_INVESTIGATED", "there is no investigation in this round");
      }
      if (guard == Guard::kNotInvestigator && DidIt(LastStep(petition, "investigate"), actor)) {
        return Forbidden("SAME_PERSON", "who investigated does not close");
      }
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace

void SetReplyDay(Petition& petition, absl::CivilDay received) {
  const absl::StatusOr<DayCount> count = AddDays(received, kReplyDays);
  petition.set_due_day(FormatDay(count->end));
  petition.set_due_explanation(count->Explain());
}

Duties DutiesOf(const Petition& petition, const Actor& actor) {
  Duties duties;
  const bool in_region = RegionContains(actor.region, petition.owner_region());
  duties.petitions = in_region && actor.Has(access::v1::PETITIONS);
  duties.office = in_region && actor.Has(access::v1::OFFICE);
  duties.superior =
      in_region && actor.Has(access::v1::SUPERIOR) && actor.region != petition.owner_region();
  duties.unit =
      actor.Has(access::v1::UNIT) && !actor.unit.empty() && actor.unit == petition.unit_id();
  return duties;
}

absl::string_view ActionOf(v1::AcceptPetitionRequest::Validity validity) {
  switch (validity) {
    case v1::AcceptPetitionRequest::VALID:
      return "accept";
    case v1::AcceptPetitionRequest::NOT_ACCEPTED:
      return "refuse";
    case v1::AcceptPetitionRequest::FORWARDED:
      return "forward";
    default:
      return "";
  }
}

absl::Status CheckStep(const Petition& petition, const Actor& actor, absl::string_view action,
                       absl::string_view reason) {
  const StepRule* rule = FindStep(action, petition.state());
  if (rule == nullptr) {
    return Forbidden("WRONG_STATE",
                     absl::StrCat("a petition that is ", Petition::State_Name(petition.state()),
                                  " does not take ", action));
  }
  if (!Holds(DutiesOf(petition, actor), rule->duties)) {
    return Fail(absl::StatusCode::kPermissionDenied, "NOT_PERMITTED",
                absl::StrCat(action, " is not for your duty on this petition"));
  }
  if (rule->reason && reason.empty()) return InvalidField("reason", "is required");
  return CheckGuard(petition, actor, rule->guard);
}

void TakeStep(Petition& petition, absl::string_view action, absl::string_view reason,
              const Actor& actor, absl::CivilDay today) {
  const StepRule* rule = FindStep(action, petition.state());
  if (action == "merge") petition.set_state_before_merge(petition.state());
  if (action == "unmerge") petition.set_state(petition.state_before_merge());
  if (rule->to != kSame) petition.set_state(rule->to);
  if (action == "unmerge") {
    petition.clear_state_before_merge();
    petition.clear_merged_into();
  }
  if (action == "approveStageClosure") {
    petition.mutable_stage_closure()->set_state(v1::StageClosure::APPROVED);
  }
  if (action == "close") petition.set_closed_day(FormatDay(today));
  if (action == "erasePetitioner") petition.set_revealable(false);
  if (action == "reopen") {
    petition.set_round(petition.round() + 1);
    petition.clear_closed_day();
    petition.clear_stage_closure();
    SetReplyDay(petition, today);
  }
  v1::PetitionStep& step = *petition.add_history();
  step.set_round(petition.round());
  step.set_action(std::string(action));
  step.set_state(petition.state());
  step.set_day(FormatDay(today));
  step.set_subject(actor.subject);
  step.set_unit_id(actor.unit);
  step.set_reason(std::string(reason));
}

absl::Status CheckMerge(const Petition& petition, const Petition& original) {
  if (petition.id() == original.id()) return InvalidField("into_id", "is the petition itself");
  if (petition.owner_region() != original.owner_region()) {
    return Forbidden("OTHER_REGION", "a duplicate and its original have the same owning region");
  }
  if (original.state() == Petition::MERGED || original.state() == Petition::NOT_ACCEPTED ||
      original.state() == Petition::FORWARDED) {
    return Forbidden("WRONG_STATE",
                     absl::StrCat("a petition that is ", Petition::State_Name(original.state()),
                                  " takes no duplicates"));
  }
  return absl::OkStatus();
}

std::vector<std::string> AllowedActions(const Petition& petition, const Actor& actor) {
  const Duties duties = DutiesOf(petition, actor);
  std::vector<std::string> actions;
  if (duties.petitions) actions.push_back("update");
  for (const StepRule& rule : kSteps) {
    if (!In(rule.from, petition.state()) || !Holds(duties, rule.duties)) continue;
    if (!CheckGuard(petition, actor, rule.guard).ok()) continue;
    if (actions.empty() || actions.back() != rule.verb) actions.emplace_back(rule.verb);
  }
  return actions;
}

bool IsOverdue(const Petition& petition, absl::CivilDay today) {
  auto due = ParseDay(petition.due_day());
  return IsPending(petition.state()) && due.ok() && *due < today;
}

void Decorate(Petition& petition, const Actor& actor, absl::CivilDay today) {
  petition.set_overdue(IsOverdue(petition, today));
  petition.clear_allowed_actions();
  for (std::string& action : AllowedActions(petition, actor)) {
    petition.add_allowed_actions(std::move(action));
  }
}

absl::StatusOr<Decimal> StrictClosingRate(const ClosingCounts& counts) {
  return Percent(counts.closed, counts.handed_over, 1);
}

absl::StatusOr<Decimal> ClosingRateWithStages(const ClosingCounts& counts) {
  return Percent(counts.closed + counts.stage_closed, counts.handed_over, 1);
}

}  // namespace lucid::cases
