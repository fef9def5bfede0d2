// The figures that indicators owns: F09 and F11–F26. Each is evaluated by the indicator of the
// region that names it as its figure, whatever its kind.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "lucid/figures/v1/figures.pb.h"
#include "services/base/figures.h"

namespace lucid::indicators {

// The catalogue.
const std::vector<figures::v1::FigureDefinition>& Figures();

// Evaluates one of them. FAILED_PRECONDITION, reason NO_INDICATOR, when no indicator of the region
// feeds it.
absl::Status EvaluateFigure(lucid::Evaluation& evaluation);

}  // namespace lucid::indicators
