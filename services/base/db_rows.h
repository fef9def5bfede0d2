// Statements on many rows at once, which save round trips and texts to prepare; and what rows hold.
#pragma once

#include <cstddef>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "services/base/db.h"
#include "services/base/region.h"
#include "services/base/status.h"

namespace lucid {

// Calls run(begin, count) → Status until `size` rows are done, 64, 16, 4 or 1 at a time.
template <class Run>
absl::Status InChunks(size_t size, Run run) {
  for (size_t begin = 0; begin < size;) {
    const size_t left = size - begin;
    const size_t count = left >= 64 ? 64 : left >= 16 ? 16 : left >= 4 ? 4 : 1;
    RETURN_IF_ERROR(run(begin, count));
    begin += count;
  }
  return absl::OkStatus();
}

// "($1, $2), ($3, $4)" for two rows of two columns.
inline std::string RowPlaces(size_t rows, size_t columns) {
  std::string places;
  for (size_t row = 0; row < rows; ++row) {
    absl::StrAppend(&places, row == 0 ? "(" : ", (");
    for (size_t column = 1; column <= columns; ++column) {
      absl::StrAppend(&places, column == 1 ? "$" : ", $", row * columns + column);
    }
    places += ")";
  }
  return places;
}

// Keys to look up together, and "" up to one of few numbers of them (1, 4, 16, 64, 256, …), so that
// the statement has few texts and is prepared once. Nothing has the key "".
inline std::vector<Value> PaddedKeys(absl::Span<const std::string> keys) {
  size_t places = 1;
  while (places < keys.size()) places *= 4;
  std::vector<Value> values(keys.begin(), keys.end());
  values.resize(places, std::string());
  return values;
}

// Calls take(rows, i) for each row that "`select` WHERE id IN (…)" has for the ids, in parts.
template <class Take>
absl::Status SelectByIds(Tx& tx, absl::string_view select, absl::Span<const std::string> ids,
                         Take take) {
  constexpr size_t kMostAtOnce = 256;
  for (size_t begin = 0; begin < ids.size(); begin += kMostAtOnce) {
    const std::vector<Value> keys = PaddedKeys(ids.subspan(begin, kMostAtOnce));
    ASSIGN_OR_RETURN(
        const Rows rows,
        tx.Run(absl::StrCat(select, " WHERE id IN ", RowPlaces(1, keys.size())), keys));
    for (size_t i = 0; i < rows.size(); ++i) take(rows, i);
  }
  return absl::OkStatus();
}

// The messages that the first column of the rows holds; DATA_LOSS where one cannot be read.
template <class M>
absl::StatusOr<std::vector<M>> ReadBodies(const Rows& rows) {
  std::vector<M> bodies(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!bodies[i].ParseFromString(rows.Bytes(i, 0))) {
      return absl::DataLossError("a stored record cannot be read");
    }
  }
  return bodies;
}

// The messages that `sql` selects for a region, which is its $1, and then for each one above it.
// `values` are those from $2 on.
template <class M>
absl::StatusOr<std::vector<M>> ReadBodiesUpFrom(Tx& tx, absl::string_view region,
                                                absl::string_view sql, std::vector<Value> values) {
  std::vector<M> all;
  values.insert(values.begin(), "");
  for (std::string& upper : RegionsUpFrom(region)) {
    values[0] = std::move(upper);
    ASSIGN_OR_RETURN(Rows rows, tx.Run(sql, values));
    ASSIGN_OR_RETURN(std::vector<M> found, ReadBodies<M>(rows));
    std::move(found.begin(), found.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace lucid
