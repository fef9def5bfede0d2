#include "services/indicators/indicators_alarm_rules.h"

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "services/base/calendar.h"
#include "services/base/decimal.h"
#include "services/base/geo.h"
#include "services/base/id.h"
#include "services/base/region.h"
#include "services/base/status.h"
#include "services/base/text.h"
#include "services/base/timestamps.h"
#include "services/base/units.h"
#include "services/indicators/indicators_factors.h"

namespace lucid::indicators {
namespace {

using google::protobuf::util::TimeUtil;
using v1::Alarm;
using v1::AlarmRule;
using v1::AlarmThreshold;
using v1::Observation;

constexpr absl::Duration kClocksDiffer = absl::Minutes(1);
constexpr int kFreshHours = 48;
constexpr absl::string_view kRules = "alarmRules/";

// [D] Our choice; a region's own rule goes before.
struct Default {
  Alarm::Kind kind;
  int episode_radius, episode_hours, answer_hours, rebound_radius;
};
constexpr Default kDefaults[] = {
    {Alarm::STRAW_FIRE, 1000, 24, 2, 1000},
    {Alarm::SECTION_WARNING, 500, 72, 24, 3000},
    {Alarm::STATION_EXCEEDANCE, 500, 24, 24, 3000},
};

// 报警答复: one row per step.
enum class Duty { kVerifier, kHandler };
struct StepRule {
  absl::string_view action;
  Alarm::State from;
  Alarm::State to;
  Duty duty;
  bool note;  // a note must be given
};
constexpr StepRule kSteps[] = {
    {"confirm", Alarm::RAISED, Alarm::CONFIRMED, Duty::kVerifier, false},
    {"refute", Alarm::RAISED, Alarm::FALSE, Duty::kVerifier, true},
    {"handle", Alarm::CONFIRMED, Alarm::HANDLED, Duty::kHandler, true},
};

const StepRule* FindStep(absl::string_view action, Alarm::State from) {
  for (const StepRule& rule : kSteps) {
    if (rule.action == action && rule.from == from) return &rule;
  }
  return nullptr;
}

// Who must answer neither confirms nor refutes: who is checked never closes.
bool Holds(const Alarm& alarm, const Actor& actor, Duty duty) {
  const bool is_handler = !actor.unit.empty() && actor.unit == alarm.unit_id();
  if (duty == Duty::kHandler) return actor.Has(access::v1::UNIT) && is_handler;
  return (actor.Has(access::v1::OFFICE) || actor.Has(access::v1::MONITOR)) &&
         RegionContains(actor.region, alarm.region()) && !is_handler;
}

bool IsSha256(absl::string_view text) {
  return text.size() == 64 && absl::c_all_of(text, [](char c) {
           return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f');
         });
}

void CheckTime(FieldErrors& errors, absl::string_view field,
               const google::protobuf::Timestamp& time) {
  const bool valid = time.seconds() >= TimeUtil::kTimestampMinSeconds &&
                     time.seconds() <= TimeUtil::kTimestampMaxSeconds && time.nanos() >= 0 &&
                     time.nanos() < 1'000'000'000;
  if (!valid) errors.Add(field, "is not a time");
}

void CheckQuantity(FieldErrors& errors, const std::string& value, const std::string& unit) {
  if (value.empty() && unit.empty()) return;
  CheckDecimal(errors, "value", value, true);
  CheckUnit(errors, "unit", unit);
}

void CheckBounds(FieldErrors& errors, absl::string_view field, int value, int most) {
  if (value < 0 || value > most) errors.Add(field, absl::StrCat("must be 0 … ", most));
}

void CheckThreshold(FieldErrors& errors, const AlarmThreshold& threshold) {
  const Factor* factor = FindFactor(threshold.factor());
  if (factor == nullptr) errors.Add("threshold.factor", "is not a declared factor");
  if (threshold.length() == Observation::LENGTH_UNSPECIFIED) {
    errors.Add("threshold.length", "is required");
  }
  if (threshold.comparator() == AlarmThreshold::COMPARATOR_UNSPECIFIED) {
    errors.Add("threshold.comparator", "is required");
  }
  CheckDecimal(errors, "threshold.value", threshold.value(), true);
  if (factor != nullptr && !Convert(1, factor->unit, threshold.unit()).ok()) {
    errors.Add("threshold.unit", "is not a unit of the factor");
  }
  CheckBounds(errors, "threshold.fresh_hours", threshold.fresh_hours(), 24 * 366);
  if (threshold.site_ids_size() > 1000) errors.Add("threshold.site_ids", "must be at most 1000");
}

absl::string_view Sign(AlarmThreshold::Comparator comparator) {
  switch (comparator) {
    case AlarmThreshold::ABOVE:
      return ">";
    case AlarmThreshold::AT_LEAST:
      return "≥";
    case AlarmThreshold::BELOW:
      return "<";
    default:
      return "≤";
  }
}

bool IsOpen(const Alarm& alarm) {
  return alarm.state() == Alarm::RAISED || alarm.state() == Alarm::CONFIRMED;
}

}  // namespace

const std::vector<AlarmRule>& DefaultAlarmRules() {
  static const auto& rules = *[] {
    auto* made = new std::vector<AlarmRule>;
    for (const Default& row : kDefaults) {
      AlarmRule& rule = made->emplace_back();
      rule.set_region(std::string(kCountry));
      rule.set_kind(row.kind);
      rule.set_episode_radius(row.episode_radius);
      rule.set_episode_hours(row.episode_hours);
      rule.set_answer_hours(row.answer_hours);
      rule.set_rebound_radius(row.rebound_radius);
    }
    return made;
  }();
  return rules;
}

AlarmRule Completed(AlarmRule rule) {
  for (const AlarmRule& common : DefaultAlarmRules()) {
    if (common.kind() != rule.kind()) continue;
    if (rule.episode_radius() == 0) rule.set_episode_radius(common.episode_radius());
    if (rule.episode_hours() == 0) rule.set_episode_hours(common.episode_hours());
    if (rule.answer_hours() == 0) rule.set_answer_hours(common.answer_hours());
    if (rule.rebound_radius() == 0) rule.set_rebound_radius(common.rebound_radius());
  }
  return rule;
}

absl::Status CheckAlarmRule(const AlarmRule& rule) {
  FieldErrors errors;
  errors.Add("", CheckRegion("region", rule.region()));
  if (rule.kind() == Alarm::KIND_UNSPECIFIED) errors.Add("kind", "is required");
  CheckBounds(errors, "episode_radius", rule.episode_radius(), 50'000);
  CheckBounds(errors, "episode_hours", rule.episode_hours(), 24 * 366);
  CheckBounds(errors, "answer_hours", rule.answer_hours(), 24 * 366);
  CheckBounds(errors, "rebound_radius", rule.rebound_radius(), 50'000);
  CheckText(errors, "unit_id", rule.unit_id(), 63, false);
  if (rule.has_threshold()) CheckThreshold(errors, rule.threshold());
  return errors.status();
}

Alarm AsGiven(const Alarm& alarm) {
  Alarm given = alarm;
  given.clear_version();
  given.clear_create_time();
  given.clear_update_time();
  given.clear_state();
  given.clear_episode_id();
  given.clear_episode_number();
  given.clear_steps();
  given.clear_overdue();
  given.clear_allowed_actions();
  given.clear_rebound_radius();
  given.clear_threshold();
  given.clear_length();
  given.clear_start();
  return given;
}

absl::Status CheckNewAlarm(const Alarm& alarm, const v1::Site* site, absl::Time now) {
  FieldErrors errors;
  errors.Add("", CheckRegion("region", alarm.region()));
  if (alarm.kind() == Alarm::KIND_UNSPECIFIED) errors.Add("kind", "is required");
  CheckText(errors, "source", alarm.source(), 200, true);
  if (absl::StartsWith(alarm.source(), kRules)) {
    errors.Add("source", "is a rule's; alarms of rules are raised by observations");
  }
  CheckText(errors, "source_id", alarm.source_id(), 200, true);
  CheckText(errors, "place", alarm.place(), 500, false);
  if (!alarm.has_time()) errors.Add("time", "is required");
  CheckTime(errors, "time", alarm.time());
  CheckTime(errors, "due_time", alarm.due_time());
  if (ToTime(alarm.time()) > now + kClocksDiffer) errors.Add("time", "must not lie in the future");
  if (alarm.has_due_time() && alarm.due_time() < alarm.time()) {
    errors.Add("due_time", "must not lie before time");
  }
  if (alarm.has_point() && !IsPlace(alarm.point())) {
    errors.Add("point", "is not a place: degrees lng, lat");
  }
  if (!alarm.has_point() && (site == nullptr || !site->has_point())) {
    errors.Add("point", "is required: degrees lng, lat, or a site that has a point");
  }
  if (!alarm.site_id().empty() &&
      (site == nullptr || !RegionContains(alarm.region(), site->region()))) {
    errors.Add("site_id", "names no site of this region");
  }
  if (!alarm.factor().empty() && FindFactor(alarm.factor()) == nullptr) {
    errors.Add("factor", "is not a declared factor");
  }
  CheckQuantity(errors, alarm.value(), alarm.unit());
  if (!alarm.picture_sha256().empty() && !IsSha256(alarm.picture_sha256())) {
    errors.Add("picture_sha256", "must be 64 lower-case hexadecimal digits");
  }
  CheckText(errors, "unit_id", alarm.unit_id(), 63, false);
  return errors.status();
}

void StartAlarm(Alarm& alarm, const v1::Site* site, const AlarmRule& rule, absl::Time now) {
  alarm.set_state(Alarm::RAISED);
  if (site != nullptr) {
    if (!alarm.has_point() && site->has_point()) *alarm.mutable_point() = site->point();
    if (alarm.place().empty()) alarm.set_place(site->name());
  }
  if (alarm.unit_id().empty()) alarm.set_unit_id(rule.unit_id());
  if (!alarm.has_due_time()) {
    *alarm.mutable_due_time() = ToTimestamp(now + absl::Hours(rule.answer_hours()));
  }
  alarm.set_rebound_radius(rule.rebound_radius());
}

bool IsAbout(const AlarmThreshold& threshold, const v1::Site& site) {
  if (threshold.set() != v1::AssessmentSet::LEVEL_UNSPECIFIED && threshold.set() != site.set()) {
    return false;
  }
  return threshold.site_ids().empty() || absl::c_linear_search(threshold.site_ids(), site.id());
}

absl::Time EndOf(absl::CivilMinute start, Observation::Length length, const absl::TimeZone& zone) {
  switch (length) {
    case Observation::HOUR:
      return absl::FromCivil(start, zone) + absl::Hours(1);
    case Observation::INSTANT:
      return absl::FromCivil(start, zone);
    default:
      return absl::FromCivil(LastDay(start, length) + 1, zone);
  }
}

absl::StatusOr<std::vector<v1::Span>> FreshSpans(const v1::ObservationBatch& batch,
                                                 absl::Duration age, const absl::TimeZone& zone) {
  std::vector<v1::Span> fresh;
  if (batch.origin().historical()) return fresh;
  const absl::Time arrived = ToTime(batch.create_time());
  for (const v1::Span& span : batch.spans()) {
    if (span.site_id().empty()) continue;
    ASSIGN_OR_RETURN(absl::CivilMinute last, ParseStart(span.last(), span.length()));
    if (EndOf(last, span.length(), zone) >= arrived - age) fresh.push_back(span);
  }
  return fresh;
}

absl::StatusOr<bool> Raises(const AlarmThreshold& threshold, const Sample& sample,
                            absl::Time arrived, const absl::TimeZone& zone) {
  const int fresh = threshold.fresh_hours() == 0 ? kFreshHours : threshold.fresh_hours();
  if (!sample.usable() ||
      EndOf(sample.start, threshold.length(), zone) < arrived - absl::Hours(fresh)) {
    return false;
  }
  ASSIGN_OR_RETURN(Decimal bound, Decimal::Parse(threshold.value()));
  ASSIGN_OR_RETURN(Ratio value, Convert(sample.used(), sample.unit, threshold.unit()));
  switch (threshold.comparator()) {
    case AlarmThreshold::ABOVE:
      return value > Ratio(bound);
    case AlarmThreshold::AT_LEAST:
      return value >= Ratio(bound);
    case AlarmThreshold::BELOW:
      return value < Ratio(bound);
    case AlarmThreshold::AT_MOST:
      return value <= Ratio(bound);
    default:
      return false;
  }
}

Alarm AlarmOf(const AlarmRule& rule, const v1::Site& site, const Sample& sample,
              const absl::TimeZone& zone) {
  const AlarmThreshold& threshold = rule.threshold();
  Alarm alarm;
  alarm.set_region(site.region());
  alarm.set_kind(rule.kind());
  alarm.set_source(absl::StrCat(kRules, rule.id()));
  alarm.set_site_id(site.id());
  alarm.set_factor(threshold.factor());
  alarm.set_length(threshold.length());
  alarm.set_start(FormatStart(sample.start, threshold.length()));
  alarm.set_source_id(absl::StrCat(site.id(), "/", threshold.factor(), "/",
                                   Observation::Length_Name(threshold.length()), "/",
                                   alarm.start()));
  alarm.set_value(sample.used().ToString());
  alarm.set_unit(sample.unit);
  alarm.set_threshold(
      absl::StrCat(Sign(threshold.comparator()), " ", threshold.value(), " ", threshold.unit()));
  *alarm.mutable_time() = ToTimestamp(EndOf(sample.start, threshold.length(), zone));
  return alarm;
}

absl::Status CheckAlarmStep(const Alarm& alarm, const Actor& actor, absl::string_view action,
                            const v1::AlarmStepRequest& request, absl::Time now) {
  const StepRule* rule = FindStep(action, alarm.state());
  if (rule == nullptr) {
    return Fail(absl::StatusCode::kFailedPrecondition, "WRONG_STATE",
                absl::StrCat("an alarm that is ", Alarm::State_Name(alarm.state()),
                             " does not take ", action));
  }
  Alarm assigned = alarm;
  if (!request.unit_id().empty()) assigned.set_unit_id(request.unit_id());
  if (!Holds(alarm, actor, rule->duty) || !Holds(assigned, actor, rule->duty)) {
    return Fail(absl::StatusCode::kPermissionDenied, "NOT_PERMITTED",
                absl::StrCat(action, rule->duty == Duty::kHandler
                                         ? " is for the unit that must answer"
                                         : " is for the office or the monitoring centre, never for "
                                           "the unit that must answer"));
  }
  FieldErrors errors;
  CheckText(errors, "note", request.note(), 2000, rule->note);
  CheckText(errors, "unit_id", request.unit_id(), 63, false);
  if (action == "confirm" && assigned.unit_id().empty()) {
    errors.Add("unit_id", "is required: the unit that must answer");
  }
  if (action != "confirm" && !request.unit_id().empty()) {
    errors.Add("unit_id", "is given only to confirm");
  }
  if (action != "confirm" && request.has_due_time()) {
    errors.Add("due_time", "is given only to confirm");
  }
  CheckTime(errors, "due_time", request.due_time());
  if (request.has_due_time() && ToTime(request.due_time()) <= now) {
    errors.Add("due_time", "must lie in the future");
  }
  return errors.status();
}

void TakeAlarmStep(Alarm& alarm, const Actor& actor, absl::string_view action,
                   const v1::AlarmStepRequest& request, absl::Time now) {
  const StepRule* rule = FindStep(action, alarm.state());
  v1::AlarmStep& step = *alarm.add_steps();
  step.set_action(std::string(action));
  step.set_state(rule->to);
  *step.mutable_time() = ToTimestamp(now);
  step.set_actor(actor.subject);
  step.set_unit_id(actor.unit);
  step.set_note(request.note());
  step.set_late(now > ToTime(alarm.due_time()));
  alarm.set_state(rule->to);
  if (!request.unit_id().empty()) alarm.set_unit_id(request.unit_id());
  if (request.has_due_time()) *alarm.mutable_due_time() = request.due_time();
}

void Decorate(Alarm& alarm, const Actor& actor, absl::Time now) {
  alarm.set_overdue(IsOpen(alarm) && ToTime(alarm.due_time()) < now);
  alarm.clear_allowed_actions();
  for (const StepRule& rule : kSteps) {
    if (rule.from == alarm.state() && Holds(alarm, actor, rule.duty)) {
      alarm.add_allowed_actions(std::string(rule.action));
    }
  }
}

}  // namespace lucid::indicators
