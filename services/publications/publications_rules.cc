#include "services/publications/publications_rules.h"

#include <set>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/base/calendar.h"
#include "services/base/region.h"
#include "services/base/status.h"
#include "services/base/text.h"
#include "services/base/timestamps.h"
#include "services/publications/checks.h"
#include "services/publications/references.h"

namespace lucid::publications {
namespace {

using v1::Publication;

constexpr size_t kLongestTitle = 200;
constexpr size_t kLongestBody = 200'000;  // bytes
constexpr int kMostFigures = 100;
constexpr int kMostParameters = 20;  // of a figure
constexpr int kMostIssuers = 20;
constexpr int kMostWaivers = 100;

// Who may do what from which states. What else a verb needs is in CheckNeeds.
struct VerbRule {
  Verb verb;
  absl::string_view name;
  Role role;
  std::vector<Publication::State> from;
};

const std::vector<VerbRule>& VerbRules() {
  static const auto& rules = *new std::vector<VerbRule>{
      {Verb::kUpdate, "update", access::v1::OFFICE, {Publication::DRAFT}},
      {Verb::kFreeze, "freeze", access::v1::OFFICE, {Publication::DRAFT}},
      {Verb::kSubmit, "submit", access::v1::OFFICE, {Publication::DRAFT}},
      {Verb::kApprove, "approve", access::v1::PUBLISHER, {Publication::IN_REVIEW}},
      {Verb::kRefuse,
       "refuse",
       access::v1::PUBLISHER,
       {Publication::IN_REVIEW, Publication::APPROVED}},
      {Verb::kStartNotice, "startNotice", access::v1::PUBLISHER, {Publication::APPROVED}},
      {Verb::kRelease,
       "release",
       access::v1::PUBLISHER,
       {Publication::APPROVED, Publication::ON_NOTICE}},
      {Verb::kWithdraw,
       "withdraw",
       access::v1::PUBLISHER,
       {Publication::ON_NOTICE, Publication::RELEASED, Publication::CORRECTED}},
  };
  return rules;
}

bool HasNotice(const Publication& publication) {
  return publication.kind() == Publication::TASK_CLOSURE;
}

absl::Status CheckChecks(const Publication& publication) {
  std::vector<std::string> failed;
  for (const v1::Check& check : publication.checks()) {
    if (check.passed() || !check.waiver().empty()) continue;
    failed.push_back(absl::StrCat(v1::Check::Rule_Name(check.rule()),
                                  check.key().empty() ? "" : " ", check.key(), ": ",
                                  check.message()));
  }
  if (failed.empty()) return absl::OkStatus();
  return Fail(absl::StatusCode::kFailedPrecondition, "CHECKS_FAILED",
              absl::StrCat("the text does not pass: ", absl::StrJoin(failed, "; ")),
              {{"checks", absl::StrJoin(failed, "\n")}});
}

absl::Status CheckRelease(const Publication& publication, absl::CivilDay today) {
  if (!HasNotice(publication)) return absl::OkStatus();
  if (publication.state() != Publication::ON_NOTICE) {
    return Forbidden("NOTICE_NOT_HELD", "this kind is put on notice before it is released");
  }
  if (FormatDay(today) <= publication.notice().to_day()) {
    return Forbidden("NOTICE_RUNNING", absl::StrCat("the notice runs until the end of ",
                                                    publication.notice().to_day()));
  }
  return absl::OkStatus();
}

// What a verb needs beyond role and state.
absl::Status CheckNeeds(Verb verb, const Publication& publication, const Actor& actor,
                        absl::CivilDay today) {
  switch (verb) {
    case Verb::kSubmit:
      return CheckChecks(publication);
    case Verb::kApprove:
      if (absl::c_linear_search(publication.editors(), actor.subject)) {
        return Fail(absl::StatusCode::kPermissionDenied, "AUTHOR_APPROVES",
                    "who worked on a text cannot approve it");
      }
      return CheckChecks(publication);
    case Verb::kStartNotice:
      return HasNotice(publication)
                 ? absl::OkStatus()
                 : Forbidden("NO_NOTICE_PERIOD", "this kind has no notice period");
    case Verb::kRelease:
      return CheckRelease(publication, today);
    default:
      return absl::OkStatus();
  }
}

void CheckFigures(const Publication& draft, FieldErrors& errors) {
  CheckCount(errors, "publication.figures", draft.figures_size(), kMostFigures);
  std::set<std::string> keys;
  for (int i = 0; i < draft.figures_size(); ++i) {
    const v1::PublicationFigure& figure = draft.figures(i);
    std::string at = absl::StrCat("publication.figures[", i, "].");
    if (!IsKey(figure.key())) {
      errors.Add(at + "key", "must be a letter, then at most 31 letters, digits, '_' or '-'");
    } else if (!keys.insert(figure.key()).second) {
      errors.Add(at + "key", "stands twice");
    }
    if (figure.query().figure().empty()) errors.Add(at + "query.figure", "is required");
    CheckCount(errors, at + "query.parameters", static_cast<int>(figure.query().parameters_size()),
               kMostParameters);
  }
}

void CheckBody(const Publication& draft, FieldErrors& errors) {
  if (draft.body().empty()) errors.Add("publication.body", "is required");
  if (draft.body().size() > kLongestBody) {
    errors.Add("publication.body", absl::StrCat("must have at most ", kLongestBody, " bytes"));
    return;
  }
  ParsedBody parsed = ParseBody(draft.body());
  for (const std::string& error : parsed.errors) errors.Add("publication.body", error);
  std::set<std::string> unknown;
  for (const Piece& piece : parsed.pieces) {
    bool known = piece.key.empty() || absl::c_any_of(draft.figures(), [&](const auto& figure) {
                   return figure.key() == piece.key;
                 });
    if (!known && unknown.insert(piece.key).second) {
      errors.Add("publication.body",
                 absl::StrCat("refers to ", piece.key, ", which is not among the figures"));
    }
  }
}

void CheckWaivers(const Publication& draft, FieldErrors& errors) {
  for (int i = 0; i < draft.waivers_size(); ++i) {
    const v1::Waiver& waiver = draft.waivers(i);
    std::string at = absl::StrCat("publication.waivers[", i, "].");
    if (waiver.rule() == v1::Check::RULE_UNSPECIFIED) errors.Add(at + "rule", "is required");
    if (!IsWaivable(waiver.rule())) {
      errors.Add(at + "rule",
                 absl::StrCat(v1::Check::Rule_Name(waiver.rule()), " cannot be waived"));
    }
    CheckText(errors, at + "reason", waiver.reason(), kLongestReason, true);
  }
}

void CheckDays(const Publication& draft, absl::CivilDay today, FieldErrors& errors) {
  CheckDay(errors, "publication.as_of_day", draft.as_of_day(), false);
  if (absl::StatusOr<absl::CivilDay> day = ParseDay(draft.as_of_day()); day.ok() && *day > today) {
    errors.Add("publication.as_of_day", "must not be after today");
  }
  CheckDay(errors, "publication.issue_day", draft.issue_day(), false);
  if (absl::StatusOr<absl::CivilDay> day = ParseDay(draft.issue_day());
      day.ok() && *day < today && !draft.origin().historical()) {
    errors.Add("publication.issue_day",
               "lies in the past; only a historical text may be backdated");
  }
}

}  // namespace

absl::Status CheckDraft(const Publication& draft, absl::CivilDay today) {
  FieldErrors errors;
  errors.Add("", CheckRegion("publication.region", draft.region()));
  if (draft.kind() == Publication::KIND_UNSPECIFIED || !Publication::Kind_IsValid(draft.kind())) {
    errors.Add("publication.kind", "is required");
  }
  CheckText(errors, "publication.title", draft.title(), kLongestTitle, true);
  if ((draft.kind() == Publication::CORRECTION) == draft.supersedes().empty()) {
    errors.Add("publication.supersedes", "is what a CORRECTION, and nothing else, names");
  }
  CheckCount(errors, "publication.issuers", draft.issuers_size(), kMostIssuers);
  CheckCount(errors, "publication.waivers", draft.waivers_size(), kMostWaivers);
  CheckFigures(draft, errors);
  CheckBody(draft, errors);
  CheckWaivers(draft, errors);
  CheckDays(draft, today, errors);
  return errors.status();
}

absl::Status CheckVerb(Verb verb, const Publication& publication, const Actor& actor,
                       absl::CivilDay today) {
  const VerbRule& rule =
      *absl::c_find_if(VerbRules(), [&](const VerbRule& r) { return r.verb == verb; });
  if (!actor.Has(rule.role)) {
    return Fail(absl::StatusCode::kPermissionDenied, "NOT_PERMITTED",
                absl::StrCat(rule.name, " is for ", access::v1::Role_Name(rule.role)));
  }
  if (!absl::c_linear_search(rule.from, publication.state())) {
    return Forbidden("WRONG_STATE", absl::StrCat(rule.name, " is not possible in state ",
                                                 Publication::State_Name(publication.state())));
  }
  return CheckNeeds(verb, publication, actor, today);
}

std::vector<std::string> AllowedActions(const Publication& publication, const Actor& actor,
                                        absl::CivilDay today) {
  std::vector<std::string> names;
  for (const VerbRule& rule : VerbRules()) {
    if (CheckVerb(rule.verb, publication, actor, today).ok()) names.emplace_back(rule.name);
  }
  return names;
}

bool IsFrozen(const Publication& publication) {
  return publication.has_freeze_time() &&
         absl::c_all_of(publication.figures(),
                        [](const auto& figure) { return figure.has_frozen(); });
}

void Unfreeze(Publication& publication) {
  publication.clear_freeze_time();
  for (auto& figure : *publication.mutable_figures()) {
    figure.clear_owner();
    figure.clear_frozen();
  }
}

void Refresh(Publication& publication) {
  for (auto& figure : *publication.mutable_figures()) {
    figure.clear_printed();
    if (figure.has_frozen()) figure.set_printed(Print(figure.frozen(), false));
  }
  publication.clear_rendered_body();
  if (IsFrozen(publication)) publication.set_rendered_body(RenderBody(publication));
  publication.clear_checks();
  for (v1::Check& check : RunChecks(publication)) *publication.add_checks() = std::move(check);
}

void AddEditor(Publication& publication, absl::string_view subject) {
  if (absl::c_linear_search(publication.editors(), subject)) return;
  publication.add_editors(std::string(subject));
}

absl::StatusOr<v1::Notice> NoticeFrom(absl::CivilDay today, int days,
                                      const WorkingCalendar& calendar) {
  if (days == 0) days = kUsualNotice;
  const absl::CivilDay last = today + days - 1;
  ASSIGN_OR_RETURN(DayCount end, calendar.AddWorkingDays(last, 0));
  v1::Notice notice;
  notice.set_from_day(FormatDay(today));
  notice.set_to_day(FormatDay(end.end));
  notice.set_days(days);
  notice.set_explanation(absl::StrCat("day ", days, " from ", FormatDay(today), " on is ",
                                      FormatDay(last), "; ", end.Explain()));
  return notice;
}

void Release(Publication& publication, absl::Time now, absl::CivilDay today) {
  publication.set_state(Publication::RELEASED);
  *publication.mutable_release_time() = ToTimestamp(now);
  if (publication.issue_day().empty()) publication.set_issue_day(FormatDay(today));
}

}  // namespace lucid::publications
