// The tables of air that a database begins with, beside the limits of GB 3095: the counts of HJ 663
// and the breakpoints of HJ 633. The terms of the composite index are code.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lucid/indicators/v1/standard.pb.h"

namespace lucid::indicators {

// HJ 633 and HJ 663, every edition.
std::vector<v1::Standard> BuiltInAirTables();

// One term of a composite index: a statistic of the daily values, divided by a limit of GB 3095.
struct CompositeTerm {
  std::string factor;
  bool percentile;  // of HJ 663; otherwise the mean
  v1::Limit::Averaging limit;
};

// A composite index by its name, whatever the day.
struct CompositeFormula {
  std::string name;
  std::string source;  // the document
  std::vector<CompositeTerm> terms;
};

// The composite index of this name; "" is the usual one. NOT_FOUND, reason NO_STANDARD.
absl::StatusOr<const CompositeFormula*> FindComposite(absl::string_view name);

}  // namespace lucid::indicators
