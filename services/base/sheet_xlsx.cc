// Tables as XLSX: a ZIP of XML parts, each read as a stream, so that a small file that unpacks to a
// huge one costs no more than it may.
#include <expat.h>
#include <zip.h>

#include <deque>
#include <functional>
#include <map>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "services/base/sheet_formats.h"
#include "services/base/sheet_numbers.h"

namespace lucid {
namespace {

// The part of a name behind its namespace: "x:row" is "row".
absl::string_view LocalName(const char* name) {
  const absl::string_view text = name;
  const size_t colon = text.rfind(':');
  return colon == absl::string_view::npos ? text : text.substr(colon + 1);
}

// Those of the element that begins, where the parser has them: large sheets are made of millions.
class Attributes {
 public:
  explicit Attributes(const char** pairs) : pairs_(pairs) {}

  std::optional<absl::string_view> Find(absl::string_view name) const {
    for (const char** pair = pairs_; *pair != nullptr; pair += 2) {
      if (LocalName(pair[0]) == name) return pair[1];
    }
    return std::nullopt;
  }
  // "" where it is not there.
  absl::string_view Get(absl::string_view name) const { return Find(name).value_or(""); }

 private:
  const char** pairs_;  // name, value, name, value … nullptr
};

class Archive {
 public:
  static absl::StatusOr<std::shared_ptr<Archive>> Open(absl::string_view bytes) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
    zip_t* zip = source == nullptr ? nullptr : zip_open_from_source(source, ZIP_RDONLY, &error);
    zip_error_fini(&error);
    if (zip == nullptr) {
      zip_source_free(source);
      return NotATable("the file begins like XLSX and is none");
    }
    return std::shared_ptr<Archive>(new Archive(zip));
  }
  ~Archive() { zip_discard(zip_); }

  zip_t* zip() { return zip_; }
  // Counts what was unpacked of all parts.
  bool Count(size_t bytes) { return (unpacked_ += bytes) <= Sheet::kMostUnpackedBytes; }

 private:
  explicit Archive(zip_t* zip) : zip_(zip) {}

  zip_t* zip_;
  size_t unpacked_ = 0;
};

// One XML part, read piece by piece into handlers.
class Part {
 public:
  std::function<void(absl::string_view name, const Attributes& attributes)> on_begin;
  std::function<void(absl::string_view name)> on_end;
  std::function<void(absl::string_view text)> on_text;

  Part() : parser_(XML_ParserCreate("UTF-8")) {
    XML_SetUserData(parser_, this);
    XML_SetElementHandler(parser_, Begin, End);
    XML_SetCharacterDataHandler(parser_, Text);
    // No such part has a document type, and with it go all entities.
    XML_SetStartDoctypeDeclHandler(parser_, Doctype);
  }
  ~Part() {
    if (file_ != nullptr) zip_fclose(file_);
    XML_ParserFree(parser_);
  }
  Part(const Part&) = delete;

  // Whether the archive has it.
  bool Open(std::shared_ptr<Archive> archive, const std::string& name) {
    archive_ = std::move(archive);
    name_ = name;
    file_ = zip_fopen(archive_->zip(), name.c_str(), 0);
    return file_ != nullptr;
  }
  // Reads a piece; false at the end.
  absl::StatusOr<bool> Read() {
    constexpr int kPiece = 8 << 10;  // of which each cell may show a long text
    void* buffer = XML_GetBuffer(parser_, kPiece);
    const zip_int64_t size = buffer == nullptr ? -1 : zip_fread(file_, buffer, kPiece);
    if (size < 0) return Broken();
    if (!archive_->Count(size)) return NotATable("the file unpacks to more than 256 MiB");
    if (XML_ParseBuffer(parser_, static_cast<int>(size), size == 0) != XML_STATUS_OK) {
      return Broken();
    }
    return size > 0;
  }
  absl::Status ReadAll() {
    while (true) {
      ASSIGN_OR_RETURN(const bool more, Read());
      if (!more) return absl::OkStatus();
    }
  }

 private:
  static void Begin(void* self, const char* name, const char** pairs) {
    static_cast<Part*>(self)->on_begin(LocalName(name), Attributes(pairs));
  }
  static void End(void* self, const char* name) {
    static_cast<Part*>(self)->on_end(LocalName(name));
  }
  static void Text(void* self, const char* text, int size) {
    static_cast<Part*>(self)->on_text(absl::string_view(text, size));
  }
  static void Doctype(void* self, const char*, const char*, const char*, int) {
    XML_StopParser(static_cast<Part*>(self)->parser_, XML_FALSE);
  }

  absl::Status Broken() const { return NotATable(absl::StrCat("the file is damaged in ", name_)); }

