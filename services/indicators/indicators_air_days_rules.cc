#include "services/indicators/indicators_air_days_rules.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/base/status.h"
#include "services/base/units.h"
#include "services/indicators/indicators_aqi_rules.h"

namespace lucid::indicators {
namespace {

using v1::AirQuality;
using v1::Evaluation;

constexpr int kMostDaysCounted = 3660;

// The days of a period by class, after some were taken out.
struct DayCounts {
  int64_t calendar = 0;
  int64_t removed = 0;
  int64_t valid = 0;
  int64_t in_classes = 0;
  std::map<AirQuality::Class, int64_t> by_class;
  std::set<std::string> standards;

  int64_t remaining() const { return calendar - removed; }
  int64_t unavailable() const { return remaining() - valid; }
};

DayCounts CountDays(const std::vector<AirQuality>& days, const std::set<std::string>& removed,
                    const std::set<int>& classes) {
  DayCounts counts;
  for (const AirQuality& day : days) {
    ++counts.calendar;
    if (!day.standard().empty()) counts.standards.insert(day.standard());
    if (removed.contains(day.day())) {
      ++counts.removed;
    } else if (day.has_aqi()) {
      ++counts.valid;
      ++counts.by_class[day.air_class()];
      counts.in_classes += classes.contains(day.air_class());
    }
  }
  return counts;
}

// Which days the indicator counts, and by which edition.
struct Choice {
  std::set<std::string> removed;
  std::set<int> classes;
  std::string edition;               // empty: that of each day
  const Edition* applied = nullptr;  // where it is one
};
absl::StatusOr<Choice> ChoiceOf(const Question& question) {
  const v1::AirDaysRule& rule = question.indicator.air_days_rule();
  Choice choice{{}, {rule.classes().begin(), rule.classes().end()}, rule.edition()};
  if (choice.classes.empty()) choice.classes = {AirQuality::EXCELLENT, AirQuality::GOOD};
  for (const v1::RemovedDay& day : rule.removed_days()) choice.removed.insert(day.day());
  if (!rule.edition_of_day()) {
    ASSIGN_OR_RETURN(choice.applied, FindEdition(kIndexStandard, question.period.to, rule.edition(),
                                                 question.editions));
    choice.edition = choice.applied->edition;
  }
  return choice;
}

// The least number of valid days; the standard itself states none but that there is one.
int64_t RequiredDays(const v1::AirDaysRule& rule, const DayCounts& counts) {
  return std::max<int64_t>(1, (counts.remaining() * rule.valid_percent() + 99) / 100);
}

absl::Status SetDays(const Question& question, const DayCounts& counts, bool valid,
                     Evaluation& evaluation) {
  if (question.indicator.air_days_rule().measure() == v1::AirDaysRule::RATIO) {
    return SetShare(question, Ratio(counts.in_classes), Ratio(counts.valid), valid, evaluation);
  }
  ASSIGN_OR_RETURN(Ratio days, Convert(counts.in_classes, "天", question.indicator.unit()));
  return SetValue(question, days, valid, evaluation);
}

void ShowCounts(const DayCounts& counts, v1::AirDayCounts& shown) {
  shown.set_calendar_days(counts.calendar);
  shown.set_valid_days(counts.valid);
  shown.set_removed_days(counts.removed);
  for (int i = AirQuality::EXCELLENT; i <= AirQuality::SEVERELY_POLLUTED; ++i) {
    const auto air_class = static_cast<AirQuality::Class>(i);
    auto days = counts.by_class.find(air_class);
    v1::AirClassDays& added = *shown.add_classes();
    added.set_air_class(air_class);
    added.set_days(days == counts.by_class.end() ? 0 : days->second);
  }
}

// The days of one station, of those on which it counts.
absl::Status ShowDaysOfStation(const Question& question, const StationAir& station,
                               const Choice& choice, v1::SiteEvaluation& shown) {
  const DayCounts counts =
      CountDays(IndexDays(Counted(station, question.period), *question.period.from,
                          question.period.last(), choice.edition, question.editions),
                choice.removed, choice.classes);
  shown.set_site_id(station.site->id());
  shown.set_name(station.site->name());
  shown.set_samples_used(counts.valid);
  shown.set_samples_required(RequiredDays(question.indicator.air_days_rule(), counts));
  shown.set_validity(counts.valid == 0                         ? Evaluation::MISSING
                     : counts.valid < shown.samples_required() ? Evaluation::INVALID_DATA
                                                               : Evaluation::VALID);
  if (counts.valid == 0) return absl::OkStatus();
  Evaluation own;
  RETURN_IF_ERROR(SetDays(question, counts, true, own));
  shown.set_value(own.value());
  return absl::OkStatus();
}

std::string DaysWorking(const DayCounts& counts, const Choice& choice) {
  std::string working = absl::StrCat("日历天数 ", counts.calendar);
  if (counts.removed > 0) absl::StrAppend(&working, ",扣除 ", counts.removed);
  absl::StrAppend(&working, ",有效 ", counts.valid, ",无效或不可得(NA)", counts.unavailable());
  for (const auto& [air_class, days] : counts.by_class) {
    absl::StrAppend(&working, ";", ClassName(air_class), " ", days, " 天");
  }
  absl::StrAppend(&working, ";按");
  for (const std::string& standard : counts.standards) absl::StrAppend(&working, " ", standard);
  if (choice.edition.empty()) absl::StrAppend(&working, "(各日按当日现行版本)");
  return working;
}

}  // namespace

absl::Status CheckDaysPeriod(const Period& period) {
  if (!period.from || period.to - *period.from > kMostDaysCounted) {
    return InvalidField("from_day", "must be given, at most ten years before to_day");
  }
  return absl::OkStatus();
}

absl::StatusOr<Evaluation> EvaluateAirDays(const Question& question,
                                           absl::Span<const StationAir> stations) {
  const Period& period = question.period;
  RETURN_IF_ERROR(CheckDaysPeriod(period));
  Evaluation evaluation = StartEvaluation(question);
  absl::StatusOr<Choice> choice = ChoiceOf(question);
  if (absl::IsNotFound(choice.status())) {
    evaluation.set_standard(std::string(kIndexStandard));
    evaluation.set_verdict(Evaluation::NO_STANDARD);
    evaluation.set_working(std::string(choice.status().message()));
    return evaluation;
  }
  RETURN_IF_ERROR(choice.status());
  for (const StationAir& station : stations) {
    if (!EverCounts(station.counts(), period)) continue;
    RETURN_IF_ERROR(ShowDaysOfStation(question, station, *choice, *evaluation.add_sites()));
  }
  const std::vector<AirQuality> days =
      IndexDays(CityAir(stations, period, AirStatisticsOn(period.to, question.editions)),
                *period.from, period.last(), choice->edition, question.editions);
  const DayCounts counts = CountDays(days, choice->removed, choice->classes);
  const v1::AirDaysRule& rule = question.indicator.air_days_rule();
  if (choice->applied != nullptr) NameStandard(*choice->applied, evaluation);
  ShowCounts(counts, *evaluation.mutable_air_days());
  evaluation.set_samples_used(counts.valid);
  evaluation.set_samples_required(RequiredDays(rule, counts));
  std::string working = DaysWorking(counts, *choice);
  if (counts.valid > 0) {
    const bool valid = counts.valid >= evaluation.samples_required();
    RETURN_IF_ERROR(SetDays(question, counts, valid, evaluation));
    if (rule.measure() == v1::AirDaysRule::RATIO) {
      absl::StrAppend(&working, ";", counts.in_classes, " ÷ ", counts.valid, " = ",
                      evaluation.value(), " ", evaluation.unit());
    }
  }
  if (counts.removed > 0) {
    const DayCounts all = CountDays(days, {}, choice->classes);
    absl::StrAppend(&working, ";不扣除为 ", all.in_classes, " ÷ ", all.valid);
  }
  if (evaluation.standard().empty()) {
    for (const std::string& standard : counts.standards) {
      absl::StrAppend(evaluation.mutable_standard(), evaluation.standard().empty() ? "" : "、",
                      standard);
    }
  }
  evaluation.set_working(working);
  return evaluation;
}

}  // namespace lucid::indicators
