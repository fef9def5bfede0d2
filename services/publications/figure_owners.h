// The services that own figures, as publications asks them: who has which, and what it is now.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "lucid/figures/v1/figures.pb.h"
#include "lucid/publications/v1/publication.pb.h"
#include "services/base/call.h"

namespace lucid::publications {

// One owner, by the two methods that every owner has.
struct FigureOwner {
  std::string name;  // "tasks"
  std::function<grpc::Status(grpc::ClientContext*, const figures::v1::ListFiguresRequest&,
                             figures::v1::ListFiguresResponse*)>
      list;
  std::function<grpc::Status(grpc::ClientContext*, const figures::v1::EvaluateFiguresRequest&,
                             figures::v1::EvaluateFiguresResponse*)>
      evaluate;
};

// The owner behind a channel: FigureOwnerOf<tasks::v1::TasksService>("tasks", channel).
template <class Service>
FigureOwner FigureOwnerOf(std::string name, std::shared_ptr<grpc::Channel> channel) {
  std::shared_ptr<typename Service::Stub> stub = Service::NewStub(channel);
  return {std::move(name),
          [stub](auto* context, const auto& request, auto* response) {
            return stub->ListFigures(context, request, response);
          },
          [stub](auto* context, const auto& request, auto* response) {
            return stub->EvaluateFigures(context, request, response);
          }};
}

class FigureOwners {
 public:
  explicit FigureOwners(std::vector<FigureOwner> owners) : owners_(std::move(owners)) {}

  // Evaluates every figure of a draft as of `as_of_day`, on the caller's behalf; the figures with
  // owner, frozen value and every record counted, in their order. All or none: UNAVAILABLE
  // (OWNER_UNAVAILABLE, metadata "figures") when an owner does not answer, FAILED_PRECONDITION when
  // nobody owns a figure (FIGURE_UNKNOWN) or its owner refuses the parameters (FIGURE_REFUSED),
  // ABORTED (RECORDS_CHANGED) when a figure changed while its records were listed.
  absl::StatusOr<std::vector<v1::PublicationFigure>> Evaluate(const Call& call,
                                                              const v1::Publication& draft,
                                                              const std::string& as_of_day);

 private:
  // A figure that somebody owns.
  struct Entry {
    size_t owner;
    figures::v1::FigureDefinition definition;
  };
  using Catalogue = std::map<std::string, Entry>;  // by the figure's id

  absl::StatusOr<std::shared_ptr<const Catalogue>> CatalogueFor(const Call& call,
                                                                const v1::Publication& draft);
  // Asks one owner for some of the figures, from the record after `records_after` on.
  absl::StatusOr<figures::v1::EvaluateFiguresResponse> Ask(
      const Call& call, size_t owner, const std::vector<figures::v1::FigureQuery>& queries,
      const std::string& as_of_day, const std::string& records_after);
  absl::Status EvaluateAt(const Call& call, size_t owner, const Catalogue& catalogue,
                          const std::string& as_of_day, const std::string& region,
                          const std::vector<v1::PublicationFigure*>& figures);
  // Lists the records of a figure that were too many for one answer.
  absl::Status ListTheRest(const Call& call, size_t owner, const figures::v1::FigureQuery& query,
                           const std::string& as_of_day, figures::v1::Figure& figure);

  const std::vector<FigureOwner> owners_;
  std::mutex mutex_;
  std::shared_ptr<const Catalogue> catalogue_ = std::make_shared<Catalogue>();  // by mutex_
};

}  // namespace lucid::publications
