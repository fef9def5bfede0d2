// Figures: what every owner of figures shares, from the parameters of a query to the records behind
// the number.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "lucid/figures/v1/figures.pb.h"
#include "services/base/call.h"
#include "services/base/db.h"

namespace lucid {

// A definition, to be written as a table: {"F05", "移交问题线索", "件", "rule …", {parameters}}.
struct FigureParameter {
  std::string name;
  std::string description;
  std::string default_value;
};
figures::v1::FigureDefinition DefineFigure(absl::string_view id, absl::string_view name,
                                           absl::string_view unit, absl::string_view rule,
                                           std::vector<FigureParameter> parameters);

// One evaluation under way: what the query asks, and the figure to fill.
struct Evaluation {
  Tx& tx;
  const Call& call;
  const figures::v1::FigureDefinition& definition;
  std::map<std::string, std::string> parameters;  // defaults included
  absl::CivilDay as_of;                           // the last day whose records count
  figures::v1::Figure& figure;
  // The records that were counted; EvaluateFigures puts them into the figure.
  std::vector<figures::v1::RecordReference> records;

  const std::string& operator[](const std::string& parameter) const {
    return parameters.at(parameter);
  }
  // Adds rows of (id, version) as counted records.
  void Count(absl::string_view collection, const Rows& rows);
};

// Evaluates each query by `evaluate`, which fills value, period and what else is the owner's, and
// counts the records; everything common is filled here. A figure or parameter that the catalogue
// does not have, a region that is not the caller's, and a day that is none are INVALID_ARGUMENT or
// PERMISSION_DENIED naming the query.
absl::StatusOr<figures::v1::EvaluateFiguresResponse> EvaluateFigures(
    Tx& tx, const Call& call, const figures::v1::EvaluateFiguresRequest& request,
    absl::Span<const figures::v1::FigureDefinition> catalogue, absl::CivilDay today,
    const std::function<absl::Status(Evaluation&)>& evaluate);

}  // namespace lucid
