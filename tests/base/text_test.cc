// Text: what is valid UTF-8, how long it is, and when two document numbers are the same.
#include "services/base/text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/base/utf8.h"

namespace lucid {
namespace {

TEST(Text, KnowsValidUtf8) {
  for (absl::string_view text : {"", "abc", "抚顺市", "μg/m³", "\u0080", "\u07ff", "\u0800",
                                 "\xed\x9f\xbf", "\ue000", "\uffff", "\U00010000", "\U0010ffff"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
  EXPECT_TRUE(IsUtf8(absl::string_view("a\0b", 3)));
  for (absl::string_view text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xe0\x80\x80", "\xe0\x9f\xbf",
        "\xed\xa0\x80", "\xed\xbf\xbf", "\xe6\x8a", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "抚\xe6", "\xc3\x28"}) {
    EXPECT_FALSE(IsUtf8(text));
  }
}

TEST(Text, CountsCodePointsNotBytes) {
  EXPECT_EQ(CodePoints(""), 0u);
  EXPECT_EQ(CodePoints("PM2.5"), 5u);
  EXPECT_EQ(CodePoints("抚顺市"), 3u);
  EXPECT_EQ(CodePoints("\U0001F30A水"), 2u);
  EXPECT_EQ(CodePoints("\xff\xfe"), 2u);
}

TEST(Text, IsShortenedBetweenCharacters) {
  EXPECT_EQ(Shortened("PM2.5", 5), "PM2.5");
  EXPECT_EQ(Shortened("PM2.5", 2), "PM…");
  EXPECT_EQ(Shortened("抚顺市", 9), "抚顺市");
  EXPECT_EQ(Shortened("抚顺市", 8), "抚顺…");
  EXPECT_EQ(Shortened("抚顺市", 2), "…");
  EXPECT_EQ(Shortened(std::string(5, '\x80'), 3), "…");
}

TEST(DocumentNumber, IsTheSameHoweverItIsWritten) {
  const std::string expected = "抚委发〔2023〕5号";
  for (absl::string_view text :
       {"抚委发〔2023〕5号", "抚委发[2023]5号", "抚委发【2023】5号", "抚委发［2023］5号",
        "抚委发（2023）5号", "抚委发(2023)5号", "抚委发〔２０２３〕５号", " 抚委发〔2023〕 5 号\n",
        "抚委发　〔２０２３〕　5号", "抚委发\u200b〔2023〕5号\ufeff"}) {
    EXPECT_EQ(NormaliseDocumentNumber(text), expected) << text;
  }
  EXPECT_EQ(NormaliseDocumentNumber("ＧＢ　３０９５－２０１２"), "GB3095-2012");
  EXPECT_EQ(NormaliseDocumentNumber(expected), expected);
}

TEST(DocumentNumber, StaysDifferentWhereItIsDifferent) {
  const std::vector<std::string> texts = {"抚委发〔2023〕5号", "抚委发〔2023〕15号",
                                          "抚委发〔2024〕5号", "抚政发〔2023〕5号",
                                          "抚委发2023〕5号",   "抚委发〔2023〕5"};
  for (size_t i = 0; i < texts.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      EXPECT_NE(NormaliseDocumentNumber(texts[i]), NormaliseDocumentNumber(texts[j]));
    }
  }
  EXPECT_EQ(NormaliseDocumentNumber("\xef\xbc"), "\xef\xbc") << "what is no UTF-8 stays";
}

}  // namespace
}  // namespace lucid
