#include "services/cases/petition_form_rules.h"

#include <set>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/decimal.h"
#include "services/base/geo.h"
#include "services/base/mask.h"
#include "services/base/privacy.h"
#include "services/base/region.h"
#include "services/base/text.h"
#include "services/base/utf8.h"
#include "services/cases/petition_rules.h"
#include "services/cases/states.h"

namespace lucid::cases {
namespace {

using v1::Petition;

constexpr size_t kLongestSummary = 2000;

// 处理情况的单位.
absl::string_view UnitOf(v1::Disposition::Kind kind) {
  switch (kind) {
    case v1::Disposition::ORDERED_TO_RECTIFY:
    case v1::Disposition::PENALISED:
    case v1::Disposition::SUSPENDED:
    case v1::Disposition::SHUT_DOWN:
      return "家";
    case v1::Disposition::FINE:
      return "元";
    case v1::Disposition::CRIMINAL_CASE:
      return "件";
    case v1::Disposition::ADMIN_DETENTION:
    case v1::Disposition::CRIMINAL_DETENTION:
    case v1::Disposition::SUMMONED:
    case v1::Disposition::ACCOUNTABLE:
      return "人";
    default:
      return "";
  }
}

template <class Dispositions>
void CheckDispositions(FieldErrors& errors, const Dispositions& dispositions) {
  std::set<int> seen;
  for (int i = 0; i < dispositions.size(); ++i) {
    const v1::Disposition& disposition = dispositions.Get(i);
    std::string at = absl::StrCat("dispositions[", i, "].");
    absl::string_view unit = UnitOf(disposition.kind());
    if (unit.empty()) errors.Add(at + "kind", "is required");
    if (!seen.insert(disposition.kind()).second) errors.Add(at + "kind", "is there twice");
    if (!disposition.unit().empty() && disposition.unit() != unit) {
      errors.Add(at + "unit", absl::StrCat("is ", unit, " for this kind"));
    }
    auto count = Decimal::Parse(disposition.count());
    if (!count.ok()) {
      errors.Add(at + "count", count.status().message());
      continue;
    }
    const int places = disposition.kind() == v1::Disposition::FINE ? 2 : 0;
    if (count->sign() <= 0) errors.Add(at + "count", "must be positive");
    if (count->scale() > places) {
      errors.Add(at + "count", places == 0 ? "must be whole" : "must be exact to the cent");
    }
  }
}

template <class Message>
void CheckFinding(FieldErrors& errors, const Message& message) {
  CheckText(errors, "finding_basis", message.finding_basis(), kLongestReason,
            message.finding() == Petition::UNTRUE);
  CheckNamesNobody(errors, "finding_basis", message.finding_basis(), {});
  CheckDispositions(errors, message.dispositions());
}

void CheckDescription(FieldErrors& errors, const Petition& petition) {
  CheckText(errors, "number", petition.number(), 64, true);
  CheckText(errors, "batch", petition.batch(), 64, false);
  CheckText(errors, "place", petition.place(), 500, false);
  CheckText(errors, "summary", petition.summary(), kLongestSummary, false);
  if (petition.channel() == Petition::CHANNEL_UNSPECIFIED) errors.Add("channel", "is required");
  for (int i = 0; i < petition.regions_size(); ++i) {
    errors.Add("", CheckRegion(absl::StrCat("regions[", i, "]"), petition.regions(i)));
  }
  if (petition.pollution_types().empty()) errors.Add("pollution_types", "needs at least one");
  std::set<int> types(petition.pollution_types().begin(), petition.pollution_types().end());
  if (types.count(Petition::POLLUTION_TYPE_UNSPECIFIED) > 0 ||
      types.size() != static_cast<size_t>(petition.pollution_types_size())) {
    errors.Add("pollution_types", "must be known types, each once");
  }
  if (!IsPlace(petition.point())) {
    errors.Add("point", "is not a place: degrees lng, lat");
  }
}

// What only a historical petition may bring along.
void CheckHistory(FieldErrors& errors, const Petition& petition, absl::CivilDay today) {
  if (!petition.origin().historical()) {
    if (petition.state() != Petition::STATE_UNSPECIFIED) {
      errors.Add("state", "is given only for a historical petition; others go step by step");
    }
    for (const char* field : {"finding", "finding_basis", "dispositions", "unit_id", "due_day",
                              "closed_day", "stage_closure"}) {
      const auto* descriptor = Petition::descriptor()->FindFieldByName(field);
      const auto* reflection = petition.GetReflection();
      if (descriptor->is_repeated() ? reflection->FieldSize(petition, descriptor) > 0
                                    : reflection->HasField(petition, descriptor)) {
        errors.Add(field, "is given only for a historical petition");
      }
    }
    return;
  }
  CheckFinding(errors, petition);
  CheckDay(errors, "due_day", petition.due_day(), false);
  const bool closed =
      petition.state() == Petition::CLOSED || petition.state() == Petition::ACCEPTED;
  const bool stage = petition.state() == Petition::STAGE_CLOSED;
  CheckDay(errors, "closed_day", petition.closed_day(), closed);
  if (!closed && !petition.closed_day().empty()) {
    errors.Add("closed_day", "is only for CLOSED and ACCEPTED");
  }
  auto day = ParseDay(petition.closed_day());
  if (day.ok() && *day > today) errors.Add("closed_day", "must not lie in the future");
  if ((closed || stage) && petition.finding() == Petition::FINDING_UNSPECIFIED) {
    errors.Add("finding", "is required once a petition is closed, for now or for good");
  }
  CheckDay(errors, "stage_closure.finishing_day", petition.stage_closure().finishing_day(), stage);
  if (petition.state() == Petition::MERGED || petition.state() == Petition::REOPENED) {
    errors.Add("state", "MERGED and REOPENED are reached by their steps only");
  }
}

}  // namespace

absl::Status CheckNewPetition(const Petition& petition, absl::CivilDay today) {
  FieldErrors errors;
  errors.Add("", CheckRegion("owner_region", petition.owner_region()));
  CheckDescription(errors, petition);
  CheckText(errors, "text", petition.text(), kLongestText, false);
  if (petition.text().empty() && petition.summary().empty()) {
    errors.Add("text", "is required where there is no summary");
  }
  const v1::Petitioner& person = petition.petitioner();
  CheckText(errors, "petitioner.name", person.name(), 64, false);
  CheckText(errors, "petitioner.phone", person.phone(), 64, false);
  CheckText(errors, "petitioner.address", person.address(), 500, false);
  CheckText(errors, "petitioner.note", person.note(), 2000, false);
  if (petition.anonymous() && !person.name().empty()) {
    errors.Add("anonymous", "contradicts the petitioner's name");
  }
  CheckNamesNobody(errors, "summary", petition.summary(), person);
  CheckNamesNobody(errors, "place", petition.place(), person);
  CheckHistory(errors, petition, today);
  return errors.status();
}

void StartPetition(Petition& petition, absl::CivilDay received) {
  petition.set_received_day(FormatDay(received));
  if (petition.state() == Petition::STATE_UNSPECIFIED) petition.set_state(Petition::RECEIVED);
  petition.clear_due_explanation();
  if (petition.due_day().empty()) SetReplyDay(petition, received);
  petition.set_round(1);
  if (!absl::c_linear_search(petition.regions(), petition.owner_region())) {
    petition.add_regions(petition.owner_region());
  }
  if (petition.state() == Petition::STAGE_CLOSED) {
    petition.mutable_stage_closure()->set_state(v1::StageClosure::APPROVED);
  }
  FillUnits(petition);
  petition.clear_merged_into();
  petition.clear_state_before_merge();
  petition.clear_history();
  petition.clear_text_digest();
  petition.clear_revealable();
  petition.clear_overdue();
  petition.clear_allowed_actions();
}

absl::Status CheckPatched(const std::vector<std::string>& fields) {
  if (fields.empty()) return InvalidField("update_mask", "names no field");
  return CheckPaths(fields, {"number", "batch", "channel", "regions", "pollution_types", "place",
                             "point", "key", "summary"});
}

absl::Status CheckChangedPetition(const Petition& petition) {
  FieldErrors errors;
  CheckDescription(errors, petition);
  return errors.status();
}

void CheckNamesNobody(FieldErrors& errors, absl::string_view field, absl::string_view text,
                      const v1::Petitioner& petitioner) {
  absl::string_view number = FindPersonalNumber(text);
  if (!number.empty()) errors.Add(field, absl::StrCat("holds ", number));
  for (const std::string* part : {&petitioner.name(), &petitioner.phone(), &petitioner.address()}) {
    // A single character would be found in every other text.
    if (CodePoints(*part) >= 2 && absl::StrContains(text, *part)) {
      errors.Add(field, "names the petitioner");
      return;
    }
  }
}

absl::Status CheckReason(absl::string_view reason) {
  FieldErrors errors;
  CheckText(errors, "reason", reason, kLongestReason, false);
  return errors.status();
}

absl::Status CheckInvestigation(const v1::InvestigatePetitionRequest& request) {
  FieldErrors errors;
  if (request.finding() == Petition::FINDING_UNSPECIFIED) errors.Add("finding", "is required");
  CheckFinding(errors, request);
  return errors.status();
}

void FillUnits(Petition& petition) {
  for (v1::Disposition& disposition : *petition.mutable_dispositions()) {
    disposition.set_unit(std::string(UnitOf(disposition.kind())));
  }
}

absl::Status CheckStageClosure(const v1::ApplyStageClosureRequest& request, absl::CivilDay today) {
  FieldErrors errors;
  CheckDay(errors, "finishing_day", request.finishing_day(), true);
  auto day = ParseDay(request.finishing_day());
  if (day.ok() && *day <= today) errors.Add("finishing_day", "must lie after today");
  return errors.status();
}

}  // namespace lucid::cases
