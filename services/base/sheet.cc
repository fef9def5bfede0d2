#include "services/base/sheet.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "services/base/sheet_formats.h"

namespace lucid {
namespace {

constexpr absl::string_view kSpaces[] = {" ", "\t", "\r", "\n", "\u3000", "\u00a0"};

// Digits, signs and points of full width as plain ones.
std::string Narrow(absl::string_view text) {
  constexpr absl::string_view kLead = "\xef\xbc";  // U+FF01 … U+FF1F follow
  std::string narrow;
  for (size_t i = 0; i < text.size(); ++i) {
    if (absl::StartsWith(text.substr(i), kLead) && i + 2 < text.size()) {
      const auto last = static_cast<unsigned char>(text[i + 2]);
      if (last >= 0x81 && last <= 0x9f) {
        narrow += static_cast<char>(last - 0x81 + '!');
        i += 2;
        continue;
      }
    }
    if (absl::StartsWith(text.substr(i), "\u2212")) {  // the minus of typesetters
      narrow += '-';
      i += 2;
      continue;
    }
    narrow += text[i];
  }
  return narrow;
}

bool IsDigits(absl::string_view text, size_t least, size_t most) {
  return text.size() >= least && text.size() <= most &&
         absl::c_all_of(text, [](char c) { return absl::ascii_isdigit(c); });
}

// Whether it is written 1,234,567.
bool IsGrouped(absl::string_view whole) {
  const std::vector<absl::string_view> groups = absl::StrSplit(whole, ',');
  for (size_t i = 1; i < groups.size(); ++i) {
    if (!IsDigits(groups[i], 3, 3)) return false;
  }
  return groups.size() > 1 && IsDigits(groups[0], 1, 3);
}

const SheetColumn* FindColumn(absl::Span<const SheetColumn> columns, absl::string_view text) {
  auto found = absl::c_find_if(
      columns, [&](const SheetColumn& one) { return text == one.name || text == one.title; });
  return found == columns.end() ? nullptr : &*found;
}

}  // namespace

absl::string_view Trimmed(absl::string_view text) {
  for (bool again = true; again;) {
    again = false;
    for (absl::string_view space : kSpaces) {
      while (absl::ConsumePrefix(&text, space)) again = true;
      while (absl::ConsumeSuffix(&text, space)) again = true;
    }
  }
  return text;
}

absl::StatusOr<std::unique_ptr<Sheet>> Sheet::Open(absl::string_view bytes) {
  if (bytes.empty()) return NotATable("the file is empty");
  if (absl::StartsWith(bytes, "PK")) return OpenXlsx(bytes);
  if (absl::StartsWith(bytes, "\xd0\xcf\x11\xe0")) {
    return NotATable("the file is in the old format of Excel (.xls); save it as .xlsx");
  }
  return OpenCsv(bytes);
}

absl::StatusOr<SheetColumns> SheetColumns::Read(Sheet& sheet,
                                                absl::Span<const SheetColumn> columns) {
  std::vector<std::string> cells;
  ASSIGN_OR_RETURN(const bool found, sheet.Next(cells));
  if (!found) return NotATable("the file has no row");
  SheetColumns result;
  std::vector<std::string> wrong;
  for (const std::string& cell : cells) {
    const SheetColumn* column = FindColumn(columns, cell);
    result.names_.push_back(column == nullptr ? "" : column->name);
    if (column == nullptr) {
      if (!cell.empty()) wrong.push_back(absl::StrCat("\"", cell, "\" is not a column of it"));
    } else if (absl::c_count(result.names_, column->name) > 1) {
      wrong.push_back(absl::StrCat(column->name, " is there twice"));
    }
  }
  for (const SheetColumn& column : columns) {
    if (column.required && !absl::c_linear_search(result.names_, column.name)) {
      wrong.push_back(absl::StrCat(column.name, " (", column.title, ") is missing"));
    }
  }
  if (wrong.empty()) return result;
  return Fail(
      absl::StatusCode::kInvalidArgument, "BAD_COLUMNS",
      absl::StrCat("the first row names the columns of this table: ", absl::StrJoin(wrong, "; ")));
}

absl::Status SheetColumns::Check(const std::vector<std::string>& cells) const {
  for (size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].empty() || (i < names_.size() && !names_[i].empty())) continue;
    return InvalidField(absl::StrCat("column ", i + 1),
                        "has text and no name in the first row; what has a comma stands in quotes");
  }
  return absl::OkStatus();
}

const std::string& SheetColumns::Of(const std::vector<std::string>& cells,
                                    absl::string_view name) const {
  static const auto& none = *new std::string;
  for (size_t i = 0; i < names_.size() && i < cells.size(); ++i) {
    if (names_[i] == name) return cells[i];
  }
  return none;
}

std::string PlainNumber(absl::string_view text) {
  std::string narrow = Narrow(text);
  absl::string_view whole = narrow;
  absl::ConsumePrefix(&whole, "-");
  whole = whole.substr(0, whole.find('.'));
  if (!IsGrouped(whole)) return narrow;
  // Behind the point none may stand; Decimal::Parse will say so.
  if (absl::StrContains(narrow.substr(std::min(narrow.size(), narrow.find('.'))), ",")) {
    return narrow;
  }
  narrow.erase(std::remove(narrow.begin(), narrow.end(), ','), narrow.end());
  return narrow;
}

std::string PlainTime(absl::string_view text) {
  std::string narrow = Narrow(text);
  std::vector<std::string> halves =
      absl::StrSplit(narrow, absl::MaxSplits(absl::ByAnyChar(" T"), 1));
  const std::vector<std::string> day = absl::StrSplit(halves[0], absl::ByAnyChar("-/"));
  int year = 0, month = 0, of_month = 0;
  if (day.size() != 3 || !IsDigits(day[0], 4, 4) || !IsDigits(day[1], 1, 2) ||
      !IsDigits(day[2], 1, 2) || !absl::SimpleAtoi(day[0], &year) ||
      !absl::SimpleAtoi(day[1], &month) || !absl::SimpleAtoi(day[2], &of_month)) {
    return narrow;
  }
  std::string plain = absl::StrFormat("%04d-%02d-%02d", year, month, of_month);
  if (halves.size() == 1) return plain;
  const std::vector<std::string> clock = absl::StrSplit(halves[1], ':');
  int hour = 0, minute = 0;
  if (clock.size() < 2 || clock.size() > 3 || !IsDigits(clock[0], 1, 2) ||
      !IsDigits(clock[1], 2, 2) || (clock.size() == 3 && clock[2] != "00") ||
      !absl::SimpleAtoi(clock[0], &hour) || !absl::SimpleAtoi(clock[1], &minute)) {
    return narrow;
  }
  return absl::StrFormat("%sT%02d:%02d", plain, hour, minute);
}

}  // namespace lucid
