// Tables as people fill them in: every form that is read, and every one that is refused.
#include "services/base/sheet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zip.h>

#include <fstream>
#include <iterator>
#include <map>

#include "absl/strings/str_cat.h"
#include "tests/testing/matchers.h"
#include "tests/testing/temp_dir.h"

namespace lucid {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Rows = std::vector<std::vector<std::string>>;

absl::StatusOr<Rows> ReadAll(absl::string_view bytes) {
  ASSIGN_OR_RETURN(std::unique_ptr<Sheet> sheet, Sheet::Open(bytes));
  Rows rows;
  std::vector<std::string> cells;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, sheet->Next(cells));
    if (!more) return rows;
    rows.push_back(cells);
  }
}

TEST(Csv, QuotesHoldCommasLineEndsAndQuotes) {
  EXPECT_THAT(*ReadAll("a,\"b,\r\nc \"\"d\"\"\",e\r\n1,,3\n"),
              ElementsAre(ElementsAre("a", "b,\r\nc \"d\"", "e"), ElementsAre("1", "", "3")));
}

TEST(Csv, TheLastLineNeedsNoEnd) {
  EXPECT_THAT(*ReadAll("a\n1"), ElementsAre(ElementsAre("a"), ElementsAre("1")));
  EXPECT_THAT(*ReadAll("a\n\"1\""), ElementsAre(ElementsAre("a"), ElementsAre("1")));
}

TEST(Csv, EmptyRowsAreSkippedAndCounted) {
  absl::StatusOr<std::unique_ptr<Sheet>> sheet = Sheet::Open("\n,,\na\n\n\"x\ny\"\nb\n");
  ASSERT_OK(sheet);
  std::vector<std::string> cells;
  for (int64_t row : {3, 5, 6}) {
    ASSERT_TRUE((*sheet)->Next(cells).value());
    EXPECT_EQ((*sheet)->row(), row);
  }
  EXPECT_FALSE((*sheet)->Next(cells).value());
}

TEST(Csv, SpacesOfAnyWidthAroundACellAreDropped) {
  EXPECT_THAT(*ReadAll(" a ,\u3000b\u3000,\"\u00a0c\t\"\n"),
              ElementsAre(ElementsAre("a", "b", "c")));
}

TEST(Csv, AByteOrderMarkAndGbkAreRead) {
  EXPECT_THAT(*ReadAll("\xef\xbb\xbf点位,数值\n"), ElementsAre(ElementsAre("点位", "数值")));
  EXPECT_THAT(*ReadAll("\xb5\xe3\xce\xbb,\xca\xfd\xd6\xb5\n"),
              ElementsAre(ElementsAre("点位", "数值")));
}

TEST(Csv, WhatIsNoTableIsRefusedWithItsRow) {
  const struct {
    std::string bytes;
    const char* says;
  } kCases[] = {
      {"", "empty"},
      {"a\n\"b", "row 2 has a quote that is never closed"},
      {"a\n\"b\"c\n", "row 2 has text behind the closing quote"},
      {"a\nb\"c\n", "row 2 has a quote within a cell"},
      {std::string("a\0b", 3), "no text"},
      {"\xff\xfe"
       "a",
       "UTF-16"},
      {"\xd0\xcf\x11\xe0 old", ".xls"},
      {"a,\xff\xff\n", "neither UTF-8 nor GBK"},
      {std::string(300, ','), "more than 200 cells"},
      {std::string(70'000, 'x'), "64 KiB"},
      {"PK nothing", "begins like XLSX"},
  };
  for (const auto& c : kCases) {
    absl::Status status = ReadAll(c.bytes).status();
    EXPECT_THAT(status, HasReason("NOT_A_TABLE")) << c.says;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.says));
  }
}

TEST(Columns, AreFoundByNameOrTitleInAnyOrder) {
  const SheetColumn kColumns[] = {{"key", "编号", true}, {"note", "说明"}};
  absl::StatusOr<std::unique_ptr<Sheet>> sheet = Sheet::Open("说明,key\nx,1\ny\n");
  absl::StatusOr<SheetColumns> columns = SheetColumns::Read(**sheet, kColumns);
  ASSERT_OK(columns);
  std::vector<std::string> cells;
  ASSERT_TRUE((*sheet)->Next(cells).value());
  EXPECT_EQ(columns->Of(cells, "key"), "1");
  EXPECT_EQ(columns->Of(cells, "note"), "x");
  ASSERT_TRUE((*sheet)->Next(cells).value());
  EXPECT_EQ(columns->Of(cells, "key"), "");
}

