#include "services/cases/accountability_rules.h"

#include <algorithm>
#include <set>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/privacy.h"
#include "services/base/region.h"
#include "services/base/status.h"
#include "services/base/text.h"
#include "services/cases/states.h"

namespace lucid::cases {
namespace {

using v1::Clue;
using v1::DisciplineCase;
using v1::Sanction;

constexpr int kMostClues = 100;

// 处置方式: one row per step and state before it.
struct ClueRule {
  absl::string_view action;
  Clue::State from;
  Clue::State to;
  bool reason;
};

constexpr ClueRule kClueSteps[] = {
    {"talk", Clue::RECEIVED, Clue::TALK, false},
    {"talk", Clue::HELD, Clue::TALK, false},
    {"verify", Clue::RECEIVED, Clue::VERIFYING, false},
    {"verify", Clue::TALK, Clue::VERIFYING, false},
    {"verify", Clue::HELD, Clue::VERIFYING, false},
    {"hold", Clue::RECEIVED, Clue::HELD, true},
    {"hold", Clue::TALK, Clue::HELD, true},
    {"hold", Clue::VERIFYING, Clue::HELD, true},
    {"settle", Clue::RECEIVED, Clue::SETTLED, true},
    {"settle", Clue::TALK, Clue::SETTLED, true},
    {"settle", Clue::VERIFYING, Clue::SETTLED, true},
    {"settle", Clue::HELD, Clue::SETTLED, true},
};

const ClueRule* FindClueStep(absl::string_view action, Clue::State from) {
  for (const ClueRule& rule : kClueSteps) {
    if (rule.action == action && rule.from == from) return &rule;
  }
  return nullptr;
}

// A day that has come, and is not before `earliest` where that is a day.
void CheckPastDay(FieldErrors& errors, absl::string_view field, absl::string_view text,
                  bool required, absl::string_view earliest, absl::CivilDay today) {
  CheckDay(errors, field, text, required);
  auto day = ParseDay(text);
  if (!day.ok()) return;
  if (*day > today) errors.Add(field, "must not lie in the future");
  auto first = ParseDay(earliest);
  if (first.ok() && *day < *first) {
    errors.Add(field, absl::StrCat("must not lie before ", earliest));
  }
}

void OnlyHistorical(FieldErrors& errors, absl::string_view field, bool given) {
  if (given) errors.Add(field, "is given only for a historical record; others go step by step");
}

}  // namespace

absl::Status CheckNewClue(const Clue& clue, absl::CivilDay today) {
  FieldErrors errors;
  errors.Add("", CheckRegion("region", clue.region()));
  CheckText(errors, "number", clue.number(), 64, false);
  CheckText(errors, "text", clue.text(), kLongestText, false);
  if (clue.source() == Clue::SOURCE_UNSPECIFIED) errors.Add("source", "is required");
  CheckPastDay(errors, "received_day", clue.received_day(), true, "", today);
  if (clue.origin().historical()) {
    const bool handled = clue.state() > Clue::RECEIVED;
    CheckPastDay(errors, "handled_day", clue.handled_day(), handled, clue.received_day(), today);
    OnlyHistorical(errors, "history", clue.history_size() > 0);
    if (!handled && !clue.handled_day().empty()) {
      errors.Add("handled_day", "is only for a clue that was handled");
    }
  } else {
    OnlyHistorical(errors, "state", clue.state() != Clue::STATE_UNSPECIFIED);
    OnlyHistorical(errors, "handled_day", !clue.handled_day().empty());
    OnlyHistorical(errors, "history", clue.history_size() > 0);
  }
  return errors.status();
}

absl::Status CheckNewDisciplineCase(const DisciplineCase& discipline_case, absl::CivilDay today) {
  FieldErrors errors;
  errors.Add("", CheckRegion("region", discipline_case.region()));
  CheckText(errors, "number", discipline_case.number(), 64, false);
  CheckText(errors, "text", discipline_case.text(), kLongestText, false);
  const auto& clues = discipline_case.clue_ids();
  if (clues.empty() || clues.size() > kMostClues) {
    errors.Add("clue_ids", absl::StrCat("needs 1 to ", kMostClues));
  }
  if (std::set<std::string>(clues.begin(), clues.end()).size() !=
      static_cast<size_t>(clues.size())) {
    errors.Add("clue_ids", "holds a clue twice");
  }
  CheckPastDay(errors, "filing_day", discipline_case.filing_day(), true, "", today);
  if (discipline_case.origin().historical()) {
    const bool concluded = discipline_case.state() == DisciplineCase::CONCLUDED;
    CheckPastDay(errors, "concluded_day", discipline_case.concluded_day(), concluded,
                 discipline_case.filing_day(), today);
    CheckText(errors, "conclusion", discipline_case.conclusion(), kLongestText, false);
  } else {
    OnlyHistorical(errors, "state", discipline_case.state() != DisciplineCase::STATE_UNSPECIFIED);
    OnlyHistorical(errors, "concluded_day", !discipline_case.concluded_day().empty());
    OnlyHistorical(errors, "conclusion", !discipline_case.conclusion().empty());
  }
  return errors.status();
}

absl::Status CheckNewSanction(const Sanction& sanction, absl::CivilDay today) {
  FieldErrors errors;
  errors.Add("", CheckRegion("region", sanction.region()));
  CheckText(errors, "person_id", sanction.person_id(), 64, true);
  if (!FindPersonalNumber(sanction.person_id()).empty()) {
    errors.Add("person_id", "is an id that the discipline bodies give, not a number of the person");
  }
  if (sanction.case_id().empty() && sanction.clue_id().empty()) {
    errors.Add("case_id", "is required where there is no clue_id");
  }
  if (sanction.measure() == Sanction::MEASURE_UNSPECIFIED) errors.Add("measure", "is required");
  CheckText(errors, "body_type", sanction.body_type(), 64, false);
  CheckPastDay(errors, "decision_day", sanction.decision_day(), true, "", today);
  if (sanction.origin().historical()) {
    CheckPastDay(errors, "revoked_day", sanction.revoked_day(), sanction.revoked(),
                 sanction.decision_day(), today);
    CheckText(errors, "revoke_reason", sanction.revoke_reason(), kLongestReason, false);
    if (!sanction.revoked() && !sanction.revoked_day().empty()) {
      errors.Add("revoked_day", "is only for a sanction that is revoked");
    }
  } else {
    OnlyHistorical(errors, "revoked", sanction.revoked());
    OnlyHistorical(errors, "revoked_day", !sanction.revoked_day().empty());
    OnlyHistorical(errors, "revoke_reason", !sanction.revoke_reason().empty());
  }
  return errors.status();
}

void StartClue(Clue& clue) {
  if (clue.state() == Clue::STATE_UNSPECIFIED) clue.set_state(Clue::RECEIVED);
  clue.clear_allowed_actions();
}

void StartDisciplineCase(DisciplineCase& discipline_case) {
  if (discipline_case.state() == DisciplineCase::STATE_UNSPECIFIED) {
    discipline_case.set_state(DisciplineCase::FILED);
  }
  discipline_case.clear_clue_sources();
  discipline_case.clear_allowed_actions();
}

void StartSanction(Sanction& sanction) { sanction.clear_allowed_actions(); }

absl::Status CheckClueStep(const Clue& clue, absl::string_view action, absl::string_view reason) {
  const ClueRule* rule = FindClueStep(action, clue.state());
  if (rule == nullptr) {
    return Forbidden("WRONG_STATE", absl::StrCat("a clue that is ", Clue::State_Name(clue.state()),
                                                 " does not take ", action));
  }
  FieldErrors errors;
  CheckText(errors, "reason", reason, kLongestReason, rule->reason);
  return errors.status();
}

void TakeClueStep(Clue& clue, absl::string_view action, absl::string_view reason,
                  absl::string_view subject, absl::CivilDay today) {
  clue.set_state(FindClueStep(action, clue.state())->to);
  if (clue.handled_day().empty()) clue.set_handled_day(FormatDay(today));
  v1::ClueStep& step = *clue.add_history();
  step.set_action(std::string(action));
  step.set_state(clue.state());
  step.set_day(FormatDay(today));
  step.set_subject(std::string(subject));
  step.set_reason(std::string(reason));
}

absl::Status CheckCaseClue(const DisciplineCase& discipline_case, const Clue& clue) {
  if (!RegionContains(discipline_case.region(), clue.region())) {
    return Forbidden("OTHER_REGION", absl::StrCat("clues/", clue.id(), " is of another region"));
  }
  if (discipline_case.filing_day() < clue.received_day()) {
    return InvalidField("filing_day",
                        absl::StrCat("must not lie before clues/", clue.id(), " was received"));
  }
  if (!discipline_case.origin().historical() && clue.state() != Clue::VERIFYING) {
    return Forbidden("WRONG_STATE", absl::StrCat("clues/", clue.id(), " is not being verified"));
  }
  return absl::OkStatus();
}

void AddClueSource(DisciplineCase& discipline_case, Clue::Source source) {
  if (absl::c_linear_search(discipline_case.clue_sources(), source)) return;
  discipline_case.add_clue_sources(source);
}

absl::Status CheckConclude(const DisciplineCase& discipline_case,
                           const v1::ConcludeDisciplineCaseRequest& request) {
  if (discipline_case.state() != DisciplineCase::FILED) {
    return Forbidden("WRONG_STATE", "the case is concluded");
  }
  FieldErrors errors;
  CheckText(errors, "conclusion", request.conclusion(), kLongestText, true);
  return errors.status();
}

absl::Status CheckSanctionOf(const Sanction& sanction, absl::string_view matter_region,
                             absl::string_view matter_day) {
  if (!RegionContains(sanction.region(), matter_region) &&
      !RegionContains(matter_region, sanction.region())) {
    return Forbidden("OTHER_REGION", "the case or clue is of another region");
  }
  if (sanction.decision_day() < matter_day) {
    return InvalidField("decision_day", absl::StrCat("must not lie before ", matter_day));
  }
  return absl::OkStatus();
}

absl::Status CheckRevoke(const Sanction& sanction, absl::string_view day, absl::string_view reason,
                         absl::CivilDay today) {
  if (sanction.revoked()) return Forbidden("WRONG_STATE", "the sanction is revoked");
  FieldErrors errors;
  CheckPastDay(errors, "day", day, true, sanction.decision_day(), today);
  CheckText(errors, "reason", reason, kLongestReason, true);
  return errors.status();
}

std::vector<std::string> AllowedActions(const Clue& clue) {
  std::vector<std::string> actions;
  for (const ClueRule& rule : kClueSteps) {
    if (rule.from == clue.state()) actions.emplace_back(rule.action);
  }
  return actions;
}

std::vector<std::string> AllowedActions(const DisciplineCase& discipline_case) {
  if (discipline_case.state() == DisciplineCase::FILED) return {"conclude"};
  return {};
}

std::vector<std::string> AllowedActions(const Sanction& sanction) {
  if (!sanction.revoked()) return {"revoke"};
  return {};
}

}  // namespace lucid::cases
