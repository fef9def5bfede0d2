// Tables as CSV.
#include <iconv.h>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "services/base/sheet_formats.h"
#include "services/base/utf8.h"

namespace lucid {
namespace {

// The text in UTF-8, from GB 18030, which GBK is a part of.
absl::StatusOr<std::string> FromGb18030(absl::string_view bytes) {
  const iconv_t converter = iconv_open("UTF-8", "GB18030");
  if (converter == reinterpret_cast<iconv_t>(-1)) {
    return absl::InternalError("iconv does not know GB18030");
  }
  std::string text(bytes.size() * 2 + 16, '\0');
  char* in = const_cast<char*>(bytes.data());
  char* out = text.data();
  size_t in_left = bytes.size(), out_left = text.size();
  const size_t failed = iconv(converter, &in, &in_left, &out, &out_left);
  iconv_close(converter);
  if (failed == static_cast<size_t>(-1) || in_left != 0) {
    return NotATable("the file is neither UTF-8 nor GBK nor XLSX");
  }
  text.resize(text.size() - out_left);
  return text;
}

class CsvSheet final : public Sheet {
 public:
  // `text` is a view into `converted`, or of the caller's bytes.
  CsvSheet(std::string converted, absl::string_view bytes)
      : converted_(std::move(converted)), text_(converted_.empty() ? bytes : converted_) {}

  absl::StatusOr<bool> Next(std::vector<std::string>& cells) override {
    while (at_ < text_.size()) {
      ++row_;
      RETURN_IF_ERROR(ReadRow(cells));
      for (const std::string& cell : cells) {
        if (!cell.empty()) return true;
      }
    }
    return false;
  }
  int64_t row() const override { return row_; }

 private:
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\n'; }

  absl::Status ReadRow(std::vector<std::string>& cells) {
    cells.clear();
    while (true) {
      ASSIGN_OR_RETURN(std::string cell, Peek() == '"' ? ReadQuoted() : ReadBare());
      if (cell.size() > kMostCellBytes) return BadRow(row_, "has a cell of more than 64 KiB");
      if (cells.size() == kMostColumns) return BadRow(row_, "has more than 200 cells");
      cells.push_back(std::string(Trimmed(cell)));
      if (Peek() == ',' && at_ < text_.size()) {
        ++at_;
        continue;
      }
      if (Peek() == '\r') ++at_;
      ++at_;  // the line end
      return absl::OkStatus();
    }
  }

  absl::StatusOr<std::string> ReadBare() {
    const size_t end = std::min(text_.find_first_of(",\n", at_), text_.size());
    absl::string_view cell = text_.substr(at_, end - at_);
    at_ = end;
    absl::ConsumeSuffix(&cell, "\r");
    if (absl::StrContains(cell, "\"")) {
      return BadRow(row_, "has a quote within a cell that does not begin with one");
    }
    return std::string(cell);
  }

  absl::StatusOr<std::string> ReadQuoted() {
    std::string cell;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] != '"') {
        cell += text_[at_];
        continue;
      }
      ++at_;
      if (Peek() == '"') {
        cell += '"';
        continue;
      }
      const bool ends = Peek() == ',' || Peek() == '\n' ||
                        (Peek() == '\r' && (at_ + 1 >= text_.size() || text_[at_ + 1] == '\n'));
      if (ends) return cell;
      return BadRow(row_, "has text behind the closing quote of a cell");
    }
    return BadRow(row_, "has a quote that is never closed");
  }

  const std::string converted_;
  const absl::string_view text_;
  size_t at_ = 0;
  int64_t row_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Sheet>> OpenCsv(absl::string_view bytes) {
  if (absl::StartsWith(bytes, "\xff\xfe") || absl::StartsWith(bytes, "\xfe\xff")) {
    return NotATable("the file is in UTF-16; save it as CSV UTF-8");
  }
  if (absl::StrContains(bytes, absl::string_view("\0", 1))) {
    return NotATable("the file is no text");
  }
  absl::ConsumePrefix(&bytes, "\xef\xbb\xbf");
  if (IsUtf8(bytes)) return std::make_unique<CsvSheet>("", bytes);
  ASSIGN_OR_RETURN(std::string text, FromGb18030(bytes));
  return std::make_unique<CsvSheet>(std::move(text), bytes);
}

}  // namespace lucid
