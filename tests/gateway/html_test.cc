// The HTML of public pages: what is escaped, and what Markdown becomes.
#include "gateway/html.h"

#include "gtest/gtest.h"

namespace lucid::gateway {
namespace {

std::string Of(std::string text) { return RenderBody({{false, std::move(text)}}); }

TEST(Html, EscapesWhatCouldBeMarkup) {
  EXPECT_EQ(Escape("<a href=\"x\">'&"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
  EXPECT_EQ(Of("<script>alert(1)</script>"), "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n");
}

TEST(Html, ParagraphsEndAtEmptyLines) {
  EXPECT_EQ(Of("一\n\n二"), "<p>一</p>\n<p>二</p>\n");
  EXPECT_EQ(Of("一\n二"), "<p>一<br>二</p>\n");
}

TEST(Html, HeadingsStandBelowThePagesOwn) {
  EXPECT_EQ(Of("# 一\n## 二\n### 三\n文"), "<h2>一</h2>\n<h2>二</h2>\n<h3>三</h3>\n<p>文</p>\n");
  EXPECT_EQ(Of("#无空格"), "<p>#无空格</p>\n");
}

TEST(Html, ListsOpenAndClose) {
  EXPECT_EQ(Of("- 一\n- 二\n\n文"), "<ul><li>一</li>\n<li>二</li>\n</ul>\n<p>文</p>\n");
  EXPECT_EQ(Of("- 一"), "<ul><li>一</li>\n</ul>\n");
}

TEST(Html, AFigureStandsInItsLine) {
  EXPECT_EQ(RenderBody({{false, "会议"}, {true, "<a>16次</a>"}, {false, "。\n\n完"}}),
            "<p>会议<a>16次</a>。</p>\n<p>完</p>\n");
  EXPECT_EQ(RenderBody({{true, "<a>3份</a>"}, {false, "文件"}}), "<p><a>3份</a>文件</p>\n");
}

}  // namespace
}  // namespace lucid::gateway
