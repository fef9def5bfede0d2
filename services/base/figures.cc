#include "services/base/figures.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/hash.h"
#include "services/base/region.h"
#include "services/base/status.h"
#include "services/base/timestamps.h"

namespace lucid {
namespace {

using figures::v1::EvaluateFiguresRequest;
using figures::v1::Figure;
using figures::v1::FigureDefinition;
using figures::v1::FigureQuery;
using figures::v1::RecordReference;

constexpr int kMostQueries = 100;
constexpr int kMostRecords = 1000;

absl::StatusOr<std::map<std::string, std::string>> Parameters(const FigureDefinition& definition,
                                                              const FigureQuery& query) {
  std::map<std::string, std::string> parameters;
  for (const auto& parameter : definition.parameters()) {
    parameters[parameter.name()] = parameter.default_value();
  }
  for (const auto& [name, value] : query.parameters()) {
    auto known = parameters.find(name);
    if (known == parameters.end()) {
      return InvalidField("parameters",
                          absl::StrCat("figure ", definition.id(), " has no parameter ", name));
    }
    known->second = value;
  }
  return parameters;
}

// The days and the region among the parameters are checked once for all owners.
absl::Status CheckParameters(const Call& call, std::map<std::string, std::string>& parameters) {
  for (auto& [name, value] : parameters) {
    if (name == "region") {
      if (value.empty()) value = call.actor.region;
      RETURN_IF_ERROR(CheckRegion("parameters.region", value));
      if (!call.actor.Has(access::v1::SERVICE) && !RegionContains(call.actor.region, value)) {
        return Fail(absl::StatusCode::kPermissionDenied, "NOT_PERMITTED",
                    absl::StrCat("region ", value, " is not in your region"));
      }
    } else if ((name == "from" || name == "to") && !value.empty()) {
      if (!ParseDay(value).ok()) {
        return InvalidField(absl::StrCat("parameters.", name), "is not a day; expected YYYY-MM-DD");
      }
    }
  }
  return absl::OkStatus();
}

// Puts the counted records into the figure: how many, the page asked for, and a digest of all.
void SetRecords(const EvaluateFiguresRequest& request, std::vector<RecordReference> records,
                Figure& figure) {
  std::sort(records.begin(), records.end(), [](const auto& a, const auto& b) {
    return std::tie(a.collection(), a.id()) < std::tie(b.collection(), b.id());
  });
  std::string all;
  int page = std::min(request.records_page_size(), kMostRecords);
  for (const RecordReference& record : records) {
    absl::StrAppend(&all, record.collection(), "/", record.id(), "@", record.version(), "\n");
    if (figure.records_size() < page && record.id() > request.records_after()) {
      *figure.add_records() = record;
    }
  }
  figure.set_record_count(static_cast<int64_t>(records.size()));
  figure.set_records_sha256(Sha256Hex(all));
}

absl::Status EvaluateOne(Tx& tx, const Call& call, const EvaluateFiguresRequest& request,
                         const FigureQuery& query, absl::Span<const FigureDefinition> catalogue,
                         absl::CivilDay as_of,
                         const std::function<absl::Status(Evaluation&)>& evaluate, Figure& figure) {
  auto definition = std::find_if(catalogue.begin(), catalogue.end(),
                                 [&](const auto& d) { return d.id() == query.figure(); });
  if (definition == catalogue.end()) {
    return InvalidField("figure", absl::StrCat(query.figure(), " is not in this catalogue"));
  }
  ASSIGN_OR_RETURN(auto parameters, Parameters(*definition, query));
  RETURN_IF_ERROR(CheckParameters(call, parameters));
  figure.set_id(definition->id());
  figure.set_name(definition->name());
  figure.set_unit(definition->unit());
  figure.set_definition(definition->rule());
  figure.set_as_of_day(FormatDay(as_of));
  *figure.mutable_as_of() = ToTimestamp(call.now);
  Evaluation evaluation{tx, call, *definition, std::move(parameters), as_of, figure, {}};
  RETURN_IF_ERROR(evaluate(evaluation));
  for (const auto& [name, value] : evaluation.parameters) {
    if (!value.empty()) (*figure.mutable_parameters())[name] = value;
  }
  SetRecords(request, std::move(evaluation.records), figure);
  return absl::OkStatus();
}

}  // namespace

FigureDefinition DefineFigure(absl::string_view id, absl::string_view name, absl::string_view unit,
                              absl::string_view rule, std::vector<FigureParameter> parameters) {
  FigureDefinition definition;
  definition.set_id(std::string(id));
  definition.set_name(std::string(name));
  definition.set_unit(std::string(unit));
  definition.set_rule(std::string(rule));
  for (FigureParameter& parameter : parameters) {
    auto* added = definition.add_parameters();
    added->set_name(std::move(parameter.name));
    added->set_description(std::move(parameter.description));
    added->set_default_value(std::move(parameter.default_value));
  }
  return definition;
}

void Evaluation::Count(absl::string_view collection, const Rows& rows) {
  for (size_t i = 0; i < rows.size(); ++i) {
    RecordReference& record = records.emplace_back();
    record.set_collection(std::string(collection));
    record.set_id(rows.Text(i, 0));
    record.set_version(rows.Int(i, 1));
  }
}

absl::StatusOr<figures::v1::EvaluateFiguresResponse> EvaluateFigures(
    Tx& tx, const Call& call, const EvaluateFiguresRequest& request,
    absl::Span<const FigureDefinition> catalogue, absl::CivilDay today,
    const std::function<absl::Status(Evaluation&)>& evaluate) {
  if (request.queries_size() > kMostQueries) {
    return InvalidField("queries", absl::StrCat("must be at most ", kMostQueries));
  }
  if (request.records_page_size() < 0) {
    return InvalidField("records_page_size", "must not be negative");
  }
  absl::CivilDay as_of = today;
  if (!request.as_of_day().empty()) {
    auto day = ParseDay(request.as_of_day());
    if (!day.ok()) return InvalidField("as_of_day", "is not a day; expected YYYY-MM-DD");
    as_of = *day;
  }
  figures::v1::EvaluateFiguresResponse response;
  ASSIGN_OR_RETURN(Rows head, tx.Run("SELECT COALESCE(MAX(pos), 0) FROM events"));
  FieldErrors errors;
  for (int i = 0; i < request.queries_size(); ++i) {
    Figure& figure = *response.add_figures();
    absl::Status status =
        EvaluateOne(tx, call, request, request.queries(i), catalogue, as_of, evaluate, figure);
    figure.set_position(head.Int(0, 0));
    if (status.code() == absl::StatusCode::kInvalidArgument) {
      errors.Add(absl::StrCat("queries[", i, "]."), status);
    } else {
      RETURN_IF_ERROR(status);
    }
  }
  RETURN_IF_ERROR(errors.status());
  return response;
}

}  // namespace lucid
