#include "services/indicators/indicators_mean_rules.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/base/status.h"
#include "services/base/units.h"
#include "services/indicators/indicators_air_statistic_rules.h"
#include "services/indicators/indicators_city_rules.h"
#include "services/indicators/indicators_factors.h"

namespace lucid::indicators {
namespace {

using v1::Evaluation;

// A statistic of daily values in the indicator's unit.
absl::StatusOr<Ratio> InUnit(const Question& question, const Ratio& value) {
  const Factor* factor = FindFactor(question.indicator.factor());
  if (factor == nullptr) return absl::InternalError("a mean has no declared factor");
  return Convert(value, factor->unit, question.indicator.unit());
}

absl::Status ShowMeanOfStation(const Question& question, const v1::Site& site,
                               const PeriodValue& value, v1::SiteEvaluation& shown) {
  shown.set_site_id(site.id());
  shown.set_name(site.name());
  shown.set_samples_used(value.used);
  shown.set_samples_required(value.required);
  if (!value.value) {
    shown.set_validity(Evaluation::MISSING);
    return absl::OkStatus();
  }
  shown.set_validity(value.valid ? Evaluation::VALID : Evaluation::INVALID_DATA);
  ASSIGN_OR_RETURN(Ratio converted, InUnit(question, *value.value));
  ASSIGN_OR_RETURN(*shown.mutable_value(), Print(question, converted));
  return absl::OkStatus();
}

std::string MeanWorking(const PeriodValue& value, const AirStatistics& rules, size_t counting,
                        size_t never) {
  std::string working = absl::StrCat("评价点位 ", counting, " 个");
  if (never > 0) absl::StrAppend(&working, ",不计入的点位(清洁对照点等)", never, " 个");
  absl::StrAppend(&working, ";", rules.label, " 城市日均值有效 ", value.used, " 天(须 ",
                  value.required, " 天)");
  if (!value.shortfall.empty()) absl::StrAppend(&working, ";数据不足:", value.shortfall);
  return working;
}

}  // namespace

absl::StatusOr<Evaluation> EvaluateMean(const Question& question,
                                        std::vector<StationDays> stations) {
  const v1::Indicator& indicator = question.indicator;
  const Period& period = question.period;
  RETURN_IF_ERROR(CheckStatisticPeriod(period));
  const AirStatistics& rules = AirStatisticsOn(period.to, question.editions);
  ASSIGN_OR_RETURN(Statistic statistic,
                   StatisticOf(indicator.mean_rule(), indicator.factor(), rules));
  Evaluation evaluation = StartEvaluation(question);
  std::vector<Station> counting;
  for (StationDays& station : stations) {
    Membership counts(*station.site, indicator.sites().set());
    if (!EverCounts(counts, period)) continue;
    DayMeans days = Counted(counts, std::move(station.means), period);
    RETURN_IF_ERROR(ShowMeanOfStation(question, *station.site,
                                      EvaluateStatistic(statistic, days, period, rules),
                                      *evaluation.add_sites()));
    counting.push_back({std::move(counts), std::move(days)});
  }
  const DayMeans city =
      RoundDays(CityMeans(counting, *period.from, period.last(), rules), indicator.factor(), rules);
  const PeriodValue value = EvaluateStatistic(statistic, city, period, rules);
  evaluation.set_samples_used(value.used);
  evaluation.set_samples_required(value.required);
  std::string working =
      MeanWorking(value, rules, counting.size(), stations.size() - counting.size());
  if (value.value) {
    ASSIGN_OR_RETURN(Ratio converted, InUnit(question, *value.value));
    RETURN_IF_ERROR(SetValue(question, converted, value.valid, evaluation));
    absl::StrAppend(&working, ";", statistic.name, " ", Unrounded(question, converted), " → ",
                    evaluation.value(), " ", evaluation.unit());
  }
  evaluation.set_working(working);
  return evaluation;
}

}  // namespace lucid::indicators
