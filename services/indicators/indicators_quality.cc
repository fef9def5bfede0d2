#include "services/indicators/indicators_quality.h"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/mask.h"
#include "services/base/records.h"
#include "services/base/region.h"
#include "services/indicators/indicators_alarm_rules.h"
#include "services/indicators/indicators_availability_rules.h"
#include "services/indicators/indicators_observations.h"
#include "services/indicators/indicators_quality_rules.h"
#include "services/indicators/indicators_quality_store.h"
#include "services/indicators/indicators_rules.h"
#include "services/indicators/indicators_samples.h"
#include "services/indicators/indicators_service.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {
namespace {

using v1::Observation;
using v1::QualityFlag;
using v1::QualityRule;

constexpr absl::Duration kFresh = absl::Hours(7 * 24);
constexpr int kMostDaysChecked = 366;
constexpr int kMostFlags = 1000;  // of one Write

// The flags that the rules raise in a window of one series and that are not there yet, at most
// `most`.
absl::StatusOr<std::vector<QualityFlag>> CheckOne(Tx& tx, const Call& call, const v1::Site& site,
                                                  const std::string& factor,
                                                  Observation::Length length, Window window,
                                                  int most) {
  ASSIGN_OR_RETURN(std::vector<QualityRule> records,
                   FindQualityRules(tx, site.region(), factor, length));
  const std::vector<QualityRule> rules = RulesFor(records, site, factor, length);
  const Reach reach = ReachOf(rules, length);
  // A stretch that the window completes may go on behind it.
  window.to = window.to + reach.days_after;
  const Period period{window.from - reach.days_before, window.to, call.today};
  ASSIGN_OR_RETURN(Series all, LoadSeries(tx, SiteSubject(site.id()), factor, period));
  ASSIGN_OR_RETURN(std::vector<Finding> findings,
                   CheckSeries(rules, Of(all, factor, length), length, window));
  std::vector<QualityFlag> flags;
  for (const Finding& finding : findings) {
    if (static_cast<int>(flags.size()) == most) break;
    QualityFlag flag = FlagOf(finding, site, factor, length);
    ASSIGN_OR_RETURN(bool known, IsFlagged(tx, flag));
    if (!known) flags.push_back(std::move(flag));
  }
  return flags;
}

// Stores flags that were found on a snapshot, but for those that have come since.
absl::Status Raise(Tx& tx, const Call& call, std::vector<QualityFlag>& flags) {
  std::vector<QualityFlag> raised;
  for (QualityFlag& flag : flags) {
    ASSIGN_OR_RETURN(bool known, IsFlagged(tx, flag));
    if (known) continue;
    RETURN_IF_ERROR(Insert(tx, call, flag));
    raised.push_back(flag);
  }
  flags = std::move(raised);
  return absl::OkStatus();
}

// The days that a request names, at most a year of them.
absl::StatusOr<Window> ReadWindow(const std::string& from_day, const std::string& to_day) {
  FieldErrors errors;
  CheckDay(errors, "from_day", from_day, true);
  CheckDay(errors, "to_day", to_day, true);
  RETURN_IF_ERROR(errors.status());
  Window window{*ParseDay(from_day), *ParseDay(to_day)};
  if (window.to < window.from) return InvalidField("to_day", "must not be before from_day");
  if (window.to - window.from >= kMostDaysChecked) {
    return InvalidField("to_day", "must be at most 366 days from from_day");
  }
  return window;
}

// Marks the values of a confirmed flag as invalid, each by a correction with the reason.
absl::Status Invalidate(Tx& tx, const Call& call, const QualityFlag& flag) {
  v1::Span span;
  span.set_site_id(flag.site_id());
  span.set_factor(flag.factor());
  span.set_length(flag.length());
  span.set_first(flag.start());
  ASSIGN_OR_RETURN(absl::CivilMinute first, ParseStart(flag.start(), flag.length()));
  span.set_last(FormatStart(EndOfStretch(first, flag.count(), flag.length()), flag.length()));
  ASSIGN_OR_RETURN(std::vector<Sample> samples, LoadSpan(tx, span));
  v1::BatchCreateObservationsRequest request;
  for (const Sample& sample : samples) {
    if (!sample.usable()) continue;
    Observation& observation = *request.add_observations();
    observation = WriteObservation(sample, flag.length());
    observation.set_site_id(flag.site_id());
    observation.set_factor(flag.factor());
    observation.set_invalid(true);
    observation.set_note(absl::StrCat("质控: ", flag.reason()));
  }
  if (request.observations().empty()) return absl::OkStatus();
  return RecordObservations(tx, call, request).status();
}

absl::StatusOr<QualityFlag> DecideFlag(Db& db, const Call& call,
                                       const v1::DecideQualityFlagRequest& request, bool confirm) {
  return Write(db, call, [&](Tx& tx) -> absl::StatusOr<QualityFlag> {
    ASSIGN_OR_RETURN(QualityFlag flag, FindFor<QualityFlag>(tx, call, request.id()));
    RETURN_IF_ERROR(CheckVersion(tx, flag, request.version()));
    RETURN_IF_ERROR(CheckDecision(flag, call.actor, request, confirm));
    Decide(flag, call.actor, call.now, request, confirm);
    if (request.invalidate()) RETURN_IF_ERROR(Invalidate(tx, call, flag));
    RETURN_IF_ERROR(Update(tx, call, flag));
    return flag;
  });
}

absl::Status CheckRuleSite(Tx& tx, const Call& call, const QualityRule& rule) {
  if (rule.site_id().empty()) return absl::OkStatus();
  absl::StatusOr<v1::Site> site = FindFor<v1::Site>(tx, call, rule.site_id());
  if (site.ok() && RegionContains(rule.region(), site->region())) return absl::OkStatus();
  return InvalidField("site_id", "names no site of this region");
}

}  // namespace

