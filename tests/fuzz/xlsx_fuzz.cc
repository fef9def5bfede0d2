// Any bytes as the parts of an XLSX, in turn: sheet, texts and styles.
#include <zip.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "services/base/sheet.h"
#include "tests/fuzz/expect.h"

namespace {

constexpr char kWorkbook[] =
    R"(<workbook xmlns:r="r"><sheets><sheet name="a" r:id="1"/></sheets></workbook>)";
constexpr char kRelations[] =
    R"(<Relationships><Relationship Id="1" Target="a.xml"/></Relationships>)";
constexpr char kSheet[] =
    R"(<sheetData><row><c t="s" s="0"><v>0</v></c><c s="0"><v>1</v></c></row>)"
    R"(</sheetData>)";

std::string Archive(absl::string_view sheet, absl::string_view texts, absl::string_view styles) {
  zip_source_t* source = zip_source_buffer_create(nullptr, 0, 0, nullptr);
  zip_source_keep(source);
  zip_t* zip = zip_open_from_source(source, ZIP_TRUNCATE, nullptr);
  const auto add = [&](const char* name, absl::string_view text) {
    zip_int64_t index = zip_file_add(zip, name, zip_source_buffer(zip, text.data(), text.size(), 0),
                                     ZIP_FL_OVERWRITE);
    zip_set_file_compression(zip, index, ZIP_CM_STORE, 0);
  };
  add("xl/workbook.xml", kWorkbook);
  add("xl/_rels/workbook.xml.rels", kRelations);
  add("xl/a.xml", sheet);
  add("xl/sharedStrings.xml", texts);
  add("xl/styles.xml", styles);
  zip_close(zip);
  zip_stat_t stat;
  zip_source_stat(source, &stat);
  std::string bytes(stat.size, '\0');
  zip_source_open(source);
  zip_source_read(source, bytes.data(), bytes.size());
  zip_source_close(source);
  zip_source_free(source);
  return bytes;
}

void Read(const std::string& bytes) {
  auto sheet = lucid::Sheet::Open(bytes);
  if (!sheet.ok()) return;
  std::vector<std::string> cells;
  while (true) {
    absl::StatusOr<bool> more = (*sheet)->Next(cells);
    if (!more.ok() || !*more) return;
    EXPECT(cells.size() <= static_cast<size_t>(lucid::Sheet::kMostColumns));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view part(reinterpret_cast<const char*>(data), size);
  Read(Archive(part, "<sst/>", "<s/>"));
  Read(Archive(kSheet, part, "<s/>"));
  Read(Archive(kSheet, "<sst><si><t>a</t></si></sst>", part));
  Read("PK" + std::string(part));
  return 0;
}