  XML_Parser parser_;
  std::shared_ptr<Archive> archive_;
  std::string name_;
  zip_file_t* file_ = nullptr;
};

// What the parts beside the sheet say.
struct Book {
  std::vector<std::string> texts;  // shared ones
  std::vector<bool> times;         // whether a style shows dates
  bool from_1904 = false;
  std::string sheet;  // the part of the first sheet
};

absl::Status ReadSheetName(const std::shared_ptr<Archive>& archive, Book& book) {
  std::string first;
  Part workbook;
  workbook.on_begin = [&](absl::string_view name, const Attributes& attributes) {
    if (name == "sheet" && first.empty()) first = std::string(attributes.Get("id"));
    if (name == "workbookPr") {
      const absl::string_view from_1904 = attributes.Get("date1904");
      book.from_1904 = from_1904 == "1" || from_1904 == "true";
    }
  };
  workbook.on_end = [](absl::string_view) {};
  workbook.on_text = [](absl::string_view) {};
  if (!workbook.Open(archive, "xl/workbook.xml")) return NotATable("the file has no workbook");
  RETURN_IF_ERROR(workbook.ReadAll());
  Part relations;
  relations.on_begin = [&](absl::string_view, const Attributes& attributes) {
    const std::optional<absl::string_view> target = attributes.Find("Target");
    if (attributes.Find("Id") != first || !target) return;
    absl::string_view path = *target;
    book.sheet = absl::ConsumePrefix(&path, "/") ? std::string(path) : absl::StrCat("xl/", path);
  };
  relations.on_end = [](absl::string_view) {};
  relations.on_text = [](absl::string_view) {};
  if (!relations.Open(archive, "xl/_rels/workbook.xml.rels")) {
    return NotATable("the file does not say where its sheets are");
  }
  RETURN_IF_ERROR(relations.ReadAll());
  return book.sheet.empty() ? NotATable("the file has no sheet") : absl::OkStatus();
}

absl::Status ReadTexts(const std::shared_ptr<Archive>& archive, Book& book) {
  Part part;
  bool in_text = false, phonetic = false, full = false, too_long = false;
  size_t bytes = 0;
  part.on_begin = [&](absl::string_view name, const Attributes&) {
    if (name == "si") book.texts.emplace_back();
    if (name == "rPh") phonetic = true;
    in_text = name == "t" && !phonetic && !book.texts.empty();
  };
  part.on_end = [&](absl::string_view name) {
    if (name == "rPh") phonetic = false;
    in_text = false;
  };
  part.on_text = [&](absl::string_view text) {
    bytes += text.size() + sizeof(std::string);
    full = bytes > Sheet::kMostSharedTextBytes;
    if (!in_text || full) return;
    book.texts.back().append(text.data(), text.size());
    too_long = too_long || book.texts.back().size() > Sheet::kMostCellBytes;
  };
  if (!part.Open(archive, "xl/sharedStrings.xml")) return absl::OkStatus();
  while (true) {
    ASSIGN_OR_RETURN(const bool more, part.Read());
    if (full || book.texts.size() > Sheet::kMostSharedTextBytes / sizeof(std::string)) {
      return NotATable("the texts of the file are more than 64 MiB");
    }
    if (too_long) return NotATable("a text of the file has more than 64 KiB");
    if (!more) return absl::OkStatus();
  }
}

absl::Status ReadStyles(const std::shared_ptr<Archive>& archive, Book& book) {
  Part part;
  std::map<std::string, std::string> formats;
  bool in_cells = false;
  part.on_begin = [&](absl::string_view name, const Attributes& attributes) {
    const std::string id(attributes.Get("numFmtId"));
    if (name == "cellXfs") in_cells = true;
    if (name == "numFmt") formats[id] = std::string(attributes.Get("formatCode"));
    if (name != "xf" || !in_cells) return;
    int number = 0;
    (void)absl::SimpleAtoi(id, &number);
    // 14 … 22 and 27 … 36, 45 … 47, 50 … 58 are dates and times of every program.
    const bool declared = (number >= 14 && number <= 22) || (number >= 27 && number <= 36) ||
                          (number >= 45 && number <= 47) || (number >= 50 && number <= 58);
    auto custom = formats.find(id);
    book.times.push_back(custom == formats.end() ? declared : ShowsTime(custom->second));
  };
  part.on_end = [&](absl::string_view name) {
    if (name == "cellXfs") in_cells = false;
  };
  part.on_text = [](absl::string_view) {};
  return part.Open(archive, "xl/styles.xml") ? part.ReadAll() : absl::OkStatus();
}

// The place of a column by a cell's reference: "B5" is 1.
int ColumnOf(absl::string_view reference) {
  int column = 0;
  for (char c : reference) {
    if (c < 'A' || c > 'Z') break;
    if (column > Sheet::kMostColumns) break;
    column = column * 26 + (c - 'A' + 1);
  }
  return column - 1;
}

class XlsxSheet final : public Sheet {
 public:
  explicit XlsxSheet(Book book) : book_(std::move(book)) {
    part_.on_begin = [this](absl::string_view name, const Attributes& attributes) {
      Begin(name, attributes);
    };
    part_.on_end = [this](absl::string_view name) { End(name); };
    part_.on_text = [this](absl::string_view text) {
      if (!in_value_) return;
      if (value_.size() + text.size() > kMostCellBytes)
        return Refuse("has a cell of more than 64 KiB");
      value_.append(text.data(), text.size());
    };
  }
  bool Open(std::shared_ptr<Archive> archive) {
    return part_.Open(std::move(archive), book_.sheet);
  }

