// Figure references: which are found, which are refused, and how they print.
#include "services/publications/references.h"

#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/publications/references_properties.h"

namespace lucid::publications {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

figures::v1::Figure Figure(absl::string_view value, absl::string_view unit,
                           absl::string_view bound = "") {
  figures::v1::Figure figure;
  figure.set_value(std::string(value));
  figure.set_unit(std::string(unit));
  figure.set_bound(std::string(bound));
  return figure;
}

void AddFrozen(v1::Publication& publication, absl::string_view key, figures::v1::Figure figure) {
  v1::PublicationFigure& added = *publication.add_figures();
  added.set_key(std::string(key));
  *added.mutable_frozen() = std::move(figure);
}

TEST(References, AreFoundBetweenTheTexts) {
  ParsedBody parsed = ParseBody("召开{{figure F01}}会议,{{figure F02 value}}次");
  EXPECT_THAT(parsed.errors, IsEmpty());
  ASSERT_EQ(parsed.pieces.size(), 5u);
  EXPECT_EQ(parsed.pieces[0].text, "召开");
  EXPECT_EQ(parsed.pieces[1].key, "F01");
  EXPECT_FALSE(parsed.pieces[1].value_only);
  EXPECT_EQ(parsed.pieces[3].key, "F02");
  EXPECT_TRUE(parsed.pieces[3].value_only);
  EXPECT_EQ(parsed.pieces[4].text, "次");
}

TEST(References, MayTouchEachOther) {
  ParsedBody parsed = ParseBody("{{figure A}}{{figure B}}");
  EXPECT_THAT(parsed.errors, IsEmpty());
  EXPECT_EQ(parsed.pieces.size(), 2u);
}

TEST(References, ThatAreMalformedAreNamedByTheirLine) {
  EXPECT_THAT(ParseBody("一\n二 {{figur F01}}\n三 {{figure}}").errors,
              ElementsAre(HasSubstr("line 2"), HasSubstr("line 3")));
}

TEST(References, ThatAreMalformedAreErrorsAndNeverReferences) {
  for (absl::string_view body :
       {"{{figure}}", "{{figure }}", "{{figure F01", "{{ figure F01}}", "{{figure F01 }}",
        "{{figure  F01}}", "{{figure F01 unit}}", "{{figure F01 value x}}", "{{figure 1F}}",
        "{{figure F-01!}}", "{{FIGURE F01}}", "{{figure\nF01}}", "{{}}", "{{",
        "{{figure Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}}"}) {
    ParsedBody parsed = ParseBody(body);
    EXPECT_EQ(parsed.errors.size(), 1u) << body;
    for (const Piece& piece : parsed.pieces) EXPECT_EQ(piece.key, "") << body;
  }
}

TEST(References, InSingleBracesAreText) {
  EXPECT_THAT(ParseBody("{figure F01} }} 甲").errors, IsEmpty());
}

TEST(References, PrintAsTheNoticeDoes) {
  struct {
    figures::v1::Figure figure;
    absl::string_view whole, value;
  } cases[] = {
      {Figure("16", "次"), "16次", "16"},
      {Figure("50", "万吨/日"), "50万吨/日", "50"},
      {Figure("100", "%"), "100%", "100"},
      {Figure("54.564", "km"), "54.564km", "54.564"},
      {Figure("76.4", "%", ">=76"), "76%以上", "≥76"},
      {Figure("3.1", "%", "<=5"), "5%以下", "≤5"},
      {Figure("80", "%", ">76"), "超过76%", ">76"},
      {Figure("1", "%", "<5"), "低于5%", "<5"},
      {Figure("7", ""), "7", "7"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Print(c.figure, false), c.whole);
    EXPECT_EQ(Print(c.figure, true), c.value);
  }
}

TEST(Rendering, PutsTheNumbersInPlaceAndSaysWhereTheyStand) {
  v1::Publication publication;
  publication.set_body("共{{figure F05}},立案{{figure F06 value}}件。");
  AddFrozen(publication, "F05", Figure("23", "件"));
  AddFrozen(publication, "F06", Figure("9", "件"));
  EXPECT_EQ(RenderBody(publication), "共23件,立案9件。");
  std::vector<v1::BodyPart> parts = RenderParts(publication);
  ASSERT_EQ(parts.size(), 5u);
  EXPECT_EQ(parts[1].key(), "F05");
  EXPECT_EQ(parts[1].text(), "23件");
  EXPECT_EQ(parts[2].key(), "");
}

TEST(Rendering, LeavesWhatIsNotFrozenAsWritten) {
  v1::Publication publication;
  publication.set_body("共{{figure F05}}。");
  publication.add_figures()->set_key("F05");
  EXPECT_EQ(RenderBody(publication), "共{{figure F05}}。");
}

TEST(Rendering, DoesNotReadReferencesOutOfValues) {
  v1::Publication publication;
  publication.set_body("{{figure A}}");
  AddFrozen(publication, "A", Figure("{{figure B}}", ""));
  AddFrozen(publication, "B", Figure("1", ""));
  EXPECT_EQ(RenderBody(publication), "{{figure B}}");
}

TEST(Rendering, PrintsTheReasonsOfWaiversAsFootnotes) {
  v1::Publication publication;
  publication.set_body("甲");
  publication.add_waivers()->set_reason("部分投诉涉及多个污染类型");
  EXPECT_EQ(RenderBody(publication), "甲\n\n注:部分投诉涉及多个污染类型\n");
}

// Texts made of the pieces that references are made of, so that many of them nearly are one.
TEST(References, KeepTheirPropertiesOnTextsThatResembleThem) {
  const std::string words[] = {"{{",  "}}",    "{",  "}",    "figure", " ",
                               "F01", "value", "\n", "整改", "x"};
  std::mt19937 random(20240918);
  for (int i = 0; i < 20000; ++i) {
    std::string body;
    for (int n = random() % 12; n > 0; --n) body += words[random() % std::size(words)];
    ASSERT_EQ(BrokenProperty(body), "") << body;
  }
}

TEST(References, KeepTheirPropertiesOnAnyBytes) {
  std::mt19937 random(8170);
  for (int i = 0; i < 5000; ++i) {
    std::string body(random() % 40, ' ');
    for (char& c : body) c = static_cast<char>(random());
    ASSERT_EQ(BrokenProperty(body), "") << i;
  }
}

}  // namespace
}  // namespace lucid::publications