absl::Status MarkArrivals(Tx& tx, const Call& call, const events::v1::Event& event) {
  v1::ObservationBatch batch;
  if (!event.record().UnpackTo(&batch)) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::vector<v1::Span> spans, FreshSpans(batch, kFresh, call.zone));
  for (const v1::Span& span : spans) {
    RETURN_IF_ERROR(
        MarkArrival(tx, {span.site_id(), span.factor(), span.length(), span.first(), span.last()}));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> CheckArrived(Db& db, const Call& call) {
  std::optional<Arrival> arrival;
  std::vector<QualityFlag> flags;
  RETURN_IF_ERROR(db.Read([&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(arrival, NextArrival(tx));
    if (!arrival) return absl::OkStatus();
    ASSIGN_OR_RETURN(v1::Site site, Find<v1::Site>(tx, arrival->site_id));
    ASSIGN_OR_RETURN(absl::CivilMinute first, ParseStart(arrival->first, arrival->length));
    ASSIGN_OR_RETURN(absl::CivilMinute last, ParseStart(arrival->last, arrival->length));
    ASSIGN_OR_RETURN(flags, CheckOne(tx, call, site, arrival->factor, arrival->length,
                                     {absl::CivilDay(first), absl::CivilDay(last)}, kMostFlags));
    return absl::OkStatus();
  }));
  if (!arrival) return false;
  Call own = call;
  own.method = "RaiseQualityFlag";
  const bool whole = static_cast<int>(flags.size()) < kMostFlags;
  RETURN_IF_ERROR(db.Write([&](Tx& tx) -> absl::Status {
    if (whole) {
      ASSIGN_OR_RETURN(bool mine, SettleArrival(tx, *arrival));
      if (!mine) return absl::OkStatus();
    }
    std::vector<QualityFlag> found = flags;
    return Raise(tx, own, found);
  }));
  return true;
}

absl::StatusOr<QualityRule> IndicatorsService::CreateQualityRule(
    const Call& call, const v1::CreateQualityRuleRequest& request) {
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<QualityRule> {
    QualityRule rule = request.rule();
    RETURN_IF_ERROR(CheckQualityRule(rule));
    RETURN_IF_ERROR(CheckRuleSite(tx, call, rule));
    RETURN_IF_ERROR(Insert(tx, call, rule));
    return rule;
  });
}

absl::StatusOr<QualityRule> IndicatorsService::GetQualityRule(
    const Call& call, const v1::GetQualityRuleRequest& request) {
  return db_.Read([&](Tx& tx) { return FindFor<QualityRule>(tx, call, request.id()); });
}

absl::StatusOr<v1::ListQualityRulesResponse> IndicatorsService::ListQualityRules(
    const Call& call, const v1::ListQualityRulesRequest& request) {
  Query query;
  query.Region("region", request.region())
      .Equals("site_id", request.site_id())
      .Equals("factor", request.factor())
      .OrderBy(request.order_by(), {"id"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListQualityRulesResponse> {
    v1::ListQualityRulesResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_rules(),
                         *response.mutable_next_page_token()));
    for (const QualityRule& seed : QualitySeeds()) {
      if (seed.factor() == request.factor()) *response.add_seeds() = seed;
    }
    return response;
  });
}