  absl::StatusOr<bool> Next(std::vector<std::string>& cells) override {
    while (rows_.empty()) {
      if (ended_) return false;
      ASSIGN_OR_RETURN(const bool more, part_.Read());
      ended_ = !more;
      RETURN_IF_ERROR(refused_);
    }
    row_ = rows_.front().first;
    cells = std::move(rows_.front().second);
    rows_.pop_front();
    return true;
  }
  int64_t row() const override { return row_; }

 private:
  void Refuse(absl::string_view why) {
    if (refused_.ok()) refused_ = BadRow(reading_, why);
  }

  void Begin(absl::string_view name, const Attributes& attributes) {
    if (name == "row") {
      int64_t number = 0;
      const bool numbered = absl::SimpleAtoi(attributes.Get("r"), &number) && number > 0;
      reading_ = numbered ? number : reading_ + 1;
      cells_.clear();
      column_ = -1;
    } else if (name == "c") {
      const absl::string_view reference = attributes.Get("r");
      column_ = reference.empty() ? column_ + 1 : ColumnOf(reference);
      type_ = std::string(attributes.Get("t"));
      style_ = 0;
      (void)absl::SimpleAtoi(attributes.Get("s"), &style_);
      value_.clear();
    } else if (name == "v" || (name == "t" && type_ == "inlineStr" && !phonetic_)) {
      in_value_ = true;
    } else if (name == "rPh") {
      phonetic_ = true;
    }
  }

  void End(absl::string_view name) {
    in_value_ = false;
    if (name == "rPh") phonetic_ = false;
    if (name == "c") AddCell();
    if (name != "row") return;
    for (const std::string& cell : cells_) {
      if (cell.empty()) continue;
      rows_.emplace_back(reading_, std::move(cells_));
      break;
    }
    cells_.clear();
  }

  void AddCell() {
    const std::string cell(Trimmed(Shown()));
    if (cell.empty()) return;
    if (column_ < 0 || column_ >= kMostColumns) return Refuse("has more than 200 cells");
    if (cells_.size() <= static_cast<size_t>(column_)) cells_.resize(column_ + 1);
    cells_[column_] = cell;
  }

  std::string Shown() {
    if (type_ == "s") {
      size_t index = 0;
      if (!absl::SimpleAtoi(value_, &index) || index >= book_.texts.size()) {
        Refuse("has a cell whose text is missing");
        return "";
      }
      const std::string& text = book_.texts[index];
      if ((repeated_ += text.size()) <= kMostUnpackedBytes) return text;
      Refuse("is where texts have been repeated to more than 256 MiB");
      return "";
    }
    if (type_ == "b") return value_ == "1" ? "TRUE" : "FALSE";
    if (!type_.empty() && type_ != "n") return value_;
    const bool time =
        style_ >= 0 && static_cast<size_t>(style_) < book_.times.size() && book_.times[style_];
    return time ? ShownTime(value_, book_.from_1904) : ShownNumber(value_);
  }

  const Book book_;
  Part part_;
  std::deque<std::pair<int64_t, std::vector<std::string>>> rows_;  // read ahead
  bool ended_ = false;
  absl::Status refused_;
  size_t repeated_ = 0;  // bytes of shared texts in cells
  int64_t row_ = 0;
  // The row and cell being read.
  int64_t reading_ = 0;
  std::vector<std::string> cells_;
  int column_ = -1;
  std::string type_;
  int style_ = 0;
  std::string value_;
  bool in_value_ = false;
  bool phonetic_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Sheet>> OpenXlsx(absl::string_view bytes) {
  ASSIGN_OR_RETURN(std::shared_ptr<Archive> archive, Archive::Open(bytes));
  Book book;
  RETURN_IF_ERROR(ReadSheetName(archive, book));
  RETURN_IF_ERROR(ReadTexts(archive, book));
  RETURN_IF_ERROR(ReadStyles(archive, book));
  auto sheet = std::make_unique<XlsxSheet>(std::move(book));
  if (!sheet->Open(std::move(archive))) return NotATable("the file has no sheet");
  return sheet;
}

}  // namespace lucid
