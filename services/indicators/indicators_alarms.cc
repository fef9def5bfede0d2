#include "services/indicators/indicators_alarms.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/base/hash.h"
#include "services/base/id.h"
#include "services/base/mask.h"
#include "services/base/records.h"
#include "services/base/region.h"
#include "services/base/status.h"
#include "services/base/timestamps.h"
#include "services/indicators/indicators_alarm_rules.h"
#include "services/indicators/indicators_alarms_store.h"
#include "services/indicators/indicators_samples.h"
#include "services/indicators/indicators_service.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {
namespace {

using v1::Alarm;
using v1::AlarmRule;

constexpr absl::string_view kJustArrived = "RACE";

// The site that an alarm names, or none; what is wrong with it is for the rules to say.
absl::StatusOr<std::optional<v1::Site>> SiteOf(Tx& tx, const Call& call, const Alarm& alarm) {
  if (alarm.site_id().empty()) return std::nullopt;
  return FindReferred<v1::Site>(tx, call, alarm.site_id());
}

// Stores a new alarm, by the completed rule and as part of its episode.
absl::Status Raise(Tx& tx, const Call& call, const v1::Site* site, const AlarmRule& rule,
                   Alarm& alarm) {
  StartAlarm(alarm, site, rule, call.now);
  ASSIGN_OR_RETURN(std::optional<Alarm> neighbour,
                   FindNeighbour(tx, alarm, rule.episode_radius(), rule.episode_hours()));
  alarm.set_episode_id(neighbour ? neighbour->episode_id() : alarm.id());
  ASSIGN_OR_RETURN(int64_t before, CountEpisode(tx, alarm.episode_id()));
  alarm.set_episode_number(static_cast<int>(before + 1));
  return Insert(tx, call, alarm);
}

absl::StatusOr<AlarmRule> RuleFor(Tx& tx, const Alarm& alarm) {
  ASSIGN_OR_RETURN(std::optional<AlarmRule> own, FindAlarmRule(tx, alarm.region(), alarm.kind()));
  AlarmRule rule = own.value_or(AlarmRule());
  rule.set_kind(alarm.kind());
  return Completed(std::move(rule));
}

// The alarm that the source's id names already, as the caller may see it.
absl::StatusOr<std::optional<Alarm>> FindKnown(Tx& tx, const Call& call, const Alarm& alarm,
                                               const std::string& hash) {
  ASSIGN_OR_RETURN(std::optional<Sourced> known, FindSource(tx, call.actor.region, alarm));
  if (!known) return std::nullopt;
  ASSIGN_OR_RETURN(Alarm there, FindFor<Alarm>(tx, call, known->alarm_id));
  if (known->hash == hash) return there;
  return Fail(absl::StatusCode::kAlreadyExists, "SOURCE_ID_TAKEN",
              absl::StrCat("alarms/", known->alarm_id, " has this source_id of ", alarm.source(),
                           " and says another thing"),
              {{"alarm", known->alarm_id}});
}

// Raises what a threshold finds among the observations of a span.
absl::Status RaiseBy(Tx& tx, const Call& call, const AlarmRule& rule, const v1::Site& site,
                     const std::vector<Sample>& samples, absl::Time arrived) {
  for (const Sample& sample : samples) {
    ASSIGN_OR_RETURN(bool raises, Raises(rule.threshold(), sample, arrived, call.zone));
    if (!raises) continue;
    Alarm alarm = AlarmOf(rule, site, sample, call.zone);
    alarm.set_id(NewId(call.now));
    const std::string country(kCountry);
    ASSIGN_OR_RETURN(std::optional<Sourced> known, FindSource(tx, country, alarm));
    if (known) continue;
    ASSIGN_OR_RETURN(bool is_new, ClaimSource(tx, country, alarm, ""));
    if (is_new) RETURN_IF_ERROR(Raise(tx, call, &site, Completed(rule), alarm));
  }
  return absl::OkStatus();
}

absl::Status RaiseFrom(Tx& tx, const Call& call, const v1::Span& span, absl::Time arrived) {
  absl::StatusOr<v1::Site> site = Find<v1::Site>(tx, span.site_id());
  if (site.status().code() == absl::StatusCode::kNotFound) return absl::OkStatus();
  RETURN_IF_ERROR(site.status());
  ASSIGN_OR_RETURN(std::vector<AlarmRule> rules,
                   FindThresholds(tx, site->region(), span.factor(), span.length()));
  std::erase_if(rules, [&](const AlarmRule& rule) { return !IsAbout(rule.threshold(), *site); });
  if (rules.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::vector<Sample> samples, LoadSpan(tx, span));
  for (const AlarmRule& rule : rules) {
    RETURN_IF_ERROR(RaiseBy(tx, call, rule, *site, samples, arrived));
  }
  return absl::OkStatus();
}

// Raises what an outside system or a person says. ABORTED, reason kJustArrived, where another call
// has raised it since.
absl::StatusOr<Alarm> RaiseGiven(Tx& tx, const Call& call, const Alarm& given,
                                 const std::string& hash) {
  Alarm alarm = given;
  ASSIGN_OR_RETURN(std::optional<v1::Site> site, SiteOf(tx, call, alarm));
  const v1::Site* named = site ? &*site : nullptr;
  RETURN_IF_ERROR(CheckNewAlarm(alarm, named, call.now));
  if (alarm.id().empty()) alarm.set_id(NewId(call.now));
  ASSIGN_OR_RETURN(bool is_new, ClaimSource(tx, call.actor.region, alarm, hash));
  if (!is_new) {
    return Fail(absl::StatusCode::kAborted, kJustArrived,
                "the same alarm has just arrived; try again");
  }
  ASSIGN_OR_RETURN(AlarmRule rule, RuleFor(tx, alarm));
  RETURN_IF_ERROR(Raise(tx, call, named, rule, alarm));
  Decorate(alarm, call.actor, call.now);
  return alarm;
}

}  // namespace

