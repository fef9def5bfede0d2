// The grades of rivers, basins and lakes by 地表水环境质量评价办法 (2011). Pure functions.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "lucid/indicators/v1/water_quality.pb.h"
#include "services/indicators/indicators_water_rules.h"

namespace lucid::indicators {

// A section with its class in the period.
struct ClassifiedSection {
  Section section;
  SectionClass result;
};

// A river, lake or basin with the sections or points on it.
struct WaterBody {
  std::string name;
  v1::WaterQuality::Body body = v1::WaterQuality::RIVER;
  bool basin = false;
  std::vector<ClassifiedSection> sections;
};

// Its grade, over the sections that were assessed: of a lake by the means over its points, of fewer
// than five sections by the means over them, of more by the shares of their classes.
v1::WaterBodyEvaluation GradeOf(const Edition& edition, const WaterBody& water);

// The grade of so many sections of which `good` are in class I–III and `worst` are worse than V.
v1::WaterBodyEvaluation::Grade GradeByShares(int good, int worst, int assessed);
// The grade of a class.
v1::WaterBodyEvaluation::Grade GradeByClass(v1::WaterQuality::Class water_class);

// "轻度污染".
std::string GradeName(v1::WaterBodyEvaluation::Grade grade);

}  // namespace lucid::indicators