TEST(Columns, MustHaveANameWhereTheyHaveText) {
  const SheetColumn kColumns[] = {{"key", "编号", true}, {"note", "说明"}};
  absl::StatusOr<std::unique_ptr<Sheet>> sheet = Sheet::Open("key,,note\n1,,x,\n2,y,x\n3,,1,234\n");
  absl::StatusOr<SheetColumns> columns = SheetColumns::Read(**sheet, kColumns);
  ASSERT_OK(columns);
  std::vector<std::string> cells;
  ASSERT_TRUE((*sheet)->Next(cells).value());
  EXPECT_OK(columns->Check(cells));
  for (const char* where : {"column 2", "column 4"}) {
    ASSERT_TRUE((*sheet)->Next(cells).value());
    const absl::Status status = columns->Check(cells);
    EXPECT_THAT(status, HasReason("INVALID_FIELD"));
    EXPECT_THAT(std::string(status.message()), HasSubstr(where));
  }
}

TEST(Columns, ThatAreMissingUnknownOrThereTwiceAreNamed) {
  const SheetColumn kColumns[] = {{"key", "编号", true}, {"note", "说明"}};
  absl::StatusOr<std::unique_ptr<Sheet>> sheet = Sheet::Open("note,说明,colour\n");
  absl::Status status = SheetColumns::Read(**sheet, kColumns).status();
  EXPECT_THAT(status, HasReason("BAD_COLUMNS"));
  for (const char* says :
       {"key (编号) is missing", "\"colour\" is not a column", "note is there twice"}) {
    EXPECT_THAT(std::string(status.message()), HasSubstr(says));
  }
}

TEST(Numbers, AreReadAsPeopleTypeThem) {
  const std::pair<const char*, const char*> kCases[] = {
      {"35.0", "35.0"},       {"３５．２", "35.2"},
      {"－１２", "-12"},      {"−12", "-12"},
      {"1,234", "1234"},      {"-12,345,678.90", "-12345678.90"},
      {"１，２３４", "1234"}, {"1,23", "1,23"},
      {"12,3456", "12,3456"}, {"1,234.5,6", "1,234.5,6"},
      {"1e400", "1e400"},     {"NaN", "NaN"},
      {"0.05L", "0.05L"},     {"1,,234", "1,,234"},
  };
  for (const auto& [typed, plain] : kCases) EXPECT_EQ(PlainNumber(typed), plain);
}

TEST(Times, AreReadAsPeopleTypeThem) {
  const std::pair<const char*, const char*> kCases[] = {
      {"2023-05-01", "2023-05-01"},
      {"2023/5/1", "2023-05-01"},
      {"2023-5-1 8:00", "2023-05-01T08:00"},
      {"2023/05/01 23:00:00", "2023-05-01T23:00"},
      {"2023-05-01T13:00", "2023-05-01T13:00"},
      {"２０２３/5/1", "2023-05-01"},
      {"5/1/2023", "5/1/2023"},
      {"2023-05-01 8:00:30", "2023-05-01 8:00:30"},
  };
  for (const auto& [typed, plain] : kCases) EXPECT_EQ(PlainTime(typed), plain);
}

// An XLSX of these parts.
class Xlsx {
 public:
  Xlsx() {
    parts_["xl/workbook.xml"] =
        R"(<workbook xmlns:r="r"><sheets><sheet name="a" sheetId="1" r:id="rId7"/></sheets></workbook>)";
    parts_["xl/_rels/workbook.xml.rels"] =
        R"(<Relationships><Relationship Id="rId7" Target="worksheets/first.xml"/></Relationships>)";
  }
  Xlsx& Part(const std::string& name, std::string text) {
    parts_[name] = std::move(text);
    return *this;
  }
  Xlsx& Sheet(const std::string& rows) {
    return Part("xl/worksheets/first.xml",
                absl::StrCat("<worksheet><sheetData>", rows, "</sheetData></worksheet>"));
  }
  std::string Bytes() const {
    TempDir folder;
    const std::string path = folder.File("a.xlsx");
    zip_t* zip = zip_open(path.c_str(), ZIP_CREATE, nullptr);
    for (const auto& [name, text] : parts_) {
      zip_file_add(zip, name.c_str(), zip_source_buffer(zip, text.data(), text.size(), 0), 0);
    }
    EXPECT_EQ(zip_close(zip), 0);
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::map<std::string, std::string> parts_;
};

std::string Repeated(int times, absl::string_view text) {
  std::string all;
  for (int i = 0; i < times; ++i) absl::StrAppend(&all, text);
  return all;
}

TEST(XlsxFile, GivesTextNumbersAndDatesAsTheyAreShown) {
  Xlsx file;
  file.Part("xl/sharedStrings.xml",
            "<sst><si><t>点位</t></si><si><r><t>顺城</t></r><rPh><t>shun</t></rPh><r><t>站</t></"
            "r></si></sst>");
  file.Part(
      "xl/styles.xml",
      R"(<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy/m/d h:mm"/></numFmts>)"
      R"(<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>)");
  file.Sheet(
      R"(<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>值</t></is></c></row>)"
      R"(<row r="3"><c r="A3" t="s"><v>1</v></c><c r="B3"><v>35.299999999999997</v></c>)"
      R"(<c r="C3" s="1"><v>45047</v></c><c r="D3" s="2"><v>45047.541666666664</v></c>)"
      R"(<c r="E3" t="str"><f>A1</f><v>x</v></c><c r="F3" t="b"><v>1</v></c>)"
      R"(<c r="G3"><v>1.0000000000000001E-2</v></c><c r="H3"><v>-1.5E3</v></c></row>)");
  const std::string bytes = file.Bytes();
  absl::StatusOr<Rows> rows = ReadAll(bytes);
  ASSERT_OK(rows);
  EXPECT_THAT(*rows, ElementsAre(ElementsAre("点位", "", "值"),
                                 ElementsAre("顺城站", "35.3", "2023-05-01", "2023-05-01T13:00",
                                             "x", "TRUE", "0.01", "-1500")));
}

