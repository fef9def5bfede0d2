#include "gateway/html.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace lucid::gateway {
namespace {

// A line of the body under way: what its text begins with decides what it is.
class Body {
 public:
  void Text(absl::string_view text) {
    while (true) {
      size_t end = text.find('\n');
      Append(text.substr(0, end));
      if (end == text.npos) return;
      EndLine();
      text.remove_prefix(end + 1);
    }
  }

  void Html(absl::string_view html) {
    if (!begun_) Begin("p");
    absl::StrAppend(&html_, html);
  }

  std::string Finish() {
    Close();
    if (in_list_) html_ += "</ul>\n";
    return std::move(html_);
  }

 private:
  void Append(absl::string_view text) {
    if (text.empty()) return;
    if (!begun_) {
      if (absl::ConsumePrefix(&text, "- ")) {
        Begin("li");
      } else {
        size_t marks = std::min<size_t>(text.find_first_not_of('#'), 5);
        bool heading = marks > 0 && marks < text.size() && text[marks] == ' ';
        Begin(heading ? absl::StrCat("h", std::clamp<size_t>(marks, 2, 4)) : "p");
        if (heading) text.remove_prefix(marks + 1);
      }
    }
    html_ += Escape(text);
  }

  void Begin(absl::string_view tag) {
    begun_ = true;
    if (tag == "p" && tag_ == "p") {
      html_ += "<br>";  // a single line break within a paragraph
      return;
    }
    Close();
    if (tag == "li" && !in_list_) html_ += "<ul>";
    if (tag != "li" && in_list_) html_ += "</ul>\n";
    in_list_ = tag == "li";
    tag_ = std::string(tag);
    absl::StrAppend(&html_, "<", tag_, ">");
  }

  // A line that is empty ends the paragraph.
  void EndLine() {
    if (!begun_ || tag_ != "p") Close();
    begun_ = false;
  }

  void Close() {
    if (!tag_.empty()) absl::StrAppend(&html_, "</", tag_, ">\n");
    tag_.clear();
  }

  std::string html_;
  std::string tag_;  // the open block, or ""
  bool begun_ = false;
  bool in_list_ = false;
};

}  // namespace

std::string Escape(absl::string_view text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

std::string RenderBody(const std::vector<Inline>& pieces) {
  Body body;
  for (const Inline& piece : pieces) {
    if (piece.is_html) {
      body.Html(piece.text);
    } else {
      body.Text(piece.text);
    }
  }
  return body.Finish();
}

std::string RenderPage(absl::string_view title, absl::string_view main) {
  return absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
      Escape(title),
      "</title>\n<link rel=\"stylesheet\" href=\"/public/style.css\">\n</head>\n<body>\n"
      "<header><a href=\"/\">生态环境保护督察整改公开</a></header>\n<main>\n",
      main,
      "</main>\n<footer><p>数字均由记录计算得出;<a "
      "href=\"/openapi.json\">接口说明</a></p></footer>\n"
      "</body>\n</html>\n");
}

}  // namespace lucid::gateway