absl::StatusOr<QualityRule> IndicatorsService::UpdateQualityRule(
    const Call& call, const v1::UpdateQualityRuleRequest& request) {
  ASSIGN_OR_RETURN(std::vector<std::string> paths,
                   MaskPaths(request.update_mask(), request.rule()));
  RETURN_IF_ERROR(CheckPaths(paths, {"low", "high", "limit", "unit", "count", "baseline_days",
                                     "min_samples", "disabled"}));
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<QualityRule> {
    ASSIGN_OR_RETURN(QualityRule rule, FindFor<QualityRule>(tx, call, request.rule().id()));
    RETURN_IF_ERROR(CheckVersion(tx, rule, request.rule().version()));
    CopyPaths(request.rule(), paths, rule);
    RETURN_IF_ERROR(CheckQualityRule(rule));
    RETURN_IF_ERROR(Update(tx, call, rule));
    return rule;
  });
}

absl::StatusOr<QualityFlag> IndicatorsService::GetQualityFlag(
    const Call& call, const v1::GetQualityFlagRequest& request) {
  return db_.Read([&](Tx& tx) -> absl::StatusOr<QualityFlag> {
    ASSIGN_OR_RETURN(QualityFlag flag, FindFor<QualityFlag>(tx, call, request.id()));
    Decorate(flag, call.actor);
    return flag;
  });
}

absl::StatusOr<v1::ListQualityFlagsResponse> IndicatorsService::ListQualityFlags(
    const Call& call, const v1::ListQualityFlagsRequest& request) {
  Query query;
  query.Region("region", request.region())
      .Equals("site_id", request.site_id())
      .Equals("factor", request.factor())
      .Equals("what", int64_t{request.check()})
      .Equals("state", int64_t{request.state()})
      .OrderBy(request.order_by(), {"id", "start"});
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListQualityFlagsResponse> {
    v1::ListQualityFlagsResponse response;
    RETURN_IF_ERROR(List(tx, call, request, query, *response.mutable_flags(),
                         *response.mutable_next_page_token()));
    for (QualityFlag& flag : *response.mutable_flags()) Decorate(flag, call.actor);
    return response;
  });
}

absl::StatusOr<QualityFlag> IndicatorsService::ConfirmQualityFlag(
    const Call& call, const v1::DecideQualityFlagRequest& request) {
  return DecideFlag(db_, call, request, true);
}

absl::StatusOr<QualityFlag> IndicatorsService::DismissQualityFlag(
    const Call& call, const v1::DecideQualityFlagRequest& request) {
  return DecideFlag(db_, call, request, false);
}

absl::StatusOr<v1::CheckSiteQualityResponse> IndicatorsService::CheckSiteQuality(
    const Call& call, const v1::CheckSiteQualityRequest& request) {
  ASSIGN_OR_RETURN(Window window, ReadWindow(request.from_day(), request.to_day()));
  std::vector<QualityFlag> flags;
  // A year of hours is much to look at, so it is looked at on a snapshot.
  RETURN_IF_ERROR(db_.Read([&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(v1::Site site, FindFor<v1::Site>(tx, call, request.id()));
    ASSIGN_OR_RETURN(Series series, LoadSeries(tx, SiteSubject(site.id()), request.factor(),
                                               Period{window.from, window.to, call.today}));
    for (const auto& [key, samples] : series) {
      const int room = kMostFlags - static_cast<int>(flags.size());
      ASSIGN_OR_RETURN(std::vector<QualityFlag> found,
                       CheckOne(tx, call, site, key.first, key.second, window, room));
      std::move(found.begin(), found.end(), std::back_inserter(flags));
    }
    return absl::OkStatus();
  }));
  return Write(db_, call, [&](Tx& tx) -> absl::StatusOr<v1::CheckSiteQualityResponse> {
    std::vector<QualityFlag> found = flags;
    RETURN_IF_ERROR(Raise(tx, call, found));
    v1::CheckSiteQualityResponse response;
    for (QualityFlag& flag : found) *response.add_flags() = std::move(flag);
    return response;
  });
}

absl::StatusOr<v1::ReportAvailabilityResponse> IndicatorsService::ReportAvailability(
    const Call& call, const v1::ReportAvailabilityRequest& request) {
  ASSIGN_OR_RETURN(Window window, ReadWindow(request.from_day(), request.to_day()));
  Query query;
  query.Region("region", request.region()).Equals("id", request.site_id());
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ReportAvailabilityResponse> {
    v1::ReportAvailabilityResponse response;
    google::protobuf::RepeatedPtrField<v1::Site> sites;
    RETURN_IF_ERROR(List(tx, call, request, query, sites, *response.mutable_next_page_token()));
    for (const v1::Site& site : sites) {
      // A month before shows what should be there.
      ASSIGN_OR_RETURN(Series series, LoadSeries(tx, SiteSubject(site.id()), request.factor(),
                                                 Period{window.from - 31, window.to, call.today}));
      for (v1::Availability& row :
           AvailabilityOf(site, series, window, absl::ToCivilMinute(call.now, call.zone))) {
        *response.add_rows() = std::move(row);
      }
    }
    return response;
  });
}

}  // namespace lucid::indicators
