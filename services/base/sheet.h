// Tables as people fill them in, CSV or XLSX, read row by row in bounded memory.
//
// CSV: UTF-8, with or without a byte order mark, or GB 18030 (and so GBK); cells between commas;
// CRLF or LF; a cell in double quotes may hold commas, line ends and doubled quotes.
// XLSX: the first sheet. Numbers are taken to the 15 digits that spreadsheet programs show, dates
// become YYYY-MM-DD or YYYY-MM-DDThh:mm, formulas give their stored result.
// Both: spaces around a cell, of full width too, are dropped; rows without any text are skipped.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace lucid {

class Sheet {
 public:
  // What is larger is refused, so that no file, however made, costs more than this.
  static constexpr int kMostColumns = 200;
  static constexpr size_t kMostCellBytes = 64 << 10;
  static constexpr size_t kMostUnpackedBytes = 256 << 20;
  static constexpr size_t kMostSharedTextBytes = 64 << 20;

  // Looks into the bytes, which outlive the sheet, for what they are. INVALID_ARGUMENT, reason
  // NOT_A_TABLE, saying why they are no table.
  static absl::StatusOr<std::unique_ptr<Sheet>> Open(absl::string_view bytes);
  virtual ~Sheet() = default;

  // Reads the next row that has any text; false when there is none. NOT_A_TABLE, naming the row,
  // where the file breaks its form.
  virtual absl::StatusOr<bool> Next(std::vector<std::string>& cells) = 0;
  // The number of that row as spreadsheet programs show it, from 1.
  virtual int64_t row() const = 0;
};

// A column that a table may have.
struct SheetColumn {
  absl::string_view name;   // "site_id"
  absl::string_view title;  // as people write it: "点位"
  bool required = false;
};

// Where the columns of a table stand, by its first row.
class SheetColumns {
 public:
  // INVALID_ARGUMENT, reason BAD_COLUMNS, naming the columns that are missing, unknown or there
  // twice. `columns` outlives this.
  static absl::StatusOr<SheetColumns> Read(Sheet& sheet, absl::Span<const SheetColumn> columns);

  // INVALID_ARGUMENT where a cell of a row stands under no name: its text, or half a number between
  // two commas, would be lost.
  absl::Status Check(const std::vector<std::string>& cells) const;
  // The cell of a column in a row; "" where the table has none.
  const std::string& Of(const std::vector<std::string>& cells, absl::string_view name) const;

 private:
  std::vector<absl::string_view> names_;  // by place
};

// A number as people type it, written as decimals are: digits and signs of full width become plain
// ones, and separators of thousands are dropped where they stand between groups of three. Anything
// else stays as it is, for Decimal::Parse to refuse.
std::string PlainNumber(absl::string_view text);

// A day or a time as people type it, written as the API does: 2023/5/1 becomes 2023-05-01, and
// "2023-5-1 8:00" becomes 2023-05-01T08:00. Anything else stays as it is.
std::string PlainTime(absl::string_view text);

}  // namespace lucid
