// The figures that cases owns: F05–F08.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "lucid/figures/v1/figures.pb.h"
#include "services/base/figures.h"

namespace lucid::cases {

// The catalogue.
const std::vector<figures::v1::FigureDefinition>& Figures();

// Evaluates one of them.
absl::Status EvaluateFigure(Evaluation& evaluation);

}  // namespace lucid::cases
