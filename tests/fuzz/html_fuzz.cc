// Any text as the body of a publication: the page holds our few tags, balanced, and no other
// markup.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "gateway/html.h"
#include "tests/fuzz/expect.h"

namespace lucid::gateway {
namespace {

// Walks through the tags: each is ours, and closes what was opened last.
void CheckTags(absl::string_view html) {
  std::vector<absl::string_view> open;
  for (size_t at = html.find('<'); at != html.npos; at = html.find('<', at + 1)) {
    const size_t end = html.find('>', at);
    EXPECT(end != html.npos);
    absl::string_view tag = html.substr(at + 1, end - at - 1);
    const bool closes = absl::ConsumePrefix(&tag, "/");
    constexpr absl::string_view kTags[] = {"p", "br", "ul", "li", "h2", "h3", "h4"};
    EXPECT(absl::c_linear_search(kTags, tag));
    if (tag == "br") continue;
    if (!closes) {
      open.push_back(tag);
      continue;
    }
    EXPECT(!open.empty() && open.back() == tag);
    open.pop_back();
  }
  EXPECT(open.empty());
}

}  // namespace
}  // namespace lucid::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using lucid::gateway::Inline;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  lucid::gateway::CheckTags(lucid::gateway::RenderBody({{false, std::string(text)}}));
  // A figure may stand anywhere.
  const std::string first(text.substr(0, size / 2)), second(text.substr(size / 2));
  lucid::gateway::CheckTags(
      lucid::gateway::RenderBody({{false, first}, {true, "16"}, {false, second}}));
  for (const char c : {'<', '>', '"', '\''}) {
    EXPECT(!absl::StrContains(lucid::gateway::Escape(text), absl::string_view(&c, 1)));
  }
  return 0;
}
