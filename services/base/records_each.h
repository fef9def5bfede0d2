// Several records of one type found together.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "services/base/records.h"

namespace lucid {

// The same for every type; the template below only adds the type. `records` are as many as `ids`.
std::vector<absl::Status> FindRecordsFor(Tx& tx, const Call& call, const Table& table,
                                         absl::Span<const std::string> ids,
                                         absl::Span<google::protobuf::Message* const> records);

// For each id what FindFor() says of it, with fewer questions to the database.
template <class R>
std::vector<absl::StatusOr<R>> FindEachFor(Tx& tx, const Call& call,
                                           absl::Span<const std::string> ids) {
  std::vector<R> records(ids.size());
  std::vector<google::protobuf::Message*> messages;
  for (R& record : records) messages.push_back(&record);
  const std::vector<absl::Status> found = FindRecordsFor(tx, call, TableOf<R>(), ids, messages);
  std::vector<absl::StatusOr<R>> answers;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (found[i].ok()) {
      answers.push_back(std::move(records[i]));
    } else {
      answers.push_back(found[i]);
    }
  }
  return answers;
}

}  // namespace lucid
