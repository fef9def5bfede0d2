#include "services/indicators/indicators_target_rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/region.h"
#include "services/base/status.h"
#include "services/base/units.h"
#include "services/indicators/indicators_set_rules.h"

namespace lucid::indicators {
namespace {

using v1::Evaluation;
using v1::Target;
using v1::TargetEvaluation;

// By how much of the whole way, in percent, a value is AHEAD.
constexpr int kAheadByPercent = 10;
constexpr int kMostTargets = 500;  // of one indicator: a province's counties for some years

const std::string& RegionOf(const Target& target, const v1::Indicator& indicator) {
  return target.region().empty() ? indicator.region() : target.region();
}

bool InForce(const Target& target, const std::string& day) {
  return day >= target.from_day() && (target.to_day().empty() || day <= target.to_day());
}

std::string Percentage(const Ratio& share) {
  absl::StatusOr<Decimal> percent = Percent(share, 1, 1);
  return percent.ok() ? percent->ToString() : "";
}

std::string NameOf(TargetEvaluation::Progress progress) {
  static constexpr absl::string_view kNames[] = {
      "", "尚未启动", "未达到序时进度", "达到序时进度", "超过序时进度", "达到目标"};
  return std::string(kNames[progress]);
}

// How far the value has come, in the target's unit.
absl::Status SetProgress(const Target& target, const Question& question, const Ratio& value,
                         TargetEvaluation& stand) {
  ASSIGN_OR_RETURN(Decimal baseline, Decimal::Parse(target.baseline()));
  ASSIGN_OR_RETURN(Decimal goal, Decimal::Parse(target.value()));
  ASSIGN_OR_RETURN(absl::CivilDay from, ParseDay(target.from_day()));
  ASSIGN_OR_RETURN(absl::CivilDay to, ParseDay(target.to_day()));
  const absl::CivilDay day = std::clamp(question.period.last(), from - 1, to);
  ASSIGN_OR_RETURN(Ratio elapsed, Ratio::Divide(day - from + 1, to - from + 1));
  const Ratio way = Ratio(goal) - baseline;
  const Ratio required = Ratio(baseline) + way * elapsed;
  ASSIGN_OR_RETURN(Ratio done, Ratio::Divide(value - Ratio(baseline), way));
  // What goes beyond a value that is to be met exactly is as far from it as what falls short.
  if (target.comparator() == Target::EQUAL && done > 1) done = Ratio(2) - done;
  ASSIGN_OR_RETURN(Ratio ahead, Ratio::Divide(kAheadByPercent, 100));
  TargetEvaluation::Progress progress = TargetEvaluation::ON_SCHEDULE;
  if (stand.verdict() == Evaluation::MET) {
    progress = TargetEvaluation::MET;
  } else if (done.sign() <= 0) {
    progress = TargetEvaluation::NOT_STARTED;
  } else if (done < elapsed) {
    progress = TargetEvaluation::BEHIND;
  } else if (done >= elapsed + ahead) {
    progress = TargetEvaluation::AHEAD;
  }
  stand.set_progress(progress);
  ASSIGN_OR_RETURN(Decimal printed, required.Round(std::min(question.digits() + 3, 9)));
  stand.set_required_value(printed.ToString());
  stand.set_elapsed_percent(Percentage(elapsed));
  stand.set_done_percent(Percentage(done));
  stand.set_working(absl::StrCat(
      "基线 ", target.baseline(), " ", target.unit(), ",目标 ", target.value(), " ", target.unit(),
      ";", target.from_day(), " 至 ", target.to_day(), " 已过 ", day - from + 1, "/", to - from + 1,
      " 天(", stand.elapsed_percent(), "%),应达 ", stand.required_value(), " ", target.unit(),
      ";完成 ", stand.done_percent(), "%:", NameOf(progress)));
  return absl::OkStatus();
}

}  // namespace

const Target* TargetOf(const Question& question) {
  const std::string day = FormatDay(question.period.to);
  for (const Target& target : question.indicator.targets()) {
    if (InForce(target, day) && RegionOf(target, question.indicator) == question.judged_region()) {
      return &target;
    }
  }
  return nullptr;
}

std::vector<std::string> PartsWithTargets(const Question& question) {
  const std::string day = FormatDay(question.period.to);
  std::vector<std::string> parts;
  for (const Target& target : question.indicator.targets()) {
    const std::string& region = RegionOf(target, question.indicator);
    if (InForce(target, day) && region != question.judged_region()) parts.push_back(region);
  }
  return parts;
}

std::string Describe(const Target& target) {
  static constexpr absl::string_view kSigns[] = {"", "≥", "≤", "="};
  return absl::StrCat("目标 ", kSigns[target.comparator()], " ", target.value(), " ",
                      target.unit());
}

void CheckTargets(FieldErrors& errors, const v1::Indicator& indicator) {
  if (indicator.targets_size() > kMostTargets) {
    return errors.Add("targets", absl::StrCat("must be at most ", kMostTargets));
  }
  for (int i = 0; i < indicator.targets_size(); ++i) {
    const Target& target = indicator.targets(i);
    const std::string field = absl::StrCat("targets[", i, "]");
    CheckTarget(errors, field, target, indicator.unit());
    if (!target.region().empty()) {
      errors.Add("", CheckRegion(field + ".region", target.region()));
      if (!RegionContains(indicator.region(), target.region())) {
        errors.Add(field + ".region", "must lie in the indicator's region");
      } else if (target.region() != indicator.region() && !HasParts(indicator)) {
        errors.Add(field + ".region", "this kind has no parts by region");
      }
    }
    for (int j = 0; j < i; ++j) {
      const Target& other = indicator.targets(j);
      if (RegionOf(target, indicator) == RegionOf(other, indicator) &&
          SpansOverlap(target, other)) {
        errors.Add(field + ".from_day", absl::StrCat("holds on the same days as targets[", j, "]"));
      }
    }
  }
}

void CheckBaseline(FieldErrors& errors, const std::string& field, const Target& target) {
  if (target.baseline().empty()) return;
  CheckDecimal(errors, field + ".baseline", target.baseline(), true);
  if (target.from_day().empty() || target.to_day().empty()) {
    errors.Add(field + ".baseline", "needs from_day and to_day");
  }
  absl::StatusOr<Decimal> baseline = Decimal::Parse(target.baseline());
  absl::StatusOr<Decimal> goal = Decimal::Parse(target.value());
  if (!baseline.ok() || !goal.ok()) return;
  const bool worse = target.comparator() == Target::AT_LEAST  ? *baseline < *goal
                     : target.comparator() == Target::AT_MOST ? *baseline > *goal
                                                              : *baseline != *goal;
  if (!worse) errors.Add(field + ".baseline", "must be worse than the target");
}

absl::StatusOr<TargetEvaluation> StandTo(const Target& target, const Question& question,
                                         const Ratio& value, bool valid) {
  TargetEvaluation stand;
  *stand.mutable_target() = target;
  stand.set_method(target.method() == v1::Standard::METHOD_UNSPECIFIED ? v1::Standard::FULL_VALUE
                                                                       : target.method());
  if (!valid) {
    stand.set_verdict(Evaluation::INVALID);
    return stand;
  }
  ASSIGN_OR_RETURN(Evaluation::Verdict verdict, Judge(target, value, question.indicator.unit()));
  stand.set_verdict(verdict);
  if (target.baseline().empty()) return stand;
  ASSIGN_OR_RETURN(Ratio converted, Convert(value, question.indicator.unit(), target.unit()));
  RETURN_IF_ERROR(SetProgress(target, question, converted, stand));
  return stand;
}

}  // namespace lucid::indicators
