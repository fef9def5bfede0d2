// HTML as text: escaping, and the little Markdown that publications use.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace lucid::gateway {

// `text` for element content and quoted attributes.
std::string Escape(absl::string_view text);

// A piece of a body: text, or finished HTML that stands in the line.
struct Inline {
  bool is_html = false;
  std::string text;
};

// The body as HTML: paragraphs, `#` headings (which start below the page's own h1) and `-` lists.
// Text is escaped; inline HTML goes in as it is.
std::string RenderBody(const std::vector<Inline>& pieces);

// A whole page in the common frame; `title` is escaped, `main` is HTML.
std::string RenderPage(absl::string_view title, absl::string_view main);

}  // namespace lucid::gateway
