#include "services/publications/figure_owners.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/base/rpc.h"
#include "services/base/server.h"
#include "services/base/status.h"

namespace lucid::publications {
namespace {

// How many records an owner lists at once.
constexpr int kRecordsPage = 1000;

bool IsAway(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable ||
         status.code() == absl::StatusCode::kDeadlineExceeded;
}

absl::Status Away(const std::vector<std::string>& owners, const std::vector<std::string>& keys) {
  std::string figures = absl::StrJoin(keys, ", ");
  return Fail(
      absl::StatusCode::kUnavailable, "OWNER_UNAVAILABLE",
      absl::StrCat(absl::StrJoin(owners, ", "), " does not answer; not evaluated: ", figures),
      {{"owners", absl::StrJoin(owners, ",")}, {"figures", absl::StrJoin(keys, ",")}});
}

std::vector<std::string> KeysOf(const std::vector<v1::PublicationFigure*>& figures) {
  std::vector<std::string> keys(figures.size());
  for (size_t i = 0; i < figures.size(); ++i) keys[i] = figures[i]->key();
  return keys;
}

figures::v1::FigureQuery QueryFor(const figures::v1::FigureQuery& asked,
                                  const figures::v1::FigureDefinition& definition,
                                  const std::string& region) {
  figures::v1::FigureQuery query = asked;
  bool regional = absl::c_any_of(
      definition.parameters(), [](const auto& parameter) { return parameter.name() == "region"; });
  if (regional) query.mutable_parameters()->insert({"region", region});
  return query;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const FigureOwners::Catalogue>> FigureOwners::CatalogueFor(
    const Call& call, const v1::Publication& draft) {
  std::shared_ptr<const Catalogue> known;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    known = catalogue_;
  }
  auto is_missing = [&](const v1::PublicationFigure& figure) {
    return known->count(figure.query().figure()) == 0;
  };
  if (absl::c_none_of(draft.figures(), is_missing)) return known;

  auto loaded = std::make_shared<Catalogue>(*known);
  std::vector<std::string> away;
  for (size_t i = 0; i < owners_.size(); ++i) {
    grpc::ClientContext context;
    Server::CallPeer(call, context);
    figures::v1::ListFiguresResponse listed;
    absl::Status status = FromGrpc(owners_[i].list(&context, {}, &listed));
    if (IsAway(status)) {
      away.push_back(owners_[i].name);
      continue;
    }
    RETURN_IF_ERROR(status);
    for (const auto& definition : listed.figures()) (*loaded)[definition.id()] = {i, definition};
  }
  known = loaded;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    catalogue_ = loaded;
  }
  std::vector<std::string> missing;
  for (const auto& figure : draft.figures()) {
    if (is_missing(figure)) missing.push_back(figure.key());
  }
  if (missing.empty()) return known;
  if (!away.empty()) return Away(away, missing);
  return Fail(absl::StatusCode::kFailedPrecondition, "FIGURE_UNKNOWN",
              absl::StrCat("no service owns what is asked for by ", absl::StrJoin(missing, ", ")),
              {{"figures", absl::StrJoin(missing, ",")}});
}

absl::StatusOr<figures::v1::EvaluateFiguresResponse> FigureOwners::Ask(
    const Call& call, size_t owner, const std::vector<figures::v1::FigureQuery>& queries,
    const std::string& as_of_day, const std::string& records_after) {
  figures::v1::EvaluateFiguresRequest request;
  request.mutable_queries()->Assign(queries.begin(), queries.end());
  request.set_as_of_day(as_of_day);
  request.set_records_page_size(kRecordsPage);
  request.set_records_after(records_after);
  grpc::ClientContext context;
  Server::CallPeer(call, context);
  figures::v1::EvaluateFiguresResponse response;
  RETURN_IF_ERROR(FromGrpc(owners_[owner].evaluate(&context, request, &response)));
  if (response.figures_size() != request.queries_size()) {
    return absl::InternalError(absl::StrCat(owners_[owner].name, " answered ",
                                            response.figures_size(), " figures of ",
                                            request.queries_size()));
  }
  return response;
}

absl::Status FigureOwners::EvaluateAt(const Call& call, size_t owner, const Catalogue& catalogue,
                                      const std::string& as_of_day, const std::string& region,
                                      const std::vector<v1::PublicationFigure*>& figures) {
  std::vector<figures::v1::FigureQuery> queries;
  for (const auto* figure : figures) {
    const Entry& entry = catalogue.at(figure->query().figure());
    queries.push_back(QueryFor(figure->query(), entry.definition, region));
  }
  auto response = Ask(call, owner, queries, as_of_day, "");
  if (response.status().code() == absl::StatusCode::kInvalidArgument) {
    return Fail(
        absl::StatusCode::kFailedPrecondition, "FIGURE_REFUSED",
        absl::StrCat(owners_[owner].name, " refuses one of ", absl::StrJoin(KeysOf(figures), ", "),
                     ": ", response.status().message()));
  }
  RETURN_IF_ERROR(response.status());
  for (int i = 0; i < response->figures_size(); ++i) {
    figures[i]->set_owner(owners_[owner].name);
    figures::v1::Figure& frozen = *figures[i]->mutable_frozen();
    frozen.Swap(response->mutable_figures(i));
    RETURN_IF_ERROR(ListTheRest(call, owner, queries[i], as_of_day, frozen));
  }
  return absl::OkStatus();
}

absl::Status FigureOwners::ListTheRest(const Call& call, size_t owner,
                                       const figures::v1::FigureQuery& query,
                                       const std::string& as_of_day, figures::v1::Figure& figure) {
  int listed = figure.records_size();
  while (listed == kRecordsPage && figure.records_size() < figure.record_count()) {
    ASSIGN_OR_RETURN(auto response,
                     Ask(call, owner, {query}, as_of_day, figure.records().rbegin()->id()));
    const figures::v1::Figure& more = response.figures(0);
    if (more.records_sha256() != figure.records_sha256() || more.value() != figure.value()) {
      return Fail(absl::StatusCode::kAborted, "RECORDS_CHANGED",
                  absl::StrCat("the records of ", query.figure(),
                               " changed while they were listed; freeze again"));
    }
    listed = more.records_size();
    figure.mutable_records()->MergeFrom(more.records());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::PublicationFigure>> FigureOwners::Evaluate(
    const Call& call, const v1::Publication& draft, const std::string& as_of_day) {
  std::vector<v1::PublicationFigure> figures(draft.figures().begin(), draft.figures().end());
  ASSIGN_OR_RETURN(std::shared_ptr<const Catalogue> catalogue, CatalogueFor(call, draft));
  std::map<size_t, std::vector<v1::PublicationFigure*>> by_owner;
  for (v1::PublicationFigure& figure : figures) {
    by_owner[catalogue->at(figure.query().figure()).owner].push_back(&figure);
  }
  std::vector<std::string> away, missing;
  for (const auto& [owner, owned] : by_owner) {
    absl::Status status = EvaluateAt(call, owner, *catalogue, as_of_day, draft.region(), owned);
    if (!IsAway(status)) {
      RETURN_IF_ERROR(status);
      continue;
    }
    away.push_back(owners_[owner].name);
    for (std::string& key : KeysOf(owned)) missing.push_back(std::move(key));
  }
  if (!away.empty()) return Away(away, missing);
  return figures;
}

}  // namespace lucid::publications
