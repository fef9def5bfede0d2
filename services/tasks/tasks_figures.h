// The figures that tasks owns: F01–F04, F10, F27, F28.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "lucid/figures/v1/figures.pb.h"
#include "services/base/figures.h"

namespace lucid::tasks {

// The catalogue.
const std::vector<figures::v1::FigureDefinition>& Figures();

// Evaluates one of them.
absl::Status EvaluateFigure(Evaluation& evaluation);

}  // namespace lucid::tasks
