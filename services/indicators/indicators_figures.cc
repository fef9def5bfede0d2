#include "services/indicators/indicators_figures.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/status.h"
#include "services/indicators/indicators_evaluation.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {
namespace {

using figures::v1::FigureDefinition;

const FigureParameter kRegion = {"region", "行政区划代码 GB/T 2260; the caller's when absent", ""};

FigureParameter Year(absl::string_view year) { return {"year", "年度", std::string(year)}; }

FigureParameter From(absl::string_view day) { return {"from", "起始日", std::string(day)}; }

FigureParameter To(absl::string_view day = "") {
  return {"to", "截止日; the as-of day when absent", std::string(day)};
}

// A year that a parameter writes; 0 where there is none.
absl::StatusOr<int> ReadYear(const lucid::Evaluation& evaluation) {
  auto text = evaluation.parameters.find("year");
  int year = 0;
  if (text == evaluation.parameters.end()) return year;
  if (text->second.size() != 4 || !absl::SimpleAtoi(text->second, &year) || year < 1900) {
    return InvalidField("parameters.year", "is not a year; expected YYYY");
  }
  return year;
}

std::string Parameter(const lucid::Evaluation& evaluation, const std::string& name) {
  auto found = evaluation.parameters.find(name);
  return found == evaluation.parameters.end() ? "" : found->second;
}

}  // namespace

const std::vector<FigureDefinition>& Figures() {
  static const auto& figures = *new std::vector<FigureDefinition>{
      DefineFigure("F09", "强制性清洁生产审核企业", "家", "台账中期内完成审核的企业,按企业编号去重",
                   {kRegion, From("2021-01-01"), To("2023-12-31")}),
      DefineFigure("F11", "垃圾焚烧处理能力", "吨/日", "截止日前最近一次记录的处理能力",
                   {kRegion, To()}),
      DefineFigure("F12", "三宝屯污水处理能力", "万吨/日", "截止日前最近一次记录的处理能力",
                   {kRegion, To()}),
      DefineFigure("F13", "城市生活污泥无害化处置率", "%",
                   "全年无害化处置量 ÷ 产生量;两者相等时才记 100%", {kRegion, Year("2023")}),
      DefineFigure("F14", "裸露地面和堆场料场覆盖", "处", "台账中截止日前完成覆盖的点位数",
                   {kRegion, To()}),
      DefineFigure("F15", "注销营运资质的老旧柴油车", "台", "台账中截止日前注销营运资质的车辆数",
                   {kRegion, To()}),
      DefineFigure("F16", "PM2.5年均浓度", "μg/m³",
                   "按 HJ 663 由评价点位日均值计算的年平均浓度,按期末现行的 GB 3095 二级标准判定",
                   {kRegion, Year("2023")}),
      DefineFigure("F17", "农村黑臭水体排查", "轮", "台账中截止日前开展的排查轮数",
                   {kRegion, To()}),
      DefineFigure("F18", "国考断面", "个", "截止日在册的国家考核断面数;参评断面数另列",
                   {kRegion, To("2023-12-31")}),
      DefineFigure("F19", "国考断面水质优良比率", "%", "I–III 类国考断面数 ÷ 参评国考断面数",
                   {kRegion, Year("2023")}),
      DefineFigure("F20", "省考断面", "个", "截止日在册的省级考核断面数;参评断面数另列",
                   {kRegion, To("2023-12-31")}),
      DefineFigure("F21", "省考断面达标率", "%", "达到本断面目标的省考断面数 ÷ 参评省考断面数",
                   {kRegion, Year("2023")}),
      DefineFigure("F22", "省级美丽宜居村", "个", "台账中期内认定的行政村,按村编号去重",
                   {kRegion, From("2021-01-01"), To("2023-12-31")}),
      DefineFigure("F23", "畜禽粪污综合利用率", "%", "期内各年综合利用率,以最低年份满足所列界限",
                   {kRegion, From("2021-01-01"), To("2023-12-31")}),
      DefineFigure("F24", "矿山恢复治理面积", "亩", "台账中期内完成治理的面积合计",
                   {kRegion, From("2018-01-01"), To("2022-12-31")}),
      DefineFigure("F25", "大伙房水源地风险隐患整改", "项", "台账中截止日前完成整改的风险隐患数",
                   {kRegion, To("2021-12-31")}),
      DefineFigure("F26", "围栏维修和补建", "km", "台账中期内维修和补建的长度合计",
                   {kRegion, From("2021-05-01"), To("2023-11-30")}),
  };
  return figures;
}

absl::Status EvaluateFigure(lucid::Evaluation& evaluation) {
  absl::StatusOr<v1::Indicator> indicator =
      IndicatorOfFigure(evaluation.tx, evaluation["region"], evaluation.definition.id());
  if (absl::IsNotFound(indicator.status())) {
    return Fail(absl::StatusCode::kFailedPrecondition, "NO_INDICATOR", indicator.status().message(),
                {{"figure", evaluation.definition.id()}});
  }
  RETURN_IF_ERROR(indicator.status());
  ASSIGN_OR_RETURN(int year, ReadYear(evaluation));
  ASSIGN_OR_RETURN(Period period, MakePeriod(year, Parameter(evaluation, "from"),
                                             Parameter(evaluation, "to"), evaluation.as_of));
  ASSIGN_OR_RETURN(Period meant, PeriodOf(evaluation.tx, *indicator, period));
  const Question question{*indicator, meant, {}, evaluation.definition.unit(), nullptr};
  ASSIGN_OR_RETURN(Evaluated result, Evaluate(evaluation.tx, question));
  const v1::Evaluation& value = result.evaluation;
  figures::v1::Figure& figure = evaluation.figure;
  figure.set_value(value.value());
  figure.set_unit(value.unit());
  figure.set_numerator(value.numerator());
  figure.set_denominator(value.denominator());
  figure.set_bound(value.bound());
  if (value.verdict() != v1::Evaluation::VERDICT_UNSPECIFIED) {
    figure.set_verdict(v1::Evaluation::Verdict_Name(value.verdict()));
  }
  figure.set_standard(value.standard());
  figure.set_period(value.period());
  figure.set_working(value.working());
  evaluation.records = std::move(result.records);
  return absl::OkStatus();
}

}  // namespace lucid::indicators