absl::Status RaiseAlarms(Tx& tx, const Call& call, const events::v1::Event& event) {
  v1::ObservationBatch batch;
  if (!event.record().UnpackTo(&batch)) return absl::OkStatus();
  Call own = call;
  own.method = "CreateAlarm";
  const absl::Time arrived = ToTime(batch.create_time());
  // No rule reaches farther back, so what is loaded late costs nothing.
  ASSIGN_OR_RETURN(std::vector<v1::Span> spans, FreshSpans(batch, kLongestFresh, call.zone));
  for (const v1::Span& span : spans) RETURN_IF_ERROR(RaiseFrom(tx, own, span, arrived));
  return absl::OkStatus();
}

absl::StatusOr<Alarm> IndicatorsService::CreateAlarm(const Call& call,
                                                     const v1::CreateAlarmRequest& request) {
  const Alarm given = AsGiven(request.alarm());
  Alarm content = given;
  content.clear_id();
  const std::string hash = Sha256Hex(content.SerializeAsString());
  // What is there is answered without a Write: it changes nothing.
  const auto find = [&] {
    return db_.Read([&](Tx& tx) { return FindKnown(tx, call, given, hash); });
  };
  ASSIGN_OR_RETURN(std::optional<Alarm> known, find());
  if (!known) {
    RETURN_IF_ERROR(registry_->CheckUnits(call, {{"unit_id", given.unit_id()}}));
    absl::StatusOr<Alarm> raised = Write(db_, call, [&](Tx& tx) -> absl::StatusOr<Alarm> {
      return RaiseGiven(tx, call, given, hash);
    });
    if (Reason(raised.status()) != kJustArrived) return raised;
    ASSIGN_OR_RETURN(known, find());
    if (!known) return raised;
  }
  Decorate(*known, call.actor, call.now);
  return *std::move(known);
}

absl::StatusOr<Alarm> IndicatorsService::GetAlarm(const Call& call,
                                                  const v1::GetAlarmRequest& request) {
  return db_.Read([&](Tx& tx) -> absl::StatusOr<Alarm> {
    ASSIGN_OR_RETURN(Alarm alarm, FindFor<Alarm>(tx, call, request.id()));
    Decorate(alarm, call.actor, call.now);
    return alarm;
  });
}

absl::StatusOr<v1::ListAlarmsResponse> IndicatorsService::ListAlarms(
    const Call& call, const v1::ListAlarmsRequest& request) {
  Query query;
  query.Region("region", request.region())
      .Equals("kind", int64_t{request.kind()})
      .Equals("state", int64_t{request.state()})
      .Equals("unit_id", request.unit_id())
      .Equals("site_id", request.site_id())
      .Equals("episode_id", request.episode_id())
      .Equals("is_first", int64_t{request.episodes()})
      .OrderBy(request.order_by(), {"id"});
  if (request.overdue()) {
    query.Where("open_due > 0 AND open_due < ?", {absl::ToUnixMicros(call.now)});
  }
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListAlarmsResponse> {
    v1::ListAlarmsResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_alarms(),
                         *response.mutable_next_page_token()));
    for (Alarm& alarm : *response.mutable_alarms()) Decorate(alarm, call.actor, call.now);
    return response;
  });
}

