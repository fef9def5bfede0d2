// Statements on many rows at once: fewer round trips, and few different texts to prepare.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
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

}  // namespace lucid