TEST(XlsxFile, ThatIsDamagedOrHostileIsRefused) {
  const struct {
    Xlsx file;
    const char* says;
  } kCases[] = {
      {Xlsx(), "no sheet"},
      {Xlsx().Part("xl/workbook.xml", "<workbook/>"), "no sheet"},
      {Xlsx().Sheet("<row"), "damaged"},
      {Xlsx().Sheet(R"(<row r="1"><c r="A1" t="s"><v>5</v></c></row>)"), "text is missing"},
      {Xlsx().Sheet(R"(<row r="1"><c r="ZZZ1"><v>5</v></c></row>)"), "more than 200 cells"},
      {Xlsx().Part("xl/worksheets/first.xml",
                   "<!DOCTYPE a [<!ENTITY b \"c\">]><worksheet>&b;</worksheet>"),
       "damaged"},
      {Xlsx().Sheet(absl::StrCat("<row r=\"1\"><c r=\"A1\" t=\"str\"><v>",
                                 std::string(100'000, 'x'), "</v></c></row>")),
       "64 KiB"},
      {Xlsx()
           .Part("xl/sharedStrings.xml",
                 absl::StrCat("<sst><si><t>", std::string(70'000, 'x'), "</t></si></sst>"))
           .Sheet(R"(<row r="1"><c r="A1" t="s"><v>0</v></c></row>)"),
       "64 KiB"},
      {Xlsx()
           .Part("xl/sharedStrings.xml",
                 absl::StrCat("<sst><si><t>", std::string(60'000, 'x'), "</t></si></sst>"))
           .Sheet(Repeated(5000, R"(<row><c t="s"><v>0</v></c></row>)")),
       "256 MiB"},
  };
  for (const auto& c : kCases) {
    const std::string bytes = c.file.Bytes();
    absl::Status status = ReadAll(bytes).status();
    EXPECT_THAT(status, HasReason("NOT_A_TABLE")) << c.says;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.says));
  }
}

TEST(XlsxFile, RowsWithoutANumberOfTheirOwnCountOn) {
  const std::string cell = R"(<c t="str"><v>x</v></c></row>)";
  const std::string bytes = Xlsx()
                                .Sheet(absl::StrCat("<row r=\"-5\">", cell, "<row>", cell,
                                                    "<row r=\"7\">", cell, "<row r=\"x\">", cell))
                                .Bytes();
  absl::StatusOr<std::unique_ptr<Sheet>> sheet = Sheet::Open(bytes);
  ASSERT_OK(sheet);
  std::vector<std::string> cells;
  for (int64_t row : {1, 2, 7, 8}) {
    ASSERT_TRUE((*sheet)->Next(cells).value());
    EXPECT_EQ((*sheet)->row(), row);
  }
}

TEST(XlsxFile, ABombIsGivenUpInTime) {
  std::string zeros(Sheet::kMostUnpackedBytes + 1, ' ');
  const std::string bytes = Xlsx().Sheet(zeros).Bytes();
  EXPECT_LT(bytes.size(), 1u << 20);
  EXPECT_THAT(std::string(ReadAll(bytes).status().message()), HasSubstr("more than 256 MiB"));
}

}  // namespace
}  // namespace lucid