absl::StatusOr<Alarm> IndicatorsService::AnswerAlarm(const Call& call,
                                                     const v1::AlarmStepRequest& request,
                                                     absl::string_view action) {
  RETURN_IF_ERROR(registry_->CheckUnits(call, {{"unit_id", request.unit_id()}}));
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<Alarm> {
    ASSIGN_OR_RETURN(Alarm alarm, FindFor<Alarm>(tx, call, request.id()));
    RETURN_IF_ERROR(CheckVersion(tx, alarm, request.version()));
    RETURN_IF_ERROR(CheckAlarmStep(alarm, call.actor, action, request, call.now));
    TakeAlarmStep(alarm, call.actor, action, request, call.now);
    RETURN_IF_ERROR(Update(tx, call, alarm));
    Decorate(alarm, call.actor, call.now);
    return alarm;
  });
}

absl::StatusOr<Alarm> IndicatorsService::ConfirmAlarm(const Call& call,
                                                      const v1::AlarmStepRequest& request) {
  return AnswerAlarm(call, request, "confirm");
}

absl::StatusOr<Alarm> IndicatorsService::RefuteAlarm(const Call& call,
                                                     const v1::AlarmStepRequest& request) {
  return AnswerAlarm(call, request, "refute");
}

absl::StatusOr<Alarm> IndicatorsService::HandleAlarm(const Call& call,
                                                     const v1::AlarmStepRequest& request) {
  return AnswerAlarm(call, request, "handle");
}

absl::StatusOr<AlarmRule> IndicatorsService::CreateAlarmRule(
    const Call& call, const v1::CreateAlarmRuleRequest& request) {
  RETURN_IF_ERROR(registry_->CheckUnits(call, {{"unit_id", request.rule().unit_id()}}));
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<AlarmRule> {
    AlarmRule rule = request.rule();
    RETURN_IF_ERROR(CheckAlarmRule(rule));
    RETURN_IF_ERROR(Insert(tx, call, rule));
    return rule;
  });
}

absl::StatusOr<AlarmRule> IndicatorsService::GetAlarmRule(const Call& call,
                                                          const v1::GetAlarmRuleRequest& request) {
  return db_.Read([&](Tx& tx) { return FindFor<AlarmRule>(tx, call, request.id()); });
}

absl::StatusOr<v1::ListAlarmRulesResponse> IndicatorsService::ListAlarmRules(
    const Call& call, const v1::ListAlarmRulesRequest& request) {
  Query query;
  query.Region("region", request.region())
      .Equals("kind", int64_t{request.kind()})
      .OrderBy(request.order_by(), {"id"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListAlarmRulesResponse> {
    v1::ListAlarmRulesResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_rules(),
                         *response.mutable_next_page_token()));
    for (const AlarmRule& common : DefaultAlarmRules()) {
      if (request.kind() == Alarm::KIND_UNSPECIFIED || request.kind() == common.kind()) {
        *response.add_defaults() = common;
      }
    }
    return response;
  });
}

absl::StatusOr<AlarmRule> IndicatorsService::UpdateAlarmRule(
    const Call& call, const v1::UpdateAlarmRuleRequest& request) {
  ASSIGN_OR_RETURN(std::vector<std::string> paths,
                   MaskPaths(request.update_mask(), request.rule()));
  RETURN_IF_ERROR(CheckPaths(paths, {"episode_radius", "episode_hours", "answer_hours", "unit_id",
                                     "rebound_radius", "threshold", "disabled"}));
  RETURN_IF_ERROR(registry_->CheckUnits(call, {{"unit_id", request.rule().unit_id()}}));
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<AlarmRule> {
    ASSIGN_OR_RETURN(AlarmRule rule, FindFor<AlarmRule>(tx, call, request.rule().id()));
    RETURN_IF_ERROR(CheckVersion(tx, rule, request.rule().version()));
    CopyPaths(request.rule(), paths, rule);
    RETURN_IF_ERROR(CheckAlarmRule(rule));
    RETURN_IF_ERROR(Update(tx, call, rule));
    return rule;
  });
}

}  // namespace lucid::indicators
